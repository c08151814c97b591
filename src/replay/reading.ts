import { readCsvLines } from '../chain/csv.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import { amountIn, answerIn, dayIn, type Fault, isFault, nameIn, numberIn } from './cells.ts';

/** One row of the file that can be replayed. */
export type Invoice = Readonly<{
  /** Line in the file, the header being line 1. */
  line: number;
  customer: string;
  number: string;
  issueDate: IsoDate;
  dueDate: IsoDate;
  settledOn: IsoDate;
  amount: Decimal;
  disputed: boolean;
}>;

export type BadRow = Readonly<{ line: number; reason: string }>;

/** What a file holds. Every row is either an invoice or a bad row. */
export type Reading = Readonly<{
  invoices: readonly Invoice[];
  bad: readonly BadRow[];
  /** Amounts written with fewer than two decimals and read as if the zeros were there: 55.9 is 55.90. */
  shortAmounts: number;
  /** Invoices whose own DaysToSettle or DaysLate contradicts their dates; the dates count. */
  contradictory: number;
}>;

const needed = [
  'customerID',
  'invoiceNumber',
  'InvoiceDate',
  'DueDate',
  'InvoiceAmount',
  'Disputed',
  'SettledDate',
] as const;
type Column = (typeof needed)[number] | 'DaysToSettle' | 'DaysLate';
type Cells = (column: Column) => string;
type Header = Readonly<{ width: number; placeOf: (column: Column) => number }>;

/**
 * Reads a CSV file of receivables: UTF-8 with or without a byte order mark, any order of columns and rows, the names
 * of columns in any case, a line for each row, cells quoted or not. Throws when columns are missing, naming them; a
 * row that cannot be replayed is kept with its reason and stops nothing. Empty lines are passed over.
 */
export function readInvoices(file: Buffer): Reading {
  const lines = readCsvLines(linesOf(file)).map((cells, index) => ({ line: index + 1, cells }));
  const [first, ...rows] = lines.filter(({ cells }) => cells instanceof Refusal || cells.some((cell) => cell !== ''));
  const header = headerOf(first?.cells);
  const invoices: Invoice[] = [];
  const bad: BadRow[] = [];
  const known = new Map<string, number>();
  let [shortAmounts, contradictory] = [0, 0];
  for (const { line, cells } of rows) {
    const of: Cells = (column) => (cells instanceof Refusal ? '' : (cells[header.placeOf(column)] ?? ''));
    const invoice = malformation(cells, header) ?? invoiceOf(line, of);
    if (isFault(invoice)) {
      bad.push({ line, reason: invoice.fault });
      continue;
    }
    const key = `${invoice.customer}\n${invoice.number}`;
    const before = known.get(key);
    if (before !== undefined) {
      bad.push({ line, reason: `duplicate: line ${before} is this invoice of this customer` });
      continue;
    }
    known.set(key, line);
    invoices.push(invoice);
    if (!/\.\d\d/.test(of('InvoiceAmount'))) shortAmounts += 1;
    if (contradicts(invoice, of)) contradictory += 1;
  }
  return { invoices, bad, shortAmounts, contradictory };
}

function linesOf(file: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < file.length; ) {
    const end = file.indexOf('\n', from);
    const to = end < 0 ? file.length : end;
    lines.push(file.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

function headerOf(cells: readonly string[] | Refusal | undefined): Header {
  if (cells === undefined) throw new Error('the file is empty: it needs a header and a line for each receivable');
  if (cells instanceof Refusal) throw new Error(`the header of the file cannot be read: ${cells.message}`);
  const names = cells.map((name) => name.toLowerCase());
  const missing = needed.filter((column) => !names.includes(column.toLowerCase()));
  if (missing.length > 0) throw new Error(`the file has no column ${missing.join(', ')}`);
  const twice = needed.find((column) => names.filter((name) => name === column.toLowerCase()).length > 1);
  if (twice !== undefined) throw new Error(`the file has the column ${twice} more than once`);
  return { width: names.length, placeOf: (column) => names.indexOf(column.toLowerCase()) };
}

/** What keeps the cells of a row from being told apart. */
function malformation(cells: readonly string[] | Refusal, { width }: Header): Fault | undefined {
  if (cells instanceof Refusal) return { fault: cells.message };
  const surplus = cells.slice(width).some((cell) => cell !== '');
  return surplus || cells.length < width
    ? { fault: `the row has ${cells.length} cells, the header has ${width}` }
    : undefined;
}

function invoiceOf(line: number, of: Cells): Invoice | Fault {
  const faults: string[] = [];
  const read = <T>(column: Column, as: (text: string) => T | Fault): T | undefined => {
    const value = of(column) === '' ? { fault: 'is missing' } : as(of(column));
    if (!isFault(value)) return value;
    faults.push(`${column} ${value.fault}`);
    return undefined;
  };
  const customer = read('customerID', nameIn);
  const number = read('invoiceNumber', numberIn);
  const issueDate = read('InvoiceDate', dayIn);
  const dueDate = read('DueDate', dayIn);
  const settledOn = read('SettledDate', dayIn);
  const amount = read('InvoiceAmount', amountIn);
  const disputed = read('Disputed', answerIn);
  if (issueDate && dueDate && dueDate <= issueDate) faults.push('DueDate is not after InvoiceDate');
  if (issueDate && settledOn && settledOn < issueDate) faults.push('SettledDate is before InvoiceDate');
  const complete = customer && number && issueDate && dueDate && settledOn && amount && disputed !== undefined;
  if (!complete || faults.length > 0) return { fault: faults.join('; ') };
  return { line, customer, number, issueDate, dueDate, settledOn, amount, disputed };
}

function contradicts({ issueDate, dueDate, settledOn }: Invoice, of: Cells): boolean {
  const says = (column: Column, days: number) => of(column) === '' || Number(of(column)) === days;
  const daysLate = Math.max(0, daysBetween(dueDate, settledOn));
  return !says('DaysToSettle', daysBetween(issueDate, settledOn)) || !says('DaysLate', daysLate);
}
