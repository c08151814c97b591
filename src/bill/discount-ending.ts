import { ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { earnedDiscount } from '../money/interest.ts';
import { splitVat } from '../money/tax.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discountLineStates } from './discount-lifecycle.ts';
import { billDiscountEarned } from './discount-postings.ts';
import { billDiscounts, type DiscountLineRow, discountLines } from './discount-store.ts';

export type EndingOn = Readonly<{ businessDate: IsoDate; requestId: string; now: Date }>;

/** Locks what these holdings stand for on the books of banks that discounted them: before limits and accounts. */
export async function lockDiscounted(work: Workspace, holdingIds: readonly string[]): Promise<readonly string[]> {
  const wanted = new Set(holdingIds);
  await work.lockBy(discountLines, 'holdingId', [...wanted], "state in ('held', 'claimed')");
  const discountIds = work
    .all(discountLines)
    .filter(({ holdingId }) => wanted.has(holdingId))
    .map(({ discountId }) => discountId);
  const deals = await work.lock(billDiscounts, discountIds);
  return deals.flatMap(({ limitPath }) => limitPath);
}

/** The discounted bill that a holding stands for, in this state. */
export const discountedAs = (
  work: Workspace,
  holdingId: string,
  state: 'held' | 'claimed',
): DiscountLineRow | undefined =>
  work.all(discountLines).find((line) => line.holdingId === holdingId && line.state === state);

/** A discounted bill leaves the assets, paid or dishonoured: what was not earned of its interest yet is earned now. */
export function endDiscounted(
  work: Workspace,
  line: DiscountLineRow,
  event: 'collect' | 'dishonour',
  { businessDate, requestId, now }: EndingOn,
): void {
  const elapsed = Math.max(0, daysBetween(line.earnsFrom, businessDate));
  const earned = earnedDiscount(line.interest, elapsed, daysBetween(line.earnsFrom, line.earnsUntil));
  const gross = line.interest.minus(earned);
  const tax = splitVat(line.interest, line.vatRate).vat.minus(splitVat(earned, line.vatRate).vat);
  if (!gross.isZero()) {
    ledgerOf(work).post(
      {
        bookId: line.bookId,
        kind: 'bill_discount.earned',
        businessDate,
        subjectId: line.discountId,
        lines: billDiscountEarned({ gross, tax }),
      },
      { requestId, now },
    );
  }
  work.update(discountLines, line.id, {
    state: nextState(discountLineStates, line.state, event),
    endedOn: businessDate,
  });
}

/** The limits that a discounted bill used are free again: it has been paid, by its acceptor or in recourse. */
export function freeDiscounted(work: Workspace, line: DiscountLineRow, { businessDate, now }: EndingOn): void {
  const { id, limitPath } = work.get(billDiscounts, line.discountId);
  freeLimit(work, limitPath, line.amount, { financingId: id, on: businessDate, now });
}
