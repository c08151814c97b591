import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;

/** A discounted bill that its acceptor did not pay: the asset becomes a claim. */
export const dishonoured = (amount: Decimal): Line[] => lines(debit('1133', amount), credit('1107', amount));

/** What the bank spends to pursue a claim. */
export const costIncurred = (amount: Decimal): Line[] => lines(debit('1139', amount), credit('1001', amount));

/** A day's interest on the claims of a bank. Recourse interest is compensation, not a service: no VAT inside. */
export const claimInterestAccrued = (amount: Decimal): Line[] => lines(debit('1132', amount), credit('4003', amount));

/** A claim of a bank paid, in part or in full, from outside or from a deposit. `account` is where its principal stands. */
export const claimPaid = (p: {
  from: AccountPath;
  account: '1133' | '1109';
  costs: Decimal;
  interest: Decimal;
  principal: Decimal;
}): Line[] =>
  lines(
    debit(p.from, p.costs.plus(p.interest).plus(p.principal)),
    credit('1139', p.costs),
    credit('1132', p.interest),
    credit(p.account, p.principal),
  );

/** A claim between two depositors of a bank paid. */
export const claimPaidBetween = (p: { payer: string; claimant: string; amount: Decimal }): Line[] =>
  lines(debit(deposit(p.payer), p.amount), credit(deposit(p.claimant), p.amount));
