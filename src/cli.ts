import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { exportJournal } from './ledger/export.ts';
import { verifyLedger } from './ledger/verify.ts';
import { connect, type Reader, readUnder } from './platform/database.ts';
import { migrate } from './platform/migrate.ts';
import { lendingInvariants } from './settlement/invariants.ts';

const usage = `Usage: node --import=tsx src/cli.ts COMMAND, on the database of DATABASE_URL

  migrate                  brings the schema up to date
  verify-ledger [BOOK]     proves every book, or one; ends with 1 when a check fails
  export-journal BOOK      writes the journal of a book in the format of hledger
`;

function databaseUrl(): string {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  return url;
}

/** Reads every book in one snapshot, for as long as it takes. */
async function read<T>(work: (db: Reader) => Promise<T>): Promise<T> {
  const database = connect({ url: databaseUrl(), writers: 1, readers: 1 });
  try {
    return await readUnder(database, { 'app.regulator': 'on' }, async (db) => {
      await sql`set local statement_timeout = 0`.execute(db);
      return work(db);
    });
  } finally {
    await database.close();
  }
}

const commands: Readonly<Record<string, (argument: string | undefined) => Promise<void>>> = {
  migrate: async () => {
    const applied = await migrate(databaseUrl());
    console.log(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`);
  },
  'verify-ledger': async (bookId) => {
    const { ok, checks } = await read((db) => verifyLedger(db, lendingInvariants, bookId));
    for (const check of checks)
      console.log(`${check.ok ? 'ok    ' : 'FAILED'} ${check.name}${check.detail ? `: ${check.detail}` : ''}`);
    if (!ok) process.exitCode = 1;
  },
  'export-journal': async (bookId) => {
    if (bookId === undefined) throw new Error('export-journal needs the id of a book');
    await read((db) => pipeline(Readable.from(exportJournal(db, bookId)), process.stdout, { end: false }));
  },
};

const [name = '', argument] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await command(argument).catch((error: Error) => {
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  });
}
