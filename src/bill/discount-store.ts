import type { IsoDate } from '../money/dates.ts';
import {
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { DiscountLineState, DiscountStatus } from './discount-lifecycle.ts';

export const discountKinds = ['outright', 'repo'] as const;
export type DiscountKind = (typeof discountKinds)[number];

const consentColumns = {
  id: uuid,
  chainId: uuid,
  bookId: uuid,
  buyerId: uuid,
  buyerShare: decimal,
  validFrom: date,
  validUntil: date,
  endedOn: nullable(date),
  givenBy: uuid,
  version: int,
  createdAt: instant,
} as const;
export type ConsentRow = RowOf<typeof consentColumns>;
/** Standing consents of drawers to bear discount interest of their bills. */
export const interestConsents = defineTable('bill_interest_consent', {
  rank: 38,
  key: 'id',
  columns: consentColumns,
  changeable: ['endedOn', 'version'],
});

/** One bill of a quote. Yuan as text, so that the figures booked are the ones that were quoted. */
export type QuotedLine = Readonly<{
  holdingId: string;
  billId: string;
  firstUnit: number;
  lastUnit: number;
  amount: string;
  dueDate: IsoDate;
  /** The day to which interest runs: the due date moved off holidays, or the last day of redemption. */
  interestUntil: IsoDate;
  maturityDate: IsoDate;
  /** Days by which holidays move the due date. */
  movedDays: number;
  provisional: boolean;
  days: number;
  interest: string;
  sellerInterest: string;
  buyerInterest: string;
  acceptorId: string;
  /** The drawer, and its consent when it bears a part. */
  buyerId: string;
  consentId: string | null;
  /** What the seller is paid for it. */
  proceeds: string;
  annualYield: string;
}>;

const quoteColumns = {
  id: uuid,
  requestId: uuid,
  chainId: uuid,
  bookId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  sellerId: uuid,
  kind: oneOf<DiscountKind>(),
  redemptionFrom: nullable(date),
  redemptionUntil: nullable(date),
  rate: decimal,
  referenceRate: nullable(decimal),
  referenceOn: nullable(date),
  vatRate: decimal,
  valueDate: date,
  face: money,
  interest: money,
  sellerInterest: money,
  buyerInterest: money,
  proceeds: money,
  annualYield: decimal,
  lines: json<readonly QuotedLine[]>(),
  expiresAt: instant,
  discountId: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type BillQuoteRow = RowOf<typeof quoteColumns>;
export const billQuotes = defineTable('bill_quote', {
  rank: 49,
  key: 'id',
  columns: quoteColumns,
  changeable: ['discountId', 'version'],
});

/** A buyer's part of the interest, set aside on its deposit under this id. */
export type BuyerHold = Readonly<{ id: string; buyerId: string; amount: string }>;

const discountColumns = {
  id: uuid,
  number: text,
  quoteId: uuid,
  chainId: uuid,
  bookId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  sellerId: uuid,
  kind: oneOf<DiscountKind>(),
  redemptionFrom: nullable(date),
  redemptionUntil: nullable(date),
  status: oneOf<DiscountStatus>(),
  rate: decimal,
  vatRate: decimal,
  valueDate: date,
  face: money,
  interest: money,
  sellerInterest: money,
  buyerInterest: money,
  proceeds: money,
  payeeAccountId: uuid,
  limitPath: json<readonly string[]>(),
  approvalLevel: oneOf<'auto' | 'one' | 'two'>(),
  approvalId: nullable(uuid),
  paymentId: nullable(uuid),
  holds: json<readonly BuyerHold[]>(),
  settledOn: nullable(date),
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type DiscountRow = RowOf<typeof discountColumns>;
export const billDiscounts = defineTable('bill_discount', {
  rank: 49,
  key: 'id',
  columns: discountColumns,
  changeable: ['status', 'approvalId', 'paymentId', 'settledOn', 'note', 'version'],
});

export const rediscountPurposes = ['small', 'agriculture', 'green'] as const;
export type RediscountPurpose = (typeof rediscountPurposes)[number];

const lineColumns = {
  id: uuid,
  discountId: uuid,
  bookId: uuid,
  chainId: uuid,
  sellerId: uuid,
  billId: uuid,
  holdingId: uuid,
  offerId: uuid,
  amount: money,
  interest: money,
  sellerInterest: money,
  buyerInterest: money,
  buyerId: uuid,
  earnsFrom: date,
  earnsUntil: date,
  vatRate: decimal,
  redemptionFrom: nullable(date),
  redemptionUntil: nullable(date),
  maturityDate: date,
  state: oneOf<DiscountLineState>(),
  purposes: json<readonly RediscountPurpose[]>(),
  rediscountId: nullable(uuid),
  endedOn: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type DiscountLineRow = RowOf<typeof lineColumns>;
export const discountLines = defineTable('bill_discount_line', {
  rank: 49,
  key: 'id',
  columns: lineColumns,
  changeable: ['earnsFrom', 'state', 'rediscountId', 'endedOn', 'version'],
});
