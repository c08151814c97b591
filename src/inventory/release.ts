import { uuidv7 } from 'uuidv7';
import { cutLot, freeLot, lotInStock } from '../goods/lots.ts';
import { type LotRow, lots } from '../goods/store.ts';
import { type UnitWorth, unitWorths } from '../goods/valuation-store.ts';
import { books } from '../ledger/book-store.ts';
import { type Decimal, formatMoney, roundToFen } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { releaseAnswer, tell } from './answer.ts';
import { pledgeLifecycle, releaseLifecycle } from './lifecycle.ts';
import { type LoadedPledges, type LocatedPledge, loadStood, lockPledges, pledgeIn, scopeOf } from './loading.ts';
import { isFresh, revalue } from './revaluation.ts';
import { controlLine, releasable } from './rules.ts';
import { adjust, coverOf, ladderOf } from './standing.ts';
import { requireFree } from './stock.ts';
import { type PledgeRow, type ReleaseRow, releases } from './store.ts';

type Ask = LocatedPledge & Readonly<{ lotId: string; quantity: Decimal }>;
type Loaded = LoadedPledges & Readonly<{ units: ReadonlyMap<string, UnitWorth> }>;
type Answer = ReturnType<typeof releaseAnswer>;

async function loadReleasing(
  work: Workspace,
  commands: readonly Command<Ask>[],
  releaseIds: readonly string[] = [],
): Promise<Loaded> {
  const pledgeIds = [...new Set(commands.map(({ input }) => input.pledgeId))];
  const { now } = commands[0] as Command<Ask>;
  await work.lock(
    books,
    commands.map(({ input }) => input.bookId),
  );
  await lockPledges(work, pledgeIds);
  await work.lock(releases, releaseIds);
  await work.lock(
    lots,
    commands.map(({ input }) => input.lotId),
  );
  const stood = await loadStood(work, pledgeIds, now);
  const units = new Map<string, UnitWorth>();
  for (const bookId of new Set(commands.map(({ input }) => input.bookId))) {
    for (const [id, worth] of await unitWorths(work, work.all(lots), { bookId, at: now }))
      units.set(`${bookId} ${id}`, worth);
  }
  return { ...stood, units };
}

/**
 * The pledgor asks for goods. Of a floating pledge they are free at once while the value stays at the line; of a
 * static one the bank decides, on the same condition. Refuses with the value that would be missing.
 */
export const askRelease: UseCase<Ask, Answer, Loaded> = {
  name: 'inventory.ask_release',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) => loadReleasing(work, commands),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId, 'not-a-party', 'the pledgor asks for its goods');
    const floating = pledge.mode === 'floating';
    const asked: ReleaseRow = {
      id: uuidv7(),
      pledgeId: pledge.id,
      bookId: pledge.bookId,
      pledgorId: pledge.pledgorId,
      supervisorId: pledge.supervisorId ?? pledge.bookId,
      lotId: input.lotId,
      quantity: input.quantity,
      state: 'requested',
      releasedLotId: null,
      value: null,
      rule: floating ? 'floating pledge: free above the control line' : 'static pledge: the bank decides',
      decidedBy: null,
      reason: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    checkRelease(work, pledge, asked, loaded, now);
    work.insert(releases, asked);
    if (!floating) {
      tell(work, 'release_requested', pledge, { releaseId: asked.id, quantity: asked.quantity.toFixed() });
      return releaseAnswer(asked);
    }
    return releaseAnswer(grant(work, pledge, asked, command, loaded));
  },
};

type Decide = Ask &
  Readonly<{ releaseId: string; expectedVersion: number; verdict: 'grant' | 'refuse'; reason: string | null }>;

