import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

/** Where pledged receipts stand off the balance sheet, at the value the bank last gave them. */
export const memoAccount: AccountPath = '9004';

/** Pledged receipts are worth something else, or some of them have left: nothing when the value stands still. */
export function receiptsRevalued(before: Decimal, after: Decimal): Line[] {
  const change = after.minus(before);
  if (change.isZero()) return [];
  return change.greaterThan(0)
    ? lines(debit(memoAccount, change), credit('9999', change))
    : lines(debit('9999', change.negated()), credit(memoAccount, change.negated()));
}
