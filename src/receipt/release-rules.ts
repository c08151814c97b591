import { ceilToFen, Decimal, roundToFen } from '../money/decimal.ts';

/** Goods of one receipt: yuan of a unit, exact, as the bank values it. */
export type Goods = Readonly<{ quantity: Decimal; unitValue: Decimal; step: Decimal }>;

/** Value in yuan, half up to the fen. */
export const worthOf = ({ quantity, unitValue }: Pick<Goods, 'quantity' | 'unitValue'>): Decimal =>
  roundToFen(quantity.times(unitValue));

/** The value that has to stay for what is owed at this loan to value, up to the fen. */
export const requiredValue = (exposure: Decimal, loanToValue: Decimal): Decimal =>
  ceilToFen(exposure.dividedBy(loanToValue));

/**
 * What must stay of one receipt and what may go, when others of this value stay beside it: kept rounds up to the step,
 * so that the residual value × loan to value is never below what is owed (features.md 2.4, partial release).
 */
export function partition(required: Decimal, besides: Decimal, { quantity, unitValue, step }: Goods) {
  const needed = Decimal.max(required.minus(besides), 0);
  const kept = Decimal.min(needed.dividedBy(unitValue).dividedBy(step).ceil().times(step), quantity);
  // Value is rounded to the fen only once the quantity is known, which may leave it half a fen short.
  const short = !kept.equals(quantity) && worthOf({ quantity: kept, unitValue }).lessThan(needed);
  const keep = short ? kept.plus(step) : kept;
  return { keep, release: quantity.minus(keep) };
}
