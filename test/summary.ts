import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs tap and closes with `N passed, N failed, N skipped`; a run without a single test is a failure. */
const tap = spawn('tap', ['run', '--reporter=tap', ...process.argv.slice(2)], {
  stdio: ['inherit', 'pipe', 'inherit'],
});
const tally = { passed: 0, failed: 0, skipped: 0 };
for await (const line of createInterface({ input: tap.stdout })) {
  const assertion = /^\s{4,}(not )?ok \d+( .*)?$/.exec(line);
  if (assertion && !line.endsWith('{')) {
    if (/# (SKIP|TODO)/i.test(line)) tally.skipped += 1;
    else if (assertion[1]) tally.failed += 1;
    else tally.passed += 1;
  }
  if (/^\s*not ok|^ok|^Bail out/.test(line)) console.log(line);
}
const code = tap.exitCode ?? (await new Promise<number | null>((resolve) => tap.once('exit', resolve)));
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exitCode = code !== 0 || tally.failed > 0 || tally.passed === 0 ? 1 : 0;
