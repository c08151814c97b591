import { sql } from 'kysely';
import { locateFinancing } from '../financing/queries.ts';
import type { SaleState } from '../financing/sale-lifecycle.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';

/** Sales of receipts as the API shows them, yuan as text. */
export const receiptSaleAnswers = (db: Reader) =>
  db
    .selectFrom('receipt_sale')
    .select([
      'id',
      'financing_id as financingId',
      'receipt_id as receiptId',
      'buyer_id as buyerId',
      'noticed_on as noticedOn',
      sql<string>`round(proceeds, 2)::text`.as('proceeds'),
      sql<string>`round(cost, 2)::text`.as('cost'),
      'bank_reference as bankReference',
      sql<SaleState>`state`.as('state'),
      sql<string | null>`round(applied, 2)::text`.as('applied'),
      sql<string | null>`round(surplus, 2)::text`.as('surplus'),
      sql<string | null>`round(owed_after, 2)::text`.as('owedAfter'),
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);

/** A sale and the loan it is for, if the asking organization may see both; `not-found` otherwise. */
export async function locateReceiptSale(database: Database, actor: Actor, saleId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('receipt_sale')
      .select(['id as saleId', 'financing_id as financingId', 'buyer_id as buyerId', 'operator_id as operatorId'])
      .where('id', '=', saleId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no sale ${saleId}`);
  return { ...(await locateFinancing(database, actor, row.financingId)), ...row };
}
