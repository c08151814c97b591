import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { exportJournal } from './ledger/export.ts';
import { type Verification, verifyLedger } from './ledger/verify.ts';
import { describeDrift, verifyLimits } from './limit/verification.ts';
import { connect, type Reader, readUnder } from './platform/database.ts';
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts';
import { migrate } from './platform/migrate.ts';
import { holdsCluster } from './platform/postgres-cluster.ts';
import { dataFolder } from './platform/settings.ts';
import { lendingInvariants } from './settlement/invariants.ts';

const usage = `Usage: node --import=tsx src/cli.ts COMMAND, on the database of DATABASE_URL, else on the embedded one

  migrate                  brings the schema up to date
  verify-ledger [BOOK]     proves every book, or one; ends with 1 when a check fails
  export-journal BOOK      writes the journal of a book in the format of hledger
`;

/** Works on the database of DATABASE_URL, else on the embedded one, which runs on if it was running. */
async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (url) return work(url);
  const dataDir = `${dataFolder(process.env)}/postgres`;
  if (!holdsCluster(dataDir)) throw new Error(`DATABASE_URL is not set, and there is no database in ${dataDir}`);
  const embedded = await startEmbeddedPostgres({ dataDir });
  try {
    await work(embedded.url);
  } finally {
    if (!embedded.adopted) await embedded.stop();
  }
}

/** Reads every book in one snapshot, for as long as it takes. */
async function read<T>(url: string, work: (db: Reader) => Promise<T>): Promise<T> {
  const database = connect({ url, writers: 1, readers: 1 });
  try {
    return await readUnder(database, { 'app.regulator': 'on' }, async (db) => {
      await sql`set local statement_timeout = 0`.execute(db);
      return work(db);
    });
  } finally {
    await database.close();
  }
}

/** An empty export of a book that is not there would pass for the journal of one without entries. */
async function bookNamed(db: Reader, id: string | undefined): Promise<string> {
  const ids = (await db.selectFrom('book').select('id').execute()).map((book) => book.id);
  if (id !== undefined && ids.includes(id)) return id;
  const fault = id === undefined ? 'this needs the id of a book' : `there is no book ${id}`;
  throw new Error(`${fault}; the books are: ${ids.join(', ') || 'none'}`);
}

/** Proves the ledger, and the limits that were drawn for what is in it. */
async function prove(db: Reader, bookId: string | undefined): Promise<Verification> {
  const { ok, checks } = await verifyLedger(db, lendingInvariants, bookId);
  const [drift] = await verifyLimits(db, bookId);
  const limits = {
    name: 'every limit is what its moves make',
    ok: drift === undefined,
    detail: drift === undefined ? null : describeDrift(drift),
  };
  return { ok: ok && limits.ok, checks: [...checks, limits] };
}

type Command = (url: string, argument: string | undefined) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  migrate: async (url) => {
    const applied = await migrate(url);
    console.log(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`);
  },
  'verify-ledger': async (url, bookId) => {
    const { ok, checks } = await read(url, async (db) =>
      prove(db, bookId === undefined ? undefined : await bookNamed(db, bookId)),
    );
    for (const check of checks)
      console.log(`${check.ok ? 'ok    ' : 'FAILED'} ${check.name}${check.detail ? `: ${check.detail}` : ''}`);
    if (!ok) process.exitCode = 1;
  },
  'export-journal': async (url, bookId) => {
    await read(url, async (db) => {
      const journal = exportJournal(db, await bookNamed(db, bookId));
      await pipeline(Readable.from(journal), process.stdout, { end: false });
    });
  },
};

const [name = '', argument] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await withDatabase((url) => command(url, argument)).catch((error: Error) => {
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  });
}
