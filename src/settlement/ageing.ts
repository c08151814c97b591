import { chains } from '../chain/store.ts';
import { expireApplication } from '../financing/decisions.ts';
import { loadFinancings } from '../financing/loading.ts';
import { financings } from '../financing/store.ts';
import { addDays } from '../money/dates.ts';
import { type Clock, shanghaiDate } from '../platform/clock.ts';
import { type Database, writeIn } from '../platform/database.ts';
import { recordEvents } from '../platform/events.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { asWorker, keepFaults, systemCommand } from '../platform/worker.ts';
import { Workspace } from '../platform/workspace.ts';
import { ageReceivables } from '../receivable/ageing.ts';
import { loadReference } from '../reference/store.ts';
import { after, locatedIn, type Step } from './close-step.ts';
import { endingLimits, lapsedReservations } from './close-store.ts';
import { keeper } from './keepers.ts';

const AT_A_TIME = 1_000;

/** Applications not paid out in time give back collateral and limits; limits that end with the day are told of. */
export const releaseReservations: Step = async ({ work, book, run, now }) => {
  const lapsed = await lapsedReservations(work, book.id, run.businessDate, AT_A_TIME);
  const loaded = await loadFinancings(
    work,
    lapsed.map((row) => locatedIn(book.id, row)),
    keeper,
  );
  for (const { id } of lapsed) expireApplication(work, work.get(financings, id), loaded, now);
  if (lapsed.length === AT_A_TIME) return {};
  for (const { id, kind, org_id } of await endingLimits(work, book.id, run.businessDate)) {
    work.emit({
      kind: 'limit.expired',
      objectKind: 'limit',
      objectId: id,
      scopeId: book.id,
      parties: [book.id, ...(org_id === null ? [] : [org_id])],
      data: { level: kind, expiresOn: run.businessDate },
    });
  }
  return after('release');
};

/** The day of the book is the day of the chains that the bank finances: what is due on them falls overdue with it. */
export const ageChains: Step = async ({ work, run, chainIds }) => {
  const reference = await loadReference(work);
  const done = await ageReceivables(work, { chainIds, on: run.businessDate, reference, limit: AT_A_TIME });
  return done === 0 ? after('age') : {};
};

type Ager = Readonly<{ database: Database; clock: Clock }>;

/** Lets yesterday end, by the calendar of Shanghai, on chains whose days no close counts: no bank has a programme there. */
export async function ageUnfinancedChains({ database, clock }: Ager): Promise<void> {
  const on = addDays(shanghaiDate(clock.now()), -1);
  const found = await asWorker(database, (tx) =>
    tx.query<{ chain_id: string }>(
      'chain.without_programme',
      `select distinct chain_id from receivable r
        where stage in ('registered', 'confirmed') and payment in ('open', 'part_paid')
          and not exists (select from programme p where p.chain_id = r.chain_id)`,
    ),
  );
  const faults = keepFaults('chains');
  for (const { chain_id } of found) {
    await faults.attempt(async () => {
      while ((await ageOnce({ database, clock }, chain_id, on)) > 0);
    });
  }
  faults.raise();
}

function ageOnce({ database, clock }: Ager, chainId: string, on: string): Promise<number> {
  return writeIn(database.writers, [chainId], async (tx) => {
    const work = new Workspace(tx);
    const [chain] = await work.read(chains, 'id', [chainId]);
    const actor = { orgId: chain?.coreId as string, orgKind: 'enterprise' } as const;
    work.authoredBy(systemCommand(actor, { key: `end of ${on}`, input: null, now: clock.now() }));
    const reference = await loadReference(work);
    const done = await ageReceivables(work, { chainIds: [chainId], on, reference, limit: AT_A_TIME });
    await work.write();
    await recordEvents(tx, work.events, (event) => ({ ...(work.authors.get(event) as Command<unknown>), key: null }));
    return done;
  });
}
