import { Decimal, formatMoney } from '../../src/money/decimal.ts';

// biome-ignore lint/suspicious/noExplicitAny: a vector's input is whatever its kind says; a wrong one fails its case.
export type Input = any;
export type Vector = Readonly<{ id: string; kind: string; input: Input; expected: Record<string, unknown> }>;

/** For each kind: how the project's own functions answer it. Extra keys in an answer count as a difference. */
export type Answers = Readonly<Record<string, (input: Input) => unknown>>;

/** Every amount of a record printed as money. */
export const inMoney = (amounts: Readonly<Record<string, Decimal>>): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([key, amount]) => [key, formatMoney(amount)]));

/** Ratios only explain an answer; the cases print them with six decimals, half to even, and no negative zero. */
export const inRatio = (ratio: Decimal): string => ratio.toDecimalPlaces(6, Decimal.ROUND_HALF_EVEN).toFixed(6);
