import { endTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { amortiseChunk, repayDue, unpaidDiscount, unredeemed } from '../bill/discount-amortisation.ts';
import { linesOf, lockDeals } from '../bill/discount-loading.ts';
import { undoDiscount } from '../bill/discount-payment.ts';
import { billDiscountEarned, rediscountCost, rediscountRepaid } from '../bill/discount-postings.ts';
import { billDiscounts } from '../bill/discount-store.ts';
import { billStandings } from '../bill/lifecycle.ts';
import { lapseRediscount, loadRediscounts, pendingRediscount } from '../bill/rediscount-decisions.ts';
import { BILL_MARKET, billHoldings, markets } from '../bill/store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { nextState } from '../platform/state-machine.ts';
import { after, type Close, type Step } from './close-step.ts';

const AMORTISED_AT_A_TIME = 50_000;
const FORGONE_AT_A_TIME = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The bills of a book at the close of a day: what was agreed on and not paid lapses, redemptions not taken are forgone,
 * every discounted and rediscounted bill earns or costs its day, and the central bank is paid back what is due.
 */
export const closeBills: Step = async (close) => {
  const { work, run, book } = close;
  if ((await lapseOne(close)) || (await forgoSome(close))) return {};
  const chunk = await amortiseChunk(work, {
    bookId: book.id,
    on: run.businessDate,
    after: run.cursor ?? FIRST_ID,
    limit: AMORTISED_AT_A_TIME,
  });
  const isLast = chunk.lines < AMORTISED_AT_A_TIME;
  const repaid = isLast ? await repayDue(work, book.id, run.businessDate) : null;
  await ledgerOf(work).lock(book.id, ['1001', '1108', '2005', '2006', '2011', '4002', '5001']);
  post(close, 'accrual.bill_discount', billDiscountEarned(chunk.earned));
  post(close, 'accrual.bill_rediscount', rediscountCost(chunk.cost));
  if (repaid !== null) post(close, 'bill_rediscount.repaid', rediscountRepaid(repaid));
  const accrued = run.accrued + chunk.lines;
  return isLast ? { ...after('bills'), accrued } : { cursor: chunk.last, accrued };
};

/** Lets one discount, or one rediscount, lapse: its price was for this day. True when there may be more. */
async function lapseOne({ work, run, book, now }: Close): Promise<boolean> {
  const discountId = await unpaidDiscount(work, book.id, run.businessDate);
  if (discountId !== undefined) {
    const loaded = await lockDeals(work, [discountId], [book.id]);
    const discount = work.get(billDiscounts, discountId);
    const task = discount.approvalId === null ? undefined : work.find(approvalTasks, discount.approvalId);
    if (task?.state === 'open') endTask(work, task, now);
    const [market] = await work.read(markets, 'id', [BILL_MARKET]);
    undoDiscount(work, {
      discount,
      lines: linesOf(work, loaded, discountId),
      event: 'lapse',
      on: market?.businessDate ?? run.businessDate,
      businessDate: run.businessDate,
      endedHolds: loaded.endedHolds,
      note: null,
      now,
    });
    return true;
  }
  const rediscountId = await pendingRediscount(work, book.id);
  if (rediscountId === undefined) return false;
  const loaded = await loadRediscounts(work, [{ rediscountId, bookId: book.id }]);
  lapseRediscount(work, rediscountId, loaded, { on: run.businessDate, now });
  return true;
}

/** Bills that were to be redeemed by now are the bank's without more. */
async function forgoSome({ work, run, book }: Close): Promise<boolean> {
  const ids = await unredeemed(work, book.id, run.businessDate, FORGONE_AT_A_TIME);
  if (ids.length === 0) return false;
  for (const holding of await work.lock(billHoldings, ids)) {
    work.update(billHoldings, holding.id, {
      standing: nextState(billStandings, holding.standing, 'forgo_redemption'),
    });
  }
  return true;
}

function post({ work, book, run, now, requestId }: Close, kind: string, lines: readonly Line[]): void {
  if (lines.length === 0) return;
  const journal = { bookId: book.id, kind, businessDate: run.businessDate, subjectId: null, lines };
  ledgerOf(work).post(journal, { requestId, now });
}
