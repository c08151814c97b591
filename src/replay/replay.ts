import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { type Replay, replay } from './run.ts';
import { replaySettings } from './service.ts';

const usage = `Usage: npm run replay -- FILE [--share 0.5] [--keep]

Replays a CSV file of receivables through the API, day by day, on a database of its own.
Columns, in any order: customerID, invoiceNumber, InvoiceDate, DueDate, InvoiceAmount, Disputed, SettledDate.

  --share   part of the receivables that is financed, 0 to 1
  --keep    leaves the database behind and tells how to look at it

With DATABASE_URL and LIANRONG_MASTER_KEY set, that database is used, which must be empty, and stays.
`;

type Asked = Readonly<{ path: string; share: number; keep: boolean }>;

function readArguments(): Asked {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { share: { type: 'string', default: '0.5' }, keep: { type: 'boolean', default: false } },
  });
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) throw new Error('one file is replayed');
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(values.share)) throw new Error('--share is a number from 0 to 1, such as 0.5');
  return { path, share: Number(values.share), keep: values.keep };
}

/** A database for this run and how to be rid of it. */
function lodging(keep: boolean): Readonly<{ open: Replay['database']; leave: () => Promise<void> }> {
  const url = process.env.DATABASE_URL;
  if (url) return { open: async () => ({ url, settings: replaySettings(process.env) }), leave: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'lianrong-replay-'));
  let stop = async (): Promise<void> => undefined;
  return {
    open: async () => {
      const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
      stop = postgres.stop;
      return { url: postgres.url, settings: replaySettings({ ...process.env, LIANRONG_DATA: folder }) };
    },
    leave: async () => {
      await stop();
      if (keep) console.log(keptIn(folder));
      else rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

const keptIn = (folder: string): string =>
  `Kept in ${folder}: LIANRONG_DATA=${folder} npm start serves it, the password of its PostgreSQL is in postgres.password.`;

async function main({ path, share, keep }: Asked): Promise<void> {
  const file = readFileSync(path);
  const { open, leave } = lodging(keep);
  const grace = closeWithGrace({ delay: 60_000, logger: false }, async ({ err }) => {
    if (err) process.stderr.write(`${err.stack}\n`);
    await leave();
  });
  try {
    const result = await replay({ file, share, database: open, say: (line = '') => console.log(line) });
    if (result !== null && !result.holds) process.exitCode = 1;
  } finally {
    grace.uninstall();
    await leave();
  }
}

try {
  await main(readArguments());
} catch (error) {
  process.stderr.write(`replay: ${(error as Error).message}\n`);
  if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') || process.argv.length < 3)
    process.stderr.write(usage);
  process.exitCode = 1;
}
