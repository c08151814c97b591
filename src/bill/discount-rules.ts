import { type Calendar, rollForward, statutoryCalendar } from '../money/calendar.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { type Decimal, roundToFen } from '../money/decimal.ts';
import { interestForDays } from '../money/interest.ts';
import { require } from '../platform/refusal.ts';

export type DiscountTerms = Readonly<{
  face: Decimal;
  annualRate: Decimal;
  settleDate: IsoDate;
  dueDate: IsoDate;
  basis?: number;
  /** Moves a maturity on a holiday to the next workday; on unless switched off. */
  adjustHoliday?: boolean;
  /** Three for a paper bill whose acceptor is in another city (支付结算办法 art. 94); none for electronic bills. */
  transitDays?: number;
  calendar?: Calendar;
}>;

function interestAndProceeds(face: Decimal, annualRate: Decimal, days: number, basis?: number) {
  const interest = interestForDays(face, annualRate, days, basis);
  require(!annualRate.isNegative(), 'invalid-input', 'a discount rate is not negative', { field: '/annualRate' });
  require(interest.lessThan(face), 'invalid-input', 'the discount would take the whole face', { field: '/annualRate' });
  return { days, interest, proceeds: face.minus(interest) };
}

/**
 * Discount interest in yuan and what the seller's bank pays out when the seller bears it: face × rate × days ÷ 360,
 * discount day in, adjusted maturity out (支付结算办法 art. 94). Also the price of rediscount and interbank sale.
 * Refused on or after maturity; provisional when the maturity's year has no holiday notice yet.
 */
export function discountBill(terms: DiscountTerms) {
  const { face, annualRate, settleDate, dueDate, basis, transitDays = 0 } = terms;
  require(settleDate < dueDate, 'bill-matured', `the bill is due on ${dueDate}`, { field: '/settleDate' });
  const rolled = rollForward(dueDate, terms.calendar ?? statutoryCalendar);
  const maturity = terms.adjustHoliday === false ? { date: dueDate, provisional: false } : rolled;
  return {
    interestMaturity: maturity.date,
    provisional: maturity.provisional,
    ...interestAndProceeds(face, annualRate, daysBetween(settleDate, maturity.date) + transitDays, basis),
  };
}

/**
 * Divides discount interest by agreement (协议付息): the seller's share half up, the buyer the rest, so they sum exactly.
 * A share of 1 leaves all to the seller, 0 all to the buyer (买方付息). `sellerReceives` is the face less the seller's part.
 */
export function shareDiscountInterest(face: Decimal, interest: Decimal, sellerShare: Decimal) {
  require(!sellerShare.isNegative() && sellerShare.lessThanOrEqualTo(1), 'invalid-input', 'a share is from 0 to 1', {
    field: '/sellerShare',
  });
  const sellerInterest = roundToFen(interest.times(sellerShare));
  return { sellerInterest, buyerInterest: interest.minus(sellerInterest), sellerReceives: face.minus(sellerInterest) };
}

/**
 * Discount with repurchase (回购式贴现): interest to the redemption day only, redeemed at face. Product convention; the
 * redemption day is a workday of the agreed window and is not moved.
 */
export function discountForRepurchase(
  terms: Readonly<{ face: Decimal; annualRate: Decimal; settleDate: IsoDate; redemptionDate: IsoDate; basis?: number }>,
) {
  const { face, annualRate, settleDate, redemptionDate, basis } = terms;
  require(settleDate < redemptionDate, 'invalid-input', 'redemption comes after the discount', {
    field: '/redemptionDate',
  });
  const priced = interestAndProceeds(face, annualRate, daysBetween(settleDate, redemptionDate), basis);
  return { ...priced, redemptionAmount: face };
}

/** Pledged repo of bills (质押式回购): cash lent and its interest, repaid together on the last day; actual/365 by market rule. */
export function pledgedRepo(cash: Decimal, annualRate: Decimal, start: IsoDate, end: IsoDate, basis = 365) {
  const days = daysBetween(start, end);
  return { days, maturityAmount: cash.plus(interestForDays(cash, annualRate, days, basis)) };
}

/** Simple yearly yield, exact, on the cash advanced: interest ÷ proceeds × basis ÷ days (PBOC公告〔2021〕3号). */
export function discountYield(interest: Decimal, proceeds: Decimal, days: number, basis = 360): Decimal {
  if (!proceeds.greaterThan(0) || days <= 0) throw new RangeError('a yield needs cash advanced for at least a day');
  return interest.times(basis).dividedBy(proceeds.times(days));
}
