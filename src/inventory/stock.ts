import type { LotChange, MovedDocument, StockKeeper } from '../goods/keeper.ts';
import { changeLot } from '../goods/lots.ts';
import { type CommodityClass, commodities, grades, type LotRow } from '../goods/store.ts';
import { type UnitWorth, unitWorths } from '../goods/valuation-store.ts';
import { books } from '../ledger/book-store.ts';
import { Decimal, formatMoney, roundToFen } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell } from './answer.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { type LoadedPledges, loadStood, lockPledges, pledgeIn } from './loading.ts';
import { supervisedBanks } from './queries.ts';
import { isFresh, revalue } from './revaluation.ts';
import { controlLine } from './rules.ts';
import { adjust, coverOf, ladderOf } from './standing.ts';
import { type PledgeRow, pledges } from './store.ts';
import { carryOut, lockOpenSubstitutions } from './substitution.ts';

/** Yuan of a unit by grade and cost, at each bank: lots of one purchase are alike. */
const worthKey = (bookId: string, { gradeId, unitCost }: Pick<LotRow, 'gradeId' | 'unitCost'>): string =>
  `${bookId} ${gradeId} ${unitCost?.toFixed() ?? ''}`;

type Judged = LoadedPledges &
  Readonly<{
    worths: ReadonlyMap<string, UnitWorth>;
    classes: ReadonlyMap<string, CommodityClass>;
    now: Date;
  }>;

const pledgeIdsOf = ({ lots, arrivals }: Parameters<StockKeeper['lock']>[1]): string[] => [
  ...new Set([...lots, ...arrivals].flatMap(({ pledgeId }) => (pledgeId === null ? [] : [pledgeId]))),
];

/** What inventory pledges say to the documents of their warehouses. */
export const inventoryStock: StockKeeper = {
  banksOf: supervisedBanks,
  lock: async (work, touched) => {
    await lockPledges(work, pledgeIdsOf(touched));
    await lockOpenSubstitutions(work, pledgeIdsOf(touched));
  },
  prepare: async (work, touched, now) => {
    const pledgeIds = pledgeIdsOf(touched);
    const goods = [...touched.lots, ...touched.arrivals];
    const kinds = await work.read(
      grades,
      'id',
      goods.map(({ gradeId }) => gradeId),
    );
    const classes = await work.read(
      commodities,
      'id',
      kinds.map(({ commodityId }) => commodityId),
    );
    const classOf = new Map(classes.map(({ id, class: name }) => [id, name]));
    const stood = await loadStood(work, pledgeIds, now);
    const worths = new Map<string, UnitWorth>();
    for (const bookId of new Set(pledgeIds.flatMap((id) => work.find(pledges, id)?.bookId ?? []))) {
      const asked = goods.map((each) => ({ ...each, id: worthKey(bookId, each) }));
      for (const [key, worth] of await unitWorths(work, asked, { bookId, at: now })) worths.set(key, worth);
    }
    const judged: Judged = {
      ...stood,
      worths,
      classes: new Map(kinds.map(({ id, commodityId }) => [id, classOf.get(commodityId) as CommodityClass])),
      now,
    };
    return (document) => judge(work, document, judged);
  },
};

function judge(work: Workspace, document: MovedDocument, judged: Judged): void {
  const byPledge = new Map<string, LotChange[]>();
  for (const change of document.changes) {
    const pledgeId = change.before?.pledgeId ?? change.after.pledgeId;
    if (pledgeId !== null) byPledge.set(pledgeId, [...(byPledge.get(pledgeId) ?? []), change]);
  }
  for (const [pledgeId, changes] of byPledge) judgePledge(work, pledgeId, { ...document, changes }, judged);
}

