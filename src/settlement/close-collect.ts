import { loadForPayment } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { financings } from '../financing/store.ts';
import { available, ledgerOf } from '../ledger/ledger.ts';
import { Decimal } from '../money/decimal.ts';
import { after, locatedIn, type Step } from './close-step.ts';
import { dueToDebit } from './close-store.ts';
import { keeper } from './keepers.ts';

const AT_A_TIME = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Takes what is due from the deposits of borrowers who have agreed to it, the older loan first, as far as the money
 * goes. What is left falls overdue with the day, and is tried again with every day that follows.
 */
export const collectDue: Step = async ({ work, run, book, now, requestId }) => {
  const due = await dueToDebit(work, book.id, run.businessDate, { after: run.cursor ?? FIRST_ID, limit: AT_A_TIME });
  const targets = due.map((row) => locatedIn(book.id, row));
  const loaded = await loadForPayment(work, targets, keeper);
  for (const { financingId, borrowerId } of targets) {
    const from = `2001/${borrowerId}` as const;
    const financing = work.get(financings, financingId);
    const owed = totalDue(duesAt(financing, run.businessDate));
    const amount = Decimal.min(owed, available(ledgerOf(work).balance(book.id, from)));
    if (!amount.greaterThan(0)) continue;
    const payment = { amount, source: 'borrower', from, businessDate: run.businessDate, requestId, now } as const;
    applyPayment(work, financing, payment, loaded);
  }
  return due.length < AT_A_TIME ? after('collect') : { cursor: (due.at(-1) as { id: string }).id };
};
