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
  /** Whose quotations at the bank the price follows, or null. */
  gradeId: nullable(uuid),
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
  rank: 43.1,
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
  rank: 43.2,
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
  rank: 43.3,
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
  rank: 43.4,
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
export const calls = defineTable('prepayment_margin_call', {
  rank: 43.5,
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
  rank: 43.6,
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
