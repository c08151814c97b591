import type { Workspace } from '../platform/workspace.ts';
import { rangeText } from './answer.ts';
import type { DiscountFinding } from './discount-eligibility.ts';
import type { BillQuoteRow, ConsentRow, DiscountLineRow, DiscountRow, QuotedLine } from './discount-store.ts';

const rate = (value: Readonly<{ toFixed: (places: number) => string }>): string => value.toFixed(6);

/** One bill of a quote as the API shows it. */
const quotedLineAnswer = ({ firstUnit, lastUnit, ...line }: QuotedLine) => ({
  ...line,
  range: rangeText(firstUnit, lastUnit),
});

/** A quote as the API shows it, yuan as text. */
export const quoteAnswer = (q: BillQuoteRow) => ({
  id: q.id,
  requestId: q.requestId,
  chainId: q.chainId,
  bookId: q.bookId,
  programmeId: q.programmeId,
  programmeVersion: q.programmeVersion,
  sellerId: q.sellerId,
  kind: q.kind,
  redemptionFrom: q.redemptionFrom,
  redemptionUntil: q.redemptionUntil,
  rate: rate(q.rate),
  referenceRate: q.referenceRate === null ? null : rate(q.referenceRate),
  referenceOn: q.referenceOn,
  valueDate: q.valueDate,
  face: q.face.toFixed(2),
  interest: q.interest.toFixed(2),
  sellerInterest: q.sellerInterest.toFixed(2),
  buyerInterest: q.buyerInterest.toFixed(2),
  proceeds: q.proceeds.toFixed(2),
  annualYield: rate(q.annualYield),
  lines: q.lines.map(quotedLineAnswer),
  expiresAt: q.expiresAt,
  discountId: q.discountId,
  version: q.version,
  createdAt: q.createdAt,
});

type Asked = Readonly<{ programmeId: string; bookId: string }>;

/** What one bank answers to a question: a firm quote for what is eligible, and why the rest is not. */
export const bankQuoteAnswer = (asked: Asked, quote: BillQuoteRow | null, findings: readonly DiscountFinding[]) => ({
  programmeId: asked.programmeId,
  bookId: asked.bookId,
  quote: quote === null ? null : quoteAnswer(quote),
  findings,
});

/** A discount as the API shows it, yuan as text. */
export const discountAnswer = (d: DiscountRow) => ({
  id: d.id,
  number: d.number,
  quoteId: d.quoteId,
  chainId: d.chainId,
  bookId: d.bookId,
  programmeId: d.programmeId,
  programmeVersion: d.programmeVersion,
  sellerId: d.sellerId,
  kind: d.kind,
  redemptionFrom: d.redemptionFrom,
  redemptionUntil: d.redemptionUntil,
  status: d.status,
  rate: rate(d.rate),
  valueDate: d.valueDate,
  face: d.face.toFixed(2),
  interest: d.interest.toFixed(2),
  sellerInterest: d.sellerInterest.toFixed(2),
  buyerInterest: d.buyerInterest.toFixed(2),
  proceeds: d.proceeds.toFixed(2),
  payeeAccountId: d.payeeAccountId,
  approvalLevel: d.approvalLevel,
  approvalId: d.approvalId,
  paymentId: d.paymentId,
  settledOn: d.settledOn,
  note: d.note,
  version: d.version,
  createdAt: d.createdAt,
});

/** One bill of a discount as the API shows it. */
export const discountLineAnswer = (l: DiscountLineRow) => ({
  id: l.id,
  discountId: l.discountId,
  bookId: l.bookId,
  sellerId: l.sellerId,
  billId: l.billId,
  holdingId: l.holdingId,
  amount: l.amount.toFixed(2),
  interest: l.interest.toFixed(2),
  sellerInterest: l.sellerInterest.toFixed(2),
  buyerInterest: l.buyerInterest.toFixed(2),
  buyerId: l.buyerId,
  earnsFrom: l.earnsFrom,
  earnsUntil: l.earnsUntil,
  redemptionFrom: l.redemptionFrom,
  redemptionUntil: l.redemptionUntil,
  maturityDate: l.maturityDate,
  state: l.state,
  purposes: l.purposes,
  rediscountId: l.rediscountId,
  endedOn: l.endedOn,
  version: l.version,
  createdAt: l.createdAt,
});

/** A consent as the API shows it. */
export const consentAnswer = (c: ConsentRow) => ({
  id: c.id,
  chainId: c.chainId,
  bookId: c.bookId,
  buyerId: c.buyerId,
  buyerShare: rate(c.buyerShare),
  validFrom: c.validFrom,
  validUntil: c.validUntil,
  endedOn: c.endedOn,
  version: c.version,
  createdAt: c.createdAt,
});

/** Records what happened to a discount for its bank and its seller. */
export function tellDiscount(
  work: Workspace,
  what: string,
  discount: DiscountRow,
  data: Readonly<Record<string, unknown>> = {},
): void {
  work.emit({
    kind: `bill_discount.${what}`,
    objectKind: 'bill_discount',
    objectId: discount.id,
    scopeId: discount.bookId,
    parties: [discount.bookId, discount.sellerId],
    data: {
      number: discount.number,
      status: discount.status,
      face: discount.face.toFixed(2),
      proceeds: discount.proceeds.toFixed(2),
      version: discount.version,
      ...data,
    },
  });
}
