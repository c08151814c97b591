import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { Refusal } from '../platform/refusal.ts';

const BATCH = 250;
const FORM = { trim: true, record_delimiter: '\n', relax_column_count: true } as const;

/**
 * The cells of lines of CSV, trimmed, each with the refusal `malformed-row` in its place when it cannot be read. A
 * line is a row whatever quotes it has, so that a quote without its end spoils no other row. Of the first line a byte
 * order mark is cut.
 */
export function readCsvLines(lines: readonly Buffer[]): (string[] | Refusal)[] {
  const rows: (string[] | Refusal)[] = [];
  for (let from = 0; from < lines.length; from += BATCH) {
    const batch = lines.slice(from, from + BATCH);
    rows.push(...(readTogether(batch) ?? batch.map(readAlone)));
  }
  return rows;
}

/** Many lines in one go, which takes a tenth of the time; undefined unless every line is a row of its own. */
function readTogether(lines: readonly Buffer[]): string[][] | undefined {
  if (!lines.every(isUtf8)) return undefined;
  try {
    const rows: string[][] = parse(lines.map(textOf).join('\n'), FORM);
    return rows.length === lines.length ? rows : undefined;
  } catch {
    return undefined;
  }
}

function readAlone(line: Buffer): string[] | Refusal {
  if (!isUtf8(line)) {
    return new Refusal('malformed-row', 'the line is not UTF-8', { accepted: 'CSV in UTF-8, or an XLSX workbook' });
  }
  try {
    const [cells = []]: string[][] = parse(textOf(line), FORM);
    return cells;
  } catch {
    return new Refusal('malformed-row', 'the quotes of the line do not match', {
      accepted: 'cells parted by commas, those with commas in double quotes',
    });
  }
}

const textOf = (line: Buffer): string =>
  line
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '');

// A spreadsheet takes a cell that begins so for a formula.
const FORMULA = /^[=+\-@\t\r]/;

/** A line of CSV that no spreadsheet takes for formulas, with its line feed. */
export const writeCsvLine = (cells: readonly (string | number | null)[]): string =>
  `${cells.map((cell) => quoted(String(cell ?? ''))).join(',')}\r\n`;

function quoted(cell: string): string {
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
