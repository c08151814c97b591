import type { Calendar } from '../money/calendar.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, roundToFen } from '../money/decimal.ts';
import { earnedDiscount } from '../money/interest.ts';
import { discountBill, discountForRepurchase, discountYield, shareDiscountInterest } from './discount-rules.ts';
import type { DiscountLineRow, QuotedLine } from './discount-store.ts';

export type LinePricing = Readonly<{
  face: Decimal;
  annualRate: Decimal;
  valueDate: IsoDate;
  dueDate: IsoDate;
  calendar: Calendar;
  /** The last day of redemption, to which the interest of a repo runs; null for an outright discount. */
  redemptionUntil: IsoDate | null;
  /** The part of the interest that the drawer bears. */
  buyerShare: Decimal;
}>;

/**
 * The figures of one bill of a quote: days from the value date (in) to the maturity moved off holidays (out), or to the
 * last day of redemption; interest half up to the fen, once; who bears it. Refusals `bill-matured`, `invalid-input`.
 */
export function priceLine({
  face,
  annualRate,
  valueDate,
  dueDate,
  calendar,
  redemptionUntil,
  buyerShare,
}: LinePricing) {
  const outright = discountBill({ face, annualRate, settleDate: valueDate, dueDate, calendar });
  const priced =
    redemptionUntil === null
      ? outright
      : discountForRepurchase({ face, annualRate, settleDate: valueDate, redemptionDate: redemptionUntil });
  const { sellerInterest, buyerInterest, sellerReceives } = shareDiscountInterest(
    face,
    priced.interest,
    new Decimal(1).minus(buyerShare),
  );
  return {
    maturityDate: outright.interestMaturity,
    interestUntil: redemptionUntil ?? outright.interestMaturity,
    movedDays: daysBetween(dueDate, outright.interestMaturity),
    provisional: outright.provisional,
    days: priced.days,
    interest: priced.interest,
    sellerInterest,
    buyerInterest,
    proceeds: sellerReceives,
    annualYield: discountYield(priced.interest, priced.proceeds, priced.days),
  };
}

/** Sums of a quote in yuan; the yield weighs the money of every bill by its days (PBOC公告〔2021〕3号). */
export function totalsOf(lines: readonly QuotedLine[]) {
  const sum = (pick: (line: QuotedLine) => Decimal | string) =>
    lines.reduce((total, line) => total.plus(pick(line)), new Decimal(0));
  const face = sum(({ amount }) => amount);
  const interest = sum((line) => line.interest);
  const cashDays = sum((line) => new Decimal(line.amount).minus(line.interest).times(line.days));
  return {
    face,
    interest,
    sellerInterest: sum((line) => line.sellerInterest),
    buyerInterest: sum((line) => line.buyerInterest),
    proceeds: sum((line) => line.proceeds),
    annualYield: interest.times(360).dividedBy(cashDays),
  };
}

type Earning = Pick<DiscountLineRow, 'interest' | 'earnsFrom' | 'earnsUntil'>;

/** Interest of a discounted bill not earned yet when a business day begins, in yuan. */
export const unearnedOn = ({ interest, earnsFrom, earnsUntil }: Earning, on: IsoDate): Decimal => {
  const days = daysBetween(earnsFrom, earnsUntil);
  return days <= 0 ? new Decimal(0) : interest.minus(earnedDiscount(interest, daysBetween(earnsFrom, on), days));
};

/**
 * What goes back of a discount's interest when its bill is redeemed early: all that is not earned, to whoever bore it in
 * the same proportion; the seller's part half up to the fen, the buyer's the rest.
 */
export function rebateOn(
  line: Earning & Pick<DiscountLineRow, 'sellerInterest'>,
  on: IsoDate,
): Readonly<{ seller: Decimal; buyer: Decimal }> {
  const rebate = unearnedOn(line, on);
  if (rebate.isZero()) return { seller: rebate, buyer: rebate };
  const seller = roundToFen(rebate.times(line.sellerInterest).dividedBy(line.interest));
  return { seller, buyer: rebate.minus(seller) };
}
