import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Reader } from './database.ts';

const ROWS_AT_ONCE = 2_000;

/**
 * The rows of a query one by one, fetched through a cursor in the transaction of the reader: a result of any size in
 * the memory of a page.
 */
export async function* rowsOf<R>(db: Reader, query: RawBuilder<R>): AsyncGenerator<R, void, undefined> {
  const name = sql.id(`c_${randomBytes(8).toString('hex')}`);
  await sql`declare ${name} no scroll cursor for ${query}`.execute(db);
  for (;;) {
    const { rows } = await sql<R>`fetch ${sql.lit(ROWS_AT_ONCE)} from ${name}`.execute(db);
    yield* rows;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await sql`close ${name}`.execute(db);
}
