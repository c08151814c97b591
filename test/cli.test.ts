import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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
  accepted(await bench.transfer('1101', '1001', '12.34'));

  const [honest, exported, unknown] = await Promise.all([
    run(bench.ownerUrl, 'verify-ledger'),
    run(bench.ownerUrl, 'export-journal', bench.bookId),
    run(bench.ownerUrl, 'verify'),
  ]);
  t.equal(honest.code, 0, 'proves every book');
  t.notMatch(honest.output, /FAILED/);
  t.equal(exported.code, 0);
  t.match(exported.output, /assets:1101 Loans against receivables {2}CNY 12\.34\n/, 'exports a journal');
  t.equal(unknown.code, 2);
  t.match(unknown.output, /Usage/, 'says how it is used');

  await bench.owner('alter table entry disable trigger append_only');
  await bench.owner("update entry set balance_after = 12.35 where path = '1101'");
  const [forged, missing, foreign] = await Promise.all([
    run(bench.ownerUrl, 'verify-ledger', bench.bookId),
    run(bench.ownerUrl, 'export-journal'),
    run(bench.ownerUrl, 'export-journal', 'JN-1'),
  ]);
  t.equal(forged.code, 1, 'ends with 1 when a book was changed');
  t.match(forged.output, /FAILED .*1101 has version 1 and balance 12\.35, should have version 1 and balance 12\.34/);
  await bench.owner(
    `insert into limit_node (id, book_id, kind, org_id, amount, used, expires_on, status, revolving, created_at)
     values ($1, $2, 'group', $1, 5, 5, '2027-06-30', 'active', true, now())`,
    [randomUUID(), bench.bookId],
  );
  const drawn = await run(bench.ownerUrl, 'verify-ledger');
  t.match(drawn.output, /FAILED every limit is what its moves make: limit .* has 5\.00, 0\.00 reserved and 5\.00 used/);
  t.equal(missing.code, 1);
  t.match(missing.output, /needs the id of a book/);
  t.equal(foreign.code, 1, 'an unknown book is no empty journal');
  t.match(foreign.output, new RegExp(`there is no book JN-1; the books are: .*${bench.bookId}`));
});
