import { locateFinancing } from '../financing/queries.ts';
import { financingItems, financings } from '../financing/store.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import { claimAnswer, endorsementAnswer, pledgeAnswer } from './answer.ts';
import type { Application } from './assessment.ts';
import type { LocatedReceipt } from './command.ts';
import type { LocatedLot } from './issue.ts';
import { rankClaims } from './priority-rules.ts';
import { endorsements, type ReceiptRow, receiptClaims, receiptPledges, receipts } from './store.ts';

type Asker = Pick<Actor, 'orgId' | 'orgKind'>;

/** Receipts as the API shows them. */
export const receiptAnswers = (db: Reader) =>
  db
    .selectFrom('receipt')
    .select([
      'id',
      'number',
      'warehouse_id as warehouseId',
      'operator_id as operatorId',
      'lot_id as lotId',
      'grade_id as gradeId',
      'depositor_id as depositorId',
      'holder_id as holderId',
      'quantity',
      'lost',
      'pieces',
      'loss_standard as lossStandard',
      'daily_fee as dailyFee',
      'storage_from as storageFrom',
      'storage_to as storageTo',
      'insured_to as insuredTo',
      'fee_paid as feePaid',
      'content',
      'content_hash as contentHash',
      'state',
      'standing',
      'frozen_by as frozenBy',
      'register_code as registerCode',
      'offered_to as offeredTo',
      'financing_id as financingId',
      'book_id as bookId',
      'value',
      'quoted_at as quotedAt',
      'parent_id as parentId',
      'issued_on as issuedOn',
      'note',
      'version',
      'created_at as createdAt',
    ]);

/** Release orders as the API shows them. */
export const orderAnswers = (db: Reader) =>
  db
    .selectFrom('release_order')
    .select([
      'id',
      'financing_id as financingId',
      'book_id as bookId',
      'holder_id as holderId',
      'operator_id as operatorId',
      'receipt_id as receiptId',
      'asked',
      'released_id as releasedId',
      'kept_id as keptId',
      'quantity',
      'value',
      'state',
      'rule',
      'reason',
      'version',
      'created_at as createdAt',
    ]);

/** One receipt that the asking organization may see; `not-found` otherwise. */
export async function receiptOf(db: Reader, receiptId: string): Promise<ReceiptRow> {
  const [row] = await tableRows(db, receipts, 'id', [receiptId]);
  if (row === undefined) throw new Refusal('not-found', `there is no receipt ${receiptId}`);
  return row;
}

/** Its endorsements and pledges, oldest first. */
export async function chainOf(db: Reader, receiptId: string) {
  await receiptOf(db, receiptId);
  const byAge = <Row extends { id: string }>(rows: readonly Row[]) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    endorsements: byAge(await tableRows(db, endorsements, 'receipt_id', [receiptId])).map(endorsementAnswer),
    pledges: byAge(await tableRows(db, receiptPledges, 'receipt_id', [receiptId])).map(pledgeAnswer),
  };
}

/**
 * Every claim on the goods of a receipt, with its rank and what it would get of so much: the pledge on the platform by
 * what its financing owes, and those recorded from outside.
 */
export async function rankedClaims(db: Reader, receiptId: string, proceeds: Decimal) {
  await receiptOf(db, receiptId);
  const outside = await tableRows(db, receiptClaims, 'receipt_id', [receiptId]);
  const own = (await tableRows(db, receiptPledges, 'receipt_id', [receiptId])).filter(
    ({ endedAt }) => endedAt === null,
  );
  const loans = await tableRows(
    db,
    financings,
    'id',
    own.map(({ financingId }) => financingId),
  );
  const owed = new Map(
    loans.map(({ id, principal, amount, valueDate }) => [id, valueDate === null ? amount : principal]),
  );
  const ranked = rankClaims(
    [
      ...outside.map(({ id, amount, perfectedAt, basis }) => ({ id, amount, perfectedAt, lien: basis === 'lien' })),
      ...own.map(({ id, financingId, perfectedAt, signedAt }) => ({
        id,
        amount: owed.get(financingId) ?? new Decimal(0),
        perfectedAt: perfectedAt ?? signedAt,
        lien: false,
      })),
    ],
    proceeds,
  );
  return ranked.map(({ id, rank, paid }) => {
    const claim = outside.find((each) => each.id === id);
    return { id, rank, paid: paid.toFixed(2), claim: claim === undefined ? null : claimAnswer(claim) };
  });
}

