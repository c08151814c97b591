import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { AccountPath } from './chart.ts';

/** One side of a journal, in yuan: debits positive, credits negative. */
export type Line = Readonly<{ account: AccountPath; amount: Decimal }>;

/** What a business event books: lines that sum to zero. */
export type Journal = Readonly<{
  bookId: string;
  /** The business event, such as "financing.disbursed". */
  kind: string;
  businessDate: IsoDate;
  /** The day it counts for; the business date unless a correction says otherwise. */
  effectiveDate?: IsoDate;
  subjectId: string | null;
  lines: readonly Line[];
  reverses?: string;
  reason?: string;
}>;

export const debit = (account: AccountPath, amount: Decimal): Line => ({ account, amount });
export const credit = (account: AccountPath, amount: Decimal): Line => ({ account, amount: amount.negated() });

/** Leaves out what books nothing: a rate of zero or a settled bucket makes lines of 0.00. */
export const lines = (...all: readonly Line[]): Line[] => all.filter(({ amount }) => !amount.isZero());

export const imbalance = (all: readonly Line[]): Decimal =>
  all.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

/** The same amounts on the other sides. */
export const mirrored = (all: readonly Line[]): Line[] =>
  all.map(({ account, amount }) => ({ account, amount: amount.negated() }));
