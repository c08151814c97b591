import { decideTask, endTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { rediscountLifecycle, rediscountLineStates } from './discount-lifecycle.ts';
import { billsRediscounted } from './discount-postings.ts';
import { discountLines } from './discount-store.ts';
import { rediscountAnswer, tellRediscount } from './rediscount-answer.ts';
import { billRediscounts, type RediscountLineRow, type RediscountRow, rediscountLines } from './rediscount-store.ts';

type Answer = ReturnType<typeof rediscountAnswer>;
export type LocatedRediscount = Readonly<{ rediscountId: string; bookId: string }>;
type Decision = LocatedRediscount & Readonly<{ expectedVersion: number; reason: string | null }>;
/** Ids of the lines of each rediscount; the rows are locked. */
type LoadedRediscounts = ReadonlyMap<string, readonly string[]>;

/** Locks rediscounts with their approvals and lines, for whoever holds the books. */
export async function loadRediscounts(
  work: Workspace,
  located: readonly LocatedRediscount[],
): Promise<LoadedRediscounts> {
  const ids = located.map(({ rediscountId }) => rediscountId);
  const found = await work.read(billRediscounts, 'id', ids);
  const lines = await work.read(rediscountLines, 'rediscountId', ids);
  await lockTasks(
    work,
    found.map(({ approvalId }) => approvalId),
  );
  await work.lock(
    discountLines,
    lines.map(({ discountLineId }) => discountLineId),
  );
  await work.lock(billRediscounts, ids);
  await work.lock(
    rediscountLines,
    lines.map(({ id }) => id),
  );
  return new Map(ids.map((id) => [id, lines.filter((line) => line.rediscountId === id).map((line) => line.id)]));
}

type Decide = (
  work: Workspace,
  rediscount: RediscountRow,
  command: Command<Decision>,
  lines: readonly RediscountLineRow[],
) => RediscountRow;

const decision = (name: 'approve' | 'reject', decide: Decide): UseCase<Decision, Answer, LoadedRediscounts> => ({
  name: `bill_rediscount.${name}`,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const located = commands.map(({ input }) => input);
    await work.lock(
      books,
      located.map(({ bookId }) => bookId),
    );
    const loaded = await loadRediscounts(work, located);
    for (const bookId of new Set(located.map((each) => each.bookId))) {
      await ledgerOf(work).lock(bookId, ['1001', '2005', '2006']);
    }
    return loaded;
  },
  decide: (work, command, loaded) => {
    requireOpenBook(work, command.input.bookId);
    const rediscount = work.get(billRediscounts, command.input.rediscountId);
    requireVersion(rediscount.version, command.input.expectedVersion);
    nextState(rediscountLifecycle, rediscount.status, name);
    return rediscountAnswer(decide(work, rediscount, command, linesOf(work, rediscount.id, loaded)));
  },
});

const linesOf = (work: Workspace, id: string, loaded: LoadedRediscounts): RediscountLineRow[] =>
  (loaded.get(id) ?? []).map((lineId) => work.get(rediscountLines, lineId));

/** Another person of the bank approves: the central bank's money is booked, and the debt to it with its interest ahead. */
export const approveRediscount = decision('approve', (work, rediscount, { actor, input, now }, lines) => {
  const { businessDate } = requireOpenBook(work, rediscount.bookId);
  decideTask(work, work.get(approvalTasks, rediscount.approvalId), {
    actor,
    verdict: 'approve',
    reason: input.reason,
    now,
  });
  require(businessDate === rediscount.valueDate, 'quote-expired', `the price was for ${rediscount.valueDate}`);
  for (const line of lines) {
    require(work.get(discountLines, line.discountLineId).state ===
      'held', 'not-rediscountable', 'a bill is no longer on the books', { lineId: line.discountLineId });
    work.update(rediscountLines, line.id, { state: nextState(rediscountLineStates, line.state, 'settle') });
  }
  const { bookId, face, interest } = rediscount;
  ledgerOf(work).post(
    {
      bookId,
      kind: 'bill_rediscount.settled',
      businessDate,
      subjectId: rediscount.id,
      lines: billsRediscounted({ face, interest }),
    },
    { requestId: actor.requestId, now },
  );
  const after = work.update(billRediscounts, rediscount.id, { status: 'settled' });
  tellRediscount(work, 'settled', after);
  return after;
});

/** Another person of the bank rejects: the bills can be proposed again. */
export const rejectRediscount = decision('reject', (work, rediscount, { actor, input, now }, lines) => {
  decideTask(work, work.get(approvalTasks, rediscount.approvalId), {
    actor,
    verdict: 'reject',
    reason: input.reason,
    now,
  });
  return undo(work, rediscount, lines, { event: 'reject', on: rediscount.valueDate, note: input.reason });
});

type Undoing = Readonly<{ event: 'reject' | 'lapse'; on: IsoDate; note: string | null }>;

function undo(
  work: Workspace,
  rediscount: RediscountRow,
  lines: readonly RediscountLineRow[],
  { event, on, note }: Undoing,
): RediscountRow {
  for (const line of lines) {
    const state = nextState(rediscountLineStates, line.state, 'void');
    work.update(rediscountLines, line.id, { state, endedOn: on });
    work.update(discountLines, line.discountLineId, { rediscountId: null });
  }
  const status = nextState(rediscountLifecycle, rediscount.status, event);
  const after = work.update(billRediscounts, rediscount.id, { status, note });
  tellRediscount(work, status, after);
  return after;
}

/** A rediscount that was not approved by the end of its business day lapses. */
export function lapseRediscount(
  work: Workspace,
  rediscountId: string,
  loaded: LoadedRediscounts,
  { on, now }: Readonly<{ on: IsoDate; now: Date }>,
): void {
  const rediscount = work.get(billRediscounts, rediscountId);
  endTask(work, work.get(approvalTasks, rediscount.approvalId), now);
  undo(work, rediscount, linesOf(work, rediscountId, loaded), { event: 'lapse', on, note: null });
}

/** A rediscount that waits for its approval when a day ends. */
export async function pendingRediscount(work: Workspace, bookId: string): Promise<string | undefined> {
  const [row] = await work.query<{ id: string }>(
    'bill_rediscount.pending',
    "select id from bill_rediscount where book_id = $1 and status = 'proposed' order by id limit 1",
    [bookId],
  );
  return row?.id;
}
