import { Decimal as GlobalDecimal } from 'decimal.js';

/**
 * The only Decimal of the project. decimal.js works with 20 significant digits unless told otherwise,
 * which silently rounds large amounts; 60 digits hold every product of an amount, a rate and days.
 */
export const Decimal = GlobalDecimal.clone({
  precision: 60,
  rounding: GlobalDecimal.ROUND_HALF_UP,
  toExpNeg: -60,
  toExpPos: 60,
});
export type Decimal = GlobalDecimal;

const MONEY = /^(0|[1-9]\d{0,14})\.\d{2}$/;
const DECIMAL_TEXT = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** Reads an amount of yuan such as "1234.50": two decimals, no sign, below 10¹⁵. Throws RangeError on anything else. */
export function parseMoney(text: string): Decimal {
  if (!MONEY.test(text)) throw new RangeError(`"${text}" is not an amount with two decimals, such as "1234.50"`);
  return new Decimal(text);
}

/** Reads a plain decimal number (a rate, a share, a quantity). Refuses exponents, hexadecimal, NaN and Infinity. */
export function parseDecimal(text: string): Decimal {
  if (!DECIMAL_TEXT.test(text)) throw new RangeError(`"${text}" is not a plain decimal number`);
  return new Decimal(text);
}

/** Prints yuan with two decimals. The value must already be rounded to the fen: printing never rounds. */
export function formatMoney(amount: Decimal): string {
  const places = amount.decimalPlaces();
  if (places > 2) throw new RangeError(`${amount.toFixed()} has parts of a fen`);
  // A quarter of the time of toFixed(2), which rounds a copy first: postings print four amounts a line.
  const text = amount.toString();
  return places === 2 ? text : places === 1 ? `${text}0` : `${text}.00`;
}

/** Rounds to the fen, half away from zero: the one rounding at the end of a rule. */
export const roundToFen = (amount: Decimal): Decimal => amount.toDecimalPlaces(2, Decimal.ROUND_HALF_UP);

/** Rounds a requirement up to the fen, in favour of the secured party. */
export const ceilToFen = (amount: Decimal): Decimal => amount.toDecimalPlaces(2, Decimal.ROUND_CEIL);

/** Rounds a release or an entitlement down to the fen, in favour of the secured party. */
export const floorToFen = (amount: Decimal): Decimal => amount.toDecimalPlaces(2, Decimal.ROUND_FLOOR);

/**
 * Divides a pool in fen by weights so that the parts sum to the pool: each gets its floor, the fen left over
 * go to the largest remainders, ties to the earlier line. Weights must be non-negative and not all zero.
 */
export function splitByLargestRemainder(pool: Decimal, weights: readonly Decimal[]): Decimal[] {
  const total = weights.reduce((sum, weight) => sum.plus(weight), new Decimal(0));
  if (!total.isPositive() || total.isZero() || weights.some((weight) => weight.isNegative())) {
    throw new RangeError('weights must be non-negative and not all zero');
  }
  const exact = weights.map((weight) => pool.times(weight).times(100).dividedBy(total));
  const floors = exact.map((share) => share.floor());
  const leftOver = pool
    .times(100)
    .minus(floors.reduce((sum, share) => sum.plus(share), new Decimal(0)))
    .toNumber();
  const byRemainder = exact
    .map((share, line) => ({ line, remainder: share.minus(share.floor()) }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder) || a.line - b.line);
  const lucky = new Set(byRemainder.slice(0, leftOver).map(({ line }) => line));
  return floors.map((share, line) => share.plus(lucky.has(line) ? 1 : 0).dividedBy(100));
}
