import { ceilToFen, Decimal, floorToFen, roundToFen } from '../money/decimal.ts';

/** One order in yuan: its value, the buyer's first margin, and what the buyer has paid in since for release. */
export type PrepaidOrder = Readonly<{ value: Decimal; margin: Decimal; paidIn: Decimal }>;

/**
 * How payments free goods: `margin_counts` frees the first margin too from the start, `margin_last` keeps it until the
 * bank is repaid, `pro_rata` frees goods in the proportion of order value to the bank's part.
 */
export type ReleasePolicy = 'margin_counts' | 'margin_last' | 'pro_rata';

/** The least first margin for an order in yuan, rounded up to the fen. */
export const marginFor = (value: Decimal, marginRatio: Decimal): Decimal => ceilToFen(value.times(marginRatio));

/** The least first margin for an order, rounded up to the fen, and what the bank then pays the seller. */
export function fundOrder(value: Decimal, marginRatio: Decimal) {
  const margin = marginFor(value, marginRatio);
  return { margin, funded: value.minus(margin) };
}

/**
 * The value of goods that release notices may reach in all, rounded down to the fen and never above the order
 * (保兑仓合作协议, contract setting; domain.md 3.2).
 */
export function releaseLimit({ value, margin, paidIn }: PrepaidOrder, policy: ReleasePolicy): Decimal {
  const funded = value.minus(margin);
  if (paidIn.greaterThanOrEqualTo(funded)) return value;
  if (policy === 'margin_counts') return margin.plus(paidIn);
  return policy === 'margin_last' ? paidIn : floorToFen(paidIn.times(value).dividedBy(funded));
}

/** What the seller refunds at expiry: the order less all the buyer has paid in (保兑仓合作协议, 差额退款). */
export const refundDue = ({ value, margin, paidIn }: PrepaidOrder): Decimal =>
  Decimal.max(value.minus(margin).minus(paidIn), 0);

/** Goods at one price: so many units in steps, for so many yuan in all. */
export type Goods = Readonly<{ value: Decimal; quantity: Decimal; step: Decimal }>;

/** What a part of the goods costs, rounded up to the fen: in favour of whoever holds them as security. */
export const priceOf = ({ value, quantity }: Goods, part: Decimal): Decimal =>
  ceilToFen(value.times(part).dividedBy(quantity));

/** What has been delivered counts rounded down to the fen, so that what is owed for the rest is rounded up. */
export const deliveredValue = ({ value, quantity }: Goods, part: Decimal): Decimal =>
  floorToFen(value.times(part).dividedBy(quantity));

/** The most of the goods, in whole steps, whose price does not exceed an amount in yuan. */
export function quantityFor(goods: Goods, amount: Decimal): Decimal {
  const { value, quantity, step } = goods;
  const whole = amount.times(quantity).dividedBy(value.times(step)).floor().times(step);
  const most = Decimal.min(whole, quantity);
  return priceOf(goods, most).lessThanOrEqualTo(amount) ? most : most.minus(step);
}

/**
 * Interest in yuan on the part of the principal that is repaid (利随本清): its share of the interest due, rounded half
 * up; the last part bears the rest, so that no fen is lost.
 */
export const interestOnPart = (interestDue: Decimal, principal: Decimal, part: Decimal): Decimal =>
  part.equals(principal) ? interestDue : roundToFen(interestDue.times(part).dividedBy(principal));

export type Coverage = Readonly<{
  /** What the bank has at stake, in yuan, less what secures it in cash. */
  exposure: Decimal;
  /** Goods not released yet, and what a unit of them is worth now. */
  undelivered: Decimal;
  price: Decimal;
  /** What a unit cost by the order. */
  basePrice: Decimal;
  marginRatio: Decimal;
}>;

/** Of the price by the order, how much the goods have lost; nothing when they have risen. */
const priceFall = ({ price, basePrice }: Pick<Coverage, 'price' | 'basePrice'>): Decimal =>
  Decimal.max(basePrice.minus(price).dividedBy(basePrice), 0);

/** Margin in yuan that is missing for the bank's part to be covered as it was at the order, rounded up to the fen. */
export function missingMargin({ exposure, undelivered, price, marginRatio }: Coverage): Decimal {
  const covered = floorToFen(undelivered.times(price).times(new Decimal(1).minus(marginRatio)));
  return Decimal.max(exposure.minus(covered), 0);
}

export type PriceSignal = 'none' | 'warning' | 'call';

/** What a price says: a fall from the warning line warns, from the call line it calls when margin is missing. */
export function priceSignal(coverage: Coverage, lines: Readonly<{ warn: Decimal; call: Decimal }>): PriceSignal {
  const fall = priceFall(coverage);
  if (fall.greaterThanOrEqualTo(lines.call) && missingMargin(coverage).greaterThan(0)) return 'call';
  return fall.greaterThanOrEqualTo(lines.warn) && fall.greaterThan(0) ? 'warning' : 'none';
}

export type PickUp = Readonly<{ afterDays: number; share: Decimal }>;
export type PickUpSign = 'on_track' | 'near_breach' | 'breach';

const NEAR_DAYS = 7;

/**
 * Whether goods are picked up as agreed: a step whose day is over unmet is a breach, one that is met within a week or
 * not at all is near. `daysSince` counts from funding.
 */
export function pickUpSign(schedule: readonly PickUp[], noticedShare: Decimal, daysSince: number): PickUpSign {
  const unmet = schedule.find(({ share }) => noticedShare.lessThan(share));
  if (unmet === undefined || unmet.afterDays > daysSince + NEAR_DAYS) return 'on_track';
  return unmet.afterDays < daysSince ? 'breach' : 'near_breach';
}

/** What the seller owes when an order has expired, in yuan: the goods undelivered, or, buying them back, the debt if more. */
export const owedAtExpiry = (
  clause: 'refund' | 'repurchase',
  { undelivered, debt }: Readonly<{ undelivered: Decimal; debt: Decimal }>,
): Decimal => (clause === 'repurchase' ? Decimal.max(undelivered, debt) : undelivered);

/** What of a handed-over quantity counts as delivered: all of it when no more is missing than the tolerance excuses. */
export const countedAsDelivered = (noticed: Decimal, received: Decimal, tolerance: Decimal): Decimal =>
  noticed.minus(received).lessThanOrEqualTo(noticed.times(tolerance)) ? noticed : received;
