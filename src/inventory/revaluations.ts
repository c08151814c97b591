import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { UnitOfWork, UseCase } from '../platform/unit-of-work.ts';
import { asWorker, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import { liveOf, quotedAnew } from './exposure-store.ts';
import { type LoadedPledges, loadStood, lockPledges } from './loading.ts';
import { revalue } from './revaluation.ts';
import { pledges } from './store.ts';

type Revalue = Readonly<{ bookId: string }>;
type Loaded = LoadedPledges & Readonly<{ ids: readonly string[] }>;

/** Values every live pledge of a bank by the quotations in force: one statement for all their lots. */
const revalueBook: UseCase<Revalue, { revalued: number }, Loaded> = {
  name: 'inventory.revalue',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const bookIds = [...new Set(commands.map(({ input }) => input.bookId))];
    await work.lock(books, bookIds);
    const ids = (await Promise.all(bookIds.map((id) => liveOf(work, id)))).flat();
    await lockPledges(work, ids);
    return { ...(await loadStood(work, ids, (commands[0] as (typeof commands)[0]).now)), ids };
  },
  decide: (work, { actor, input, now }, { ids, standings, reference }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const mine = ids.map((id) => work.get(pledges, id)).filter(({ bookId }) => bookId === input.bookId);
    const occasion = { standings, reference, businessDate, now, requestId: actor.requestId, cause: 'price' } as const;
    for (const pledge of mine) revalue(work, pledge, occasion);
    return { revalued: mine.length };
  },
};

type Worker = Readonly<{ database: Database; unitOfWork: UnitOfWork; clock: Clock }>;

/** Values the pledges of every bank that has recorded a quotation or haircut since they were last looked at. */
export async function runRevaluations({ database, unitOfWork, clock }: Worker): Promise<void> {
  const faults = keepFaults('revaluations');
  for (const { bookId, latest } of await asWorker(database, quotedAnew)) {
    const actor = { orgId: bookId, orgKind: 'bank' } as const;
    const command = systemCommand(actor, { key: `revaluation for ${latest}`, input: { bookId }, now: clock.now() });
    await faults.attempt(() => runAsSystem(unitOfWork, revalueBook, command));
  }
  faults.raise();
}
