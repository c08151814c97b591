import { uuidv7 } from 'uuidv7';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { Refusal } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import { loadProgrammes, type ProgrammeWithVersions, programmeInForce } from '../programme/store.ts';
import type { ApplicantFile, ApplicantRow } from './applicant-file.ts';
import { type ApplicantRowKept, type BatchRow, creditBatches, creditBatchRows, findBatch } from './batch-store.ts';

type Sending = Readonly<{ programmeId: string; bookId: string; chainId: string; file: ApplicantFile }>;
type Loaded = Readonly<{
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  earlier: ReadonlyMap<Sending, BatchRow>;
}>;

/**
 * A maker of the bank sends a file of applicants to be judged by the programme's formula. What cannot be read is
 * declined at once, the others in the background. The same file under the same terms on the same day is the same batch.
 */
export const startCreditBatch: UseCase<Sending, ReturnType<typeof batchAnswer>, Loaded> = {
  name: 'credit-batch.start',
  status: 202,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    const programmes = await loadProgrammes(
      work,
      commands.map(({ input }) => input.programmeId),
    );
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    const earlier = new Map<Sending, BatchRow>();
    for (const { input } of commands) {
      const found = await sentBefore(work, input, programmes);
      if (found !== undefined) earlier.set(input, found);
    }
    return { programmes, earlier };
  },
  decide: (work, { actor, input, now }, { programmes, earlier }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate: on } = requireOpenBook(work, input.bookId);
    const { version } = programmeInForce(programmes, input.programmeId, on);
    if (version.terms.products.credit_loan?.enabled !== true) {
      throw new Refusal('product-not-offered', 'the programme does not offer credit_loan', { field: '/programmeId' });
    }
    const isSame = (row: BatchRow) =>
      row.fileSha256 === input.file.sha256 && row.programmeId === input.programmeId && row.assessedOn === on;
    const same = earlier.get(input) ?? work.all(creditBatches).find(isSame);
    if (same !== undefined) return batchAnswer(same);

    const id = uuidv7();
    const rows = input.file.rows.map((row) => keptRow(row, id, input.bookId));
    const declined = rows.filter(({ decision }) => decision !== null).length;
    const isDone = declined === rows.length;
    const batch: BatchRow = {
      id,
      bookId: input.bookId,
      chainId: input.chainId,
      programmeId: input.programmeId,
      programmeVersion: version.number,
      fileSha256: input.file.sha256,
      personId: actor.personId,
      assessedOn: on,
      state: isDone ? 'done' : 'running',
      total: rows.length,
      approved: 0,
      referred: 0,
      declined,
      version: 1,
      createdAt: now.toISOString(),
      finishedAt: isDone ? now.toISOString() : null,
    };
    work.insert(creditBatches, batch);
    for (const row of rows) work.insert(creditBatchRows, row);
    tellBatch(work, isDone ? 'finished' : 'started', batch);
    work.wakes.add('credit-batches');
    return batchAnswer(batch);
  },
};

async function sentBefore(
  work: Workspace,
  { programmeId, bookId, file }: Sending,
  programmes: Loaded['programmes'],
): Promise<BatchRow | undefined> {
  const on = work.get(books, bookId).businessDate;
  const versions = programmes.get(programmeId)?.versions.filter(({ effectiveFrom }) => effectiveFrom <= on) ?? [];
  if (versions.length === 0) return undefined;
  const { number: programmeVersion } = versionInForce(versions, on);
  return findBatch(work, { programmeId, programmeVersion, on, sha256: file.sha256 });
}

const keptRow = ({ line, uscc, amount, fault }: ApplicantRow, batchId: string, bookId: string): ApplicantRowKept => ({
  id: uuidv7(),
  batchId,
  bookId,
  line,
  uscc,
  amount,
  decision: fault === null ? null : 'decline',
  reasons: fault === null ? [] : [{ code: fault.code, message: fault.message }],
  assessmentId: null,
});

export function tellBatch(work: Workspace, kind: 'started' | 'finished', batch: BatchRow): void {
  const { approved, referred, declined, total, programmeVersion } = batch;
  work.emit({
    kind: `credit_batch.${kind}`,
    objectKind: 'credit_batch',
    objectId: batch.id,
    scopeId: batch.bookId,
    parties: [batch.bookId],
    data: { total, approved, referred, declined, programmeVersion },
  });
}

const batchAnswer = (batch: BatchRow) => ({
  id: batch.id,
  programmeId: batch.programmeId,
  programmeVersion: batch.programmeVersion,
  fileSha256: batch.fileSha256,
  assessedOn: batch.assessedOn,
  state: batch.state,
  total: batch.total,
  approved: batch.approved,
  referred: batch.referred,
  declined: batch.declined,
  createdAt: batch.createdAt,
  finishedAt: batch.finishedAt,
});
