import { sql } from 'kysely';
import { rowsOf } from '../platform/cursor.ts';
import type { Reader } from '../platform/database.ts';
import { type AccountPath, chart, codeOf, partyOf } from './chart.ts';

const branches = {
  asset: 'assets',
  liability: 'liabilities',
  income: 'income',
  expense: 'expenses',
  memo: 'memo',
} as const;

/** An account as hledger reads it: `assets:1101 Loans against receivables`, a party's one level further down. */
function hledgerAccount(path: AccountPath): string {
  const { kind, name } = chart[codeOf(path)];
  const party = partyOf(path);
  return `${branches[kind]}:${codeOf(path)} ${name}${party === null ? '' : `:${party}`}`;
}

type Row = {
  id: string;
  kind: string;
  business_date: string;
  effective_date: string;
  subject_id: string | null;
  reverses: string | null;
  line: number;
  path: AccountPath;
  amount: string;
};

/**
 * The journal of a book as text that hledger reads: accounts and currency declared, one transaction for each journal
 * in the order of recording, dated by its effective day with the business day as second date, amounts in yuan to the
 * fen. Read through a cursor: a book of any size passes in the memory of a page.
 */
export async function* exportJournal(db: Reader, bookId: string): AsyncGenerator<string, void, undefined> {
  yield `; Journal of book ${bookId}\n\ncommodity CNY 1000.00\n`;
  const accounts = sql<{ path: AccountPath }>`select path from account where book_id = ${bookId} order by path`;
  for await (const { path } of rowsOf(db, accounts)) yield `account ${hledgerAccount(path)}\n`;
  const entries = sql<Row>`
    select j.id, j.kind, j.business_date, j.effective_date, j.subject_id, j.reverses, e.line, e.path, e.amount
      from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
     where j.book_id = ${bookId} order by j.seal_seq, j.position, e.line`;
  for await (const row of rowsOf(db, entries)) {
    if (row.line === 0) yield heading(row);
    yield `    ${hledgerAccount(row.path)}  CNY ${row.amount}\n`;
  }
}

function heading({ id, kind, business_date, effective_date, subject_id, reverses }: Row): string {
  const date = effective_date === business_date ? effective_date : `${effective_date}=${business_date}`;
  const tags = [
    `journal:${id}`,
    ...(subject_id ? [`subject:${subject_id}`] : []),
    ...(reverses ? [`reverses:${reverses}`] : []),
  ];
  return `\n${date} ${kind}  ; ${tags.join(', ')}\n`;
}
