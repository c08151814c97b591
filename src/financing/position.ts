import type { Reader } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import { financingAnswer } from './answer.ts';
import { duesAt, totalDue } from './meters.ts';
import { financings } from './store.ts';

/** What a financing owes at the business date of its book, what backs it, and how it has been repaid. */
export async function positionOf(db: Reader, financingId: string) {
  const [row] = await tableRows(db, financings, 'id', [financingId]);
  if (row === undefined) throw new Refusal('not-found', `there is no financing ${financingId}`);
  const book = await db
    .selectFrom('book')
    .select('business_date')
    .where('id', '=', row.bookId)
    .executeTakeFirstOrThrow();
  const dues = duesAt(row, book.business_date);
  const items = await db
    .selectFrom('financing_item')
    .select(['receivable_id as receivableId', 'item_id as holdingId', 'amount'])
    .where('financing_id', '=', financingId)
    .orderBy('item_id')
    .execute();
  const repayments = await db
    .selectFrom('repayment')
    .select(['id', 'source', 'paid_on as paidOn', 'amount', 'penalty', 'compound', 'interest', 'principal'])
    .where('financing_id', '=', financingId)
    .orderBy('id')
    .execute();
  return {
    financing: financingAnswer(row),
    asOf: book.business_date,
    due: {
      principal: dues.principal.toFixed(2),
      interest: dues.interest.toFixed(2),
      penalty: dues.penaltyInterest.toFixed(2),
      compound: dues.compoundInterest.toFixed(2),
      total: totalDue(dues).toFixed(2),
    },
    items,
    repayments,
  };
}
