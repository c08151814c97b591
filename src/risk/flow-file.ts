import { readCsvLines } from '../chain/csv.ts';
import { isIsoDate } from '../money/dates.ts';
import { parseMoney } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { FlowLine, UnreadLine } from './flows.ts';

const COLUMNS = [
  'reference',
  'holder_uscc',
  'direction',
  'amount',
  'booked_on',
  'counterparty_name',
  'counterparty_account',
  'counterparty_uscc',
  'counterparty_industry',
  'purpose',
] as const;
const REQUIRED = 6;
export const MAX_FLOWS = 10_000;

const FORMS: Readonly<Record<string, readonly [RegExp, string]>> = {
  reference: [/^[\x21-\x7e]{1,64}$/, '1 to 64 visible characters'],
  holder_uscc: [/^[0-9A-HJ-NP-RTUWXY]{18}$/, 'a unified social credit code'],
  direction: [/^(in|out)$/, 'in or out'],
  amount: [/^(?!0\.00$)(0|[1-9]\d{0,14})\.\d{2}$/, 'yuan to the fen, above zero'],
  counterparty_name: [/^.{1,200}$/u, '1 to 200 characters'],
  counterparty_account: [/^([0-9A-Za-z]{1,34})?$/, '1 to 34 letters and digits, or nothing'],
  counterparty_uscc: [/^([0-9A-HJ-NP-RTUWXY]{18})?$/, 'a unified social credit code, or nothing'],
  counterparty_industry: [/^([A-T]\d{2,4})?$/, 'a code of GB/T 4754 such as K7010, or nothing'],
  purpose: [/^.{0,200}$/u, 'up to 200 characters'],
};

/**
 * Reads movements on accounts as CSV in UTF-8 with the header reference,holder_uscc,direction,amount,booked_on,
 * counterparty_name and the optional columns after it, in this order. A broken row is kept with its fault. Refusals
 * `malformed-file` and `too-many-rows`.
 */
export function readFlowFile(text: string): (FlowLine | UnreadLine)[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [header, ...rows] = readCsvLines(lines.map((line) => Buffer.from(line)));
  const names = header === undefined || header instanceof Refusal ? [] : header.map((name) => name.toLowerCase());
  if (names.length < REQUIRED || names.some((name, i) => name !== COLUMNS[i])) {
    throw new Refusal('malformed-file', 'the header is not that of a feed of movements', {
      field: '/',
      accepted: COLUMNS.join(','),
    });
  }
  if (rows.length === 0 || rows.length > MAX_FLOWS) {
    throw new Refusal('too-many-rows', `the file has ${rows.length} rows`, { accepted: `1 to ${MAX_FLOWS} rows` });
  }
  return rows.map((row, index) => lineOf(row, index + 1));
}

function lineOf(row: readonly string[] | Refusal, line: number): FlowLine | UnreadLine {
  if (row instanceof Refusal) return { line, fault: row };
  const wrong = (field: string, accepted: string): UnreadLine => ({
    line,
    fault: new Refusal('malformed-row', `the ${field} of the row cannot be read`, { field, accepted }),
  });
  if (row.length > COLUMNS.length) return wrong('row', `at most ${COLUMNS.length} cells`);
  const cells = new Map(COLUMNS.map((name, i) => [name as string, row[i] ?? '']));
  for (const [name, [form, accepted]] of Object.entries(FORMS)) {
    if (!form.test(cells.get(name) as string)) return wrong(name, accepted);
  }
  const bookedOn = cells.get('booked_on') as string;
  if (!isIsoDate(bookedOn)) return wrong('booked_on', 'a day, YYYY-MM-DD');
  const maybe = (name: string): string | null => cells.get(name) || null;
  return {
    line,
    reference: cells.get('reference') as string,
    holderUscc: cells.get('holder_uscc') as string,
    direction: cells.get('direction') as 'in' | 'out',
    amount: parseMoney(cells.get('amount') as string),
    bookedOn,
    counterpartyName: cells.get('counterparty_name') as string,
    counterpartyAccount: maybe('counterparty_account'),
    counterpartyUscc: maybe('counterparty_uscc'),
    counterpartyIndustry: maybe('counterparty_industry'),
    purpose: maybe('purpose'),
  };
}
