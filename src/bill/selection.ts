import type { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { takePart } from './holdings.ts';
import type { UnitRange } from './package-rules.ts';
import { BILL_MARKET, type BillHoldingRow, billHoldings } from './store.ts';

/** A holding, or a part of it, that an operation is about; found under the asking organization's row-level security. */
export type SelectedHolding = Readonly<{
  holdingId: string;
  billId: string;
  chainId: string;
  acceptorId: string;
  amount?: Decimal | undefined;
  range?: UnitRange | undefined;
  /** Where the caller named it, such as "/items/3". */
  field: string;
}>;
export type Selection = Readonly<{ items: readonly SelectedHolding[] }>;

type Belonging = Readonly<{ chainId: string; acceptorId: string }>;

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)].sort();

/** Operations of the same chains share a transaction. */
export const laneOf = (items: readonly Belonging[]): string => distinct(items.map(({ chainId }) => chainId)).join(' ');

/** What an operation on bills may touch: the business day, its chains and acceptors. */
export const billScope = (items: readonly Belonging[]): string[] => [
  BILL_MARKET,
  ...distinct(items.flatMap(({ chainId, acceptorId }) => [chainId, acceptorId])),
];

/** The holding as it is now, when the actor holds it; `not-found` or `not-a-party` names the item otherwise. */
export function heldBy(work: Workspace, actor: Pick<Actor, 'orgId'>, item: SelectedHolding): BillHoldingRow {
  const holding = work.find(billHoldings, item.holdingId);
  if (holding?.live !== true)
    throw new Refusal('not-found', `there is no holding ${item.holdingId}`, { field: item.field });
  require(holding.holderId === actor.orgId, 'not-a-party', 'this is for the holder', { field: item.field });
  return holding;
}

/** The part that is meant, taken off the holding. */
export function partOfSelected(work: Workspace, holding: BillHoldingRow, item: SelectedHolding, now: Date) {
  return atItem(item.field, () => takePart(work, holding, item, now));
}

/** Lets a refusal about one item of a list say which. */
export function atItem<T>(field: string, decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const inner = error.detail.field;
    const named = inner === undefined ? field : inner.startsWith(field) ? inner : `${field}${inner}`;
    throw new Refusal(error.code, error.message, { ...error.detail, field: named });
  }
}
