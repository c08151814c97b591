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

/** What the sale of pledged goods costs, paid by the bank for the pledgor's account. */
export const saleCost = (amount: Decimal): Line[] => lines(debit('1139', amount), credit('1001', amount));

/** Proceeds of pledged goods, held in trust for whom they are due to. */
export const goodsSold = (pledgor: string, proceeds: Decimal): Line[] =>
  lines(debit('1001', proceeds), credit(`2003/${pledgor}`, proceeds));

/** Costs come first (Civil Code art. 561). */
export const costRecovered = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2003/${pledgor}`, amount), credit('1139', amount));

/** What is left belongs to the pledgor (Civil Code art. 438). */
export const surplusPaid = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2003/${pledgor}`, amount), credit(`2001/${pledgor}`, amount));
