import type { Tx } from '../platform/database.ts';
import { bool, defineTable, instant, int, json, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Cells } from './import-row.ts';

export type ImportFormat = 'csv' | 'xlsx';
export type RowOutcome = 'created' | 'linked' | 'unchanged' | 'refused';

const importColumns = {
  id: uuid,
  chainId: uuid,
  coreId: uuid,
  /** Who sent the file, last. */
  orgId: uuid,
  personId: uuid,
  fileSha256: text,
  format: oneOf<ImportFormat>(),
  dryRun: bool,
  status: oneOf<'running' | 'done'>(),
  total: int,
  created: int,
  linked: int,
  unchanged: int,
  refused: int,
  /** How often the file has been taken up. */
  round: int,
  version: int,
  createdAt: instant,
  finishedAt: nullable(instant),
};
export type MemberImportRow = RowOf<typeof importColumns>;

export const memberImports = defineTable('member_import', {
  rank: 23,
  key: 'id',
  columns: importColumns,
  changeable: [
    ...(['orgId', 'personId', 'status', 'created', 'linked', 'unchanged', 'refused', 'round'] as const),
    ...(['version', 'finishedAt'] as const),
  ],
});

const rowColumns = {
  id: uuid,
  importId: uuid,
  chainId: uuid,
  line: int,
  /** The tier read from the row, 0 when it has none: rows are worked off in the order of tiers. */
  tier: int,
  cells: json<Cells>(),
  outcome: nullable(oneOf<RowOutcome>()),
  code: nullable(text),
  message: nullable(text),
  field: nullable(text),
  accepted: nullable(text),
  memberId: nullable(uuid),
};
export type ImportedRow = RowOf<typeof rowColumns>;

export const memberImportRows = defineTable('member_import_row', {
  rank: 24,
  key: 'id',
  columns: rowColumns,
  changeable: ['outcome', 'code', 'message', 'field', 'accepted', 'memberId'],
});

type SentFile = Readonly<{ chainId: string; fileSha256: string; dryRun: boolean }>;

/** Locks the imports that these files have started on their chains before, and their rows that may be tried again. */
export async function lockImports(work: Workspace, files: readonly SentFile[]): Promise<void> {
  const found = await work.query<{ id: string }>(
    'member_import.find',
    `select i.id from unnest($1::uuid[], $2::text[], $3::boolean[]) as sent(chain_id, file_sha256, dry_run)
       join member_import i using (chain_id, file_sha256, dry_run)`,
    [files.map(({ chainId }) => chainId), files.map(({ fileSha256 }) => fileSha256), files.map(({ dryRun }) => dryRun)],
  );
  const ids = found.map(({ id }) => id);
  await work.lock(memberImports, ids);
  // Those that could not be read have no tier, and never will.
  await work.lockBy(memberImportRows, 'importId', ids, "outcome = 'refused' and tier > 0");
}

/** Ids of the next rows of an import without an outcome, parents before those below them. */
export async function unfinishedRows(work: Workspace, importId: string, limit: number): Promise<string[]> {
  const found = await work.query<{ id: string }>(
    'member_import_row.unfinished',
    'select id from member_import_row where import_id = $1 and outcome is null order by tier, line limit $2',
    [importId, limit],
  );
  return found.map(({ id }) => id);
}

export type RunningImport = Readonly<{
  id: string;
  chainId: string;
  coreId: string;
  orgId: string;
  personId: string;
  round: number;
  done: number;
}>;

/** Imports of every chain that are not worked off yet, oldest first. */
export const runningImports = (tx: Tx): Promise<RunningImport[]> =>
  tx.query<RunningImport>(
    'member_import.running',
    `select id, chain_id as "chainId", core_id as "coreId", org_id as "orgId", person_id as "personId", round,
            created + linked + unchanged + refused as done
       from member_import where status = 'running' order by id`,
  );
