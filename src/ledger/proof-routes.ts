import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { Actor } from '../platform/actor.ts';
import { type Database, readAs } from '../platform/database.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, object, Page, problems } from '../platform/http/schemas.ts';
import { listSeals, readTrialBalance, readWholeBook, sealSorts } from './book-queries.ts';
import { exportJournal } from './export.ts';
import type { Invariants } from './invariants.ts';
import { InBook, Seal, TrialBalance, Verification } from './schemas.ts';
import { verifyLedger } from './verify.ts';

const tags = ['Ledger'];

// Typed as empty: what is sent is a stream.
const journalText: Record<never, never> = {
  200: {
    description: 'The journal, with accounts and currency declared.',
    content: { 'text/plain': { schema: Type.String() } },
  },
};

type Proving = Platform & Readonly<{ more: Invariants }>;

/** What proves a book: trial balance, hash chain, verification and an export for independent checkers. */
export const proofRoutes: FastifyPluginAsyncTypebox<Proving> = async (app, { database, log, more }) => {
  app.get('/v1/books/:bookId/trial-balance', {
    config: { permission: 'journal:read' },
    schema: {
      operationId: 'readTrialBalance',
      summary: 'Read the trial balance of a book by effective date',
      tags,
      params: InBook,
      querystring: object({
        onDate: Type.Optional(Type.Unsafe<string>({ ...Day, description: 'The present business date unless told.' })),
      }),
      response: { 200: TrialBalance, ...problems(404) },
    },
    handler: ({ actor, params: { bookId }, query }) =>
      readAs(database, actor, async (db) => {
        const { businessDate } = await readWholeBook(db, actor, bookId);
        return readTrialBalance(db, bookId, query.onDate ?? businessDate);
      }),
  });

  app.get('/v1/books/:bookId/seals', {
    config: { permission: 'journal:read' },
    schema: {
      operationId: 'listSeals',
      summary: 'List the seals of the hash chain of a book',
      tags,
      params: InBook,
      querystring: pageQuery({ sorts: sealSorts }),
      response: { 200: Page(Seal), ...problems(404) },
    },
    handler: ({ actor, params: { bookId }, query }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return listSeals(db, bookId, query);
      }),
  });

  app.get('/v1/books/:bookId/verification', {
    config: { permission: 'ledger:verify' },
    schema: {
      operationId: 'verifyBook',
      summary: 'Prove a book from its rows',
      description:
        'Recomputes balances, holds and the hash chain from every entry, and ties loans to their accounts. Each failed check names a row.',
      tags,
      params: InBook,
      response: { 200: Verification, ...problems(404) },
    },
    handler: ({ actor, params: { bookId } }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return verifyLedger(db, more, bookId);
      }),
  });

  app.get('/v1/books/:bookId/journal-export', {
    config: { permission: 'ledger:verify' },
    schema: {
      operationId: 'exportJournal',
      summary: 'Export the journal of a book in the format of hledger',
      tags,
      params: InBook,
      response: {
        ...journalText,
        ...problems(404),
      },
    },
    handler: async ({ actor, params: { bookId } }, reply) => {
      await readAs(database, actor, (db) => readWholeBook(db, actor, bookId));
      const text = streamJournal(database, actor, bookId);
      text.once('error', (err) => log.warn({ err, bookId }, 'journal export broke off'));
      return reply.type('text/plain; charset=utf-8').send(text);
    },
  });
};

/** The export as it is read, in one snapshot; a caller that goes away ends the reading. */
function streamJournal(database: Database, actor: Actor, bookId: string): Readable {
  const text = new PassThrough();
  readAs(database, actor, (db) => pipeline(Readable.from(exportJournal(db, bookId)), text)).catch((error: Error) =>
    text.destroy(error),
  );
  return text;
}
