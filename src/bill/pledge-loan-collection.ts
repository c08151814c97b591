import type { CollateralKeeper } from '../financing/keeper.ts';
import { loadFinancings } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { financings } from '../financing/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { billsBehind, collected, giveBack, isPaid, untie } from './pledge-loan-keeper.ts';
import { dueWithMargin } from './pledge-loan-store.ts';

const AT_A_TIME = 200;

type Day = Readonly<{ bookId: string; on: IsoDate; now: Date; requestId: string }>;

/**
 * Pays loans that are due from what their bills have brought in (Civil Code art. 442), some at a time; what is left over
 * goes to the borrower's deposit. Answers how many there were.
 */
export async function payFromMargin(work: Workspace, keeper: CollateralKeeper, day: Day): Promise<number> {
  const due = await dueWithMargin(work, day.bookId, day.on, AT_A_TIME);
  if (due.length === 0) return 0;
  const loaded = await loadFinancings(work, due, keeper);
  for (const { financingId, borrowerId } of due) {
    const financing = work.get(financings, financingId);
    const paid = billsBehind(work, financingId).filter(isPaid);
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
