import { rollForward, statutoryCalendar } from '../money/calendar.ts';
import { addDays, addMonths, daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, roundToFen } from '../money/decimal.ts';
import { interestForDays } from '../money/interest.ts';

/** Tenor of a receivable certificate against the caps in force (银发〔2025〕77号 art. 11). A holiday never extends a cap. */
export function checkCertificateTenor(issue: IsoDate, due: IsoDate, normalMonths: number, maxMonths: number) {
  if (due <= issue || due > addMonths(issue, maxMonths)) return 'REJECT';
  return due > addMonths(issue, normalMonths) ? 'REVIEW' : 'OK';
}

export type FactoringTerms = Readonly<{
  receivable: Decimal;
  advanceRatio: Decimal;
  annualRate: Decimal;
  days: number;
  feeRate: Decimal;
  collected: Decimal;
  recourse: boolean;
}>;

/**
 * What a factor keeps, returns and may claim once the debtor has paid `collected`. With recourse the surplus goes
 * back and a shortfall is the supplier's (Civil Code art. 766); without, the factor keeps both (art. 767).
 */
export function settleFactoring(terms: FactoringTerms) {
  const advance = roundToFen(terms.receivable.times(terms.advanceRatio));
  const interest = interestForDays(advance, terms.annualRate, terms.days);
  const fee = roundToFen(terms.receivable.times(terms.feeRate));
  const surplus = terms.collected.minus(advance).minus(interest).minus(fee);
  const nothing = new Decimal(0);
  return {
    advance,
    interest,
    fee,
    returnToSupplier: terms.recourse ? Decimal.max(surplus, nothing) : nothing,
    supplierOwes: terms.recourse ? Decimal.max(surplus.negated(), nothing) : nothing,
  };
}

export type FactorClaim = Readonly<{ id: string; registeredAt: string | null; noticeAt: string | null }>;

const byInstant = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : Date.parse(a) - Date.parse(b);

/** Order of several claims on one receivable: registration, then notice to the debtor (Civil Code art. 768). */
export const orderFactorClaims = (claims: readonly FactorClaim[]): string[] =>
  [...claims]
    .sort((a, b) => byInstant(a.registeredAt, b.registeredAt) || byInstant(a.noticeAt, b.noticeAt))
    .map(({ id }) => id);

/** Last day to pay a small firm: days from delivery, moved off holidays (保障中小企业款项支付条例 art. 9; Civil Code art. 203). */
export function smePaymentDue(deliveredOn: IsoDate, days: number) {
  const due = addDays(deliveredOn, days);
  return { due, dueRolled: rollForward(due, statutoryCalendar).date };
}

/** Last day for a debtor to confirm a debt after it was asked (条例 art. 16). */
export const confirmationDue = (requestedOn: IsoDate, days: number): IsoDate => addDays(requestedOn, days);

/** Interest a late payer owes a small firm when nothing was agreed: simple, by the day (条例 art. 17). */
export function smeOverdueInterest(principal: Decimal, dueDate: IsoDate, paidOn: IsoDate, dailyRate: Decimal) {
  const days = Math.max(0, daysBetween(dueDate, paidOn));
  return { days, interest: roundToFen(principal.times(dailyRate).times(days)) };
}

/** An agreed overdue rate may not be below the one-year LPR at signing (条例 art. 17). */
export const isAgreedRateAllowed = (agreedAnnual: Decimal, lprAtContract: Decimal): boolean =>
  agreedAnnual.greaterThanOrEqualTo(lprAtContract);
