import type { IsoDate } from '../money/dates.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type BookRow, banksAmong, books } from './book-store.ts';
import { chart, ownAccounts } from './chart.ts';
import { openAccounts } from './store.ts';

export const bookAnswer = ({ id, name, businessDate, closing, version, createdAt }: BookRow) => ({
  id,
  name,
  businessDate,
  closing,
  version,
  createdAt,
});

export type BookOpening = Readonly<{
  /** The bank's organization, whose id the book takes. */
  bankId: string;
  name: string;
  /** The first business date. */
  businessDate: IsoDate;
}>;

type Opening = Readonly<{ banks: ReadonlySet<string>; opened: string[] }>;

/** The operator opens the book of a bank on its first business date, with the accounts of the chart. */
export const openBook: UseCase<BookOpening, ReturnType<typeof bookAnswer>, Opening> = {
  name: 'book.open',
  status: 201,
  lane: ({ input }) => input.bankId,
  scope: ({ input }) => [input.bankId],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.bankId);
    await work.lock(books, ids);
    return { banks: await banksAmong(work, ids), opened: willOpenAccounts(work) };
  },
  decide: (work, { input, now }, { banks, opened }) => {
    if (!banks.has(input.bankId)) {
      throw new Refusal('invalid-input', 'there is no such bank', { field: '/bankId', accepted: 'the id of a bank' });
    }
    require(work.find(books, input.bankId) === undefined, 'already-exists', 'the bank has a book already', {
      field: '/bankId',
    });
    const book: BookRow = {
      id: input.bankId,
      name: input.name,
      businessDate: input.businessDate,
      closing: false,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(books, book);
    opened.push(book.id);
    work.onUndo(() => opened.pop());
    work.emit({
      kind: 'book.opened',
      objectKind: 'book',
      objectId: book.id,
      parties: [book.id],
      scopeId: book.id,
      data: { name: book.name, businessDate: book.businessDate },
    });
    return bookAnswer(book);
  },
};

/** Opens the accounts of the chart for every book that the batch opens: after the book, since they begin on its date. */
function willOpenAccounts(work: Workspace): string[] {
  const opened: string[] = [];
  const accounts = ownAccounts.map((code) => ({ path: code, code, partyId: null, guard: chart[code].guard }));
  work.participant('chart of accounts', () => ({
    rank: 80,
    write: async () => {
      for (const bookId of opened) await openAccounts(work, bookId, accounts);
    },
  }));
  return opened;
}