/** The bank grants or refuses what was asked of a static pledge. */
export const decideRelease: UseCase<Decide, Answer, Loaded> = {
  name: 'inventory.decide_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadReleasing(
      work,
      commands,
      commands.map(({ input }) => input.releaseId),
    ),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const pledge = pledgeIn(work, input);
    const asked = work.get(releases, input.releaseId);
    requireVersion(asked.version, input.expectedVersion);
    require(actor.orgId === pledge.bookId && asked.pledgeId === pledge.id, 'not-a-party', 'the lender decides');
    nextState(releaseLifecycle, asked.state, input.verdict);
    if (input.verdict === 'refuse') {
      require(input.reason !== null, 'invalid-input', 'a reason belongs to a refusal', { field: '/reason' });
      const refused = work.update(releases, asked.id, {
        state: 'refused',
        decidedBy: actor.personId,
        reason: input.reason,
      });
      tell(work, 'release_refused', pledge, { releaseId: asked.id, reason: input.reason });
      return releaseAnswer(refused);
    }
    checkRelease(work, pledge, asked, loaded, now);
    return releaseAnswer(grant(work, pledge, asked, command, loaded));
  },
};

const unitOf = ({ units }: Loaded, pledge: PledgeRow, lot: LotRow): UnitWorth => {
  const unit = units.get(`${pledge.bookId} ${lot.id}`);
  if (unit === undefined) throw new Refusal('price-stale', 'the lot has no quotation');
  return unit;
};

/** Refuses what is not the pledge's, not free to leave, or would take the value below the line. */
function checkRelease(work: Workspace, pledge: PledgeRow, asked: ReleaseRow, loaded: Loaded, now: Date): void {
  nextState(pledgeLifecycle, pledge.status, 'release');
  const lot = lotInStock(work, asked.lotId, '/lotId');
  require(lot.pledgeId === pledge.id, 'not-found', `the pledge has no lot ${lot.id}`, { field: '/lotId' });
  requireFree(pledge, isFresh(pledge, loaded.standings, now));
  require(asked.quantity.lessThanOrEqualTo(
    lot.quantity,
  ), 'quantity-exceeds-lot', `the lot has ${lot.quantity.toFixed()}`, {
    field: '/quantity',
    accepted: `at most ${lot.quantity.toFixed()}`,
  });
  const cover = coverOf(work, loaded.standings, pledge);
  const unit = { value: unitOf(loaded, pledge, lot).value, step: lot.step };
  const most = releasable(cover, ladderOf(pledge), unit, lot.quantity);
  if (asked.quantity.lessThanOrEqualTo(most)) return;
  const line = controlLine(cover, ladderOf(pledge));
  const left = roundToFen(cover.value.minus(asked.quantity.times(unit.value)));
  throw new Refusal('cover-insufficient', `the goods would be worth less than the line of ${formatMoney(line)}`, {
    field: '/quantity',
    accepted: most.isZero() ? 'nothing, until the pledge is repaid in part' : `at most ${most.toFixed()}`,
    controlLine: formatMoney(line),
    valueAfter: formatMoney(left),
    missing: formatMoney(line.minus(left)),
  });
}

function grant(
  work: Workspace,
  pledge: PledgeRow,
  asked: ReleaseRow,
  { actor, now }: Command<unknown>,
  loaded: Loaded,
): ReleaseRow {
  const { standings, reference } = loaded;
  const lot = lotInStock(work, asked.lotId, '/lotId');
  const value = asked.quantity.times(unitOf(loaded, pledge, lot).value);
  const { part } = cutLot(work, lot, asked.quantity, now);
  freeLot(work, part, 'release', now);
  adjust(work, standings, pledge.id, { value: value.negated() });
  const { businessDate } = work.get(books, pledge.bookId);
  const occasion = { standings, reference, businessDate, now, requestId: actor.requestId, cause: 'release' } as const;
  const after = revalue(work, pledge, occasion);
  const granted = work.update(releases, asked.id, {
    state: nextState(releaseLifecycle, asked.state, 'grant'),
    releasedLotId: part.id,
    value: roundToFen(value),
    decidedBy: actor.personId,
  });
  tell(work, 'goods_released', after, {
    releaseId: asked.id,
    lotId: part.id,
    quantity: asked.quantity.toFixed(),
    value: formatMoney(roundToFen(value)),
  });
  return granted;
}
