import { CompiledQuery } from 'kysely';
import type { Reader } from '../platform/database.ts';
import { walkChain } from './chain-walk.ts';
import { chart } from './chart.ts';
import { belonging, type Invariants, invariants, ofCommands } from './invariants.ts';
import { listingFault } from './listing-queries.ts';

export type Check = Readonly<{
  name: string;
  ok: boolean;
  /** The first row at fault. */
  detail: string | null;
}>;
export type Verification = Readonly<{ ok: boolean; checks: Check[] }>;

/**
 * Proves a book, or every book that the reader sees: that journals balance, that balances, days and holds are what the
 * entries and holds make, that no account was ever on its wrong side, and that not one sealed value differs from what
 * was recorded; and what the features above say of it in `more`, such as that loans sum to their accounts. Each check
 * that fails names the first row at fault. Runs in the one snapshot of the reader.
 */
export async function verifyLedger(db: Reader, more: Invariants, bookId?: string): Promise<Verification> {
  const checks: Check[] = [];
  const add = (name: string, detail: string | null) => checks.push({ name, ok: detail === null, detail });
  const books = await db
    .selectFrom('book')
    .select('id')
    .$if(bookId !== undefined, (query) => query.where('id', '=', bookId as string))
    .orderBy('id')
    .execute();

  if (bookId === undefined) add('every row belongs to a book', await firstFault(db, belonging, []));
  else if (books.length === 0) {
    add('the book exists', `there is no book ${bookId}`);
    return { ok: false, checks };
  }
  for (const [name, text] of Object.entries({ ...invariants, ...more })) {
    add(name, await firstOf(books, ({ id }) => firstFault(db, text, [id, ...chartSides])));
  }
  for (const [name, text] of Object.entries(ofCommands)) add(name, await firstFault(db, text, [bookId ?? null]));
  add('what is listed is what the entries make', await firstOf(books, ({ id }) => listingFault(db, id)));
  add('every record is as it was sealed', await firstOf(books, ({ id }) => walkChain(db, id)));
  return { ok: checks.every(({ ok }) => ok), checks };
}

const chartSides = [Object.keys(chart), Object.values(chart).map(({ guard }) => guard)];

async function firstFault(db: Reader, text: string, values: readonly unknown[]): Promise<string | null> {
  // PostgreSQL refuses a value that the text does not mention.
  const mentioned = [...text.matchAll(/\$(\d)/g)].map(([, number]) => Number(number));
  const query = CompiledQuery.raw(text, values.slice(0, Math.max(0, ...mentioned)));
  const { rows } = await db.executeQuery(query as CompiledQuery<{ detail: string }>);
  return rows[0]?.detail ?? null;
}

async function firstOf<T>(list: readonly T[], ask: (each: T) => Promise<string | null>): Promise<string | null> {
  for (const each of list) {
    const fault = await ask(each);
    if (fault !== null) return fault;
  }
  return null;
}
