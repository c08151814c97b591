import type { Actor } from '../platform/actor.ts';
import { Refusal } from '../platform/refusal.ts';
import { bool, date, defineTable, instant, int, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';

const columns = {
  id: uuid,
  name: text,
  businessDate: date,
  closing: bool,
  version: int,
  createdAt: instant,
};

/** The book of one bank; its id is the bank's organization id. */
export type BookRow = RowOf<typeof columns>;

const shape = {
  rank: 30,
  key: 'id',
  columns,
  changeable: ['businessDate', 'closing', 'version'],
} as const;

/** Books as commands hold them: shared, so that many go on at once while the business date stands still. */
export const books = defineTable('book', { ...shape, strength: 'share' });

/** Books as whoever moves their date holds them: alone. */
export const booksForUpdate = defineTable('book', shape);

/** Refuses (404) another bank than the one whose book it is. */
export function requireOwnBook(actor: Pick<Actor, 'orgId'>, bookId: string): void {
  if (actor.orgId !== bookId) throw new Refusal('not-found', `there is no book ${bookId}`);
}

/** The locked book, or the refusal `book-closing` while its day is being closed. */
export function requireOpenBook(work: Workspace, bookId: string): BookRow {
  const book = work.get(books, bookId);
  if (book.closing) throw new Refusal('book-closing', `the book ${bookId} is closing ${book.businessDate}`);
  return book;
}

/** Those of these organizations that are banks. The transaction's scope must include them. */
export async function banksAmong(work: Workspace, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await work.query<{ id: string }>(
    'book.banks',
    "select id from organization where id = any($1::uuid[]) and kind = 'bank'",
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
