import { sql } from 'kysely';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import { readsWholeBook } from './account-queries.ts';
import { bookAnswer } from './books.ts';
import { type AccountCode, type AccountPath, chart } from './chart.ts';
import { holdLifecycle } from './hold-rules.ts';

export const bookSorts = { oldest: [['id', 'asc']] } as const;
export const sealSorts = { newest: [['seq', 'desc']], oldest: [['seq', 'asc']] } as const;
export const holdSorts = { newest: [['hold.id', 'desc']], oldest: [['hold.id', 'asc']] } as const;

const booksIn = (db: Reader) =>
  db
    .selectFrom('book')
    .select(['id', 'name', 'business_date as businessDate', 'closing', 'version', 'created_at as createdAt']);

/** A page of the books of all banks. */
export async function listBooks(db: Reader, page: PageQuery) {
  const { items, nextCursor } = await paginate(booksIn(db), { page, sorts: bookSorts });
  return { items: items.map(bookAnswer), nextCursor };
}

/** The book, or the refusal `not-found`. */
export async function readBook(db: Reader, bookId: string) {
  const row = await booksIn(db).where('id', '=', bookId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no book ${bookId}`);
  return bookAnswer(row);
}

/** The book for one who reads all of it; for anyone else the refusal `not-found`. */
export async function readWholeBook(db: Reader, actor: Actor, bookId: string) {
  if (!readsWholeBook(actor, bookId)) throw new Refusal('not-found', `there is no book ${bookId}`);
  return readBook(db, bookId);
}

/** The balances of every code by effective date up to a day, each on its side; debits and credits are equal. */
export async function readTrialBalance(db: Reader, bookId: string, onDate: IsoDate) {
  const { rows } = await sql<{ code: AccountCode; balance: string }>`
    select left(path, 4) as code, sum(debit - credit) as balance from account_day
     where book_id = ${bookId} and effective_date <= ${onDate} group by 1 order by 1`.execute(db);
  const lines = rows.map(({ code, balance }) => {
    const amount = new Decimal(balance);
    const [debit, credit] = amount.lessThan(0) ? [new Decimal(0), amount.negated()] : [amount, new Decimal(0)];
    return { code, name: chart[code].name, kind: chart[code].kind, debit, credit };
  });
  const sum = (side: 'debit' | 'credit') =>
    lines.reduce((total, line) => total.plus(line[side]), new Decimal(0)).toFixed(2);
  return {
    bookId,
    onDate,
    lines: lines.map((line) => ({ ...line, debit: line.debit.toFixed(2), credit: line.credit.toFixed(2) })),
    debit: sum('debit'),
    credit: sum('credit'),
  };
}

/** A page of the hash chain of a book. */
export async function listSeals(db: Reader, bookId: string, page: PageQuery) {
  const query = db.selectFrom('seal').selectAll().where('book_id', '=', bookId);
  const { items, nextCursor } = await paginate(query, { page, sorts: sealSorts });
  return {
    items: items.map((row) => ({
      number: Number(row.seq),
      previousHash: row.previous_hash.toString('hex'),
      hash: row.hash.toString('hex'),
      journals: row.journals,
      holds: row.holds,
      holdEvents: row.hold_events,
      sealedAt: row.created_at,
    })),
    nextCursor,
  };
}

export type HoldFilters = Readonly<{ account?: AccountPath; state?: (typeof holdLifecycle.states)[number] }>;

const holdsOf = (db: Reader, bookId: string) =>
  db
    .selectFrom('hold')
    .leftJoin('hold_event', (join) =>
      join.onRef('hold_event.book_id', '=', 'hold.book_id').onRef('hold_event.hold_id', '=', 'hold.id'),
    )
    .select(['hold.id', 'path', 'amount', 'reason', 'expires_on', 'hold_event.kind as ended', 'hold.created_at'])
    .where('hold.book_id', '=', bookId);

type HoldRow = Awaited<ReturnType<ReturnType<typeof holdsOf>['executeTakeFirstOrThrow']>>;

const toHold = (bookId: string, row: HoldRow) => ({
  id: row.id,
  bookId,
  account: row.path as AccountPath,
  amount: row.amount,
  reason: row.reason,
  expiresOn: row.expires_on,
  state: holdLifecycle.states.find((state) => state === row.ended) ?? ('standing' as const),
  createdAt: row.created_at,
});

/** A page of the holds of a book. */
export async function listHolds(db: Reader, bookId: string, filters: HoldFilters, page: PageQuery) {
  let query = holdsOf(db, bookId);
  if (filters.account !== undefined) query = query.where('path', '=', filters.account);
  if (filters.state === 'standing') query = query.where('hold_event.kind', 'is', null);
  else if (filters.state !== undefined) query = query.where('hold_event.kind', '=', filters.state);
  const { items, nextCursor } = await paginate(query, { page, sorts: holdSorts });
  return { items: items.map((row) => toHold(bookId, row)), nextCursor };
}

/** The hold, or the refusal `not-found`. */
export async function readHold(db: Reader, bookId: string, holdId: string) {
  const row = await holdsOf(db, bookId).where('hold.id', '=', holdId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no hold ${holdId}`);
  return toHold(bookId, row);
}
