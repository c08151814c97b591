import type { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { rangeAmount, splitRange, type UnitRange } from './package-rules.ts';
import type { SelectedHolding } from './selection.ts';
import type { BillHoldingRow } from './store.ts';

/** Units of a holding that are meant, and what they are worth. */
export type PlannedPart = Readonly<{ firstUnit: number; lastUnit: number; amount: Decimal }>;

/**
 * Plans which units each item of one list takes, without taking them: the units it names, or an amount from the first
 * unit that no item before it has taken, or all that is left. Refusals `out-of-range`, `bill-indivisible`.
 */
export function createPartPlan(): (holding: BillHoldingRow, item: SelectedHolding) => PlannedPart {
  const taken = new Map<string, UnitRange[]>();
  return (holding, item) => {
    const before = taken.get(holding.id) ?? [];
    const part = planPart(holding, item, before);
    const range = { start: part.firstUnit, end: part.lastUnit };
    require(before.every(
      ({ start, end }) => range.end < start || range.start > end,
    ), 'out-of-range', 'these units are asked for twice', {
      field: item.field,
      accepted: 'each unit of a holding once',
    });
    taken.set(holding.id, [...before, range]);
    return part;
  };
}

function planPart(holding: BillHoldingRow, item: SelectedHolding, before: readonly UnitRange[]): PlannedPart {
  const whole = { start: holding.firstUnit, end: holding.lastUnit };
  if (whole.start === 0) {
    const isWhole =
      (item.amount?.equals(holding.amount) ?? true) && (item.range?.start ?? 0) === 0 && (item.range?.end ?? 0) === 0;
    require(isWhole, 'bill-indivisible', 'a bill of the old system is never split', {
      field: item.field,
      accepted: `the whole ${holding.amount.toFixed(2)}`,
    });
    return { firstUnit: 0, lastUnit: 0, amount: holding.amount };
  }
  if (item.range !== undefined) {
    const { start, end } = item.range;
    require(whole.start <= start &&
      start <= end &&
      end <= whole.end, 'out-of-range', 'the units are not of the holding', {
      field: item.field,
      accepted: `units within ${whole.start} to ${whole.end}`,
    });
    return { firstUnit: start, lastUnit: end, amount: rangeAmount(item.range) };
  }
  const free = { start: Math.max(whole.start, ...before.map(({ end }) => end + 1)), end: whole.end };
  require(free.start <= free.end, 'out-of-range', 'nothing of the holding is left', {
    field: item.field,
    accepted: 'each unit of a holding once',
  });
  const range = item.amount === undefined ? free : splitRange(free, item.amount).taken;
  return { firstUnit: range.start, lastUnit: range.end, amount: rangeAmount(range) };
}
