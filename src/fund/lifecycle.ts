import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** Public or commercial money that a bank keeps for its sponsor; a second person of the bank opens and closes it. */
export const fundLifecycle = defineLifecycle('fund', {
  proposed: { approve: 'active', reject: 'rejected' },
  active: { contribute: 'active', use: 'active', take_back: 'active', close: 'closed' },
  // What is recovered later comes in still, and is shared out in the same way.
  closed: { take_back: 'closed', close: 'closed' },
  rejected: {},
});
export type FundState = StateOf<typeof fundLifecycle>;

/** What a fund is asked for: a pool pays a loss for good, a rollover fund lends until the loan is renewed. */
export const fundUseLifecycle = defineLifecycle('use of a fund', {
  requested: { pay: 'paid', draw: 'drawn', reject: 'rejected' },
  paid: { recover: 'paid' },
  drawn: { give_back: 'returned' },
  returned: {},
  rejected: {},
});
export type FundUseState = StateOf<typeof fundUseLifecycle>;
