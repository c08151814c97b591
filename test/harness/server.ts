import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A temporary folder that goes with `remove` or when this process breaks or is interrupted, and its server with it. */
export function throwawayFolder(prefix = 'lianrong-test-'): { folder: string; dataDir: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const dataDir = join(folder, 'data');
  const abandon = () => {
    try {
      process.kill(Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
    } catch {
      // It had not started yet, or has ended already.
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  const leave = () => process.exit(130);
  const remove = () => {
    abandon();
    process.off('exit', abandon);
    for (const signal of interrupts) process.off(signal, leave);
  };
  process.once('exit', abandon);
  for (const signal of interrupts) process.once(signal, leave);
  return { folder, dataDir, remove };
}

/** A fast server without safety against a crash; `stop` ends it and takes its folder away. */
export async function startThrowawayServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const { dataDir, remove } = throwawayFolder();
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  const stop = async () => {
    await server.stop();
    remove();
  };
  return { url: server.url, stop };
}
