import type { CollateralKeeper } from '../financing/keeper.ts';
import type { FinancingItemRow } from '../financing/store.ts';
import { freeLotsOf } from '../goods/lot-store.ts';
import { books } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';
import { tell } from './answer.ts';
import { type Backed, backedBy } from './exposure-store.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { lockPledges } from './loading.ts';
import { goodsRevalued } from './postings.ts';
import { enforce, memoAccounts, openCall } from './revaluation.ts';
import { isRestored } from './rules.ts';
import { exposureOf, ladderOf, owingIds, type Standings } from './standing.ts';
import { marginCalls, type PledgeRow, pledges } from './store.ts';

type Known = Participant & { backed: readonly Backed[] };

/** What the pledges of this batch carry, read when they were locked. */
const knownOf = (work: Workspace): Known =>
  work.participant<Known>('pledges behind financings', () => ({
    rank: pledges.rank,
    write: async () => undefined,
    backed: [],
  }));
const standingsOf = (work: Workspace): Standings => ({ goods: new Map(), backed: knownOf(work).backed });

const pledgesBehind = (work: Workspace, items: readonly FinancingItemRow[]): PledgeRow[] =>
  items.map(({ itemId }) => work.get(pledges, itemId));

/** Goods as collateral: a financing is backed by a whole pledge, whatever lies under it from day to day. */
export const inventoryKeeper: CollateralKeeper = {
  lock: async (work, items) => {
    const ids = [...new Set(items.map(({ itemId }) => itemId))];
    await lockPledges(work, ids);
    const known = knownOf(work);
    known.backed = [...known.backed, ...(await backedBy(work, ids))];
  },
  // What befalls one loan of a pledge may make all of them due.
  alongside: (work, items) =>
    owingIds(
      standingsOf(work),
      items.map(({ itemId }) => itemId),
    ),
  requireSound: (work, _financing, items) => {
    for (const pledge of pledgesBehind(work, items)) requireCovered(work, pledge);
  },
  secure: (_work, { amount }, items) =>
    items.map(({ itemId }) => ({ kind: 'pledge', subjectKind: 'lot', subjectId: itemId, amount })),
  fund: () => undefined,
  // The goods stand off the balance sheet for the pledge, from its confirmation to its end, not for each loan.
  held: () => null,
  memoAccounts,
  fellOverdue: (work, _financing, items, businessDate) => {
    for (const pledge of pledgesBehind(work, items)) {
      enforce(work, pledge, { businessDate, standings: standingsOf(work) }, 'default');
    }
  },
  release: (work, { status }, items) => {
    if (status !== 'settled' && status !== 'written_off') return;
    for (const pledge of pledgesBehind(work, items)) {
      if (!exposureOf(work, standingsOf(work), pledge.id).isZero()) continue;
      // Margin is given back when the pledgor ends the pledge.
      if (pledge.margin.isZero()) endPledge(work, pledge);
      else tell(work, 'paid_off', pledge);
    }
  },
};

/** Refuses to lend further on goods that were last valued too low, or by quotations that are stale. */
function requireCovered(work: Workspace, pledge: PledgeRow): void {
  nextState(pledgeLifecycle, pledge.status, 'draw');
  require(pledge.outbound !== 'stale_price', 'price-stale', 'the goods were not valued by a fresh quotation');
  const exposure = exposureOf(work, standingsOf(work), pledge.id);
  require(isRestored(
    { ...pledge, exposure },
    ladderOf(pledge),
  ), 'cover-insufficient', 'the goods have lost value since', {
    value: formatMoney(pledge.value),
    exposure: formatMoney(exposure),
    accepted: 'more goods, or a smaller loan',
  });
}

/** Nothing is owed on it any more: every lot is its owner's, and nothing stands off the balance sheet. */
export function endPledge(work: Workspace, pledge: PledgeRow): PledgeRow {
  const { actor, now } = work.author;
  const businessDate: IsoDate = work.get(books, pledge.bookId).businessDate;
  const call = openCall(work, pledge.id);
  if (call !== undefined) work.update(marginCalls, call.id, { state: 'cured', endedOn: businessDate });
  freeLotsOf(work, pledge.id, now);
  const lines = goodsRevalued(pledge.value, new Decimal(0));
  if (lines.length > 0) {
    const journal = {
      bookId: pledge.bookId,
      kind: 'inventory.goods_released',
      businessDate,
      subjectId: pledge.id,
      lines,
    };
    ledgerOf(work).post(journal, { requestId: actor.requestId, now });
  }
  const after = work.update(pledges, pledge.id, {
    status: nextState(pledgeLifecycle, pledge.status, 'end'),
    value: new Decimal(0),
  });
  tell(work, after.status === 'cancelled' ? 'cancelled' : 'released', after);
  return after;
}
