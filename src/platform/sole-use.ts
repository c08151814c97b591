import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** For so long a process killed a moment ago may still hold its lock. */
const patienceMs = 5_000;

/** Takes a database for this process alone, until it ends. False when another process has it. */
export async function takeAlone(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: 'lianrong alone' });
  // The server that stops takes this connection with it.
  client.on('error', () => undefined);
  await client.connect();
  for (const deadline = Date.now() + patienceMs; ; await pause(100)) {
    const { rows } = await client.query("select pg_try_advisory_lock(hashtext('lianrong alone')) as taken");
    if (rows[0].taken) return true;
    if (Date.now() > deadline) break;
  }
  await client.end();
  return false;
}
