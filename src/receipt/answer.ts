import type { Workspace } from '../platform/workspace.ts';
import type { ReceiptSaleRow } from './sale-store.ts';
import type { EndorsementRow, ReceiptClaimRow, ReceiptPledgeRow, ReceiptRow, ReleaseOrderRow } from './store.ts';

/** A receipt as the API shows it: quantities and yuan as text. */
export const receiptAnswer = (r: ReceiptRow) => ({
  id: r.id,
  number: r.number,
  warehouseId: r.warehouseId,
  operatorId: r.operatorId,
  lotId: r.lotId,
  gradeId: r.gradeId,
  depositorId: r.depositorId,
  holderId: r.holderId,
  quantity: r.quantity.toFixed(),
  lost: r.lost.toFixed(),
  pieces: r.pieces,
  lossStandard: r.lossStandard.toFixed(),
  dailyFee: r.dailyFee.toFixed(),
  storageFrom: r.storageFrom,
  storageTo: r.storageTo,
  insuredTo: r.insuredTo,
  feePaid: r.feePaid.toFixed(2),
  content: r.content,
  contentHash: r.contentHash,
  state: r.state,
  standing: r.standing,
  frozenBy: r.frozenBy,
  registerCode: r.registerCode,
  offeredTo: r.offeredTo,
  financingId: r.financingId,
  bookId: r.bookId,
  value: r.value.toFixed(2),
  quotedAt: r.quotedAt,
  parentId: r.parentId,
  issuedOn: r.issuedOn,
  note: r.note,
  version: r.version,
  createdAt: r.createdAt,
});

export const endorsementAnswer = (e: EndorsementRow) => ({
  id: e.id,
  receiptId: e.receiptId,
  fromId: e.fromId,
  toId: e.toId,
  evidence: e.evidence,
  state: e.state,
  reason: e.reason,
  version: e.version,
  createdAt: e.createdAt,
});

export const pledgeAnswer = (p: ReceiptPledgeRow) => ({
  id: p.id,
  receiptId: p.receiptId,
  financingId: p.financingId,
  bookId: p.bookId,
  holderId: p.holderId,
  perfection: p.perfection,
  state: p.state,
  endorsedAt: p.endorsedAt,
  signedAt: p.signedAt,
  registerNumber: p.registerNumber,
  perfectedAt: p.perfectedAt,
  parentId: p.parentId,
  endedAt: p.endedAt,
  version: p.version,
  createdAt: p.createdAt,
});

export const orderAnswer = (o: ReleaseOrderRow) => ({
  id: o.id,
  financingId: o.financingId,
  bookId: o.bookId,
  holderId: o.holderId,
  operatorId: o.operatorId,
  receiptId: o.receiptId,
  asked: o.asked?.toFixed() ?? null,
  releasedId: o.releasedId,
  keptId: o.keptId,
  quantity: o.quantity?.toFixed() ?? null,
  value: o.value?.toFixed(2) ?? null,
  state: o.state,
  rule: o.rule,
  reason: o.reason,
  version: o.version,
  createdAt: o.createdAt,
});

export const claimAnswer = (c: ReceiptClaimRow) => ({
  id: c.id,
  receiptId: c.receiptId,
  claimant: c.claimant,
  basis: c.basis,
  amount: c.amount.toFixed(2),
  perfectedAt: c.perfectedAt,
  evidenceHash: c.evidenceHash,
  recordedAt: c.recordedAt,
});

export const saleAnswer = (s: ReceiptSaleRow) => ({
  id: s.id,
  financingId: s.financingId,
  receiptId: s.receiptId,
  buyerId: s.buyerId,
  noticedOn: s.noticedOn,
  proceeds: s.proceeds.toFixed(2),
  cost: s.cost.toFixed(2),
  bankReference: s.bankReference,
  state: s.state,
  applied: s.applied?.toFixed(2) ?? null,
  surplus: s.surplus?.toFixed(2) ?? null,
  owedAfter: s.owedAfter?.toFixed(2) ?? null,
  approvalId: s.approvalId,
  version: s.version,
  createdAt: s.createdAt,
});

/** Records what happened to a receipt, for its warehouse, its holder, its bank and whoever else is named. */
export function tell(
  work: Workspace,
  kind: string,
  receipt: ReceiptRow,
  {
    scopeId,
    also = [],
    data = {},
  }: Readonly<{ scopeId: string; also?: readonly string[]; data?: Record<string, unknown> }>,
): void {
  const parties = [receipt.operatorId, receipt.holderId, receipt.bookId, receipt.offeredTo, ...also];
  work.emit({
    kind: `receipt.${kind}`,
    objectKind: 'receipt',
    objectId: receipt.id,
    scopeId,
    parties: [...new Set(parties.filter((id) => id !== null))],
    data: { number: receipt.number, state: receipt.state, version: receipt.version, ...data },
  });
}
