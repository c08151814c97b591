import { sql } from 'kysely';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';

export const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
export const byName = {
  name: [
    ['name', 'asc'],
    ['id', 'asc'],
  ],
} as const;
export const byCode = { code: [['code', 'asc']] } as const;
export const gradeSorts = {
  code: [
    ['commodity_id', 'asc'],
    ['code', 'asc'],
  ],
} as const;

export const commodityAnswers = (db: Reader) =>
  db
    .selectFrom('commodity')
    .select(['id', 'code', 'name', 'class', 'unit', 'step', 'version', 'created_at as createdAt']);

export const gradeAnswers = (db: Reader) =>
  db
    .selectFrom('grade')
    .select([
      'id',
      'commodity_id as commodityId',
      'code',
      'name',
      'unit',
      'step',
      'version',
      'created_at as createdAt',
    ]);

export const warehouseAnswers = (db: Reader) =>
  db
    .selectFrom('warehouse')
    .select([
      'id',
      'operator_id as operatorId',
      'name',
      'address',
      'status',
      'last_sequence as lastSequence',
      'version',
      'created_at as createdAt',
    ]);

export const pileAnswers = (db: Reader) =>
  db
    .selectFrom('pile')
    .select([
      'id',
      'warehouse_id as warehouseId',
      'operator_id as operatorId',
      'code',
      'version',
      'created_at as createdAt',
    ]);

export const lotAnswers = (db: Reader) =>
  db
    .selectFrom('lot')
    .select([
      'id',
      'warehouse_id as warehouseId',
      'pile_id as pileId',
      'marks',
      'commodity_id as commodityId',
      'grade_id as gradeId',
      'owner_id as ownerId',
      'quantity',
      'unit_cost as unitCost',
      'state',
      'claim',
      'receipt_id as receiptId',
      'pledge_id as pledgeId',
      'book_id as bookId',
      'parent_id as parentId',
      'received_on as receivedOn',
      'version',
      'created_at as createdAt',
    ]);

/** One lot that the asking organization may see; `not-found` otherwise. */
export async function lotOf(db: Reader, lotId: string) {
  const row = await lotAnswers(db).where('id', '=', lotId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no lot ${lotId}`);
  return row;
}

export const movementAnswers = (db: Reader) =>
  db
    .selectFrom('stock_movement')
    .select([
      'id',
      'warehouse_id as warehouseId',
      'kind',
      'document_number as documentNumber',
      'sequence',
      'change',
      'happened_at as happenedAt',
      'created_at as createdAt',
    ]);

export const priceAnswers = (db: Reader) =>
  db
    .selectFrom('goods_price')
    .select([
      'id',
      'book_id as bookId',
      'grade_id as gradeId',
      'price',
      'quoted_at as quotedAt',
      'source',
      'corrects_id as correctsId',
      'recorded_at as recordedAt',
      'proposal_id as proposalId',
    ]);

export const proposalAnswers = (db: Reader) =>
  db
    .selectFrom('price_proposal')
    .select([
      'id',
      'book_id as bookId',
      'source',
      'reason',
      'lines',
      'state',
      'proposed_by as proposedBy',
      'decided_by as decidedBy',
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);

/** The book of a price proposal that the asking organization may see. Refusal `not-found`. */
export async function locateProposal(database: Database, actor: Actor, proposalId: string): Promise<string> {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('price_proposal').select('book_id').where('id', '=', proposalId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no price proposal ${proposalId}`);
  return row.book_id;
}

/** Banks and owners of the lots that a document names, as far as the warehouse may see them. */
export async function partiesOfLots(database: Database, actor: Actor, lotIds: readonly string[]) {
  if (lotIds.length === 0) return { owners: [], banks: [] };
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('lot')
      .select(['owner_id', 'book_id'])
      .distinct()
      .where('id', 'in', [...lotIds])
      .execute(),
  );
  return {
    owners: rows.map(({ owner_id }) => owner_id),
    banks: rows.map(({ book_id }) => book_id).filter((id) => id !== null),
  };
}

type PastCover = { value: string | null; lots: number; unpriced: number; oldest: string | null };

/**
 * What a bank's pledge was worth at a moment, by the quotations recorded up to `knownAt`: the lots that were under it
 * then, in the quantities they had then. Exact yuan.
 */
export async function coverAt(
  db: Reader,
  pledge: Readonly<{ id: string; bookId: string }>,
  { at, knownAt }: Readonly<{ at: string; knownAt: string }>,
) {
  const { rows } = await sql<PastCover>`
    with l as materialized (
      select v.* from (select distinct lot_id from lot_version where pledge_id = ${pledge.id}) ever
        cross join lateral (select * from lot_version where lot_id = ever.lot_id and at <= ${at}::timestamptz
                             order by version desc limit 1) v
       where v.pledge_id = ${pledge.id} and v.state = 'in_stock'),
    quoted as materialized (
      select g.grade_id, p.price, p.quoted_at, h.ratio from (select distinct grade_id from l) g
        left join lateral (select price, quoted_at from goods_price where book_id = ${pledge.bookId} and grade_id = g.grade_id
             and quoted_at <= ${at}::timestamptz and recorded_at <= ${knownAt}::timestamptz
           order by quoted_at desc, recorded_at desc, id desc limit 1) p on true
        left join lateral (select ratio from haircut where book_id = ${pledge.bookId} and grade_id = g.grade_id
             and effective_at <= ${at}::timestamptz and recorded_at <= ${knownAt}::timestamptz
           order by effective_at desc, recorded_at desc, id desc limit 1) h on true)
    select sum(l.quantity * (case when l.unit_cost < q.price then l.unit_cost else q.price end) * (1 - coalesce(q.ratio, 0))) as value,
           count(*)::int as lots, (count(*) filter (where q.price is null))::int as unpriced, min(q.quoted_at) as oldest
      from l join quoted q using (grade_id)`.execute(db);
  const [row] = rows;
  return {
    value: new Decimal(row?.value ?? 0),
    lots: row?.lots ?? 0,
    unpriced: row?.unpriced ?? 0,
    oldestQuote: row?.oldest ?? null,
  };
}
