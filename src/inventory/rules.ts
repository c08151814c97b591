import { marginCall } from '../collateral/coverage-rules.ts';
import { hasPurchaseMoneyPriority } from '../collateral/rules.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, floorToFen } from '../money/decimal.ts';

/** Lines of loan to value, rising. A line that is reached counts. */
export type Ladder = Readonly<{ initial: Decimal; warning: Decimal; call: Decimal; closeOut: Decimal }>;
export type Rung = 'sound' | 'warning' | 'call' | 'close_out';

/** What is owed, what secures it in cash, and what the goods are worth, in yuan to the fen. */
export type Cover = Readonly<{ exposure: Decimal; margin: Decimal; value: Decimal }>;

/** What the goods have to carry: principal less cash margin. */
const netOf = ({ exposure, margin }: Cover): Decimal => Decimal.max(exposure.minus(margin), 0);

// Goods counted as so many units of one yuan.
const ONE = new Decimal(1);
const asked = (cover: Cover, ladder: Ladder) =>
  marginCall(netOf(cover), { quantity: cover.value, price: ONE, pledgeRate: ladder.initial });

/** The value that goods may not fall below (核定库存): what they carry by the initial loan to value, up to the fen. */
export const controlLine = (cover: Cover, ladder: Ladder): Decimal => asked(cover, ladder).requiredValue;

/** Loan to value to six decimals, half up; null when nothing covers what is owed. */
export function loanToValue(cover: Cover): Decimal | null {
  const net = netOf(cover);
  if (cover.value.isZero()) return net.isZero() ? new Decimal(0) : null;
  return net.dividedBy(cover.value).toDecimalPlaces(6);
}

/** Where on the ladder a pledge stands, compared without dividing. */
export function rungOf(cover: Cover, ladder: Ladder): Rung {
  const net = netOf(cover);
  if (net.isZero()) return 'sound';
  const reaches = (line: Decimal): boolean => net.greaterThanOrEqualTo(cover.value.times(line));
  if (reaches(ladder.closeOut)) return 'close_out';
  if (reaches(ladder.call)) return 'call';
  return reaches(ladder.warning) ? 'warning' : 'sound';
}

/** Whether the cover is back at the loan to value it began with: what cures a margin call. */
export const isRestored = (cover: Cover, ladder: Ladder): boolean =>
  netOf(cover).lessThanOrEqualTo(cover.value.times(ladder.initial));

/** What may still be lent, down to the fen (drawdown ≤ Σ value × loan to value). */
export const drawable = (cover: Cover, ladder: Ladder): Decimal =>
  Decimal.max(floorToFen(cover.value.times(ladder.initial).minus(netOf(cover))), 0);

export type Unit = Readonly<{ value: Decimal; step: Decimal }>;

/**
 * The ways to restore the cover: repay or secure so much cash, or add goods of so much value; for goods of a given
 * unit value also how many steps of them. Zero while the cover is whole.
 */
export function cureOf(cover: Cover, ladder: Ladder) {
  const { cashToPay, shortfall } = asked(cover, ladder);
  return {
    cash: cashToPay,
    margin: cashToPay,
    goodsValue: shortfall,
    quantityOf: ({ value, step }: Unit): Decimal => shortfall.dividedBy(value).dividedBy(step).ceil().times(step),
  };
}

/** How much goods of a unit value may leave above the line, down to the step; never more than there are. */
export function releasable(cover: Cover, ladder: Ladder, unit: Unit, quantity: Decimal): Decimal {
  const excess = Decimal.max(cover.value.minus(controlLine(cover, ladder)), 0);
  return Decimal.min(excess.dividedBy(unit.value).dividedBy(unit.step).floor().times(unit.step), quantity);
}

/**
 * Whether a security for the price of goods outranks earlier ones over them: registered in time after the delivery of
 * every lot (Civil Code art. 416).
 */
export const outranksEarlier = (deliveredOn: readonly IsoDate[], registeredOn: IsoDate | null): boolean =>
  deliveredOn.length > 0 && deliveredOn.every((day) => hasPurchaseMoneyPriority(day, registeredOn));
