import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** How a receivable becomes an undertaking of its debtor. What happens to its parts afterwards is on each holding. */
export const receivableStages = defineLifecycle('receivable', {
  registered: { confirm: 'confirmed', reject: 'rejected', cancel: 'cancelled', expire: 'expired' },
  confirmed: {
    transfer: 'confirmed',
    finance: 'confirmed',
    dispute: 'confirmed',
    credit: 'confirmed',
    pay: 'confirmed',
  },
  rejected: {},
  cancelled: {},
  expired: {},
});
export type ReceivableStage = StateOf<typeof receivableStages>;

/** Why a debtor does not owe what was registered on it. */
export const rejectionCodes = [
  'not_received',
  'quantity',
  'quality',
  'price',
  'paid_already',
  'not_ours',
  'duplicate',
  'other',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

/** Whether the debtor has paid. */
export const receivablePayments = defineLifecycle('payment of a receivable', {
  open: { part_pay: 'part_paid', pay: 'paid', fall_overdue: 'overdue' },
  part_paid: { part_pay: 'part_paid', pay: 'paid', fall_overdue: 'overdue' },
  overdue: { part_pay: 'overdue', pay: 'paid' },
  paid: {},
});
export type ReceivablePayment = StateOf<typeof receivablePayments>;

/** A part of a confirmed receivable in one hand. */
export const holdingStates = defineLifecycle('holding', {
  live: { split: 'split', transfer: 'transferred', settle: 'settled' },
  split: {},
  transferred: {},
  settled: {},
});
export type HoldingState = StateOf<typeof holdingStates>;

/** The legal position of a holding: pledged, assigned with recourse, or sold to the bank. */
export const holdingRights = defineLifecycle('right in a holding', {
  none: { pledge: 'pledged', assign: 'assigned' },
  pledged: { release: 'none' },
  assigned: { release: 'none', sell: 'sold' },
  sold: { release: 'none' },
});
export type HoldingRight = StateOf<typeof holdingRights>;

/** A holding on its way to a lower tier. */
export const transferStates = defineLifecycle('transfer', {
  offered: { accept: 'accepted', decline: 'declined', withdraw: 'withdrawn', expire: 'expired' },
  accepted: {},
  declined: {},
  withdrawn: {},
  expired: {},
});
export type TransferState = StateOf<typeof transferStates>;
