import { Decimal, splitByLargestRemainder } from '../money/decimal.ts';

export type Divisible = Readonly<{
  quantity: Decimal;
  lost: Decimal;
  pieces: number;
  feePaid: Decimal;
  value: Decimal;
  booked: Decimal;
}>;

/** Shares in whole units of `step` that sum to the whole; the fen of the shared rule is the step here. */
const sharesIn = (whole: Decimal, step: Decimal, weights: readonly Decimal[]): Decimal[] =>
  splitByLargestRemainder(whole.dividedBy(step).dividedBy(100), weights).map((share) => share.times(100).times(step));

/**
 * Divides everything a receipt carries by the quantities of its parts: loss so far in steps of the goods, pieces whole,
 * money to the fen. Each sums to the whole.
 */
export function divide(whole: Divisible, quantities: readonly Decimal[], step: Decimal): Divisible[] {
  const lost = sharesIn(whole.lost, step, quantities);
  const pieces = sharesIn(new Decimal(whole.pieces), new Decimal(1), quantities);
  const [feePaid, value, booked] = [whole.feePaid, whole.value, whole.booked].map((money) =>
    splitByLargestRemainder(money, quantities),
  ) as [Decimal[], Decimal[], Decimal[]];
  return quantities.map((quantity, index) => ({
    quantity,
    lost: lost[index] as Decimal,
    pieces: (pieces[index] as Decimal).toNumber(),
    feePaid: feePaid[index] as Decimal,
    value: value[index] as Decimal,
    booked: booked[index] as Decimal,
  }));
}

const sum = (amounts: readonly Decimal[]): Decimal => amounts.reduce((total, each) => total.plus(each), new Decimal(0));

/** Puts together what receipts carry. */
export const combine = (parts: readonly Divisible[]): Divisible => ({
  quantity: sum(parts.map(({ quantity }) => quantity)),
  lost: sum(parts.map(({ lost }) => lost)),
  pieces: parts.reduce((total, { pieces }) => total + pieces, 0),
  feePaid: sum(parts.map(({ feePaid }) => feePaid)),
  value: sum(parts.map(({ value }) => value)),
  booked: sum(parts.map(({ booked }) => booked)),
});
