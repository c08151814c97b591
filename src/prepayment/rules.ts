import { ceilToFen, Decimal, floorToFen } from '../money/decimal.ts';

/** One order in yuan: its value, the buyer's first margin, and what the buyer has paid in since for release. */
export type PrepaidOrder = Readonly<{ value: Decimal; margin: Decimal; paidIn: Decimal }>;

/**
 * How payments free goods: `margin_counts` frees the first margin too from the start, `margin_last` keeps it until the
 * bank is repaid, `pro_rata` frees goods in the proportion of order value to the bank's part.
 */
export type ReleasePolicy = 'margin_counts' | 'margin_last' | 'pro_rata';

/** The least first margin for an order, rounded up to the fen, and what the bank then pays the seller. */
export function fundOrder(value: Decimal, marginRatio: Decimal) {
  const margin = ceilToFen(value.times(marginRatio));
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
