import { booksForUpdate } from '../ledger/book-store.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { type CloseRunRow, closeRuns, closeSteps } from './close-store.ts';

type Begin = Readonly<{ bookId: string; businessDate: IsoDate }>;

/** Begins to close a business day: from here commands of the book wait. A day is closed once. */
export const beginClose: UseCase<Begin, ReturnType<typeof closeAnswer>> = {
  name: 'book.begin_close',
  status: 202,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      booksForUpdate,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(
      closeRuns,
      commands.map(({ input }) => input.bookId),
    );
  },
  decide: (work, { input, now }) => {
    const book = work.get(booksForUpdate, input.bookId);
    require(book.businessDate ===
      input.businessDate, 'wrong-business-date', `the business date is ${book.businessDate}`, {
      field: '/businessDate',
      accepted: book.businessDate,
    });
    require(!book.closing, 'book-closing', 'the day is being closed already');
    const run: CloseRunRow = {
      bookId: book.id,
      businessDate: book.businessDate,
      nextDate: addDays(book.businessDate, 1),
      step: closeSteps[0],
      cursor: null,
      state: 'running',
      accrued: 0,
      fellOverdue: 0,
      reclassified: 0,
      fault: null,
      startedAt: now.toISOString(),
      finishedAt: null,
    };
    work.insert(closeRuns, run);
    work.update(booksForUpdate, book.id, { closing: true });
    work.wakes.add('close-day');
    return closeAnswer(run);
  },
};

const closeAnswer = (run: CloseRunRow) => ({
  bookId: run.bookId,
  businessDate: run.businessDate,
  nextDate: run.nextDate,
  step: run.step,
  state: run.state,
  accrued: run.accrued,
  fellOverdue: run.fellOverdue,
  reclassified: run.reclassified,
  fault: run.fault,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
});
