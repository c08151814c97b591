import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** What was pledged is sold for the debt: one person of the bank proposes, another approves. */
export const saleLifecycle = defineLifecycle('sale of a pledge', {
  proposed: { approve: 'done', reject: 'rejected' },
  done: {},
  rejected: {},
});
export type SaleState = StateOf<typeof saleLifecycle>;
