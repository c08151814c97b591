import { standingAxes } from './lifecycle.ts';
import type {
  AcceptorRow,
  BillHoldingRow,
  BillMessageRow,
  BillOfferRow,
  BillRow,
  DisclosureRow,
  MarketRow,
} from './store.ts';

/** A range as the exchange writes it: "1-30000000", or "0" for a bill that does not split. */
export const rangeText = (firstUnit: number, lastUnit: number): string =>
  firstUnit === 0 ? '0' : `${firstUnit}-${lastUnit}`;

/** A bill as the API shows it, yuan as text. */
export const billAnswer = (b: BillRow) => ({
  id: b.id,
  chainId: b.chainId,
  number: b.number,
  reference: b.reference,
  kind: b.kind,
  drawerId: b.drawerId,
  payeeId: b.payeeId,
  acceptorId: b.acceptorId,
  bankId: b.bankId,
  face: b.face.toFixed(2),
  range: rangeText(b.firstUnit, b.lastUnit),
  issueDate: b.issueDate,
  dueDate: b.dueDate,
  maturityDate: b.maturityDate,
  presentableUntil: b.presentableUntil,
  provisional: b.provisional,
  transferable: b.transferable,
  acceptedOn: b.acceptedOn,
  receivedOn: b.receivedOn,
  programmeId: b.programmeId,
  margin: b.margin.toFixed(2),
  fee: b.fee.toFixed(2),
  version: b.version,
  createdAt: b.createdAt,
});

/** A holding as the API shows it: both dimensions of its standing with their codes, and its chain of title. */
export const billHoldingAnswer = (h: BillHoldingRow) => ({
  id: h.id,
  billId: h.billId,
  chainId: h.chainId,
  range: rangeText(h.firstUnit, h.lastUnit),
  firstUnit: h.firstUnit,
  lastUnit: h.lastUnit,
  amount: h.amount.toFixed(2),
  holderId: h.holderId,
  fromId: h.fromId,
  parentId: h.parentId,
  mergedIntoId: h.mergedIntoId,
  ...standingAxes(h.standing),
  live: h.live,
  offerId: h.offerId,
  bookId: h.bookId,
  pledgeeId: h.pledgeeId,
  financingId: h.financingId,
  frozen: h.frozen,
  title: h.title,
  dishonouredOn: h.dishonouredOn,
  version: h.version,
  createdAt: h.createdAt,
});

/** An offer as the API shows it. */
export const billOfferAnswer = (o: BillOfferRow) => ({
  id: o.id,
  batchId: o.batchId,
  billId: o.billId,
  holdingId: o.holdingId,
  kind: o.kind,
  fromId: o.fromId,
  toId: o.toId,
  state: o.state,
  amount: o.amount.toFixed(2),
  range: rangeText(o.firstUnit, o.lastUnit),
  terms: o.terms,
  madeOn: o.madeOn,
  expiresOn: o.expiresOn,
  answeredOn: o.answeredOn,
  code: o.code,
  reason: o.reason,
  version: o.version,
  createdAt: o.createdAt,
});

export const billMessageAnswer = (m: BillMessageRow) => ({
  id: m.id,
  billId: m.billId,
  offerId: m.offerId,
  kind: m.kind,
  state: m.state,
  code: m.code,
  reason: m.reason,
  sentAt: m.sentAt,
  answeredAt: m.answeredAt,
  createdAt: m.createdAt,
});

export const marketAnswer = ({ businessDate, closing, step, version }: MarketRow) => ({
  businessDate,
  closing,
  step,
  version,
});

export const acceptorAnswer = (a: AcceptorRow) => ({
  orgId: a.orgId,
  acceptanceLimit: a.acceptanceLimit.toFixed(2),
  accepted: a.accepted.toFixed(2),
  available: a.acceptanceLimit.minus(a.accepted).toFixed(2),
  margin: a.margin.toFixed(2),
  totalAssets: a.totalAssets?.toFixed(2) ?? null,
  deposits: a.deposits?.toFixed(2) ?? null,
  listedFrom: a.listedFrom,
  sustainedUntil: a.sustainedUntil,
  version: a.version,
  createdAt: a.createdAt,
});

export const disclosureAnswer = (d: DisclosureRow) => ({
  billId: d.billId,
  acceptorId: d.acceptorId,
  number: d.number,
  issueDate: d.issueDate,
  acceptedOn: d.acceptedOn,
  dueDate: d.dueDate,
  drawerName: d.drawerName,
  acceptorName: d.acceptorName,
  acceptorUscc: d.acceptorUscc,
  amount: d.amount.toFixed(2),
  disclosedOn: d.disclosedOn,
  version: d.version,
});
