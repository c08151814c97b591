import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { LimitKind, LimitNodeRow } from './store.ts';

/** What a node may still give, in yuan. */
export const availableOf = (node: Pick<LimitNodeRow, 'amount' | 'reserved' | 'used'>): Decimal =>
  node.amount.minus(node.reserved).minus(node.used);

const named = (node: LimitNodeRow) => ({ node: node.id, kind: node.kind });

/** Refuses unless a node is active and in date on the day, and has the whole amount left. */
export function checkRoom(node: LimitNodeRow, amount: Decimal, on: IsoDate): void {
  require(node.status === 'active', 'limit-frozen', `the ${node.kind} limit is frozen`, named(node));
  require(on <= node.expiresOn, 'limit-expired', `the ${node.kind} limit ended on ${node.expiresOn}`, {
    ...named(node),
    expiresOn: node.expiresOn,
  });
  const available = availableOf(node);
  if (available.greaterThanOrEqualTo(amount)) return;
  throw new Refusal('limit-exceeded', `the ${node.kind} limit has ${formatMoney(available)} left`, {
    ...named(node),
    available: formatMoney(available),
    missing: formatMoney(amount.minus(available)),
    accepted: `at most ${formatMoney(available)}`,
  });
}

/** Which level stands above another in the limit tree. */
export const levelAbove: Readonly<Record<LimitKind, LimitKind | null>> = {
  group: null,
  programme: 'group',
  member: 'programme',
  product: 'member',
};
