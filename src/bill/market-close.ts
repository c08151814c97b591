import { createHash } from 'node:crypto';
import { addDays, type IsoDate } from '../money/dates.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { require } from '../platform/refusal.ts';
import type { UnitOfWork, UseCase } from '../platform/unit-of-work.ts';
import { asWorker, runAsSystem, systemCommand } from '../platform/worker.ts';
import { marketAnswer } from './answer.ts';
import { expireBills, lapseOffers, matureBills } from './market-steps.ts';
import { refreshOverdueList } from './overdue-list.ts';
import { BILL_MARKET, type MarketRow, markets, marketsForUpdate } from './store.ts';

type Close = Readonly<{ businessDate: IsoDate }>;

/** The platform operator begins the close of the exchange's day; it is worked off in the background. */
export const beginMarketClose: UseCase<Close, ReturnType<typeof marketAnswer>> = {
  name: 'bill_market.begin_close',
  status: 202,
  lane: () => BILL_MARKET,
  scope: () => [BILL_MARKET],
  load: async (work) => {
    await work.lock(marketsForUpdate, [BILL_MARKET]);
  },
  decide: (work, { actor, input }) => {
    const market = work.get(marketsForUpdate, BILL_MARKET);
    require(market.businessDate ===
      input.businessDate, 'wrong-business-date', `the exchange is at ${market.businessDate}`, {
      field: '/businessDate',
      accepted: market.businessDate,
    });
    require(!market.closing, 'illegal-transition', 'the day is being closed already');
    const after = work.update(marketsForUpdate, BILL_MARKET, { closing: true, step: 'closing' });
    work.emit({
      kind: 'bill_market.closing',
      objectKind: 'bill_market',
      objectId: market.id,
      parties: [actor.orgId],
      scopeId: BILL_MARKET,
      data: { businessDate: market.businessDate },
    });
    work.wakes.add('bill-market');
    return marketAnswer(after);
  },
};

/** Some rows of one chain that a step of the close is about. */
export type Chunk = Readonly<{
  chainId: string;
  /** Whose rows beside the chain's it touches: acceptors, drawers, books. */
  parties: readonly string[];
  /** What the step's use case locks: holdings or offers. */
  targets: readonly Readonly<{ id: string; billId: string; holdingId: string }>[];
  /** The day that is being closed. */
  day: IsoDate;
}>;

/** A step of the close: finds what is left to do, a chunk at a time, until nothing is left. */
export type MarketStep = Readonly<{
  name: string;
  find: (tx: Tx, day: IsoDate) => Promise<readonly TargetRow[]>;
  // biome-ignore lint/suspicious/noExplicitAny: each use case loads what it needs, which concerns nobody else
  useCase: UseCase<Chunk, unknown, any>;
}>;
export type TargetRow = { id: string; bill_id: string; holding_id: string; chain_id: string; parties: string[] };

export type MarketClose = Readonly<{
  database: Database;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** The steps of the close, in order. */
  steps: readonly MarketStep[];
}>;

/** What the exchange closes its day with, before others add to it: offers lapse, bills expire, bills fall due. */
export const ownSteps: readonly MarketStep[] = [lapseOffers, expireBills, matureBills];

/**
 * Works off the close of the exchange's day that was begun, if one was: first what is clearing must have been answered,
 * then each step does its work in chunks of one chain, then the date moves. It can be broken off anywhere and begun
 * again, for each chunk is a transaction of its own and finds only what is left.
 */
export async function runMarketClose(close: MarketClose): Promise<void> {
  const market = await marketAsWorker(close.database);
  if (market === undefined || !market.closing) return;
  if (await isClearing(close.database)) return;
  for (const step of close.steps) await runStep(close, step, market.businessDate);
  if (addDays(market.businessDate, 1).slice(0, 7) !== market.businessDate.slice(0, 7)) {
    await refreshOverdueList(close, market.businessDate);
  }
  await runAsSystem(
    close.unitOfWork,
    endMarketClose,
    systemCommand(SYSTEM, {
      key: `bill market ${market.businessDate} closed`,
      input: { businessDate: market.businessDate },
      now: close.clock.now(),
    }),
  );
}

/** The service acts for the exchange itself. */
const SYSTEM = { orgId: BILL_MARKET, orgKind: 'operator' as const };
const CHUNK = 500;

async function marketAsWorker(database: Database): Promise<MarketRow | undefined> {
  const [market] = await asWorker(database, (tx) => markets.read(tx, 'id', [BILL_MARKET]));
  return market;
}

/** Whether the exchange or a bank still owes an answer: the day is not closed over what is clearing. */
async function isClearing(database: Database): Promise<boolean> {
  const [row] = await asWorker(database, (tx) =>
    tx.query<{ clearing: boolean }>(
      'bill_market.clearing',
      `select exists (select from bill_offer where state = 'clearing')
           or exists (select from bill_message where state in ('created', 'sent')) as clearing`,
    ),
  );
  return row?.clearing === true;
}

async function runStep({ database, unitOfWork, clock }: MarketClose, step: MarketStep, day: IsoDate): Promise<void> {
  for (;;) {
    const found = await asWorker(database, (tx) => step.find(tx, day));
    for (const chunk of chunksOf(found, day)) {
      const ids = createHash('sha256')
        .update(chunk.targets.map(({ id }) => id).join(' '))
        .digest('hex');
      const key = `bill market ${day} ${step.name} ${ids}`;
      await runAsSystem(unitOfWork, step.useCase, systemCommand(SYSTEM, { key, input: chunk, now: clock.now() }));
    }
    if (found.length < CHUNK) return;
  }
}

function chunksOf(found: readonly TargetRow[], day: IsoDate): Chunk[] {
  const chains = new Map<string, TargetRow[]>();
  for (const row of found) chains.set(row.chain_id, [...(chains.get(row.chain_id) ?? []), row]);
  return [...chains].map(([chainId, rows]) => ({
    chainId,
    parties: [...new Set(rows.flatMap(({ parties }) => parties))],
    targets: rows.map((row) => ({ id: row.id, billId: row.bill_id, holdingId: row.holding_id })),
    day,
  }));
}

/** The date moves to the next day, and the exchange is open again. */
const endMarketClose: UseCase<Close, ReturnType<typeof marketAnswer>> = {
  name: 'bill_market.end_close',
  lane: () => BILL_MARKET,
  scope: () => [BILL_MARKET],
  load: async (work) => {
    await work.lock(marketsForUpdate, [BILL_MARKET]);
  },
  decide: (work, { actor, input }) => {
    const businessDate = addDays(input.businessDate, 1);
    const after = work.update(marketsForUpdate, BILL_MARKET, { businessDate, closing: false, step: 'open' });
    work.emit({
      kind: 'bill_market.closed',
      objectKind: 'bill_market',
      objectId: after.id,
      parties: [actor.orgId],
      scopeId: BILL_MARKET,
      data: { businessDate: input.businessDate },
    });
    return marketAnswer(after);
  },
};
