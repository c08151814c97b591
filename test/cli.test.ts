import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { accepted, ledgerBench } from './ledger/bench.ts';

t.setTimeout(120_000);

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

async function run(url: string, ...words: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--import=tsx', cli, ...words], {
    env: { ...process.env, DATABASE_URL: url },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

void t.test('The command line', async (t) => {
  const bench = await ledgerBench(t);
  accepted(await bench.transfer('1139', '1001', '12.34'));

  const [honest, exported, unknown] = await Promise.all([
    run(bench.ownerUrl, 'verify-ledger'),
    run(bench.ownerUrl, 'export-journal', bench.bookId),
    run(bench.ownerUrl, 'verify'),
  ]);
  t.equal(honest.code, 0, 'proves every book');
  t.notMatch(honest.output, /FAILED/);
  t.equal(exported.code, 0);
  t.match(exported.output, /assets:1139 Recoverable costs {2}CNY 12\.34\n/, 'exports a journal');
  t.equal(unknown.code, 2);
  t.match(unknown.output, /Usage/, 'says how it is used');

  await bench.owner('alter table entry disable trigger append_only');
  await bench.owner("update entry set balance_after = 12.35 where path = '1139'");
  const [forged, missing] = await Promise.all([
    run(bench.ownerUrl, 'verify-ledger', bench.bookId),
    run(bench.ownerUrl, 'export-journal'),
  ]);
  t.equal(forged.code, 1, 'ends with 1 when a book was changed');
  t.match(forged.output, /FAILED .*1139 has version 1 and balance 12\.35, should have version 1 and balance 12\.34/);
  t.equal(missing.code, 1);
  t.match(missing.output, /needs the id of a book/);
});
