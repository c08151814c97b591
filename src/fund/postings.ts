import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import { Decimal } from '../money/decimal.ts';

/** The account on which a book keeps the money of a fund, apart from that of its sponsor. */
export const accountOf = (fundId: string): AccountPath => `2001/${fundId}`;

/** Money from outside for a fund. */
export const contributed = (p: { fund: string; amount: Decimal }): Line[] =>
  lines(debit('1001', p.amount), credit(accountOf(p.fund), p.amount));

/** What is in a fund that is wound up goes to the deposits of those who paid it in. */
export const distributed = (p: { fund: string; parts: readonly Readonly<{ partyId: string; amount: Decimal }>[] }) =>
  lines(
    debit(
      accountOf(p.fund),
      p.parts.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0)),
    ),
    ...p.parts.map(({ partyId, amount }) => credit(`2001/${partyId}`, amount)),
  );

/** A maturing loan is bridged: from the fund to the borrower, whose loan it repays. */
export const bridged = (p: { fund: string; borrower: string; amount: Decimal }): Line[] =>
  lines(debit(accountOf(p.fund), p.amount), credit(`2001/${p.borrower}`, p.amount));

/** What a borrower gives back to a fund: what was bridged with its fee, or what was recovered. */
export const givenBack = (p: { fund: string; borrower: string; amount: Decimal }): Line[] =>
  lines(debit(`2001/${p.borrower}`, p.amount), credit(accountOf(p.fund), p.amount));
