import { uuidv7 } from 'uuidv7';
import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { rediscountLifecycle, rediscountLineStates } from './discount-lifecycle.ts';
import { billsRediscounted } from './discount-postings.ts';
import { discountLines, type RediscountPurpose } from './discount-store.ts';
import { rediscountAnswer } from './rediscount-answer.ts';
import { rediscountLine, requireDistinct } from './rediscount-rules.ts';
import { billRediscounts, type RediscountLineRow, type RediscountRow, rediscountLines } from './rediscount-store.ts';

type Propose = Readonly<{ bookId: string; purpose: RediscountPurpose; lineIds: readonly string[] }>;
type Answer = ReturnType<typeof rediscountAnswer>;

/**
 * A maker of the bank proposes to rediscount bills with the central bank, at its rate in force on the business day: each
 * must be on the eligibility list for the purpose.
 */
export const proposeRediscount: UseCase<Propose, Answer, Reference> = {
  name: 'bill_rediscount.propose',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const reference = await loadReference(work);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await work.lock(
      discountLines,
      inputs.flatMap(({ lineIds }) => lineIds),
    );
    return reference;
  },
  decide: (work, { actor, input, now }, reference) => {
    const { bookId, purpose, lineIds } = input;
    const { businessDate: on } = requireOpenBook(work, bookId);
    requireDistinct(lineIds, '/lineIds');
    const { value: rate } = reference.requireParameter('bill.rediscountRate', on);
    const id = uuidv7();
    const lines = lineIds.map((lineId, place): RediscountLineRow => {
      const line = work.find(discountLines, lineId);
      if (line?.bookId !== bookId) {
        throw new Refusal('not-found', `there is no discounted bill ${lineId}`, { field: `/lineIds/${place}` });
      }
      const { interest } = rediscountLine(line, { purpose, rate, on });
      work.update(discountLines, line.id, { rediscountId: id });
      return {
        id: uuidv7(),
        rediscountId: id,
        bookId,
        discountLineId: line.id,
        amount: line.amount,
        interest,
        earnsFrom: on,
        earnsUntil: line.maturityDate,
        state: 'pending',
        endedOn: null,
        version: 1,
        createdAt: now.toISOString(),
      };
    });
    const sum = (pick: (line: RediscountLineRow) => Decimal) =>
      lines.reduce((total, line) => total.plus(pick(line)), new Decimal(0));
    const face = sum(({ amount }) => amount);
    const interest = sum((line) => line.interest);
    const task = openTask(work, {
      bookId,
      subjectKind: 'bill_rediscount',
      subjectId: id,
      action: 'approve',
      amount: face,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const rediscount: RediscountRow = {
      ...{ id, bookId, purpose, rate, face, interest },
      status: 'proposed',
      valueDate: on,
      proceeds: face.minus(interest),
      approvalId: task.id,
      note: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(billRediscounts, rediscount);
    for (const line of lines) work.insert(rediscountLines, line);
    tell(work, 'proposed', rediscount);
    return rediscountAnswer(rediscount);
  },
};

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
  await work.lock(
    approvalTasks,
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
  tell(work, 'settled', after);
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
  tell(work, status, after);
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

function tell(work: Workspace, what: string, rediscount: RediscountRow): void {
  work.emit({
    kind: `bill_rediscount.${what}`,
    objectKind: 'bill_rediscount',
    objectId: rediscount.id,
    scopeId: rediscount.bookId,
    parties: [rediscount.bookId],
    data: { face: rediscount.face.toFixed(2), proceeds: rediscount.proceeds.toFixed(2), purpose: rediscount.purpose },
  });
}
