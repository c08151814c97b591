import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Test } from 'tap';
import type { DB } from '../../db/types.ts';
import type { Invariants } from '../../src/ledger/invariants.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { Reader } from '../../src/platform/database.ts';
import { pgTypes } from '../../src/platform/pg-types.ts';

type Tampered = Readonly<{
  ownerUrl: string;
  /** Tables whose constraints are dropped, so that any value can be written. */
  tables: readonly string[];
  more: Invariants;
  bookId: string;
}>;

/**
 * Changes the database as its owner can who turns off triggers and drops constraints; nothing of it is kept. Answers
 * what the verifier then says.
 */
export async function tampering(t: Pick<Test, 'teardown'>, { ownerUrl, tables, more, bookId }: Tampered) {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1, types: pgTypes });
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  t.teardown(() => db.destroy());
  await sql
    .raw(`do $$ declare c record; begin
      for c in select conrelid::regclass as relation, conname from pg_constraint where contype in ('c', 'p', 'u') and conrelid::regclass::text
        in (${tables.map((name) => `'${name}'`).join(', ')})
      loop execute format('alter table %s drop constraint %I cascade', c.relation, c.conname); end loop; end $$`)
    .execute(db);

  return (statements: readonly string[], book: string | null = bookId): Promise<string[]> =>
    db.connection().execute(async (connection) => {
      await sql`begin isolation level repeatable read`.execute(connection);
      await sql`set local session_replication_role = replica`.execute(connection);
      await sql`set local app.regulator = 'on'`.execute(connection);
      try {
        for (const statement of statements) {
          const { numAffectedRows } = await sql.raw(statement).execute(connection);
          if (!numAffectedRows) throw new Error(`${statement} changed nothing`);
        }
        const { ok, checks } = await verifyLedger(connection as Reader, more, book ?? undefined);
        const faults = checks.flatMap(({ detail }) => detail ?? []);
        if (ok !== (faults.length === 0)) throw new Error('a check that fails must name a row');
        return faults;
      } finally {
        await sql`rollback`.execute(connection);
      }
    });
}
