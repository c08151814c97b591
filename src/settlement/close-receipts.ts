import { type FinancingRow, financings } from '../financing/store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { daysBetween } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import { tell } from '../receipt/answer.ts';
import { termsOf } from '../receipt/keeper.ts';
import { memoAccount } from '../receipt/postings.ts';
import { financingsOnReceipts, lockReceipts, receiptsOf } from '../receipt/store.ts';
import { coverOf, revalue, unitsOf } from '../receipt/valuation.ts';
import { after, type Close, type Step } from './close-step.ts';

const LOANS_AT_A_TIME = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Values the receipts behind every loan by the quotations in force, so that what stands for them off the balance sheet
 * is what they are worth; tells of loans that they do not cover any more and of storage that is about to end.
 */
export const valueReceipts: Step = async (close) => {
  const { work, book, run, now, requestId } = close;
  const ids = await financingsOnReceipts(work, book.id, { after: run.cursor ?? FIRST_ID, limit: LOANS_AT_A_TIME });
  await lockReceipts(work, { financingIds: ids });
  const loans = await work.lock(financings, ids);
  await ledgerOf(work).lock(book.id, [memoAccount, '9999']);
  const rows = ids.flatMap((id) => receiptsOf(work, id));
  const units = await unitsOf(work, rows, { bookId: book.id, now });
  for (const loan of loans) {
    revalue(work, loan, units, { businessDate: run.businessDate, requestId, now });
    warn(close, loan);
  }
  return loans.length < LOANS_AT_A_TIME ? after('receipts') : { cursor: ids.at(-1) ?? null };
};

function warn({ work, book, run }: Close, loan: FinancingRow): void {
  const { rows, cash, value } = coverOf(work, loan);
  for (const receipt of rows) {
    const left = daysBetween(run.businessDate, receipt.storageTo);
    if (left > termsOf(loan).storageAlertDays) continue;
    const data = { storageTo: receipt.storageTo, daysLeft: left };
    tell(work, left > 0 ? 'storage_ending' : 'storage_ended', receipt, { scopeId: book.id, data });
  }
  const [first] = rows;
  if (first === undefined || cash.isZero()) return;
  const data = { financingId: loan.id, value: formatMoney(value), missing: formatMoney(cash) };
  tell(work, 'cover_short', first, { scopeId: book.id, data });
}
