import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { holdSorts, listHolds, readHold, readWholeBook } from './book-queries.ts';
import { holdLifecycle } from './hold-rules.ts';
import { placeHold, releaseHold } from './holds.ts';
import { AccountName, Hold, HoldBody, HoldWithBalance, InBook } from './schemas.ts';

const tags = ['Ledger'];
const InHold = object({ bookId: Id, holdId: Id });

/** Amounts that a bank sets aside on accounts of its book. */
export const holdRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/books/:bookId/holds',
    runs(platform, placeHold, {
      config: { permission: 'hold:place' },
      schema: {
        operationId: 'placeHold',
        summary: 'Set an amount aside on an account',
        description: 'It stays in the balance and is not available until it is released, or `expiresOn` has passed.',
        tags,
        params: InBook,
        body: HoldBody,
        response: { 201: HoldWithBalance, ...problems(404, 409) },
      },
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
  );

  app.get('/v1/books/:bookId/holds', {
    config: { permission: 'hold:read' },
    schema: {
      operationId: 'listHolds',
      summary: 'List the holds of a book',
      tags,
      params: InBook,
      querystring: pageQuery({
        sorts: holdSorts,
        filters: { account: AccountName, state: oneOf(holdLifecycle.states) },
      }),
      response: { 200: Page(Hold), ...problems(404) },
    },
    handler: ({ actor, params: { bookId }, query }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return listHolds(db, bookId, query, query);
      }),
  });

  app.get('/v1/books/:bookId/holds/:holdId', {
    config: { permission: 'hold:read' },
    schema: {
      operationId: 'readHold',
      summary: 'Read a hold',
      tags,
      params: InHold,
      response: { 200: Hold, ...problems(404) },
    },
    handler: ({ actor, params: { bookId, holdId } }) =>
      readAs(database, actor, async (db) => {
        await readWholeBook(db, actor, bookId);
        return readHold(db, bookId, holdId);
      }),
  });

  app.post(
    '/v1/books/:bookId/holds/:holdId/release',
    runs(platform, releaseHold, {
      config: { permission: 'hold:release' },
      schema: {
        operationId: 'releaseHold',
        summary: 'Give back what a hold has set aside',
        tags,
        params: InHold,
        response: { 200: HoldWithBalance, ...problems(404, 409) },
      },
      input: ({ params }) => params,
    }),
  );
};
