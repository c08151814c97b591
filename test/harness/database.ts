import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import root, { type Test } from 'tap';
import { migrate, readMigrations } from '../../src/platform/migrate.ts';
import { startThrowawayServer } from './server.ts';

let server: Promise<string> | undefined;

/**
 * A migrated database of the test's own, dropped when the test ends. It lies on the server that LIANRONG_TEST_SERVER
 * names (a url of a superuser), else on one that lives as long as this process.
 */
export async function freshDatabase(t: Pick<Test, 'teardown'>): Promise<{ ownerUrl: string; name: string }> {
  server ??= serverUrl();
  const url = await server;
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = await migratedTemplate(url);
  await administer(url, (client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  t.teardown(() => administer(url, (client) => client.query(`drop database ${name} with (force)`)));
  return { ownerUrl: urlOf(url, name), name };
}

async function serverUrl(): Promise<string> {
  const given = process.env.LIANRONG_TEST_SERVER;
  if (given) return given;
  const { url, stop } = await startThrowawayServer();
  root.teardown(stop);
  return url;
}

/** One template for each state of the migrations; it takes no connections, since one would stand in a copy's way. */
async function migratedTemplate(url: string): Promise<string> {
  const state = createHash('sha256');
  for (const { name, sha256 } of readMigrations()) state.update(`${name} ${sha256}\n`);
  const template = `lianrong_template_${state.digest('hex').slice(0, 16)}`;
  await administer(url, async (client) => {
    await client.query("select pg_advisory_lock(hashtext('lianrong template'))");
    const existing = await client.query('select from pg_database where datname = $1', [template]);
    if (existing.rowCount) return;
    const draft = `${template}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    await migrate(urlOf(url, draft));
    await client.query(`alter database ${draft} with allow_connections false`);
    await client.query(`alter database ${draft} rename to ${template}`);
  });
  return template;
}

async function administer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
