import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Instant, object, Page, problems } from '../platform/http/schemas.ts';
import {
  accountSorts,
  listAccounts,
  readAccount,
  readPastBalance,
  readStatement,
  statementSorts,
} from './account-queries.ts';
import { bookSorts, listBooks, readBook } from './book-queries.ts';
import { openBook } from './books.ts';
import { holdRoutes } from './hold-routes.ts';
import type { Invariants } from './invariants.ts';
import { journalRoutes } from './journal-routes.ts';
import { proofRoutes } from './proof-routes.ts';
import {
  Account,
  AccountCodeName,
  Book,
  BookOpening,
  InAccount,
  InBook,
  PastBalance,
  pathOf,
  StatementEntry,
} from './schemas.ts';

const tags = ['Ledger'];

/**
 * The books of the banks: a bank reads its whole book, a party its own accounts in it. `more` is what the features
 * above have to prove of a book.
 */
export const ledgerRoutes =
  (more: Invariants): FastifyPluginAsyncTypebox<Platform> =>
  async (app, platform) => {
    const { database } = platform;

    app.post(
      '/v1/books',
      runs(platform, openBook, {
        config: { permission: 'book:open' },
        schema: {
          operationId: 'openBook',
          summary: 'Open the book of a bank on its first business date',
          tags,
          body: BookOpening,
          response: { 201: Book, ...problems(409) },
        },
        input: ({ body }) => body,
      }),
    );

    app.get('/v1/books', {
      config: { permission: 'book:read' },
      schema: {
        operationId: 'listBooks',
        summary: 'List the books of the banks with their business dates',
        tags,
        querystring: pageQuery({ sorts: bookSorts }),
        response: { 200: Page(Book) },
      },
      handler: ({ actor, query }) => readAs(database, actor, (db) => listBooks(db, query)),
    });

    app.get('/v1/books/:bookId', {
      config: { permission: 'book:read' },
      schema: {
        operationId: 'readBook',
        summary: 'Read a book',
        tags,
        params: InBook,
        response: { 200: Book, ...problems(404) },
      },
      handler: ({ actor, params }) => readAs(database, actor, (db) => readBook(db, params.bookId)),
    });

    app.get('/v1/books/:bookId/accounts', {
      config: { permission: 'account:read' },
      schema: {
        operationId: 'listAccounts',
        summary: 'List the accounts of a book that one sees, with their balances',
        description:
          'A bank and a regulator see every account, a party its own. Debits are positive, credits negative.',
        tags,
        params: InBook,
        querystring: pageQuery({ sorts: accountSorts, filters: { code: AccountCodeName, partyId: Id } }),
        response: { 200: Page(Account), ...problems(404) },
      },
      handler: ({ actor, params: { bookId }, query }) =>
        readAs(database, actor, async (db) => {
          await readBook(db, bookId);
          return listAccounts(db, { actor, bookId, filters: query, page: query });
        }),
    });

    app.get('/v1/books/:bookId/accounts/:account', {
      config: { permission: 'account:read' },
      schema: {
        operationId: 'readAccount',
        summary: 'Read an account with its balance',
        tags,
        params: InAccount,
        response: { 200: Account, ...problems(404) },
      },
      handler: ({ actor, params }) =>
        readAs(database, actor, (db) => readAccount(db, params.bookId, pathOf(params.account))),
    });

    app.get('/v1/books/:bookId/accounts/:account/balance', {
      config: { permission: 'account:read' },
      schema: {
        operationId: 'readPastBalance',
        summary: 'Read the balance of an account at a past moment',
        description:
          '`asOf`: what had been recorded by that instant. `onDate`: what counts for days up to that one, whenever it ' +
          'was recorded. Both: what had been recorded by then for those days. Neither: the present balance.',
        tags,
        params: InAccount,
        querystring: object({ asOf: Type.Optional(Instant), onDate: Type.Optional(Day) }),
        response: { 200: PastBalance, ...problems(404) },
      },
      handler: ({ actor, params, query }) =>
        readAs(database, actor, (db) => readPastBalance(db, params.bookId, pathOf(params.account), query)),
    });

    app.get('/v1/books/:bookId/accounts/:account/entries', {
      config: { permission: 'account:read' },
      schema: {
        operationId: 'readStatement',
        summary: 'Read the statement of an account: each entry with the balance it left',
        tags,
        params: InAccount,
        querystring: pageQuery({ sorts: statementSorts }),
        response: { 200: Page(StatementEntry), ...problems(404) },
      },
      handler: ({ actor, params, query }) =>
        readAs(database, actor, (db) => readStatement(db, params.bookId, pathOf(params.account), query)),
    });

    await app.register(journalRoutes, platform);
    await app.register(holdRoutes, platform);
    await app.register(proofRoutes, { ...platform, more });
  };
