import type { Decimal } from '../money/decimal.ts';
import type { HoldingRow, ReceivableRow, TransferRow } from './store.ts';

/** What the debtor still owes under its undertaking. */
export const outstanding = (r: Pick<ReceivableRow, 'confirmed' | 'credited' | 'paid'>): Decimal =>
  r.confirmed.minus(r.credited).minus(r.paid);

/** What of it the debtor does not contest. */
export const undisputed = (r: Pick<ReceivableRow, 'confirmed' | 'credited' | 'paid' | 'disputed'>): Decimal =>
  outstanding(r).minus(r.disputed);

/** A receivable as the API shows it, yuan as text. */
export const receivableAnswer = (r: ReceivableRow) => ({
  id: r.id,
  chainId: r.chainId,
  debtorId: r.debtorId,
  creditorId: r.creditorId,
  reference: r.reference,
  stage: r.stage,
  payment: r.payment,
  face: r.face.toFixed(2),
  confirmed: r.confirmed.toFixed(2),
  credited: r.credited.toFixed(2),
  paid: r.paid.toFixed(2),
  outstanding: outstanding(r).toFixed(2),
  disputed: r.disputed.toFixed(2),
  issueDate: r.issueDate,
  dueDate: r.dueDate,
  goodsAcceptedOn: r.goodsAcceptedOn,
  warnings: r.warnings,
  note: r.note,
  rejectionCode: r.rejectionCode,
  confirmedAt: r.confirmedAt,
  version: r.version,
  createdAt: r.createdAt,
});

/** A holding as the API shows it. */
export const holdingAnswer = (h: HoldingRow) => ({
  id: h.id,
  receivableId: h.receivableId,
  holderId: h.holderId,
  parentId: h.parentId,
  fromId: h.fromId,
  amount: h.amount.toFixed(2),
  state: h.state,
  legal: h.legal,
  financingId: h.financingId,
  transferId: h.transferId,
  version: h.version,
  createdAt: h.createdAt,
});

export const transferAnswer = (t: TransferRow) => ({
  id: t.id,
  holdingId: t.holdingId,
  receivableId: t.receivableId,
  fromId: t.fromId,
  toId: t.toId,
  amount: t.amount.toFixed(2),
  state: t.state,
  evidence: t.evidence,
  expiresOn: t.expiresOn,
  version: t.version,
  createdAt: t.createdAt,
});
