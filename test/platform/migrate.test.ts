import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { migrate } from '../../src/platform/migrate.ts';
import { freshDatabase } from '../harness/database.ts';
import { startThrowawayServer } from '../harness/server.ts';

type Stage = Readonly<{ url: string; folder: string; file: (name: string, text: string) => void }>;

/** A database without a schema, and a folder for migrations. */
async function stage(t: Test): Promise<Stage> {
  const { ownerUrl: url } = await freshDatabase(t);
  await ask(url, 'drop schema public cascade; create schema public');
  const folder = mkdtempSync(join(tmpdir(), 'lianrong-migrations-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { url, folder, file: (name, text) => writeFileSync(join(folder, name), text) };
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

void t.test('Migrations', async (t) => {
  await t.test('are applied in order and once', async (t) => {
    const { url, folder, file } = await stage(t);
    file('0002_fill.sql', 'insert into bill values (1); do $$ begin perform 1; end $$; insert into bill values (2)');
    file('0001_bill.sql', 'create table bill (number integer primary key)');
    t.strictSame(await migrate(url, folder), ['0001_bill.sql', '0002_fill.sql']);
    t.strictSame(await migrate(url, folder), []);
    file('0003_more.sql', 'insert into bill values (3)');
    t.strictSame(await migrate(url, folder), ['0003_more.sql']);
    t.strictSame(await ask(url, 'select number from bill order by number'), [
      { number: 1 },
      { number: 2 },
      { number: 3 },
    ]);
    t.strictSame(await ask(url, `select name from schema_migration where sha256 ~ '^[0-9a-f]{64}$' order by name`), [
      { name: '0001_bill.sql' },
      { name: '0002_fill.sql' },
      { name: '0003_more.sql' },
    ]);
  });

  await t.test('started by several processes at once, are applied by one', async (t) => {
    const { url, folder, file } = await stage(t);
    file('0001_bill.sql', 'create table bill (number integer); select pg_sleep(0.2); insert into bill values (1)');
    const outcomes = await Promise.all([migrate(url, folder), migrate(url, folder), migrate(url, folder)]);
    t.strictSame(outcomes.flat(), ['0001_bill.sql']);
    t.strictSame(await ask(url, 'select number from bill'), [{ number: 1 }]);
  });

  await t.test('leave nothing of a file that fails, and keep those before it', async (t) => {
    const { url, folder, file } = await stage(t);
    file('0001_bill.sql', 'create table bill (number integer)');
    file('0002_broken.sql', 'create table half (number integer); select 1 / 0');
    await t.rejects(migrate(url, folder), { message: 'migration 0002_broken.sql failed: division by zero' });
    t.strictSame(await ask(url, `select to_regclass('bill') as bill, to_regclass('half') as half`), [
      { bill: 'bill', half: null },
    ]);
    file('0002_broken.sql', 'create table half (number integer)');
    t.strictSame(await migrate(url, folder), ['0002_broken.sql']);
  });

  await t.test('are refused when one already applied was edited or removed', async (t) => {
    const { url, folder, file } = await stage(t);
    file('0001_bill.sql', 'create table bill (number integer);\n');
    file('0002_note.sql', 'create table note (body text);\n');
    await migrate(url, folder);
    file('0003_more.sql', 'create table more (number integer)');
    file('0001_bill.sql', 'create table bill (number integer);\r\n');
    file('0002_note.sql', 'create table note (body varchar);\n');
    await t.rejects(migrate(url, folder), { message: /0002_note.sql was edited/ });
    rmSync(join(folder, '0002_note.sql'));
    await t.rejects(migrate(url, folder), { message: /0002_note.sql has been applied but its file is missing/ });
    t.strictSame(await ask(url, `select to_regclass('more') as more`), [{ more: null }], 'nothing else is applied');
    file('0002_note.sql', 'create table note (body text);\n');
    t.strictSame(await migrate(url, folder), ['0003_more.sql'], 'line ends of another system are no edit');
  });

  await t.test('are refused when a number comes too late, twice or is no number', async (t) => {
    const { url, folder, file } = await stage(t);
    file('0002_note.sql', 'create table note (body text)');
    await migrate(url, folder);
    file('0001_bill.sql', 'create table bill (number integer)');
    await t.rejects(migrate(url, folder), { message: /0001_bill.sql is new but sorts before 0002_note.sql/ });
    file('0001_other.sql', 'select 1');
    await t.rejects(migrate(url, folder), { message: /two migrations have the number of 0001_bill.sql/ });
    rmSync(join(folder, '0001_other.sql'));
    file('last.sql', 'select 1');
    await t.rejects(migrate(url, folder), { message: /last.sql is not named like/ });
  });
});

void t.test('An owner that is no superuser applies the migrations and takes the role of the service', async (t) => {
  const server = await startThrowawayServer();
  t.teardown(server.stop);
  await ask(server.url, "create role landlord login createrole password 'key'");
  await ask(server.url, 'create database house owner landlord');
  const url = Object.assign(new URL(server.url), { username: 'landlord', password: 'key', pathname: '/house' }).href;
  t.not((await migrate(url)).length, 0);
  t.strictSame(await migrate(url), []);
  const rates = 'set role lianrong_app; select count(*) > 0 as filled from reference_rate';
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const answers = (await client.query(rates)) as unknown as { rows: unknown[] }[];
  await client.end();
  t.strictSame(answers[1]?.rows, [{ filled: true }]);
});
