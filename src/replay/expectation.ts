import { rollForward } from '../money/calendar.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, floorToFen, roundToFen } from '../money/decimal.ts';
import type { Invoice } from './reading.ts';
import { terms } from './terms.ts';

/** What one financed invoice comes to, in yuan. */
export type LoanFigures = Readonly<{
  advance: Decimal;
  fee: Decimal;
  interest: Decimal;
  penalty: Decimal;
  maturityDate: IsoDate;
  fellOverdue: boolean;
  /** What the payment of the debtor gave to the loan, and what the supplier had to add. */
  fromDebtor: Decimal;
  fromSupplier: Decimal;
}>;

const DAYS_A_YEAR = 360;

const interestOn = (amount: Decimal, rate: Decimal, days: number): Decimal =>
  roundToFen(amount.times(rate).times(days).dividedBy(DAYS_A_YEAR));

/**
 * The loan on an invoice by its dates and amount alone, in closed form: advanced on the day of the invoice; interest
 * at the declared rate to settlement, at most to the due date moved to a business day; from there penalty on the
 * principal at the raised rate; each rounded once. The service comes to the same by accruing every day.
 */
export function loanOn({ amount, issueDate, dueDate, settledOn }: Invoice): LoanFigures {
  const advance = floorToFen(amount.times(terms.advanceRatio));
  const maturityDate = rollForward(dueDate).date;
  const endOfInterest = settledOn < maturityDate ? settledOn : maturityDate;
  const interest = interestOn(advance, terms.rate, daysBetween(issueDate, endOfInterest));
  const penaltyRate = terms.rate.times(terms.penaltyUplift.plus(1));
  const penalty = interestOn(advance, penaltyRate, daysBetween(endOfInterest, settledOn));
  const owed = advance.plus(interest).plus(penalty);
  const fromDebtor = Decimal.min(owed, amount);
  return {
    advance,
    fee: roundToFen(advance.times(terms.feeRate)),
    interest,
    penalty,
    maturityDate,
    fellOverdue: settledOn > maturityDate,
    fromDebtor,
    fromSupplier: owed.minus(fromDebtor),
  };
}

/** Whether the calendar of the due date is only assumed, because no notice of holidays covers its year. */
export const isProvisional = ({ dueDate }: Invoice): boolean => rollForward(dueDate).provisional;

/** VAT on financial services began on this day (财税〔2016〕36号). */
const VAT_FROM = '2016-05-01';
const VAT_RATE = new Decimal('0.06');

/** An income by the day its loan was granted: without VAT, and the VAT in it. */
export function netOfVat(gross: Decimal, grantedOn: IsoDate): Readonly<{ net: Decimal; vat: Decimal }> {
  const rate = grantedOn < VAT_FROM ? new Decimal(0) : VAT_RATE;
  const net = roundToFen(gross.dividedBy(rate.plus(1)));
  return { net, vat: gross.minus(net) };
}

/** Sums one figure of many. */
export const total = <T>(items: readonly T[], figure: (item: T) => Decimal): Decimal =>
  items.reduce((sum, item) => sum.plus(figure(item)), new Decimal(0));
