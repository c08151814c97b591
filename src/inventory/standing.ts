import type { FinancingStatus } from '../financing/lifecycle.ts';
import { financingItems, financings } from '../financing/store.ts';
import { coversOf, type Cover as GoodsCover, noCover } from '../goods/valuation-store.ts';
import { Decimal, roundToFen } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type Backed, backedBy } from './exposure-store.ts';
import type { Cover, Ladder } from './rules.ts';
import { type PledgeRow, pledges } from './store.ts';

/** Locked pledges with what they carry and what lies under them; changed in memory as the batch goes on. */
export type Standings = Readonly<{ goods: Map<string, GoodsCover>; backed: readonly Backed[] }>;

/** Reads where locked pledges stand, by the quotations in force: one statement for each bank, whatever the lots. */
export async function loadStandings(work: Workspace, pledgeIds: readonly string[], now: Date): Promise<Standings> {
  const goods = new Map<string, GoodsCover>();
  const rows = pledgeIds.flatMap((id) => work.find(pledges, id) ?? []);
  for (const bookId of new Set(rows.map((row) => row.bookId))) {
    const ids = rows.filter((row) => row.bookId === bookId).map(({ id }) => id);
    const covers = await coversOf(work, 'pledge', ids, { bookId, at: now });
    for (const id of ids) goods.set(id, covers.get(id) ?? noCover);
  }
  return { goods, backed: await backedBy(work, pledgeIds) };
}

export const goodsOf = (standings: Standings, pledgeId: string): GoodsCover => standings.goods.get(pledgeId) ?? noCover;

/** The goods of a pledge have changed by so much, exact yuan, and by so many lots. */
export function adjust(
  work: Workspace,
  { goods }: Standings,
  pledgeId: string,
  change: Readonly<{ value: Decimal; lots?: number; quotedAt?: string }>,
): void {
  const before = goods.get(pledgeId) ?? noCover;
  const quotes = [before.oldestQuote, change.quotedAt].filter((at) => at != null).sort();
  goods.set(pledgeId, {
    ...before,
    value: before.value.plus(change.value),
    lots: before.lots + (change.lots ?? 0),
    oldestQuote: quotes[0] ?? null,
  });
  work.onUndo(() => goods.set(pledgeId, before));
}

const committed: readonly FinancingStatus[] = ['submitted', 'approved', 'disbursing'];
const owing: readonly FinancingStatus[] = ['active', 'overdue', 'recovering', 'written_off'];

/** What one financing puts on its pledge: principal, or the amount while it is on its way to be paid. */
const burdenOf = ({ status, principal, amount }: Pick<Backed, 'status' | 'principal' | 'amount'>): Decimal =>
  owing.includes(status) ? principal : committed.includes(status) ? amount : new Decimal(0);

/** Financings that a pledge carries, as this batch has left them. */
function carriedBy(work: Workspace, { backed }: Standings, pledgeId: string) {
  const drawn = work
    .all(financingItems)
    .filter(({ itemId }) => itemId === pledgeId)
    .map(({ financingId }) => work.get(financings, financingId));
  const known = backed.filter((each) => each.pledgeId === pledgeId);
  const rows = known.map((each) => work.find(financings, each.financingId) ?? { ...each, id: each.financingId });
  return [...rows, ...drawn.filter(({ id }) => !known.some(({ financingId }) => financingId === id))];
}

/** Yuan that a pledge carries in all. */
export const exposureOf = (work: Workspace, standings: Standings, pledgeId: string): Decimal =>
  carriedBy(work, standings, pledgeId).reduce((sum, each) => sum.plus(burdenOf(each)), new Decimal(0));

/** Ids of financings whose principal a pledge carries, the oldest first. */
export const owingIds = (standings: Standings, pledgeIds: readonly string[]): string[] =>
  standings.backed
    .filter(({ pledgeId, status }) => pledgeIds.includes(pledgeId) && owing.includes(status))
    .map(({ financingId }) => financingId);

/** Where a pledge stands now: exposure, margin, and the goods at the value of the moment. */
export const coverOf = (work: Workspace, standings: Standings, pledge: PledgeRow): Cover => ({
  exposure: exposureOf(work, standings, pledge.id),
  margin: pledge.margin,
  value: roundToFen(goodsOf(standings, pledge.id).value),
});

export const ladderOf = ({ terms }: Pick<PledgeRow, 'terms'>): Ladder => ({
  initial: new Decimal(terms.initial),
  warning: new Decimal(terms.warning),
  call: new Decimal(terms.call),
  closeOut: new Decimal(terms.closeOut),
});
