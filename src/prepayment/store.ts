import {
  bool,
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
import type { Workspace } from '../platform/workspace.ts';
import type { ProductTerms } from '../programme/terms.ts';
import type { AcceptanceState, CallState, NoticeState, OrderStage } from './lifecycle.ts';
import type { ReleasePolicy } from './rules.ts';

const orderColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  programmeId: uuid,
  buyerId: uuid,
  sellerId: uuid,
  custodianId: uuid,
  number: text,
  commodity: text,
  unit: text,
  step: decimal,
  quantity: decimal,
  value: money,
  expiresOn: date,
  stage: oneOf<OrderStage>(),
  clause: nullable(oneOf<'refund' | 'repurchase'>()),
  payeeAccountId: nullable(uuid),
  arrived: decimal,
  noticed: decimal,
  delivered: decimal,
  refunded: money,
  shortSince: nullable(date),
  prompted: bool,
  note: nullable(text),
  enteredBy: uuid,
  version: int,
  createdAt: instant,
} as const;
export type OrderRow = RowOf<typeof orderColumns>;

/** The trade: what all its parties see. */
export const orders = defineTable('prepayment_order', {
  rank: 44,
  key: 'id',
  columns: orderColumns,
  changeable: [
    'custodianId',
    'stage',
    'clause',
    'payeeAccountId',
    'arrived',
    'noticed',
    'delivered',
    'refunded',
    'shortSince',
    'prompted',
    'note',
    'version',
  ],
});

const accountColumns = {
  orderId: uuid,
  bookId: uuid,
  buyerId: uuid,
  programmeVersion: int,
  terms: json<ProductTerms>(),
  policy: oneOf<ReleasePolicy>(),
  value: money,
  noticedValue: money,
  margin: money,
  deposited: money,
  paidIn: money,
  held: money,
  extra: money,
  goods: money,
  converted: bool,
  fundedOn: nullable(date),
  financingId: nullable(uuid),
  version: int,
} as const;
export type AccountRow = RowOf<typeof accountColumns>;

/** What the distributor has with its bank about an order; the seller does not see it. */
export const accounts = defineTable('prepayment_account', {
  rank: 45,
  key: 'orderId',
  columns: accountColumns,
  changeable: [
    'programmeVersion',
    'terms',
    'policy',
    'noticedValue',
    'margin',
    'deposited',
    'paidIn',
    'held',
    'extra',
    'goods',
    'converted',
    'fundedOn',
    'financingId',
    'version',
  ],
});

const obligationColumns = {
  programmeId: uuid,
  bookId: uuid,
  sellerId: uuid,
  granted: money,
  outstanding: money,
  claims: int,
  version: int,
} as const;
export const obligations = defineTable('seller_obligation', {
  rank: 46,
  key: 'programmeId',
  columns: obligationColumns,
  changeable: ['granted', 'outstanding', 'claims', 'version'],
});

