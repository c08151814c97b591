import { addMonths, daysBetween, type IsoDate } from './dates.ts';
import { Decimal, roundToFen } from './decimal.ts';

/** Interest in yuan for whole days, actual/basis: multiplied first, divided once, rounded once (银发〔2005〕129号 method 3). */
export const interestForDays = (principal: Decimal, annualRate: Decimal, days: number, basis = 360): Decimal =>
  roundToFen(principal.times(annualRate).times(days).dividedBy(basis));

/** Interest for [start, end): first day in, last day out. */
export function loanInterest(principal: Decimal, annualRate: Decimal, start: IsoDate, end: IsoDate, basis = 360) {
  const days = daysBetween(start, end);
  return { days, interest: interestForDays(principal, annualRate, days, basis) };
}

/** Interest by whole months at rate/12 and odd days at rate/360 (银发〔2005〕129号 method 2). */
export function interestByMonths(principal: Decimal, annualRate: Decimal, start: IsoDate, end: IsoDate) {
  let months = 0;
  while (addMonths(start, months + 1) <= end) months += 1;
  const days = daysBetween(addMonths(start, months), end);
  const interest = roundToFen(
    principal
      .times(annualRate)
      .times(months * 30 + days)
      .dividedBy(360),
  );
  return { months, days, interest, actualDaysMethod: loanInterest(principal, annualRate, start, end).interest };
}

const MICROS = 1_000_000n;

const toScaled = (value: Decimal, scale: number): bigint => {
  const scaled = value.times(new Decimal(10).pow(scale));
  if (!scaled.isInteger()) throw new RangeError(`${value.toFixed()} has more than ${scale} decimals`);
  return BigInt(scaled.toFixed(0));
};

/** What a stretch of days at one principal and rate adds to the exact accrual numerator: fen × rate·10⁶ × days. */
export const accrualNumerator = (principal: Decimal, annualRate: Decimal, days: number): bigint =>
  toScaled(principal, 2) * toScaled(annualRate, 6) * BigInt(days);

/**
 * Interest to date in yuan of an accrual numerator, on 360 days a year: rounded half up once for the whole
 * contract, whatever the number of days, repayments and rate changes behind it.
 */
export function interestToDate(numerator: bigint): Decimal {
  if (numerator < 0n) throw new RangeError('an accrual numerator is never negative');
  const divisor = 360n * MICROS;
  return new Decimal(((2n * numerator + divisor) / (2n * divisor)).toString()).dividedBy(100);
}

/** Discount earned after `elapsed` of `days`: the last day earns the rest, so the days sum to the total. */
export const earnedDiscount = (total: Decimal, elapsed: number, days: number): Decimal =>
  elapsed >= days ? total : roundToFen(total.times(elapsed).dividedBy(days));

export type OverdueTerms = Readonly<{
  principal: Decimal;
  unpaidInterest: Decimal;
  contractRate: Decimal;
  penaltyUplift: Decimal;
  from: IsoDate;
  to: IsoDate;
  basis?: number;
}>;

/** Penalty on overdue principal and compound interest on unpaid interest at the penalty rate (银发〔2003〕251号). */
export function overdueInterest(terms: OverdueTerms) {
  const penaltyRate = terms.contractRate.times(terms.penaltyUplift.plus(1));
  const days = daysBetween(terms.from, terms.to);
  return {
    penaltyRate,
    days,
    penaltyInterest: interestForDays(terms.principal, penaltyRate, days, terms.basis),
    compoundInterest: interestForDays(terms.unpaidInterest, penaltyRate, days, terms.basis),
  };
}

/** Annual rate of a loan priced at LPR (in percent) plus basis points, PBOC公告〔2019〕15号. */
export const lprPricedRate = (lprPercent: Decimal, spreadBp: number): Decimal =>
  lprPercent.dividedBy(100).plus(new Decimal(spreadBp).dividedBy(10_000));

/** Equal instalments (等额本息): rows of [number, payment, principal, interest, balance]; the last absorbs the residue. */
export function annuitySchedule(principal: Decimal, annualRate: Decimal, months: number) {
  const monthly = annualRate.dividedBy(12);
  const growth = monthly.plus(1).pow(months);
  const payment = roundToFen(
    monthly.isZero() ? principal.dividedBy(months) : principal.times(monthly).times(growth).dividedBy(growth.minus(1)),
  );
  const rows: { number: number; payment: Decimal; principal: Decimal; interest: Decimal; balance: Decimal }[] = [];
  let balance = principal;
  for (let number = 1; number <= months; number += 1) {
    const interest = roundToFen(balance.times(annualRate).dividedBy(12));
    const repaid = number === months ? balance : payment.minus(interest);
    balance = balance.minus(repaid);
    rows.push({ number, payment: repaid.plus(interest), principal: repaid, interest, balance });
  }
  return { payment, rows, totalInterest: rows.reduce((sum, row) => sum.plus(row.interest), new Decimal(0)) };
}
