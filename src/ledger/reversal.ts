import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { books, requireOpenBook, requireOwnBook } from './book-store.ts';
import { type AccountPath, isControlAccount, partyOf } from './chart.ts';
import { type Line, mirrored } from './journal.ts';
import { ledgerOf } from './ledger.ts';
import type { PostedJournal } from './records.ts';

/** What a reversal must know of a journal. */
type Original = Readonly<{
  id: string;
  kind: string;
  subjectId: string | null;
  reverses: string | null;
  actorPerson: string;
  lines: readonly Line[];
}>;

type Found = Readonly<{ journals: ReadonlyMap<string, Original>; reversed: Set<string> }>;

export type Reversal = Readonly<{ bookId: string; journalId: string; reason: string }>;

const answerOf = (journal: PostedJournal) => ({
  id: journal.id,
  kind: journal.kind,
  businessDate: journal.businessDate,
  reverses: journal.reverses as string,
  reason: journal.reason as string,
  lines: journal.lines.map((line) => ({
    account: line.account,
    amount: line.amount.toFixed(2),
    balanceAfter: line.balanceAfter.toFixed(2),
  })),
});

/**
 * A second person of the bank takes a journal back by one that mirrors it, on the present business date: the original
 * stays. Refused for a reversal, for what has been reversed, for whoever caused the journal, with `not-reversible` for
 * what loans keep, which the mirror would leave as it is and so in disagreement with the book for good, and with
 * `insufficient-funds` where an account could not give the amount back.
 */
export const reverseJournal: UseCase<Reversal, ReturnType<typeof answerOf>, Found> = {
  name: 'journal.reverse',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const bookId = commands[0]?.input.bookId as string;
    const ids = commands.map(({ input }) => input.journalId);
    await work.lock(books, [bookId]);
    const journals = await originals(work, bookId, ids);
    await ledgerOf(work).lock(
      bookId,
      [...journals.values()].flatMap(({ lines }) => lines.map(({ account }) => account)),
    );
    // Whoever reverses a journal locks its accounts, so from here on nobody else does.
    return { journals, reversed: await reversedAmong(work, bookId, ids) };
  },
  decide: (work, { actor, input, now }, { journals, reversed }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const original = journals.get(input.journalId);
    if (original === undefined) throw new Refusal('not-found', `there is no journal ${input.journalId}`);
    require(original.reverses === null, 'not-reversible', 'the journal is a reversal itself');
    const control = original.lines.find(({ account }) => isControlAccount(account))?.account;
    require(control === undefined, 'not-reversible', `account ${control} is the sum of what is kept one by one`);
    require(!reversed.has(original.id), 'already-reversed', 'the journal has been reversed');
    require(original.actorPerson !== actor.personId, 'same-person', 'the journal is your own: another must reverse it');
    const journal = ledgerOf(work).post(
      {
        bookId: input.bookId,
        kind: `${original.kind}.reversed`,
        businessDate,
        subjectId: original.subjectId,
        // Backwards, so that an account which the original crossed twice passes the same balances again.
        lines: mirrored(original.lines).reverse(),
        reverses: original.id,
        reason: input.reason,
      },
      { requestId: actor.requestId, now },
    );
    reversed.add(original.id);
    work.onUndo(() => reversed.delete(original.id));
    tell(work, journal);
    return answerOf(journal);
  },
};

function tell(work: Workspace, journal: PostedJournal): void {
  const parties = journal.lines.flatMap(({ account }) => partyOf(account) ?? []);
  work.emit({
    kind: 'journal.reversed',
    objectKind: 'journal',
    objectId: journal.reverses as string,
    parties: [journal.bookId, ...parties],
    scopeId: journal.bookId,
    data: { reversal: journal.id, reason: journal.reason, subjectId: journal.subjectId },
  });
}

type StoredLine = {
  id: string;
  kind: string;
  subject_id: string | null;
  reverses: string | null;
  actor_person: string;
  path: AccountPath;
  amount: string;
};

async function originals(work: Workspace, bookId: string, ids: readonly string[]): Promise<Map<string, Original>> {
  const rows = await work.query<StoredLine>(
    'journal.originals',
    `select j.id, j.kind, j.subject_id, j.reverses, j.actor_person, e.path, e.amount
       from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
      where j.book_id = $1 and j.id = any($2::uuid[]) order by j.id, e.line`,
    [bookId, ids],
  );
  const journals = new Map<string, Original & { lines: Line[] }>();
  for (const { id, kind, path, amount, ...row } of rows) {
    const { subject_id: subjectId, reverses, actor_person: actorPerson } = row;
    const journal = journals.get(id) ?? { id, kind, subjectId, reverses, actorPerson, lines: [] };
    journal.lines.push({ account: path, amount: new Decimal(amount) });
    journals.set(id, journal);
  }
  return journals;
}

async function reversedAmong(work: Workspace, bookId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await work.query<{ reverses: string }>(
    'journal.reversed',
    'select reverses from journal where book_id = $1 and reverses = any($2::uuid[])',
    [bookId, ids],
  );
  return new Set(rows.map(({ reverses }) => reverses));
}