/** Where receipts belong, if the asking organization may see them; `not-found` otherwise. */
export async function locateReceipts(
  database: Database,
  actor: Asker,
  receiptIds: readonly string[],
): Promise<LocatedReceipt[]> {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('receipt')
      .select([
        'id as receiptId',
        'warehouse_id as warehouseId',
        'operator_id as operatorId',
        'holder_id as holderId',
        'book_id as bookId',
      ])
      .where('id', 'in', [...receiptIds])
      .execute(),
  );
  return receiptIds.map((id, index) => {
    const row = rows.find(({ receiptId }) => receiptId === id);
    if (row !== undefined) return row;
    throw new Refusal('not-found', `there is no receipt ${id}`, { field: `/receiptIds/${index}` });
  });
}

const locateReceipt = async (database: Database, actor: Asker, receiptId: string): Promise<LocatedReceipt> =>
  (await locateReceipts(database, actor, [receiptId]))[0] as LocatedReceipt;

/** Locates the receipt of a path, with the version that was last read. */
export const locatedFrom =
  (database: Database) =>
  async (
    { params: { receiptId }, actor }: Readonly<{ params: Readonly<{ receiptId: string }>; actor: Asker }>,
    expectedVersion: number,
  ) => ({ ...(await locateReceipt(database, actor, receiptId)), expectedVersion });

/** A lot that the asking organization may see; `not-found` otherwise. */
export async function locateLot(database: Database, actor: Asker, lotId: string): Promise<LocatedLot> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('lot')
      .select([
        'id as lotId',
        'warehouse_id as warehouseId',
        'pile_id as pileId',
        'grade_id as gradeId',
        'commodity_id as commodityId',
        'owner_id as ownerId',
      ])
      .where('id', '=', lotId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no lot ${lotId}`, { field: '/lotId' });
  return row;
}

/** The bank and the chain of a programme, if the asking organization may see it, and the warehouses of its receipts. */
export async function locateLoan(database: Database, actor: Asker, programmeId: string, receiptIds: readonly string[]) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .where('id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined) {
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  }
  const located = await locateReceipts(database, actor, receiptIds);
  const operatorIds = [...new Set(located.map(({ operatorId }) => operatorId))];
  return { programmeId, ...row, product: 'receipt_loan' as const, receiptIds, operatorIds };
}

/** A loan on receipts; `not-found` for any other financing. */
export async function locateReceiptLoan(database: Database, actor: Asker, financingId: string) {
  const located = await locateFinancing(database, actor, financingId);
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('financing').select('product').where('id', '=', financingId).executeTakeFirst(),
  );
  if (row?.product === 'receipt_loan') return located;
  throw new Refusal('not-found', `there is no loan on receipts ${financingId}`);
}

/** A loan with the application that it was drawn up from, none of which ever changes; `not-found` otherwise. */
export async function returnedLoan(database: Database, actor: Asker, financingId: string) {
  const located = await locateReceiptLoan(database, actor, financingId);
  const { row, items } = await readAs(database, actor, async (db) => ({
    row: (await tableRows(db, financings, 'id', [financingId]))[0],
    items: await tableRows(db, financingItems, 'financing_id', [financingId]),
  }));
  if (row === undefined) throw new Refusal('not-found', `there is no financing ${financingId}`);
  const place = await locateLoan(
    database,
    actor,
    row.programmeId,
    items.map(({ itemId }) => itemId),
  );
  const { amount, dueDate, payeeAccountId } = row;
  const application: Application = { ...place, amount, dueDate, payeeAccountId: payeeAccountId as string };
  return { ...located, application };
}

/** Where a release order belongs, if the asking organization may see it; `not-found` otherwise. */
export async function locateOrder(database: Database, actor: Asker, orderId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('release_order')
      .select(['id as orderId', 'financing_id as financingId', 'released_id as releasedId'])
      .select(['receipt_id as receiptId', 'operator_id as operatorId', 'holder_id as holderId'])
      .where('id', '=', orderId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no release order ${orderId}`);
  return row;
}
