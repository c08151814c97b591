import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Refusal } from '../platform/refusal.ts';
import { readCsvLines } from './csv.ts';
import { type Cells, type ImportColumn, importColumns, requiredColumns } from './import-row.ts';
import type { ImportFormat } from './import-store.ts';
import { readSpreadsheet } from './spreadsheet.ts';

/** Rows a file may have below its header. */
export const MAX_ROWS = 5_000;
/** Bytes a file may have. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_LINE_BYTES = 16 * 1024;
const MAX_CELL_LENGTH = 1_000;

/** A row by its line in the file, the header being line 1 or the first that is not empty. */
export type FileRow = Readonly<{ line: number; cells: Cells; fault: Refusal | null }>;
export type MemberFile = Readonly<{ sha256: string; format: ImportFormat; rows: readonly FileRow[] }>;

/** The texts of a line, or why it cannot be read. */
type Line = Readonly<{ number: number; texts: readonly string[] | Refusal }>;

/**
 * Reads a file of members, CSV in UTF-8 or the first sheet of an XLSX workbook; which of them, its first bytes tell. Of
 * the CSV no more than the rows that may be in it is held. Refuses a file that was cut off, lacks the columns or has too
 * many rows; a broken row is kept with its fault.
 */
export async function readMemberFile(stream: Readable & { readonly truncated?: boolean }): Promise<MemberFile> {
  const hash = createHash('sha256');
  const splitter = lineSplitter();
  const workbook: Buffer[] = [];
  let isWorkbook: boolean | undefined;
  let head: Buffer = Buffer.alloc(0);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    const chunk = isWorkbook === undefined ? Buffer.concat([head, piece]) : piece;
    isWorkbook ??= chunk.length < 2 ? undefined : chunk.subarray(0, 2).toString('latin1') === 'PK';
    if (isWorkbook === undefined) head = chunk;
    else if (isWorkbook) workbook.push(chunk);
    else splitter.add(chunk);
  }
  if (isWorkbook === undefined) splitter.add(head);
  if (stream.truncated) throw new Refusal('body-too-large', `the file has more than ${MAX_FILE_BYTES} bytes`);
  const lines = isWorkbook
    ? (await readSpreadsheet(Buffer.concat(workbook))).map((texts, i) => ({ number: i + 1, texts }))
    : readCsvLines(splitter.end()).map((texts, i) => ({ number: i + 1, texts }));
  const present = lines.filter(({ texts }) => texts instanceof Refusal || texts.some((text) => text !== ''));
  return { sha256: hash.digest('hex'), format: isWorkbook ? 'xlsx' : 'csv', rows: rowsOf(present, splitter.count()) };
}

/** Cuts bytes into lines. Lines beyond those a file may have are only counted. */
function lineSplitter() {
  const lines: Buffer[] = [];
  let open: Buffer[] = [];
  let count = 0;
  const close = () => {
    count += 1;
    if (lines.length <= 2 * MAX_ROWS) lines.push(Buffer.concat(open).subarray(0, MAX_LINE_BYTES));
    open = [];
  };
  return {
    add: (chunk: Buffer) => {
      let from = 0;
      for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
        open.push(chunk.subarray(from, to));
        close();
        from = to + 1;
      }
      if (from < chunk.length) open.push(chunk.subarray(from));
    },
    end: () => {
      if (open.length > 0) close();
      return lines;
    },
    count: () => count,
  };
}

function rowsOf([header, ...lines]: readonly Line[], counted: number): FileRow[] {
  const columns = columnsOf(header);
  const rows = Math.max(lines.length, counted > 2 * MAX_ROWS ? counted - 1 : 0);
  if (rows > MAX_ROWS) {
    throw new Refusal('too-many-rows', `the file has ${rows} rows, at most ${MAX_ROWS} are taken`, {
      field: '/file',
      accepted: `up to ${MAX_ROWS} rows; send the others in another file`,
      rows,
      limit: MAX_ROWS,
    });
  }
  if (rows === 0) throw malformedFile('the file has no row below its header', 'at least one row');
  return lines.map((line) => rowOf(line, columns));
}

function columnsOf(header: Line | undefined): ImportColumn[] {
  const accepted = `a header of ${importColumns.join(', ')}`;
  if (header === undefined) throw malformedFile('the file is empty', accepted);
  if (header.texts instanceof Refusal) throw malformedFile('the header cannot be read', accepted);
  const names = header.texts.map((text) => text.normalize('NFKC').trim().toLowerCase());
  while (names.at(-1) === '') names.pop();
  const unknown = names.find((name) => !(importColumns as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw malformedFile(`the header has the unknown column "${unknown.slice(0, 40)}"`, accepted);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw malformedFile(`the header has the column ${twice} twice`, accepted);
  const missing = requiredColumns.find((column) => !names.includes(column));
  if (missing !== undefined) throw malformedFile(`the header lacks the column ${missing}`, accepted);
  return names as ImportColumn[];
}

const malformedFile = (message: string, accepted: string): Refusal =>
  new Refusal('malformed-file', message, { field: '/file', accepted });

function rowOf({ number: line, texts }: Line, columns: readonly ImportColumn[]): FileRow {
  if (texts instanceof Refusal) return { line, cells: {}, fault: texts };
  const cells = Object.fromEntries(
    columns.flatMap((column, i) => (texts[i] ? [[column, cleanCell(texts[i]).slice(0, MAX_CELL_LENGTH)]] : [])),
  );
  const surplus = texts.slice(columns.length).some((text) => text !== '');
  const long = texts.some((text) => text.length > MAX_CELL_LENGTH);
  const fault = surplus
    ? new Refusal('malformed-row', 'the row has more cells than the header', { accepted: `${columns.length} cells` })
    : long
      ? new Refusal('malformed-row', 'a cell is too long', { accepted: `cells of up to ${MAX_CELL_LENGTH} characters` })
      : null;
  return { line, cells, fault };
}

/** What PostgreSQL cannot keep in a document becomes a sign that no rule accepts; the mark against formulas goes. */
const cleanCell = (text: string): string =>
  text
    .replaceAll('\0', '\uFFFD')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/^'(?=[=+\-@\t\r])/, '');
