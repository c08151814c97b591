import type { CollateralKeeper } from '../financing/keeper.ts';
import { type Located, loadFinancings } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { financings } from '../financing/store.ts';
import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { billsBehind, collected, giveBack, untie } from './pledge-loan-keeper.ts';

const AT_A_TIME = 200;

type Day = Readonly<{ bookId: string; on: string; now: Date; requestId: string }>;
type Place = { id: string; chain_id: string; borrower_id: string };

/** Loans on bills that are due by the end of a day, and for which bills have been paid into margin. */
async function dueWithMargin(work: Workspace, { bookId, on }: Day): Promise<Located[]> {
  const rows = await work.query<Place>(
    'bill_pledge_loan.due',
    `select f.id, f.chain_id, f.borrower_id from financing f
      where f.book_id = $1 and f.product = 'bill_pledge_loan' and f.status in ('active', 'overdue', 'recovering')
        and f.maturity_date <= $2
        and exists (select from bill_holding h where h.financing_id = f.id and h.live and h.standing = 'settled.ended')
      order by f.id limit $3`,
    [bookId, on, AT_A_TIME],
  );
  return rows.map((row) => ({
    financingId: row.id,
    bookId,
    chainId: row.chain_id,
    borrowerId: row.borrower_id,
    debtorId: null,
  }));
}

/**
 * Pays loans that are due from what their bills have brought in (Civil Code art. 442), some at a time; what is left over
 * goes to the borrower's deposit. Answers how many there were.
 */
export async function payFromMargin(work: Workspace, keeper: CollateralKeeper, day: Day): Promise<number> {
  const due = await dueWithMargin(work, day);
  if (due.length === 0) return 0;
  const loaded = await loadFinancings(work, due, keeper);
  for (const { financingId, borrowerId } of due) {
    const financing = work.get(financings, financingId);
    const paid = billsBehind(work, financingId).filter(({ standing }) => standing === 'settled.ended');
    const margin = collected(paid);
    const owed = Decimal.min(margin, totalDue(duesAt(financing, day.on)));
    // Untied first: a loan that is settled gives back what its bills have brought in.
    untie(work, paid);
    const payment = { source: 'collection', businessDate: day.on, requestId: day.requestId, now: day.now } as const;
    applyPayment(work, financing, { ...payment, amount: owed, from: `2002/${borrowerId}` }, loaded);
    giveBack(work, financing, margin.minus(owed));
  }
  return due.length;
}
