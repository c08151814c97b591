import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;

/** Bills bought at a discount: face on the books, interest unearned, its parts borne by buyers and seller. */
export const discountSettled = (p: {
  seller: string;
  face: Decimal;
  interest: Decimal;
  proceeds: Decimal;
  buyers: readonly Readonly<{ buyerId: string; amount: Decimal }>[];
}): Line[] =>
  lines(
    debit('1107', p.face),
    ...p.buyers.map(({ buyerId, amount }) => debit(deposit(buyerId), amount)),
    credit('1108', p.interest),
    credit(deposit(p.seller), p.proceeds),
  );

/** Discount earned, VAT inside: day by day, or all that is left when a bill is paid early. */
export const billDiscountEarned = (p: { gross: Decimal; tax: Decimal }): Line[] =>
  lines(debit('1108', p.gross), credit('4002', p.gross.minus(p.tax)), credit('2011', p.tax));

/** A seller redeems its bills at face; interest not earned goes back to whoever bore it. */
export const billsRedeemed = (p: {
  seller: string;
  face: Decimal;
  sellerRebate: Decimal;
  buyers: readonly Readonly<{ buyerId: string; amount: Decimal }>[];
}): Line[] => {
  const buyerRebate = p.buyers.reduce((sum, { amount }) => sum.plus(amount), p.face.minus(p.face));
  return lines(
    debit(deposit(p.seller), p.face.minus(p.sellerRebate)),
    debit('1108', p.sellerRebate.plus(buyerRebate)),
    credit('1107', p.face),
    ...p.buyers.map(({ buyerId, amount }) => credit(deposit(buyerId), amount)),
  );
};

/** Money of the central bank for rediscounted bills, which stay on the books: a debt at face, its interest ahead. */
export const billsRediscounted = (p: { face: Decimal; interest: Decimal }): Line[] =>
  lines(debit('1001', p.face.minus(p.interest)), debit('2006', p.interest), credit('2005', p.face));

/** A day's cost of rediscounted bills. */
export const rediscountCost = (amount: Decimal): Line[] => lines(debit('5001', amount), credit('2006', amount));

/** The central bank is paid back when the bills are due. */
export const rediscountRepaid = (face: Decimal): Line[] => lines(debit('2005', face), credit('1001', face));
