import { Decimal, roundToFen } from '../money/decimal.ts';
import type { Scale } from '../money/enterprise-scale.ts';

export type BorrowerKind = Scale | 'SOLE_TRADER' | 'BUSINESS_OWNER';
export type CreditKind = 'LOAN' | 'DISCOUNT' | 'REDISCOUNT';

/**
 * Whether credit counts as an inclusive loan to a small firm (济管财金〔2022〕25号 一(一)): a small or micro firm, sole
 * trader or small firm's owner with credit at this bank up to the threshold; discounted bills never count.
 */
export function isInclusive(
  credit: Readonly<{ kind: CreditKind; borrower: BorrowerKind; total: Decimal }>,
  threshold: Decimal,
): boolean {
  const small = credit.borrower !== 'LARGE' && credit.borrower !== 'MEDIUM';
  const bill = credit.kind === 'DISCOUNT' || credit.kind === 'REDISCOUNT';
  return small && !bill && credit.total.lessThanOrEqualTo(threshold);
}

/** A part of a whole, exact. Throws RangeError when there is no whole to compare with. */
export function shareOf(part: Decimal, whole: Decimal): Decimal {
  if (whole.isZero()) throw new RangeError('a share needs a whole that is not zero');
  return part.dividedBy(whole);
}

export type LoanBook = Readonly<{ inclusive: Decimal; all: Decimal; customers: number }>;

/**
 * The two increases since the start of the year (两增, 济管财金〔2022〕25号 一(一)): inclusive loans grew no slower than
 * all loans, and no fewer customers have a balance. Growths are exact.
 */
export function twoIncreases(start: LoanBook, now: LoanBook) {
  const growth = shareOf(now.inclusive.minus(start.inclusive), start.inclusive);
  const allLoansGrowth = shareOf(now.all.minus(start.all), start.all);
  const growthMet = growth.greaterThanOrEqualTo(allLoansGrowth);
  const householdsMet = now.customers >= start.customers;
  return { growth, allLoansGrowth, growthMet, householdsMet, met: growthMet && householdsMet };
}

/** Rate of new loans weighted by amount, exact; to be no higher than the year before (济管财金〔2022〕25号 一(二)). */
export function weightedRate(loans: readonly Readonly<{ amount: Decimal; rate: Decimal }>[]): Decimal {
  const sum = (terms: readonly Decimal[]) => terms.reduce((total, term) => total.plus(term), new Decimal(0));
  return shareOf(sum(loans.map(({ amount, rate }) => amount.times(rate))), sum(loans.map(({ amount }) => amount)));
}

/**
 * Whether bad inclusive loans stay within the tolerance over all loans, and with it whether staff who broke no rule are
 * excused (济管财金〔2022〕25号 三(二)). Ratios and tolerance as fractions; the line itself is within.
 */
export function nplTolerance(inclusiveRatio: Decimal, allRatio: Decimal, tolerance: Decimal, ruleBroken = false) {
  const within = inclusiveRatio.minus(allRatio).lessThanOrEqualTo(tolerance);
  return { within, dueCareExemption: within && !ruleBroken };
}

/** Internal transfer price after the inclusive discount, and whether that reaches the least benefit (济管财金〔2022〕25号 三(三)). */
export const transferPrice = (base: Decimal, discountBp: number, leastDiscountBp: number) => ({
  price: base.minus(new Decimal(discountBp).dividedBy(10_000)),
  met: discountBp >= leastDiscountBp,
});

/** Whether inclusive lending weighs enough in a branch's appraisal (济管财金〔2022〕25号 三(三)). */
export const isAppraisalWeightMet = (weight: Decimal, least: Decimal): boolean => weight.greaterThanOrEqualTo(least);

export type SubsidizedLoan = Readonly<{
  principal: Decimal;
  subsidyRate: Decimal;
  days: number;
  basis: number;
  interestPaid?: Decimal;
}>;

/** Interest subsidy in yuan, never more than the interest actually paid (济管财金〔2022〕25号 三(五), 财政贴息). */
export function interestSubsidy({ principal, subsidyRate, days, basis, interestPaid }: SubsidizedLoan): Decimal {
  const subsidy = roundToFen(principal.times(subsidyRate).times(days).dividedBy(basis));
  return interestPaid === undefined ? subsidy : Decimal.min(subsidy, interestPaid);
}
