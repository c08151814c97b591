import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

t.setTimeout(120_000);

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** `npm start` on a folder of its own, without npm. */
function begin(data: string) {
  const { DATABASE_URL: _, LOG_LEVEL: __, ...env } = process.env;
  const child = spawn(process.execPath, ['--import=tsx', main], { env: { ...env, LIANRONG_DATA: data, PORT: '0' } });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk.toString()));
  return {
    told: () => told,
    until: async (words: RegExp) => {
      while (!words.test(told) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    stop: async () => {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'close');
    },
    ended: async () => {
      if (child.exitCode === null) await once(child, 'close');
      return child.exitCode;
    },
  };
}

void t.test('npm start', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'lianrong main-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true, maxRetries: 10 }));
  const isServerThere = () => existsSync(join(data, 'postgres', 'postmaster.pid'));

  const first = begin(data);
  await first.until(/^3\. /m);
  t.match(first.told(), /^3\. /m, 'tells the demo');
  t.notMatch(first.told(), /^\{/m, 'and nothing between');
  await first.stop();
  t.match(first.told(), /^stopped$/m, 'stops in the middle of the demo');
  t.equal(isServerThere(), false, 'and the database with it');

  const second = begin(data);
  await second.until(/^Health /m);
  t.match(second.told(), /^ {2}bank, maker /m, 'still knows the credentials afterwards');

  const third = begin(data);
  t.equal(await third.ended(), 1, 'is refused beside another one');
  t.match(third.told(), /another npm start serves .*LIANRONG_DATA/);
  t.equal(isServerThere(), true, 'and leaves the database to it');

  await second.stop();
  t.match(second.told(), /^stopped$/m);
  t.equal(isServerThere(), false);
});
