import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** An order of goods paid for in advance, from the distributor's hand to the last of the goods and of the margin. */
export const orderStages = defineLifecycle('prepayment order', {
  ordered: { confirm: 'confirmed', decline: 'declined', cancel: 'cancelled' },
  confirmed: { apply: 'confirmed', deposit: 'confirmed', complete_margin: 'margin_paid', cancel: 'cancelled' },
  margin_paid: { apply: 'margin_paid', fund: 'funded', cancel: 'cancelled' },
  funded: {
    pay: 'funded',
    arrive: 'funded',
    notice: 'delivering',
    expire: 'shortfall',
    close: 'closed',
  },
  delivering: {
    pay: 'delivering',
    arrive: 'delivering',
    notice: 'delivering',
    receive: 'delivering',
    complete: 'completed',
    expire: 'shortfall',
    close: 'closed',
  },
  completed: { pay: 'completed', close: 'closed' },
  shortfall: {
    receive: 'shortfall',
    refund: 'shortfall',
    resume: 'delivering',
    claim: 'claimed',
    refund_all: 'refunded',
    repurchase_all: 'repurchased',
  },
  claimed: {
    receive: 'claimed',
    refund: 'claimed',
    resume: 'delivering',
    refund_all: 'refunded',
    repurchase_all: 'repurchased',
  },
  refunded: { receive: 'refunded', close: 'closed' },
  repurchased: { receive: 'repurchased', close: 'closed' },
  declined: {},
  cancelled: {},
  closed: {},
});
export type OrderStage = StateOf<typeof orderStages>;

/** A release notice: asked for by the distributor, issued by the bank, answered by whoever keeps the goods. */
export const noticeStates = defineLifecycle('release notice', {
  requested: { issue: 'issued', reject: 'rejected', withdraw: 'withdrawn' },
  issued: { acknowledge: 'acknowledged', recall: 'withdrawn' },
  acknowledged: { ship: 'shipped' },
  shipped: { receive: 'received' },
  received: {},
  rejected: {},
  withdrawn: {},
});
export type NoticeState = StateOf<typeof noticeStates>;

/** The bank's undertaking to pay the seller at maturity. */
export const acceptanceStates = defineLifecycle('acceptance', {
  submitted: { approve: 'approved', reject: 'rejected', cancel: 'cancelled' },
  approved: { accept: 'accepted', cancel: 'cancelled' },
  accepted: { pay: 'paid', advance: 'advanced' },
  paid: {},
  advanced: {},
  rejected: { submit: 'submitted' },
  cancelled: { submit: 'submitted' },
});
export type AcceptanceState = StateOf<typeof acceptanceStates>;

/** A call for more margin after a fall in price. */
export const callStates = defineLifecycle('margin call', {
  open: { fall: 'open', cure: 'cured', lapse: 'lapsed' },
  cured: { fall: 'open' },
  lapsed: { fall: 'lapsed', cure: 'cured' },
});
export type CallState = StateOf<typeof callStates>;