const noticeColumns = {
  id: uuid,
  orderId: uuid,
  bookId: uuid,
  buyerId: uuid,
  sellerId: uuid,
  custodianId: uuid,
  serial: text,
  quantity: decimal,
  amount: money,
  state: oneOf<NoticeState>(),
  approvalId: uuid,
  issuedOn: nullable(date),
  acknowledgeBy: nullable(date),
  late: bool,
  waybill: nullable(text),
  received: nullable(decimal),
  counted: nullable(decimal),
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type NoticeRow = RowOf<typeof noticeColumns>;
export const notices = defineTable('release_notice', {
  rank: 47,
  key: 'id',
  columns: noticeColumns,
  changeable: ['state', 'issuedOn', 'acknowledgeBy', 'late', 'waybill', 'received', 'counted', 'note', 'version'],
});

const callColumns = {
  orderId: uuid,
  bookId: uuid,
  buyerId: uuid,
  state: oneOf<CallState>(),
  price: decimal,
  missing: money,
  calledOn: date,
  dueOn: date,
  version: int,
} as const;
export type CallRow = RowOf<typeof callColumns>;
export const calls = defineTable('margin_call', {
  rank: 48,
  key: 'orderId',
  columns: callColumns,
  changeable: ['state', 'price', 'missing', 'calledOn', 'dueOn', 'version'],
});

const acceptanceColumns = {
  orderId: uuid,
  id: uuid,
  bookId: uuid,
  buyerId: uuid,
  state: oneOf<AcceptanceState>(),
  face: money,
  fee: money,
  vatRate: decimal,
  limitPath: json<readonly string[]>(),
  reserved: money,
  approvalId: uuid,
  acceptedOn: nullable(date),
  maturityDate: date,
  advanceId: nullable(uuid),
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type AcceptanceRow = RowOf<typeof acceptanceColumns>;
export const acceptances = defineTable('prepayment_acceptance', {
  rank: 49,
  key: 'orderId',
  columns: acceptanceColumns,
  changeable: [
    'state',
    'fee',
    'limitPath',
    'reserved',
    'approvalId',
    'acceptedOn',
    'maturityDate',
    'advanceId',
    'note',
    'version',
  ],
});

const movementColumns = {
  id: uuid,
  orderId: uuid,
  bookId: uuid,
  buyerId: uuid,
  kind: oneOf<'margin' | 'release' | 'extra_margin' | 'refund' | 'returned'>(),
  amount: money,
  movedOn: date,
  bankReference: nullable(text),
  createdAt: instant,
} as const;
export type MovementRow = RowOf<typeof movementColumns>;
export const movements = defineTable('prepayment_movement', {
  rank: 54,
  key: 'id',
  columns: movementColumns,
  changeable: [],
});

const arrivalColumns = {
  id: uuid,
  orderId: uuid,
  bookId: uuid,
  buyerId: uuid,
  sellerId: uuid,
  custodianId: uuid,
  document: text,
  quantity: decimal,
  arrivedOn: date,
  createdAt: instant,
} as const;
export const arrivals = defineTable('goods_arrival', { rank: 55, key: 'id', columns: arrivalColumns, changeable: [] });

const priceColumns = {
  id: uuid,
  orderId: uuid,
  bookId: uuid,
  price: decimal,
  source: text,
  quotedAt: instant,
  createdAt: instant,
} as const;
export const prices = defineTable('order_price', { rank: 56, key: 'id', columns: priceColumns, changeable: [] });

/** Locks orders with what their buyers have about them, and what their sellers owe: of every order, or of claimed ones. */
export async function lockOrders(work: Workspace, ids: readonly string[], withObligations = false): Promise<void> {
  await work.lock(orders, ids);
  await work.lock(accounts, ids);
  const owing = ids
    .flatMap((id) => work.find(orders, id) ?? [])
    .filter(({ stage }) => withObligations || stage === 'claimed');
  await work.lock(
    obligations,
    owing.map(({ programmeId }) => programmeId),
  );
}

type Document = Readonly<{ custodianId: string; document: string }>;

/** Which documents of a warehouse have been recorded already. */
export async function knownArrivals(work: Workspace, documents: readonly Document[]): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'goods_arrival.known',
    `select custodian_id || ' ' || document as known from goods_arrival
      where (custodian_id, document) in (select * from unnest($1::uuid[], $2::text[]))`,
    [documents.map(({ custodianId }) => custodianId), documents.map(({ document }) => document)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Which bank references of refunds a book knows already. */
export async function knownRefunds(
  work: Workspace,
  references: readonly Readonly<{ bookId: string; bankReference: string | null }>[],
): Promise<Set<string>> {
  const told = references.filter(({ bankReference }) => bankReference !== null);
  if (told.length === 0) return new Set();
  const rows = await work.query<{ known: string }>(
    'prepayment_movement.known',
    `select book_id || ' ' || bank_reference as known from prepayment_movement
      where (book_id, bank_reference) in (select * from unnest($1::uuid[], $2::text[]))`,
    [told.map(({ bookId }) => bookId), told.map(({ bankReference }) => bankReference)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Orders of a seller that are live under the same number, to be refused before the index does. */
export async function knownNumbers(
  work: Workspace,
  wanted: readonly Readonly<{ sellerId: string; buyerId: string; number: string }>[],
): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'prepayment_order.known',
    `select o.seller_id || ' ' || o.buyer_id || ' ' || o.number as known
       from unnest($1::uuid[], $2::uuid[], $3::text[]) as w(seller_id, buyer_id, number)
       join prepayment_order o using (seller_id, buyer_id, number)
      where o.stage not in ('declined', 'cancelled')`,
    [wanted.map((w) => w.sellerId), wanted.map((w) => w.buyerId), wanted.map((w) => w.number)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Orders of these that have notices which are neither received nor ended. */
export async function ordersWithOpenNotices(work: Workspace, orderIds: readonly string[]): Promise<Set<string>> {
  const rows = await work.query<{ order_id: string }>(
    'release_notice.open',
    `select distinct order_id from release_notice
      where order_id = any($1::uuid[]) and state in ('requested', 'issued', 'acknowledged', 'shipped')`,
    [orderIds],
  );
  return new Set(rows.map(({ order_id }) => order_id));
}

type Place = { id: string; book_id: string; chain_id: string; buyer_id: string; seller_id: string };
const placeOf = (row: Place) => ({
  orderId: row.id,
  bookId: row.book_id,
  chainId: row.chain_id,
  buyerId: row.buyer_id,
  sellerId: row.seller_id,
});
const PLACE = 'o.id, o.book_id, o.chain_id, o.buyer_id, o.seller_id';

/** Orders whose bill is due by the end of a day, or whose loan is and for which there is money in the margin account. */
export async function maturedOrders(work: Workspace, bookId: string, on: string, limit: number) {
  const rows = await work.query<Place>(
    'prepayment_order.matured',
    `select ${PLACE} from prepayment_acceptance c join prepayment_order o on o.id = c.order_id
      where c.book_id = $1 and c.state = 'accepted' and c.maturity_date <= $2
     union all
     select ${PLACE} from financing f join prepayment_account a on a.financing_id = f.id
       join prepayment_order o on o.id = a.order_id
      where f.book_id = $1 and f.status = 'active' and f.maturity_date <= $2 and f.product = 'prepayment' and a.held > 0
     order by 1 limit $3`,
    [bookId, on, limit],
  );
  return rows.map(placeOf);
}

/** Orders that come within the days before expiry on which the seller is prompted, and have not been. */
export async function ordersToPrompt(work: Workspace, bookId: string, on: string, limit: number) {
  const rows = await work.query<{ id: string }>(
    'prepayment_order.to_prompt',
    `select o.id from prepayment_order o join prepayment_account a on a.order_id = o.id
      where o.book_id = $1 and o.stage in ('funded', 'delivering') and not o.prompted
        and o.expires_on <= $2::date + (a.terms->'prepayment'->>'promptDays')::integer
      order by o.expires_on, o.id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ id }) => id);
}

/** Release notices that were to be acknowledged by the end of a day, and were not. */
export async function lateNotices(work: Workspace, bookId: string, on: string, limit: number): Promise<string[]> {
  const rows = await work.query<{ id: string }>(
    'release_notice.unanswered',
    `select id from release_notice where book_id = $1 and state = 'issued' and not late and acknowledge_by <= $2
      order by acknowledge_by, id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ id }) => id);
}

/** Margin calls that were to be answered by the end of a day, and were not. */
export async function unansweredCalls(work: Workspace, bookId: string, on: string, limit: number): Promise<string[]> {
  const rows = await work.query<{ order_id: string }>(
    'margin_call.unanswered',
    `select order_id from margin_call where book_id = $1 and state = 'open' and due_on <= $2 order by due_on, order_id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ order_id }) => order_id);
}
