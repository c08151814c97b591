import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** A hold stands until it is released, used by a posting, or past its last day. */
export const holdLifecycle = defineLifecycle('hold', {
  standing: { release: 'released', post: 'posted', expire: 'expired' },
  released: {},
  posted: {},
  expired: {},
});

export type HoldState = StateOf<typeof holdLifecycle>;
