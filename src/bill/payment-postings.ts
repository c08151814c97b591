import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;

/** Where the money of a bill goes in its payee's book, and the book. */
export type PaidTo = Readonly<{ bookId: string; account: AccountPath }>;

/** The acceptor's deposit pays a bill: to an account of the same book, or through clearing to another bank. */
export const paidFromDeposit = (p: { acceptor: string; amount: Decimal; to: AccountPath }): Line[] =>
  lines(debit(deposit(p.acceptor), p.amount), credit(p.to, p.amount));

/**
 * A bank pays a bill that it accepted: from the drawer's margin and deposit, and what they lack as an advance
 * (支付结算办法 art. 91); its undertaking is off the record.
 */
export const paidByBank = (p: {
  drawer: string;
  amount: Decimal;
  margin: Decimal;
  fromDeposit: Decimal;
  advance: Decimal;
  to: AccountPath;
}): Line[][] => [
  lines(
    debit(`2002/${p.drawer}`, p.margin),
    debit(deposit(p.drawer), p.fromDeposit),
    debit('1109', p.advance),
    credit(p.to, p.amount),
  ),
  lines(debit('9999', p.amount), credit('9002', p.amount)),
];

/** The payee's bank receives the money of a bill through clearing. */
export const arrivedByClearing = (p: { amount: Decimal; to: AccountPath }): Line[] =>
  lines(debit('1001', p.amount), credit(p.to, p.amount));

/** Margin of a party that is needed no longer. */
export const marginReturned = (p: { party: string; amount: Decimal }): Line[] =>
  lines(debit(`2002/${p.party}`, p.amount), credit(deposit(p.party), p.amount));
