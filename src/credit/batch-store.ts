import type { IsoDate } from '../money/dates.ts';
import type { Tx } from '../platform/database.ts';
import {
  date,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { CreditDecision } from './limit-rules.ts';
import type { Reason } from './store.ts';

const batchColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  fileSha256: text,
  personId: uuid,
  assessedOn: date,
  state: oneOf<'running' | 'done'>(),
  total: int,
  approved: int,
  referred: int,
  declined: int,
  version: int,
  createdAt: instant,
  finishedAt: nullable(instant),
} as const;
export type BatchRow = RowOf<typeof batchColumns>;
export const creditBatches = defineTable('credit_batch', {
  rank: 46,
  key: 'id',
  columns: batchColumns,
  changeable: ['state', 'approved', 'referred', 'declined', 'version', 'finishedAt'],
});

const rowColumns = {
  id: uuid,
  batchId: uuid,
  bookId: uuid,
  line: int,
  uscc: nullable(text),
  amount: nullable(money),
  decision: nullable(oneOf<CreditDecision>()),
  reasons: json<readonly Reason[]>(),
  assessmentId: nullable(uuid),
} as const;
export type ApplicantRowKept = RowOf<typeof rowColumns>;
export const creditBatchRows = defineTable('credit_batch_row', {
  rank: 47,
  key: 'id',
  columns: rowColumns,
  changeable: ['decision', 'reasons', 'assessmentId'],
});

type FileKey = Readonly<{ programmeId: string; programmeVersion: number; on: IsoDate; sha256: string }>;

/** The batch that a file has become under these rules on this day, if it was sent before. */
export async function findBatch(work: Workspace, key: FileKey): Promise<BatchRow | undefined> {
  const found = await work.query<{ id: string }>(
    'credit_batch.find',
    `select id from credit_batch
      where programme_id = $1 and programme_version = $2 and assessed_on = $3 and file_sha256 = $4`,
    [key.programmeId, key.programmeVersion, key.on, key.sha256],
  );
  const [row] = await work.read(
    creditBatches,
    'id',
    found.map(({ id }) => id),
  );
  return row;
}

/** The next rows of a batch that are not decided yet, in the order of the file. */
export const undecidedRows = async (work: Workspace, batchId: string, limit: number): Promise<string[]> =>
  (
    await work.query<{ id: string }>(
      'credit_batch_row.undecided',
      'select id from credit_batch_row where batch_id = $1 and decision is null order by line limit $2',
      [batchId, limit],
    )
  ).map(({ id }) => id);

/** Members of a chain by the code of their organization. */
export async function membersByCode(
  work: Workspace,
  chainIds: readonly string[],
  usccs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await work.query<{ uscc: string; id: string }>(
    'credit_batch.members',
    `select distinct o.uscc, o.id from organization o join member m on m.org_id = o.id
      where m.chain_id = any($1::uuid[]) and o.uscc = any($2::text[])`,
    [chainIds, usccs],
  );
  return new Map(rows.map(({ uscc, id }) => [uscc, id]));
}

export type RunningBatch = Readonly<{ id: string; bookId: string; chainId: string; personId: string; done: number }>;

/** Batches of every bank that are not finished. */
export async function runningBatches(tx: Tx): Promise<RunningBatch[]> {
  const rows = await tx.query<{ id: string; book_id: string; chain_id: string; person_id: string; done: number }>(
    'credit_batch.running',
    `select id, book_id, chain_id, person_id, approved + referred + declined as done
       from credit_batch where state = 'running' order by id`,
  );
  return rows.map((row) => ({
    id: row.id,
    bookId: row.book_id,
    chainId: row.chain_id,
    personId: row.person_id,
    done: row.done,
  }));
}
