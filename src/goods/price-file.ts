import { readCsvLines } from '../chain/csv.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Quotation, Unread } from './prices.ts';

const COLUMNS = ['grade', 'price', 'quoted_at', 'correction'] as const;
const MAX_ROWS = 10_000;
const PRICE = /^(0|[1-9]\d{0,11})(\.\d{1,6})?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a feed of quotations as CSV in UTF-8 with the header grade,price,quoted_at[,correction]. A broken row is kept
 * with its fault. Refusals `malformed-file` and `too-many-rows`.
 */
export function readPriceFile(text: string): (Quotation | Unread)[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [header, ...rows] = readCsvLines(lines.map((line) => Buffer.from(line)));
  const names = header === undefined || header instanceof Refusal ? [] : header.map((name) => name.toLowerCase());
  if (names.length < 3 || names.length > COLUMNS.length || names.some((name, i) => name !== COLUMNS[i])) {
    throw new Refusal('malformed-file', 'the header is not that of a price feed', {
      field: '/',
      accepted: COLUMNS.join(','),
    });
  }
  if (rows.length === 0 || rows.length > MAX_ROWS) {
    throw new Refusal('too-many-rows', `the file has ${rows.length} rows`, { accepted: `1 to ${MAX_ROWS} rows` });
  }
  return rows.map((row, index) => quotationOf(row, index + 1));
}

function quotationOf(row: readonly string[] | Refusal, line: number): Quotation | Unread {
  if (row instanceof Refusal) return { line, fault: row };
  const [grade = '', price = '', quotedAt = '', correction = ''] = row;
  const wrong = (field: string, accepted: string): Unread => ({
    line,
    fault: new Refusal('malformed-row', `the ${field} of the row cannot be read`, { field, accepted }),
  });
  if (grade === '' || row.length > COLUMNS.length)
    return wrong('grade', 'an id, or codes as AL/A00; four cells at most');
  if (!PRICE.test(price) || Number(price) === 0) return wrong('price', 'yuan of a unit above zero, up to six decimals');
  if (!INSTANT.test(quotedAt) || Number.isNaN(Date.parse(quotedAt)))
    return wrong('quoted_at', '2026-07-08T09:00:00+08:00');
  if (!['', 'yes', 'no'].includes(correction)) return wrong('correction', 'yes, no or nothing');
  return { line, grade, price: new Decimal(price), quotedAt, correction: correction === 'yes' };
}
