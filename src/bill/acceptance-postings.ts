import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;
const margin = (party: string): AccountPath => `2002/${party}`;

/** A bank accepts a bill: margin set aside, fee earned with its VAT inside, the undertaking on record. One journal each. */
export const acceptanceGiven = (p: {
  drawer: string;
  face: Decimal;
  margin: Decimal;
  feeNet: Decimal;
  feeTax: Decimal;
}): Line[][] => [
  lines(debit(deposit(p.drawer), p.margin), credit(margin(p.drawer), p.margin)),
  lines(debit(deposit(p.drawer), p.feeNet.plus(p.feeTax)), credit('4005', p.feeNet), credit('2011', p.feeTax)),
  lines(debit('9002', p.face), credit('9999', p.face)),
];

/** A bill that a bank accepted came to nothing: the margin goes back, the undertaking off the record; the fee stays. */
export const acceptanceEnded = (p: { drawer: string; face: Decimal; margin: Decimal }): Line[][] => [
  lines(debit(margin(p.drawer), p.margin), credit(deposit(p.drawer), p.margin)),
  lines(debit('9999', p.face), credit('9002', p.face)),
];

/** A bill pledged to a bank, and its release: off the balance sheet. */
export const billPledged = (amount: Decimal): Line[] => lines(debit('9005', amount), credit('9999', amount));
export const billReleased = (amount: Decimal): Line[] => lines(debit('9999', amount), credit('9005', amount));
