import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';

/**
 * A fast server without safety against a crash, in a folder of its own. Both go with `stop`, and also when this process
 * is interrupted or breaks.
 */
export async function startThrowawayServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'lianrong-test-'));
  const dataDir = join(folder, 'data');
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  const abandon = () => {
    try {
      process.kill(Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
    } finally {
      removeFolder();
    }
  };
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  process.once('exit', abandon);
  const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const leave = () => process.exit(130);
  for (const signal of interrupts) process.once(signal, leave);
  const stop = async () => {
    await server.stop();
    removeFolder();
    process.off('exit', abandon);
    for (const signal of interrupts) process.off(signal, leave);
  };
  return { url: server.url, stop };
}
