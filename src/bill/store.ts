import type { IsoDate } from '../money/dates.ts';
import {
  bool,
  date,
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
import type { Workspace } from '../platform/workspace.ts';
import type { BillStanding, OfferKind, OfferState } from './lifecycle.ts';

/** Units of 0.01 yuan: at most 10¹¹, which a number holds exactly. */
const units = { sqlType: 'bigint', toSql: (value: number) => value, fromSql: (value: string) => Number(value) };

/** The one row of bill_market. */
export const BILL_MARKET = '0b111000-0000-4000-8000-000000000001';

const marketColumns = {
  id: uuid,
  businessDate: date,
  closing: bool,
  step: text,
  place: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type MarketRow = RowOf<typeof marketColumns>;
const marketShape = {
  rank: 28,
  key: 'id',
  columns: marketColumns,
  changeable: ['businessDate', 'closing', 'step', 'place', 'version'],
} as const;
/** The business day as commands hold it: shared, so that it stands still while they go on. */
export const markets = defineTable('bill_market', { ...marketShape, strength: 'share' });
/** The business day as whoever moves it holds it: alone. */
export const marketsForUpdate = defineTable('bill_market', marketShape);

const acceptorColumns = {
  orgId: uuid,
  acceptanceLimit: money,
  accepted: money,
  margin: money,
  totalAssets: nullable(money),
  deposits: nullable(money),
  listedFrom: nullable(date),
  sustainedUntil: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type AcceptorRow = RowOf<typeof acceptorColumns>;
export const acceptors = defineTable('bill_acceptor', {
  rank: 43,
  key: 'orgId',
  columns: acceptorColumns,
  changeable: [
    'acceptanceLimit',
    'accepted',
    'margin',
    'totalAssets',
    'deposits',
    'listedFrom',
    'sustainedUntil',
    'version',
  ],
});

const billColumns = {
  id: uuid,
  chainId: uuid,
  number: nullable(text),
  reference: text,
  kind: oneOf<'commercial' | 'bank'>(),
  drawerId: uuid,
  payeeId: uuid,
  acceptorId: uuid,
  bankId: uuid,
  face: money,
  firstUnit: units,
  lastUnit: units,
  issueDate: date,
  dueDate: date,
  maturityDate: date,
  presentableUntil: date,
  provisional: bool,
  transferable: bool,
  acceptedOn: nullable(date),
  receivedOn: nullable(date),
  programmeId: nullable(uuid),
  limitPath: json<readonly string[]>(),
  margin: money,
  fee: money,
  registeredBy: uuid,
  version: int,
  createdAt: instant,
} as const;
export type BillRow = RowOf<typeof billColumns>;
/** A bill itself changes until it is received; afterwards it is read without a lock, and its holdings change. */
export const bills = defineTable('bill', {
  rank: 44,
  key: 'id',
  columns: billColumns,
  changeable: [
    'number',
    'maturityDate',
    'presentableUntil',
    'provisional',
    'acceptedOn',
    'receivedOn',
    'programmeId',
    'limitPath',
    'margin',
    'fee',
    'version',
  ],
});

/** One step of a chain of title. */
export type TitleStep = Readonly<{
  kind: 'issue' | 'endorsement' | 'discount' | 'redemption' | 'rediscount' | 'recourse';
  fromId: string;
  toId: string;
  on: IsoDate;
  /** False when the endorser wrote "not transferable" (票据法 arts. 27, 34). */
  transferable: boolean;
}>;
/** Who stands surety for whom (票据法 arts. 45–52). */
export type Surety = Readonly<{ guarantorId: string; guaranteesId: string; on: IsoDate }>;
/** How a holding came to its holder, from the issue on. */
export type Title = Readonly<{ steps: readonly TitleStep[]; guarantors: readonly Surety[] }>;

const holdingColumns = {
  id: uuid,
  billId: uuid,
  chainId: uuid,
  firstUnit: units,
  lastUnit: units,
  amount: money,
  holderId: uuid,
  fromId: nullable(uuid),
  parentId: nullable(uuid),
  mergedIntoId: nullable(uuid),
  standing: oneOf<BillStanding>(),
  live: bool,
  offerId: nullable(uuid),
  offeredToId: nullable(uuid),
  bookId: nullable(uuid),
  pledgeeId: nullable(uuid),
  financingId: nullable(uuid),
  frozen: bool,
  title: json<Title>(),
  dishonouredOn: nullable(date),
  presentedInTime: bool,
  version: int,
  createdAt: instant,
} as const;
export type BillHoldingRow = RowOf<typeof holdingColumns>;
export const billHoldings = defineTable('bill_holding', {
  rank: 45,
  key: 'id',
  columns: holdingColumns,
  changeable: [
    'firstUnit',
    'lastUnit',
    'amount',
    'holderId',
    'fromId',
    'mergedIntoId',
    'standing',
    'live',
    'offerId',
    'offeredToId',
    'bookId',
    'pledgeeId',
    'financingId',
    'frozen',
    'title',
    'dishonouredOn',
    'presentedInTime',
    'version',
  ],
});

const offerColumns = {
  id: uuid,
  batchId: uuid,
  chainId: uuid,
  billId: uuid,
  holdingId: uuid,
  kind: oneOf<OfferKind>(),
  fromId: uuid,
  toId: uuid,
  state: oneOf<OfferState>(),
  amount: money,
  firstUnit: units,
  lastUnit: units,
  /** What the kind of offer needs beside: its type belongs to the file of the business event. */
  terms: json<Readonly<Record<string, unknown>>>(),
  standingBefore: oneOf<BillStanding>(),
  madeOn: date,
  expiresOn: date,
  answeredOn: nullable(date),
  code: nullable(text),
  reason: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type BillOfferRow = RowOf<typeof offerColumns>;
export const billOffers = defineTable('bill_offer', {
  rank: 46,
  key: 'id',
  columns: offerColumns,
  changeable: ['state', 'terms', 'answeredOn', 'code', 'reason', 'version'],
});

export type MessageKind = 'registration' | 'void' | OfferKind;
const messageColumns = {
  id: uuid,
  chainId: uuid,
  billId: uuid,
  offerId: nullable(uuid),
  kind: oneOf<MessageKind>(),
  orgId: uuid,
  payload: json<Readonly<Record<string, unknown>>>(),
  state: oneOf<'created' | 'sent' | 'confirmed' | 'rejected'>(),
  code: nullable(text),
  reason: nullable(text),
  sentAt: nullable(instant),
  answeredAt: nullable(instant),
  version: int,
  createdAt: instant,
} as const;
export type BillMessageRow = RowOf<typeof messageColumns>;
export const billMessages = defineTable('bill_message', {
  rank: 48,
  key: 'id',
  columns: messageColumns,
  changeable: ['state', 'code', 'reason', 'sentAt', 'answeredAt', 'version'],
});

const backgroundColumns = {
  id: uuid,
  billId: uuid,
  documentId: uuid,
  chainId: uuid,
  invoiceKey: nullable(text),
  amount: money,
  released: bool,
  version: int,
  createdAt: instant,
} as const;
export type BackgroundRow = RowOf<typeof backgroundColumns>;
export const billBackgrounds = defineTable('bill_background', {
  rank: 47,
  key: 'id',
  columns: backgroundColumns,
  changeable: ['released', 'version'],
});

const disclosureColumns = {
  billId: uuid,
  chainId: uuid,
  acceptorId: uuid,
  number: text,
  issueDate: date,
  acceptedOn: date,
  dueDate: date,
  drawerName: text,
  acceptorName: text,
  acceptorUscc: text,
  amount: money,
  disclosedOn: date,
  version: int,
  createdAt: instant,
} as const;
export type DisclosureRow = RowOf<typeof disclosureColumns>;
export const billDisclosures = defineTable('bill_disclosure', {
  rank: 47,
  key: 'billId',
  columns: disclosureColumns,
  changeable: [
    'number',
    'issueDate',
    'acceptedOn',
    'dueDate',
    'drawerName',
    'acceptorName',
    'acceptorUscc',
    'amount',
    'disclosedOn',
    'version',
  ],
});

const overdueColumns = {
  id: uuid,
  acceptorId: uuid,
  chainId: uuid,
  billId: uuid,
  holdingId: uuid,
  amount: money,
  occurredOn: date,
  settledOn: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type OverdueEventRow = RowOf<typeof overdueColumns>;
export const billOverdueEvents = defineTable('bill_overdue_event', {
  rank: 47,
  key: 'id',
  columns: overdueColumns,
  changeable: ['settledOn', 'version'],
});

/**
 * Locks holdings and the offers under way about them, and reads their bills, which no longer change once received.
 * What a package has beside the holdings named is not touched: 100,000 neighbours cost nothing.
 */
export async function lockHoldings(
  work: Workspace,
  holdingIds: Iterable<string>,
): Promise<ReadonlyMap<string, BillRow>> {
  await work.lock(billHoldings, holdingIds);
  const held = work.all(billHoldings);
  await work.lock(
    billOffers,
    held.flatMap(({ offerId }) => (offerId === null ? [] : [offerId])),
  );
  const found = await work.read(
    bills,
    'id',
    held.map(({ billId }) => billId),
  );
  return new Map(found.map((bill) => [bill.id, bill]));
}
