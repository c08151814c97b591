import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/**
 * The life of a warehouse receipt. Frozen or clear is another axis: a pledged receipt that a court freezes stays
 * pledged. While the goods lie there they may be counted, their storage extended and its fee paid in every state.
 */
export const receiptLifecycle = defineLifecycle('warehouse receipt', {
  issued: { register: 'registered', cancel: 'cancelled', count: 'issued', extend: 'issued', lose: 'lost' },
  registered: {
    endorse: 'transfer_pending',
    split: 'split',
    merge: 'merged',
    offer: 'pledge_pending',
    present: 'delivery_pending',
    cancel: 'cancelled',
    count: 'registered',
    extend: 'registered',
    lose: 'lost',
  },
  transfer_pending: {
    sign_transfer: 'registered',
    refuse_transfer: 'registered',
    withdraw_transfer: 'registered',
    count: 'transfer_pending',
    extend: 'transfer_pending',
    lose: 'lost',
  },
  pledge_pending: {
    sign_pledge: 'pledge_pending',
    pledge: 'pledged',
    withdraw_pledge: 'registered',
    count: 'pledge_pending',
    extend: 'pledge_pending',
    lose: 'lost',
  },
  pledged: {
    sign_pledge: 'pledged',
    ask_release: 'pledged',
    divide: 'split',
    release: 'released',
    sell: 'released',
    count: 'pledged',
    extend: 'pledged',
    lose: 'lost',
  },
  released: { acknowledge: 'registered', count: 'released', extend: 'released', lose: 'lost' },
  delivery_pending: {
    deliver: 'delivered',
    withdraw_presentation: 'registered',
    count: 'delivery_pending',
    extend: 'delivery_pending',
    lose: 'lost',
  },
  delivered: {},
  split: {},
  merged: {},
  cancelled: {},
  lost: {},
});
export type ReceiptState = StateOf<typeof receiptLifecycle>;

/** Whether a court, a dispute or a shortage keeps a receipt as it is. */
export const standingLifecycle = defineLifecycle('standing of a receipt', {
  clear: { freeze: 'frozen' },
  frozen: { thaw: 'clear' },
});
export type Standing = StateOf<typeof standingLifecycle>;

export const endorsementLifecycle = defineLifecycle('endorsement', {
  offered: { sign: 'signed', refuse: 'refused', withdraw: 'withdrawn' },
  signed: {},
  refused: {},
  withdrawn: {},
});
export type EndorsementState = StateOf<typeof endorsementLifecycle>;

/** One bank's pledge of one receipt: offered by the endorsement, active from the approval of its financing. */
export const receiptPledgeLifecycle = defineLifecycle('pledge of a receipt', {
  offered: { sign: 'offered', take_effect: 'active', withdraw: 'withdrawn', lose: 'lost' },
  active: {
    sign: 'active',
    perfect: 'active',
    divide: 'divided',
    release: 'released',
    enforce: 'enforced',
    lose: 'lost',
  },
  divided: {},
  enforced: {},
  released: {},
  withdrawn: {},
  lost: {},
});
export type ReceiptPledgeState = StateOf<typeof receiptPledgeLifecycle>;

/** An order to the warehouse that goods have left a pledge. */
export const releaseOrderLifecycle = defineLifecycle('release order', {
  requested: { grant: 'granted', refuse: 'refused' },
  granted: { acknowledge: 'acknowledged' },
  acknowledged: {},
  refused: {},
});
export type ReleaseOrderState = StateOf<typeof releaseOrderLifecycle>;
