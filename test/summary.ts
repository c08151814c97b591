import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundle } from './harness/bundle.ts';
import { startThrowawayServer } from './harness/server.ts';

/**
 * Runs every test file under Node, two at a time on one PostgreSQL server, and closes with `N passed, N failed,
 * N skipped`; no test at all is a failure.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = `${root}.cache/tests-${process.pid}`;
const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith('.test.ts')).sort();
const tally = { passed: 0, failed: 0, skipped: 0 };
const running = new Set<ChildProcess>();

function count(line: string): void {
  const assertion = /^\s{4,}(not )?ok \d+/.exec(line);
  if (!assertion || line.endsWith('{')) return;
  if (/# (SKIP|TODO)/i.test(line)) tally.skipped += 1;
  else if (assertion[1]) tally.failed += 1;
  else tally.passed += 1;
}

async function run(file: string): Promise<void> {
  const began = performance.now();
  const test = spawn(process.execPath, ['--enable-source-maps', `${compiled}/test/${file.replace(/\.ts$/, '.mjs')}`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    // tap ends a file after 30 s; a busy machine may take longer, and a file that hangs is ended all the same.
    env: { ...process.env, TAP_TIMEOUT: '240' },
  });
  running.add(test);
  const exited = new Promise<number | null>((resolve) => test.once('exit', resolve));
  const failures: string[] = [];
  for await (const line of createInterface({ input: test.stdout })) {
    count(line);
    if (failures.length > 0 || /^\s*not ok/.test(line)) failures.push(line);
  }
  const ok = (await exited) === 0;
  running.delete(test);
  if (!ok && failures.length === 0) tally.failed += 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? 'ok' : 'not ok'} ${file} ${seconds} s`, failures.slice(0, 40).join('\n'));
  if (!ok) process.exitCode = 1;
}

process.once('exit', () => {
  for (const test of running) test.kill();
  rmSync(compiled, { recursive: true, force: true });
});
const server = process.env.LIANRONG_TEST_SERVER ? undefined : await startThrowawayServer();
if (server) process.env.LIANRONG_TEST_SERVER = server.url;
try {
  await bundle(
    root,
    files.map((file) => `test/${file}`),
    compiled,
  );
  const waiting = files.values();
  const lane = async () => {
    for (const file of waiting) await run(file);
  };
  await Promise.all([lane(), lane()]);
} finally {
  await server?.stop();
}
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1;
