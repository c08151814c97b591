import { type LotRow, lots } from '../goods/store.ts';
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
import type { Workspace } from '../platform/workspace.ts';
import type { Perfection } from '../programme/receipt-terms.ts';
import type { EndorsementState, ReceiptPledgeState, ReceiptState, ReleaseOrderState, Standing } from './lifecycle.ts';
import type { Content } from './statutory-rules.ts';

const receiptColumns = {
  id: uuid,
  number: text,
  warehouseId: uuid,
  operatorId: uuid,
  lotId: uuid,
  gradeId: uuid,
  depositorId: uuid,
  holderId: uuid,
  quantity: decimal,
  lost: decimal,
  pieces: int,
  lossStandard: decimal,
  dailyFee: decimal,
  storageFrom: date,
  storageTo: date,
  insuredTo: nullable(date),
  feePaid: money,
  content: json<Content>(),
  contentHash: text,
  state: oneOf<ReceiptState>(),
  standing: oneOf<Standing>(),
  frozenBy: nullable(uuid),
  registerCode: nullable(text),
  offeredTo: nullable(uuid),
  financingId: nullable(uuid),
  bookId: nullable(uuid),
  value: money,
  booked: money,
  quotedAt: nullable(instant),
  parentId: nullable(uuid),
  issuedBy: uuid,
  issuedOn: date,
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type ReceiptRow = RowOf<typeof receiptColumns>;

/** A receipt is locked before its endorsement, its pledge, its lot and the financing that it secures. */
export const receipts = defineTable('receipt', {
  rank: 45,
  key: 'id',
  columns: receiptColumns,
  changeable: [
    'lotId',
    'holderId',
    'quantity',
    'lost',
    'storageTo',
    'feePaid',
    'state',
    'standing',
    'frozenBy',
    'registerCode',
    'offeredTo',
    'financingId',
    'bookId',
    'value',
    'booked',
    'quotedAt',
    'note',
    'version',
  ],
});

const endorsementColumns = {
  id: uuid,
  receiptId: uuid,
  fromId: uuid,
  toId: uuid,
  operatorId: uuid,
  evidence: text,
  state: oneOf<EndorsementState>(),
  signedBy: nullable(uuid),
  reason: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type EndorsementRow = RowOf<typeof endorsementColumns>;
export const endorsements = defineTable('receipt_endorsement', {
  rank: 45,
  key: 'id',
  columns: endorsementColumns,
  changeable: ['state', 'signedBy', 'reason', 'version'],
});

const pledgeColumns = {
  id: uuid,
  receiptId: uuid,
  financingId: uuid,
  bookId: uuid,
  holderId: uuid,
  operatorId: uuid,
  perfection: oneOf<Perfection>(),
  state: oneOf<ReceiptPledgeState>(),
  endorsedAt: instant,
  signedAt: nullable(instant),
  signedBy: nullable(uuid),
  registerNumber: nullable(text),
  perfectedAt: nullable(instant),
  parentId: nullable(uuid),
  endedAt: nullable(instant),
  version: int,
  createdAt: instant,
} as const;
export type ReceiptPledgeRow = RowOf<typeof pledgeColumns>;
export const receiptPledges = defineTable('receipt_pledge', {
  rank: 46,
  key: 'id',
  columns: pledgeColumns,
  changeable: ['state', 'signedAt', 'signedBy', 'registerNumber', 'perfectedAt', 'endedAt', 'version'],
});

const orderColumns = {
  id: uuid,
  financingId: uuid,
  bookId: uuid,
  holderId: uuid,
  operatorId: uuid,
  receiptId: uuid,
  asked: nullable(decimal),
  releasedId: nullable(uuid),
  keptId: nullable(uuid),
  quantity: nullable(decimal),
  value: nullable(money),
  state: oneOf<ReleaseOrderState>(),
  rule: text,
  requestedBy: uuid,
  decidedBy: nullable(uuid),
  acknowledgedBy: nullable(uuid),
  reason: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type ReleaseOrderRow = RowOf<typeof orderColumns>;
export const releaseOrders = defineTable('release_order', {
  rank: 46,
  key: 'id',
  columns: orderColumns,
  changeable: [
    'releasedId',
    'keptId',
    'quantity',
    'value',
    'state',
    'rule',
    'decidedBy',
    'acknowledgedBy',
    'reason',
    'version',
  ],
});

const claimColumns = {
  id: uuid,
  receiptId: uuid,
  operatorId: uuid,
  holderId: uuid,
  bookId: nullable(uuid),
  claimant: text,
  basis: oneOf<'receipt' | 'receipt_pledge' | 'goods_pledge' | 'lien'>(),
  amount: money,
  perfectedAt: nullable(instant),
  evidenceHash: text,
  recordedBy: uuid,
  recordedAt: instant,
} as const;
export type ReceiptClaimRow = RowOf<typeof claimColumns>;
export const receiptClaims = defineTable('receipt_claim', {
  rank: 46,
  key: 'id',
  columns: claimColumns,
  changeable: [],
});

type Named = Readonly<{
  receiptIds?: readonly string[];
  financingIds?: readonly string[];
  orderIds?: readonly string[];
}>;

/**
 * Locks receipts that are named and those that secure financings now, with all that hangs on them, in the global
 * order: endorsement and pledge under way, releases asked for or named, and the lots they stand for.
 */
export async function lockReceipts(
  work: Workspace,
  { receiptIds = [], financingIds = [], orderIds = [] }: Named,
): Promise<void> {
  await work.lock(receipts, receiptIds);
  await work.lockBy(receipts, 'financingId', financingIds, "state in ('pledge_pending', 'pledged')");
  const ids = work.all(receipts).map(({ id }) => id);
  await work.lockBy(endorsements, 'receiptId', ids, "state = 'offered'");
  await work.lockBy(receiptPledges, 'receiptId', ids, "state in ('offered', 'active')");
  await work.lock(releaseOrders, orderIds);
  await work.lockBy(releaseOrders, 'receiptId', ids, "state = 'requested'");
  await work.lockBy(lots, 'receiptId', ids, "state = 'in_stock'");
}

/** The receipts that secure a financing now, oldest first. */
export const receiptsOf = (work: Workspace, financingId: string): ReceiptRow[] =>
  work
    .all(receipts)
    .filter((receipt) => receipt.financingId === financingId)
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** The locked pledge of a receipt that has not ended. */
export function pledgeOf(work: Workspace, receiptId: string): ReceiptPledgeRow {
  const pledge = work.all(receiptPledges).find((row) => row.receiptId === receiptId && row.endedAt === null);
  if (pledge === undefined) throw new Error(`receipt ${receiptId} is pledged without a pledge`);
  return pledge;
}

/** The locked lot of a receipt. */
export const lotOf = (work: Workspace, { lotId }: Pick<ReceiptRow, 'lotId'>): LotRow => work.get(lots, lotId);

/** Financings of a bank that rest on receipts, for the close of a day. */
export async function financingsOnReceipts(
  work: Workspace,
  bookId: string,
  { after, limit }: Readonly<{ after: string; limit: number }>,
): Promise<string[]> {
  const rows = await work.query<{ financing_id: string }>(
    'receipt.financings',
    `select distinct financing_id from receipt
      where book_id = $1 and financing_id > $2 and state = 'pledged' order by financing_id limit $3`,
    [bookId, after, limit],
  );
  return rows.map((row) => row.financing_id);
}
