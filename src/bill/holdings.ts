import { uuidv7 } from 'uuidv7';
import type { Decimal } from '../money/decimal.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { rangeAmount, splitRange, type UnitRange } from './package-rules.ts';
import { type BillHoldingRow, billHoldings } from './store.ts';

/** The part of a holding that is meant: all of it, an amount from its start, or the units named. */
export type Part = Readonly<{ amount?: Decimal | undefined; range?: UnitRange | undefined }>;

const unitsOf = ({ firstUnit, lastUnit }: Pick<BillHoldingRow, 'firstUnit' | 'lastUnit'>): UnitRange => ({
  start: firstUnit,
  end: lastUnit,
});

/** Where a part begins and ends. Refused outside the holding (`out-of-range`). */
function unitsMeant(holding: BillHoldingRow, { amount, range }: Part): UnitRange {
  const whole = unitsOf(holding);
  if (range !== undefined) {
    require(range.start <= range.end &&
      range.start >= whole.start &&
      range.end <= whole.end, 'out-of-range', `the holding has units ${whole.start} to ${whole.end}`, {
      field: '/range',
      accepted: `units within ${whole.start} to ${whole.end}`,
    });
    return range;
  }
  if (amount === undefined || amount.equals(holding.amount)) return whole;
  return splitRange(whole, amount).taken;
}

/**
 * Takes a part off a holding: the part becomes a holding of its own with the same title, what remains keeps its id so
 * that others who look for the holding still find it. Taken out of the middle, the head keeps the id and the tail
 * becomes a third. Answers the part, which is the holding itself when all of it is meant. Refusals `out-of-range`,
 * `not-a-whole-unit`, `bill-indivisible`, `bill-offer-pending`.
 */
export function takePart(work: Workspace, holding: BillHoldingRow, part: Part, now: Date): BillHoldingRow {
  if (holding.firstUnit === 0) {
    const isWhole = part.range === undefined && (part.amount === undefined || part.amount.equals(holding.amount));
    const zero = part.range?.start === 0 && part.range.end === 0;
    require(isWhole || zero, 'bill-indivisible', 'a bill of the old system is never split', {
      accepted: `the whole ${holding.amount.toFixed(2)}`,
    });
    return holding;
  }
  const whole = unitsOf(holding);
  const taken = unitsMeant(holding, part);
  if (taken.start === whole.start && taken.end === whole.end) return holding;
  require(holding.offerId === null, 'bill-offer-pending', 'what is offered to somebody is not cut', {
    offerId: holding.offerId,
    accepted: 'the whole holding',
  });
  const rest = [
    { start: whole.start, end: taken.start - 1 },
    { start: taken.end + 1, end: whole.end },
  ].filter(({ start, end }) => start <= end);
  const [kept, tail] = rest as [UnitRange, UnitRange | undefined];
  const cut = (range: UnitRange): BillHoldingRow => {
    const made: BillHoldingRow = {
      ...holding,
      ...placed(range),
      id: uuidv7(),
      parentId: holding.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(billHoldings, made);
    return made;
  };
  const made = cut(taken);
  if (tail !== undefined) cut(tail);
  work.update(billHoldings, holding.id, placed(kept));
  return made;
}

const placed = (range: UnitRange) => ({
  firstUnit: range.start,
  lastUnit: range.end,
  amount: rangeAmount(range),
});

/** What must be the same for neighbours to be one: everything but place, id and age. */
const likeness = (holding: BillHoldingRow): string => {
  const { billId, holderId, fromId, standing, bookId, pledgeeId, financingId, frozen, title } = holding;
  return canonicalJson([billId, holderId, fromId, standing, bookId, pledgeeId, financingId, frozen, title]);
};

/**
 * Makes one holding of neighbours of one holder with the same standing and title: the first by its units keeps its id,
 * the others are closed. Refused (`not-mergeable`) when one is offered to somebody, differs, or does not adjoin.
 */
export function mergeHoldings(work: Workspace, parts: readonly BillHoldingRow[]): BillHoldingRow {
  const sorted = [...parts].sort((a, b) => a.firstUnit - b.firstUnit);
  const first = sorted[0];
  if (first === undefined || sorted.length < 2) throw new Error('one holding is not merged with itself');
  for (const [place, part] of sorted.entries()) {
    const before = sorted[place - 1];
    const adjoins = before === undefined || before.lastUnit + 1 === part.firstUnit;
    const free = part.live && part.offerId === null && part.firstUnit > 0;
    require(adjoins && free && likeness(part) === likeness(first), 'not-mergeable', 'these parts cannot become one', {
      holdingId: part.id,
      accepted: 'live neighbours of one holder, with one standing and one title, that are not offered to anyone',
    });
  }
  for (const part of sorted.slice(1)) work.update(billHoldings, part.id, { live: false, mergedIntoId: first.id });
  const last = sorted.at(-1) as BillHoldingRow;
  return work.update(billHoldings, first.id, placed({ start: first.firstUnit, end: last.lastUnit }));
}
