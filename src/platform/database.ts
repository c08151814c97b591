import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { DB } from '../../db/types.ts';
import type { Actor } from './actor.ts';
import { pgTypes } from './pg-types.ts';

/** A transaction of the writer: named, prepared, set-based statements. */
export type Tx = Readonly<{
  query: <R extends Record<string, unknown> = Record<string, unknown>>(
    name: string,
    text: string,
    values?: readonly unknown[],
  ) => Promise<R[]>;
}>;

export type Reader = Kysely<DB>;

export type Database = Readonly<{
  /** Writer connections, apart from those of readers so that neither starves the other. */
  writers: pg.Pool;
  readers: Kysely<DB>;
  /** The connections behind `readers`, to be measured. */
  readPool: pg.Pool;
  close: () => Promise<void>;
}>;

export type DatabaseSettings = Readonly<{ url: string; writers: number; readers: number }>;

/** Connects as the role that row-level security binds; the role of the url only migrates. */
export function connect(settings: DatabaseSettings): Database {
  const pool = (max: number, name: string, more = ''): pg.Pool =>
    new pg.Pool({
      connectionString: settings.url,
      options: `-c role=lianrong_app -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000${more}`,
      application_name: name,
      max,
      types: pgTypes,
    });
  // Commands find rows by key. A plan made while a table was small must not read all of it once it has grown.
  const writers = pool(settings.writers, 'lianrong writer', ' -c enable_seqscan=off');
  const readPool = pool(settings.readers, 'lianrong reader');
  // A connection that breaks, idle or between two statements, is replaced by the pool; without listeners on both it
  // would end the process.
  for (const each of [writers, readPool]) {
    each.on('error', () => undefined);
    each.on('connect', (client) => client.on('error', () => undefined));
  }
  const readers = new Kysely<DB>({ dialect: new PostgresDialect({ pool: readPool }) });
  return {
    writers,
    readers,
    readPool,
    close: async () => {
      await Promise.all([writers.end(), readers.destroy()]);
    },
  };
}

/** Refuses to start when row-level security would not bind the service (reliability: a second wall only if forced). */
export async function assertRowSecurity(database: Database): Promise<void> {
  const { rows } = await sql<{ fault: string }>`
    select 'role ' || rolname || ' bypasses row-level security' as fault
      from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)
    union all
    select 'table ' || c.relname || ' has no forced row-level security'
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname not in ('schema_migration')
       and not (c.relrowsecurity and c.relforcerowsecurity)
    union all
    select 'table ' || c.relname || ' is owned by the service role'
      from pg_class c where c.relowner = (select oid from pg_roles where rolname = current_user)
       and c.relnamespace = 'public'::regnamespace`.execute(database.readers);
  if (rows.length > 0) throw new Error(rows.map(({ fault }) => fault).join('; '));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the policies of a reading transaction look at. */
export type ReadSettings = Readonly<
  Partial<Record<'app.org' | 'app.client' | 'app.regulator' | 'app.operator', string>>
>;

/** Reads under the row-level security that the settings open, in one snapshot. */
export function readUnder<T>(database: Database, settings: ReadSettings, work: (db: Reader) => Promise<T>): Promise<T> {
  const entries = Object.entries(settings);
  if (!entries.every(([, value]) => value === 'on' || UUID.test(value))) throw new Error('a setting is a uuid, or on');
  const set = entries.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(', ');
  return database.readers.connection().execute(async (db) => {
    await sql.raw(`begin isolation level repeatable read read only; select ${set}`).execute(db);
    try {
      const answer = await work(db);
      await sql.raw('commit').execute(db);
      return answer;
    } catch (error) {
      // The first failure is the one to tell: after a lost connection the rollback fails too.
      await sql
        .raw('rollback')
        .execute(db)
        .catch(() => undefined);
      throw error;
    }
  });
}

/** Reads under the row-level security of the asking organization, in one snapshot. */
export const readAs = <T>(
  database: Database,
  actor: Pick<Actor, 'orgId' | 'orgKind'>,
  work: (db: Reader) => Promise<T>,
): Promise<T> =>
  readUnder(
    database,
    {
      'app.org': actor.orgId,
      ...(actor.orgKind === 'regulator' && { 'app.regulator': 'on' }),
      ...(actor.orgKind === 'operator' && { 'app.operator': 'on' }),
    },
    work,
  );

/** A transaction whose row-level security admits the rows of the books, chains and organizations in `scope`. */
export const writeIn = <T>(pool: pg.Pool, scope: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> =>
  transact(pool, scope, work, 'commit');

/** The same, taken back at its end. */
export const rehearseIn = <T>(pool: pg.Pool, scope: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> =>
  transact(pool, scope, work, 'rollback');

async function transact<T>(
  pool: pg.Pool,
  scope: readonly string[],
  work: (tx: Tx) => Promise<T>,
  end: 'commit' | 'rollback',
): Promise<T> {
  if (!scope.every((id) => UUID.test(id))) throw new Error('a scope consists of uuids');
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(`begin; select set_config('app.scope', '{${scope.join(',')}}', true)`);
    const result = await work({
      query: async (name, text, values) => {
        const answer = await client.query({ name, text, values: values as unknown[] });
        return answer.rows;
      },
    });
    await client.query(end);
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
