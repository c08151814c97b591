import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

/** Goods held as security, off the balance sheet, are worth more or less than was booked. */
export const goodsRevalued = (before: Decimal, after: Decimal): Line[] =>
  lines(debit('9003', after.minus(before)), credit('9999', after.minus(before)));

/** Cash put up as margin out of the pledgor's deposit. */
export const marginPaid = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2001/${pledgor}`, amount), credit(`2002/${pledgor}`, amount));

/** Margin given back to the pledgor's deposit. */
export const marginReturned = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2002/${pledgor}`, amount), credit(`2001/${pledgor}`, amount));
