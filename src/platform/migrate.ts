import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

type Migration = Readonly<{ name: string; text: string; sha256: string }>;

const projectMigrations = fileURLToPath(new URL('../../db/migrations', import.meta.url));

/** The scope of what belongs to no organization, as `app_platform` of the migrations has it. */
const platformScope = '00000000-0000-4000-8000-000000000001';

/** Any number will do, as long as every version of the service takes the same. */
const migrationLock = 7_214_001;

/**
 * Brings the database to the present schema: applies each `NNNN_name.sql` it has not seen, in order and each in a
 * transaction of its own, and returns the names applied. Throws, and changes nothing, when a file already applied was
 * edited or is gone, or when a new one sorts before it. Of several processes at once one applies, the others wait.
 */
export async function migrate(url: string, folder: string = projectMigrations): Promise<string[]> {
  const migrations = readMigrations(folder);
  const client = new pg.Client({ connectionString: url, application_name: 'lianrong migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(`create table if not exists public.schema_migration (
      name       text primary key,
      sha256     text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
    const applied = await client.query<{ name: string; sha256: string }>(
      'select name, sha256 from public.schema_migration order by name collate "C"',
    );
    const pending = pendingAfter(applied.rows, migrations);
    // Row-level security binds the owner too, unless it is a superuser: this opens the rows of the platform.
    await client.query("select set_config('app.scope', $1, false)", [`{${platformScope}}`]);
    for (const migration of pending) await apply(client, migration);
    await letOwnerServe(client);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** An owner that is no superuser must be given the role that the service takes, though it made that role itself. */
async function letOwnerServe(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = 'lianrong_app'");
  if (rowCount === 0) return;
  try {
    await client.query('set role lianrong_app');
    await client.query('reset role');
  } catch {
    await client.query('grant lianrong_app to current_user').catch((cause) => {
      throw new Error('a superuser must let the owner of DATABASE_URL: grant lianrong_app to <owner>', { cause });
    });
  }
}

/** The migrations of a folder in the order of their numbers, each with the SHA-256 of its text. */
export function readMigrations(folder: string = projectMigrations): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const [index, name] of names.entries()) {
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name)) throw new Error(`${name} is not named like 0001_create_books.sql`);
    if (names[index + 1]?.startsWith(name.slice(0, 5))) throw new Error(`two migrations have the number of ${name}`);
  }
  return names.map((name) => {
    // A checkout under Windows must not count as an edit.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
  });
}

function pendingAfter(applied: readonly { name: string; sha256: string }[], migrations: readonly Migration[]) {
  for (const { name, sha256 } of applied) {
    const file = migrations.find((migration) => migration.name === name);
    if (!file) throw new Error(`migration ${name} has been applied but its file is missing`);
    if (file.sha256 !== sha256)
      throw new Error(`migration ${name} was edited after it had been applied; add a new one`);
  }
  const pending = migrations.slice(applied.length);
  const last = applied.at(-1)?.name;
  const unordered = migrations.slice(0, applied.length).find(({ name }, index) => applied[index]?.name !== name);
  if (unordered) throw new Error(`migration ${unordered.name} is new but sorts before ${last}, applied already`);
  return pending;
}

async function apply(client: pg.Client, { name, text, sha256 }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(text);
    await client.query('insert into public.schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
    await client.query('commit');
  } catch (cause) {
    throw new Error(`migration ${name} failed: ${(cause as Error).message}`, { cause });
  }
}
