import { ceilToFen, Decimal, floorToFen, roundToFen } from '../money/decimal.ts';

/** Goods in pledge: quantity in the unit the price is quoted for, price in yuan, pledge rate as a share of value. */
export type PledgedGoods = Readonly<{ quantity: Decimal; price: Decimal; pledgeRate: Decimal }>;

/** The smallest quantity a warehouse weighs out: a kilogram of goods counted in tonnes. */
const QUANTITY_STEP = '0.001';

function goodsValue({ quantity, price, pledgeRate }: PledgedGoods): Decimal {
  if (quantity.isNegative() || !price.greaterThan(0) || !pledgeRate.greaterThan(0)) {
    throw new RangeError('goods in pledge have a positive price and pledge rate and no negative quantity');
  }
  return roundToFen(quantity.times(price));
}

const requiredValueOf = (exposure: Decimal, pledgeRate: Decimal): Decimal => ceilToFen(exposure.dividedBy(pledgeRate));

/** Value of the goods and the most that may be lent on them, rounded down to the fen (质押率 = loan ÷ value). */
export function borrowingLimit(goods: PledgedGoods) {
  const value = goodsValue(goods);
  return { value, limit: floorToFen(value.times(goods.pledgeRate)) };
}

/**
 * What a margin call asks for: goods or else cash that brings the exposure back to the pledge rate (Civil Code art.
 * 433: more security when the value falls). Needs are rounded up to the fen and to the quantity step; all are zero
 * while the value suffices. `loanToValue` is exact.
 */
export function marginCall(exposure: Decimal, goods: PledgedGoods, step: Decimal = new Decimal(QUANTITY_STEP)) {
  const value = goodsValue(goods);
  const requiredValue = requiredValueOf(exposure, goods.pledgeRate);
  const shortfall = Decimal.max(requiredValue.minus(value), 0);
  const cash = ceilToFen(exposure.minus(value.times(goods.pledgeRate)));
  return {
    value,
    loanToValue: exposure.dividedBy(value),
    requiredValue,
    shortfall,
    goodsToAdd: shortfall.dividedBy(goods.price).dividedBy(step).ceil().times(step),
    cashToPay: Decimal.max(cash, 0),
  };
}

/**
 * What may leave a floating pledge: goods above the line exposure ÷ pledge rate, rounded down to the quantity step,
 * so that the line is never crossed (担保制度解释 art. 55: the lender's supervisor controls the goods).
 */
export function releasableGoods(exposure: Decimal, goods: PledgedGoods, step: Decimal = new Decimal(QUANTITY_STEP)) {
  const requiredValue = requiredValueOf(exposure, goods.pledgeRate);
  const excessValue = Decimal.max(goodsValue(goods).minus(requiredValue), 0);
  const quantity = excessValue.dividedBy(goods.price).dividedBy(step).floor().times(step);
  return { requiredValue, excessValue, quantity: Decimal.min(quantity, goods.quantity) };
}

export type PriceState = 'OK' | 'WARN' | 'CALL';

/**
 * How far the price has fallen from the contract's base price, exact and negative after a rise, and what the contract
 * makes of it; a fall that reaches a line counts (跌价补偿 clause; Civil Code art. 433).
 */
export function priceDrop(basePrice: Decimal, price: Decimal, lines: Readonly<{ warn: Decimal; call: Decimal }>) {
  if (!basePrice.greaterThan(0)) throw new RangeError('a base price is positive');
  const drop = basePrice.minus(price).dividedBy(basePrice);
  const called: PriceState = drop.greaterThanOrEqualTo(lines.call) ? 'CALL' : 'WARN';
  const state: PriceState = drop.greaterThanOrEqualTo(Decimal.min(lines.warn, lines.call)) ? called : 'OK';
  return { drop, state };
}
