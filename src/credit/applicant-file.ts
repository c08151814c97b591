import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readCsvLines } from '../chain/csv.ts';
import { type Decimal, parseMoney } from '../money/decimal.ts';
import { isUscc } from '../money/identifiers.ts';
import { Refusal } from '../platform/refusal.ts';

export const applicantColumns = ['uscc', 'amount'] as const;
/** Rows a file may have below its header, and bytes. */
export const MAX_APPLICANTS = 5_000;
export const MAX_FILE_BYTES = 1024 * 1024;

/** An applicant by its line in the file; the header is line 1. Without an amount the most there is is asked for. */
export type ApplicantRow = Readonly<{
  line: number;
  uscc: string | null;
  amount: Decimal | null;
  fault: Refusal | null;
}>;
export type ApplicantFile = Readonly<{ sha256: string; rows: readonly ApplicantRow[] }>;

const malformed = (message: string): Refusal =>
  new Refusal('malformed-file', message, { field: '/file', accepted: `a header of ${applicantColumns.join(', ')}` });

/** Reads a CSV of applicants. Refuses a file without its columns or with too many rows; a broken row keeps its fault. */
export async function readApplicantFile(stream: Readable & { readonly truncated?: boolean }): Promise<ApplicantFile> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  if (stream.truncated) throw new Refusal('body-too-large', `the file has more than ${MAX_FILE_BYTES} bytes`);
  const bytes = Buffer.concat(pieces);
  const lines = readCsvLines(linesOf(bytes)).map((cells, i) => ({ line: i + 1, cells }));
  const [header, ...rows] = lines.filter(({ cells }) => cells instanceof Refusal || cells.some((cell) => cell !== ''));
  const columns = columnsOf(header?.cells);
  if (rows.length === 0) throw malformed('the file has no row below its header');
  if (rows.length > MAX_APPLICANTS) {
    throw new Refusal('too-many-rows', `the file has ${rows.length} rows`, {
      field: '/file',
      accepted: `up to ${MAX_APPLICANTS} rows`,
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, rows: withoutRepeats(rows.map(({ line, cells }) => rowOf(line, cells, columns))) };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return [...lines, bytes.subarray(from)];
}

function columnsOf(header: readonly string[] | Refusal | undefined): string[] {
  if (header === undefined || header instanceof Refusal) throw malformed('the file has no header that can be read');
  const names = header.map((name) => name.toLowerCase());
  const known = names.every((name) => applicantColumns.some((column) => column === name));
  if (!known || new Set(names).size < names.length || !names.includes('uscc')) {
    throw malformed('the header is not one of applicants');
  }
  return names;
}

const broken = (column: string, accepted: string): Refusal =>
  new Refusal('malformed-row', `the ${column} cannot be read`, { field: column, accepted });

function rowOf(line: number, cells: readonly string[] | Refusal, columns: readonly string[]): ApplicantRow {
  if (cells instanceof Refusal) return { line, uscc: null, amount: null, fault: cells };
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
  const uscc = cell('uscc').toUpperCase();
  if (!isUscc(uscc)) {
    return { line, uscc: null, amount: null, fault: broken('uscc', 'a unified social credit code of 18 characters') };
  }
  const amount = amountOf(cell('amount'));
  const surplus = cells.length > columns.length;
  const fault = surplus
    ? broken('row', `${columns.length} cells`)
    : amount === undefined
      ? broken('amount', 'yuan with two decimals such as 500000.00, or nothing')
      : null;
  return { line, uscc, amount: amount ?? null, fault };
}

/** Null for an empty cell, undefined for what is no amount above zero. */
function amountOf(text: string): Decimal | null | undefined {
  if (text === '') return null;
  try {
    const amount = parseMoney(text);
    return amount.isZero() ? undefined : amount;
  } catch {
    return undefined;
  }
}

function withoutRepeats(rows: readonly ApplicantRow[]): ApplicantRow[] {
  const lineOf = new Map<string, number>();
  return rows.map((row) => {
    if (row.uscc === null || row.fault !== null) return row;
    const earlier = lineOf.get(row.uscc);
    if (earlier === undefined) {
      lineOf.set(row.uscc, row.line);
      return row;
    }
    return { ...row, fault: new Refusal('duplicate-row', `line ${earlier} names the same applicant`) };
  });
}
