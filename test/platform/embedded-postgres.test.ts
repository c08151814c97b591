import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { throwawayFolder } from '../harness/server.ts';

const { folder, dataDir, remove } = throwawayFolder('lianrong 数据 $HOME ');
const postmasterPid = () => Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10);

t.teardown(remove);

async function ask(url: string, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  // The server is killed under this connection in one of the tests.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query({ text, rowMode: 'array' });
  await client.end();
  return rows;
}

void t.test('A database of the project’s own', async (t) => {
  await t.test('starts in a path with spaces, Chinese and shell characters, closed to others', async (t) => {
    const server = await startEmbeddedPostgres({ dataDir });
    t.equal(server.adopted, false);
    t.strictSame(
      await ask(
        server.url,
        `select current_setting('listen_addresses'), current_setting('unix_socket_directories'),
                current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'),
                current_setting('server_encoding'), current_setting('TimeZone')`,
      ),
      [['127.0.0.1', '', 'on', 'on', 'on', 'UTF8', 'UTC']],
    );
    const [[locale] = []] = await ask(
      server.url,
      `select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()`,
    );
    t.equal(locale, 'b C.UTF-8');
    t.equal(statSync(`${dataDir}.password`).mode & 0o777, 0o600);
    const guess = new URL(server.url);
    guess.password = 'a-guess';
    await t.rejects(ask(guess.href, 'select 1'), { code: '28P01' }, 'a wrong password is refused');
    await ask(server.url, 'create table bill (number integer primary key)');
    await ask(server.url, 'insert into bill values (1)');
    await server.stop();
    await t.rejects(ask(server.url, 'select 1'), { code: 'ECONNREFUSED' }, 'stop ends it');
    await server.stop();
  });

  await t.test('keeps its rows when started again', async (t) => {
    const server = await startEmbeddedPostgres({ dataDir });
    t.strictSame(await ask(server.url, 'select number from bill'), [[1]]);
    await server.stop();
  });

  await t.test('is adopted when it was left running, also by two at once', async (t) => {
    const left = await startEmbeddedPostgres({ dataDir });
    const found = await Promise.all([startEmbeddedPostgres({ dataDir }), startEmbeddedPostgres({ dataDir })]);
    for (const server of found) t.match(server, { adopted: true, port: left.port, url: left.url });
    await ask(found[0].url, 'insert into bill values (2)');
    await found[0].stop();
    await t.rejects(ask(left.url, 'select 1'), { code: 'ECONNREFUSED' }, 'who adopts it can stop it');
  });

  await t.test('started by two at once, runs once', async (t) => {
    const both = await Promise.all([startEmbeddedPostgres({ dataDir }), startEmbeddedPostgres({ dataDir })]);
    t.strictSame(both.map(({ adopted }) => adopted).sort(), [false, true]);
    t.equal(both[0].port, both[1].port);
    await both[0].stop();
  });

  await t.test('has every committed row again after the server was killed', async (t) => {
    const killed = await startEmbeddedPostgres({ dataDir });
    await ask(killed.url, 'insert into bill values (3)');
    process.kill(postmasterPid(), 'SIGKILL');
    const server = await startEmbeddedPostgres({ dataDir });
    t.equal(server.adopted, false);
    t.strictSame(await ask(server.url, 'select number from bill order by number'), [[1], [2], [3]]);
    await server.stop();
  });

  await t.test('starts over a lock whose process number belongs to another process by now', async (t) => {
    const lock = `${process.pid}\n${dataDir}\n1700000000\n54321\n\n127.0.0.1\n0 0\nready   \n`;
    writeFileSync(join(dataDir, 'postmaster.pid'), lock);
    const server = await startEmbeddedPostgres({ dataDir });
    t.equal(server.adopted, false);
    t.strictSame(await ask(server.url, 'select count(*)::integer from bill'), [[3]]);
    await server.stop();
  });

  await t.test('refuses a folder of other files, and says what the server said when it does not start', async (t) => {
    writeFileSync(join(folder, 'a-file'), '');
    await t.rejects(startEmbeddedPostgres({ dataDir: folder }), { message: /is not empty and holds no database/ });
    const settings = join(dataDir, 'postgresql.conf');
    const sound = readFileSync(settings);
    writeFileSync(settings, `${sound}\nno_such_setting = 1\n`);
    await t.rejects(startEmbeddedPostgres({ dataDir }), { message: /no_such_setting/ });
    writeFileSync(settings, sound);
  });
});
