import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;

/** The fee of a guarantee, from the borrower to the guarantor: no income of the bank. */
export const guaranteeFeePaid = (p: { borrower: string; guarantor: string; fee: Decimal }): Line[] =>
  lines(debit(deposit(p.borrower), p.fee), credit(deposit(p.guarantor), p.fee));

/** Money recovered for those who stand in the bank's place, from the borrower's account to theirs. */
export const recoveryShared = (p: {
  borrower: string;
  parts: readonly Readonly<{ party: string; amount: Decimal }>[];
}): Line[] => {
  const total = p.parts.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  return lines(
    debit(deposit(p.borrower), total),
    ...p.parts.map(({ party, amount }) => credit(deposit(party), amount)),
  );
};
