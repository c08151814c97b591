import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  nullable,
  object,
  oneOf,
  Page,
  problems,
} from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { beginClose } from './close-order.ts';
import { closeSteps } from './close-store.ts';
import { fundsRoutes } from './funds-routes.ts';
import { requireOwnBook } from './queries.ts';
import { unappliedRoutes } from './unapplied-routes.ts';

const tags = ['Settlement'];
const bookParams = object({ bookId: Id });
const _newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byDay = { newest: [['business_date', 'desc']] } as const;

const DayClose = component(
  'DayClose',
  object({
    bookId: Id,
    businessDate: Day,
    nextDate: Day,
    step: oneOf(closeSteps),
    state: oneOf(['running', 'done']),
    accrued: Count,
    fellOverdue: Count,
    reclassified: Count,
    fault: nullable(Type.String({ description: 'Why the day could not be closed when it was last tried.' })),
    startedAt: Instant,
    finishedAt: nullable(Instant),
  }),
);

/** Money coming in, and the close of the day. */
export const settlementRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  await app.register(fundsRoutes, platform);
  await app.register(unappliedRoutes, platform);

  app.post(
    '/v1/books/:bookId/day-closes',
    runs(platform, beginClose, {
      config: { permission: 'book:close' },
      schema: {
        operationId: 'closeDay',
        summary: 'Close the business day',
        description:
          'Answers 202: overdue, accrual, classification and proof run in the background; commands of the book wait.',
        tags,
        params: bookParams,
        body: object({ businessDate: Day }),
        response: { 202: DayClose, ...problems(403, 404, 409) },
      },
      input: ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        return { bookId, businessDate: body.businessDate };
      },
    }),
  );

  app.get('/v1/books/:bookId/day-closes', {
    config: { permission: 'book:read' },
    schema: {
      operationId: 'listDayCloses',
      summary: 'Closes of a book, with their progress',
      tags,
      params: bookParams,
      querystring: pageQuery({ sorts: byDay, filters: {} }),
      response: { 200: Page(DayClose), ...problems(400) },
    },
    handler: ({ actor, params: { bookId }, query }) =>
      readAs(database, actor, (db) => paginate(closes(db, bookId), { page: query, sorts: byDay })) as never,
  });

  app.get('/v1/books/:bookId/day-closes/:businessDate', {
    config: { permission: 'book:read' },
    schema: {
      operationId: 'getDayClose',
      summary: 'How far the close of a day is',
      tags,
      params: object({ bookId: Id, businessDate: Day }),
      response: { 200: DayClose, ...problems(404) },
    },
    handler: async ({ actor, params }) => {
      const row = await readAs(database, actor, (db) =>
        closes(db, params.bookId).where('business_date', '=', params.businessDate).executeTakeFirst(),
      );
      if (row === undefined) throw new Refusal('not-found', `${params.businessDate} has not been closed`);
      return row as never;
    },
  });
};

const closes = (db: Parameters<Parameters<typeof readAs>[2]>[0], bookId: string) =>
  db
    .selectFrom('close_run')
    .select([
      'book_id as bookId',
      'business_date as businessDate',
      'next_date as nextDate',
      'step',
      'state',
      'accrued',
      'fell_overdue as fellOverdue',
      'reclassified',
      'fault',
      'started_at as startedAt',
      'finished_at as finishedAt',
    ])
    .where('book_id', '=', bookId);
