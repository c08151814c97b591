import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import { writeCsvLine } from './csv.ts';
import { type Cells, importColumns } from './import-row.ts';
import type { ImportFormat, RowOutcome } from './import-store.ts';
import { readChain } from './queries.ts';

export const importSorts = { newest: [['member_import.id', 'desc']] } as const;
export const rowSorts = { line: [['line', 'asc']] } as const;

const importAnswers = (db: Reader) =>
  db
    .selectFrom('member_import')
    .select([
      'id',
      'chain_id as chainId',
      'file_sha256 as fileSha256',
      sql<ImportFormat>`format`.as('format'),
      'dry_run as dryRun',
      sql<'running' | 'done'>`status`.as('status'),
      'total',
      sql<number>`created + linked + unchanged + refused`.as('done'),
      'created',
      'linked',
      'unchanged',
      'refused',
      'created_at as createdAt',
      'finished_at as finishedAt',
    ]);

type OfImport = Readonly<{ chainId: string; importId: string }>;

/** A page of the files sent for a chain; refuses `not-found` for a chain the reader does not see. */
export async function listImports(db: Reader, chainId: string, page: PageQuery) {
  await readChain(db, chainId);
  return paginate(importAnswers(db).where('chain_id', '=', chainId), { page, sorts: importSorts });
}

/** The import and how far it is, or the refusal `not-found`. */
export async function readImport(db: Reader, { chainId, importId }: OfImport) {
  const row = await importAnswers(db).where('id', '=', importId).where('chain_id', '=', chainId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no member import ${importId}`);
  return row;
}

/** A page of the rows of an import in the order of the file. */
export async function listRows(db: Reader, of: OfImport, { outcome, page }: { outcome?: RowOutcome; page: PageQuery }) {
  await readImport(db, of);
  let query = db
    .selectFrom('member_import_row')
    .select([
      'line',
      sql<RowOutcome | null>`outcome`.as('outcome'),
      'member_id as memberId',
      sql<string | null>`cells ->> 'uscc'`.as('uscc'),
      sql<string | null>`cells ->> 'legal_name'`.as('legalName'),
      'code',
      'message',
      'field',
      'accepted',
    ])
    .where('import_id', '=', of.importId);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  return paginate(query, { page, sorts: rowSorts });
}

/** The refused rows as CSV, to be corrected and sent again without its last four columns. */
export async function refusedRowsCsv(db: Reader, of: OfImport): Promise<string> {
  await readImport(db, of);
  const rows = await db
    .selectFrom('member_import_row')
    .select(['line', 'cells', 'code', 'message', 'field', 'accepted'])
    .where('import_id', '=', of.importId)
    .where('outcome', '=', 'refused')
    .orderBy('line')
    .execute();
  const lines = rows.map(({ line, cells, message, code, field, accepted }) =>
    writeCsvLine([
      ...importColumns.map((column) => (cells as Cells)[column] ?? ''),
      line,
      code,
      field,
      message,
      accepted,
    ]),
  );
  // The byte order mark tells a spreadsheet that the text is UTF-8.
  return `\uFEFF${writeCsvLine([...importColumns, 'line', 'code', 'field', 'message', 'accepted'])}${lines.join('')}`;
}
