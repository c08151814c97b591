import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const run = promisify(execFile);
const runner = fileURLToPath(new URL('./run.ts', import.meta.url));
const own = fileURLToPath(new URL('./vectors.json', import.meta.url));

const answer = (file: string) =>
  run(process.execPath, ['--import=tsx', runner, file]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );

t.test('The exact cases of the rules', async (t) => {
  t.test('are answered to the letter for every kind that is built', async (t) => {
    const { stdout } = await answer(own);
    t.strictSame(
      stdout.split('\n').filter((line) => line.startsWith('FAIL')),
      [],
    );
    const [, passed] = /(\d+) passed, 0 failed, \d+ unknown/.exec(stdout) ?? [];
    t.ok(Number(passed) > 90, `${passed} passed`);
  });

  t.test('fail the run when one expectation is wrong', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'vectors-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const cases = JSON.parse(await readFile(own, 'utf8')) as { kind: string; expected: { valid: boolean } }[];
    const [uscc] = cases.filter(({ kind }) => kind === 'uscc.validate');
    const file = join(folder, 'wrong.json');
    await writeFile(file, JSON.stringify([{ ...uscc, expected: { valid: !uscc?.expected.valid } }]));
    const { code, stdout } = await answer(file);
    t.equal(code, 1);
    t.match(stdout, /^FAIL .* expected .* got .*\n0 passed, 1 failed, 0 unknown/);
  });
});
