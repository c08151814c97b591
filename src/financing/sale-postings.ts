import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

/** What the sale of pledged things costs, paid by the bank for the pledgor's account. */
export const saleCost = (amount: Decimal): Line[] => lines(debit('1139', amount), credit('1001', amount));

/** Proceeds of what was pledged, held in trust for whom they are due to. */
export const saleProceeds = (pledgor: string, proceeds: Decimal): Line[] =>
  lines(debit('1001', proceeds), credit(`2003/${pledgor}`, proceeds));

/** Costs come first (Civil Code art. 561). */
export const costRecovered = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2003/${pledgor}`, amount), credit('1139', amount));

/** What is left belongs to the pledgor (Civil Code art. 438). */
export const surplusPaid = (pledgor: string, amount: Decimal): Line[] =>
  lines(debit(`2003/${pledgor}`, amount), credit(`2001/${pledgor}`, amount));
