import type { Located } from '../financing/loading.ts';
import type { BookRow } from '../ledger/book-store.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type CloseRunRow, type CloseStep, closeSteps } from './close-store.ts';

/** One transaction of a close: the book, alone, and how far its run has come. */
export type Close = Readonly<{
  work: Workspace;
  book: BookRow;
  run: CloseRunRow;
  /** Chains on which the bank has a programme: the day of its book is theirs. */
  chainIds: readonly string[];
  now: Date;
  requestId: string;
}>;
export type Progress = Partial<CloseRunRow>;

/** A step of the close, called until it answers the next one: each call is a transaction, whose place is kept. */
export type Step = (close: Close) => Promise<Progress>;

/** The step that follows, from its beginning. */
export const after = (step: CloseStep): Progress => ({
  step: closeSteps[closeSteps.indexOf(step) + 1] as CloseStep,
  cursor: null,
});

/** Where a financing that a step has found belongs. */
export const locatedIn = (
  bookId: string,
  row: Readonly<{ id: string; chain_id: string; borrower_id: string; debtor_id: string | null }>,
): Located => ({
  financingId: row.id,
  bookId,
  chainId: row.chain_id,
  borrowerId: row.borrower_id,
  debtorId: row.debtor_id,
});