function judgePledge(work: Workspace, pledgeId: string, document: MovedDocument, judged: Judged): void {
  const found = work.find(pledges, pledgeId);
  // Pledged after the document came in, or unknown to the warehouse: no bank of it is in the transaction.
  if (found === undefined)
    throw new Refusal('lot-claimed', 'a lot is under a pledge by now', { accepted: 'try again' });
  const pledge = pledgeIn(work, { pledgeId, bookId: found.bookId });
  nextState(pledgeLifecycle, pledge.status, 'move');
  const { standings, now } = judged;
  const fresh = isFresh(pledge, standings, now);
  let [gained, lost] = [new Decimal(0), new Decimal(0)];
  for (const change of document.changes) {
    if (change.before === null) admit(work, pledge, change.after, judged, now);
    const moved = change.after.quantity.minus(change.before?.quantity ?? 0);
    const worth = judged.worths.get(worthKey(pledge.bookId, change.after));
    const value = moved.times(worth?.value ?? 0);
    if (moved.isNegative()) lost = lost.minus(value);
    else gained = gained.plus(value);
    const lots = (change.before === null ? 1 : 0) - (change.after.quantity.isZero() ? 1 : 0);
    adjust(work, standings, pledgeId, {
      value,
      lots,
      ...(worth && change.before === null && { quotedAt: worth.quotedAt }),
    });
  }
  if (document.kind === 'stock_take') freezeVariance(work, pledge, document);
  else if (lost.greaterThan(0)) {
    requireFree(pledge, fresh);
    if (document.kind === 'substitution') {
      requireLikeForLike(pledge, document, judged, { gained, lost });
      if (pledge.mode === 'static') carryOut(work, pledgeId, document);
    } else requireAboveLine(work, pledge, judged);
  }
  const { businessDate } = work.get(books, pledge.bookId);
  const { reference } = judged;
  const requestId = work.author.actor.requestId;
  revalue(work, work.get(pledges, pledgeId), { standings, reference, businessDate, now, requestId, cause: 'movement' });
}

/** Goods that arrive for a pledge are the pledgor's, lie with its supervisor and have a quotation. */
function admit(work: Workspace, pledge: PledgeRow, lot: LotRow, { worths }: Judged, now: Date): void {
  require(lot.operatorId === pledge.supervisorId, 'another-supervisor', 'the warehouse does not supervise this pledge');
  require(lot.ownerId === pledge.pledgorId, 'not-a-party', 'goods of another than the pledgor cannot be pledged', {
    field: '/arrivals',
  });
  require(worths.has(worthKey(pledge.bookId, lot)), 'price-stale', 'the bank has no quotation of the grade', {
    field: '/arrivals',
    gradeId: lot.gradeId,
  });
  changeLot(work, lot, { bookId: pledge.bookId }, now);
}

/** Refuses while a variance or a stale quotation keeps goods in. */
export function requireFree({ outbound }: PledgeRow, fresh: boolean): void {
  require(outbound !== 'variance', 'goods-frozen', 'a stock-take has found less than there should be');
  require(fresh, 'price-stale', 'goods leave by fresh quotations only');
}

/** A floating pledge lets go what lies above the line; refuses with the value that would be missing. */
function requireAboveLine(work: Workspace, pledge: PledgeRow, { standings }: Judged): void {
  require(pledge.mode ===
    'floating', 'pledge-static', 'a lot of a static pledge leaves by release or substitution only');
  const cover = coverOf(work, standings, pledge);
  const line = controlLine(cover, ladderOf(pledge));
  require(cover.value.greaterThanOrEqualTo(
    line,
  ), 'cover-insufficient', `the goods would be worth less than the line of ${formatMoney(line)}`, {
    field: '/departures',
    controlLine: formatMoney(line),
    valueAfter: formatMoney(cover.value),
    missing: formatMoney(line.minus(cover.value)),
    accepted: 'less, or after a repayment',
  });
}

/** What comes in is of the class of what leaves, and worth as much (ΔV ≥ 0). */
function requireLikeForLike(
  pledge: PledgeRow,
  { changes }: MovedDocument,
  { classes }: Judged,
  { gained, lost }: Readonly<{ gained: Decimal; lost: Decimal }>,
): void {
  const classesOf = (ofArrivals: boolean) =>
    new Set(
      changes.filter(({ before }) => (before === null) === ofArrivals).map(({ after }) => classes.get(after.gradeId)),
    );
  const [came, left] = [classesOf(true), classesOf(false)];
  const alike = [...came].every((each) => left.has(each));
  require(alike &&
    gained.greaterThanOrEqualTo(
      lost,
    ), 'substitute-too-small', 'the goods that arrive do not replace those that leave', {
    field: '/arrivals',
    pledgeId: pledge.id,
    missing: formatMoney(roundToFen(Decimal.max(lost.minus(gained), 0))),
    accepted: 'goods of the same class and at least the same value',
  });
}

/** A count that differs by more than is tolerated keeps the goods in until the bank has looked into it. */
function freezeVariance(work: Workspace, pledge: PledgeRow, { changes, documentNumber }: MovedDocument): void {
  const off = changes.filter(({ before, after }) => {
    const counted = before?.quantity ?? after.quantity;
    return after.quantity.minus(counted).abs().greaterThan(counted.times(pledge.terms.varianceTolerance));
  });
  if (off.length === 0) return;
  const after = work.update(pledges, pledge.id, { outbound: 'variance' });
  const variances = off.map((each) => ({
    lotId: each.after.id,
    booked: each.before?.quantity.toFixed(),
    counted: each.after.quantity.toFixed(),
  }));
  tell(work, 'variance_found', after, { documentNumber, variances });
}
