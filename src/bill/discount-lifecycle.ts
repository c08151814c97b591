import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/**
 * A discount, from the firm quote that a seller has taken: the authority matrix lets it go to payment at once, or the
 * bank proposes and approves it on the business day the quote is for; what is not paid that day lapses.
 */
export const discountLifecycle = defineLifecycle('discount', {
  submitted: { propose: 'proposed', pay: 'paying', cancel: 'cancelled', lapse: 'lapsed' },
  proposed: { approve: 'paying', reject: 'rejected', cancel: 'cancelled', lapse: 'lapsed' },
  paying: { payment_settled: 'settled', payment_failed: 'failed' },
  settled: {},
  rejected: {},
  cancelled: {},
  lapsed: {},
  failed: {},
});
export type DiscountStatus = StateOf<typeof discountLifecycle>;

/** One discounted bill, or part of one, on the books of the bank. */
export const discountLineStates = defineLifecycle('discounted bill', {
  pending: { settle: 'held', void: 'void' },
  held: { collect: 'collected', redeem: 'redeemed', sell: 'sold', dishonour: 'claimed' },
  collected: {},
  redeemed: {},
  sold: {},
  claimed: {},
  void: {},
});
export type DiscountLineState = StateOf<typeof discountLineStates>;

/** A rediscount: proposed by one person of the bank, approved by another on the same business day. */
export const rediscountLifecycle = defineLifecycle('rediscount', {
  proposed: { approve: 'settled', reject: 'rejected', lapse: 'lapsed' },
  settled: {},
  rejected: {},
  lapsed: {},
});
export type RediscountStatus = StateOf<typeof rediscountLifecycle>;

export const rediscountLineStates = defineLifecycle('rediscounted bill', {
  pending: { settle: 'held', void: 'void' },
  held: { repay: 'repaid' },
  repaid: {},
  void: {},
});
export type RediscountLineState = StateOf<typeof rediscountLineStates>;
