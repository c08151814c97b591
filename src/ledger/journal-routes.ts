import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, object, Page, problems } from '../platform/http/schemas.ts';
import { readWholeBook } from './book-queries.ts';
import { journalSorts, lineSorts, listJournals, listLines, readJournal } from './journal-queries.ts';
import { reverseJournal } from './reversal.ts';
import { InBook, Journal, JournalLine, JournalWithLines, ReversalAnswer, ReversalBody } from './schemas.ts';

const tags = ['Ledger'];
const InJournal = object({ bookId: Id, journalId: Id });
const EventName = Type.String({ pattern: '^[a-z_.]{1,80}$', examples: ['financing.disbursed'] });

/** The journals of a book, and their reversal by a second person. */
export const journalRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.get('/v1/books/:bookId/journals', {
    config: { permission: 'journal:read' },
    schema: {
      operationId: 'listJournals',
      summary: 'List the journals of a book by business date',
      tags,
      params: InBook,
      querystring: pageQuery({
        sorts: journalSorts,
        filters: { kind: EventName, subjectId: Id, from: Day, to: Day },
      }),
      response: { 200: Page(Journal), ...problems(404) },
    },
    handler: ({ actor, params: { bookId }, query }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return listJournals(db, bookId, query, query);
      }),
  });

  app.get('/v1/books/:bookId/journals/:journalId', {
    config: { permission: 'journal:read' },
    schema: {
      operationId: 'readJournal',
      summary: 'Read a journal with its lines and the event that caused it',
      tags,
      params: InJournal,
      response: { 200: JournalWithLines, ...problems(404) },
    },
    handler: ({ actor, params: { bookId, journalId } }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return readJournal(db, bookId, journalId);
      }),
  });

  app.get('/v1/books/:bookId/journals/:journalId/lines', {
    config: { permission: 'journal:read' },
    schema: {
      operationId: 'listJournalLines',
      summary: 'List the lines of a journal',
      tags,
      params: InJournal,
      querystring: pageQuery({ sorts: lineSorts }),
      response: { 200: Page(JournalLine), ...problems(404) },
    },
    handler: ({ actor, params: { bookId, journalId }, query }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return listLines(db, bookId, journalId, query);
      }),
  });

  app.post(
    '/v1/books/:bookId/journals/:journalId/reversal',
    runs(platform, reverseJournal, {
      config: { permission: 'journal:reverse' },
      schema: {
        operationId: 'reverseJournal',
        summary: 'Reverse a journal by one that mirrors it',
        description:
          'By a checker who did not cause it; once; not a reversal; and only what the accounts can give back.',
        tags,
        params: InJournal,
        body: ReversalBody,
        response: { 201: ReversalAnswer, ...problems(404, 409) },
      },
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
  );
};
