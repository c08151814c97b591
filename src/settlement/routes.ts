import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, readAs } from '../platform/database.ts';
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
  PositiveMoney,
  problems,
  Reference,
} from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { beginClose } from './close-order.ts';
import { closeSteps } from './close-store.ts';
import { collect, receiveDeposit } from './collection.ts';
import { locateCollection } from './queries.ts';

const tags = ['Settlement'];
const bookParams = object({ bookId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byDay = { newest: [['business_date', 'desc']] } as const;

const ReceiptOfFunds = component(
  'ReceiptOfFunds',
  object({
    id: Id,
    bookId: Id,
    kind: oneOf(['collection', 'deposit']),
    partyId: Id,
    bankReference: Type.String({ examples: ['20260915-000127'] }),
    amount: PositiveMoney,
    receivedOn: Day,
    applied: Type.Array(
      object({
        receivableId: Id,
        amount: PositiveMoney,
        toFinancings: Type.Array(object({ financingId: Id, amount: PositiveMoney })),
        toHolders: Type.Array(object({ holderId: Id, amount: PositiveMoney })),
      }),
    ),
    createdAt: Instant,
  }),
);

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

  app.post(
    '/v1/books/:bookId/collections',
    runs(platform, collect, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'recordCollection',
        summary: 'A debtor pays receivables: financings first, the rest to the holders',
        description:
          'Booked by the bank, at maturity from the debtor’s deposit if agreed. All items are booked, or none.',
        tags,
        params: bookParams,
        body: object({
          bankReference: Reference,
          from: Type.Optional(
            oneOf(['outside', 'deposit'], {
              description: 'Whether money arrived from outside, which it is unless told, or the debtor’s deposit pays.',
            }),
          ),
          items: Type.Array(object({ receivableId: Id, amount: PositiveMoney }), { minItems: 1, maxItems: 1000 }),
        }),
        response: { 201: ReceiptOfFunds, ...problems(403, 404, 409) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        return locateCollection(database, {
          bookId,
          bankReference: body.bankReference,
          from: body.from ?? 'outside',
          items: body.items.map((item) => ({ receivableId: item.receivableId, amount: parseMoney(item.amount) })),
        });
      },
    }),
  );

  app.post(
    '/v1/books/:bookId/deposits',
    runs(platform, receiveDeposit, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'recordDeposit',
        summary: 'Money from outside arrived on a party’s deposit',
        tags,
        params: bookParams,
        body: object({ partyId: Id, amount: PositiveMoney, bankReference: Reference }),
        response: { 201: ReceiptOfFunds, ...problems(403, 404, 409) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        await requireVisible(database, actor, body.partyId);
        return { bookId, partyId: body.partyId, amount: parseMoney(body.amount), bankReference: body.bankReference };
      },
    }),
  );

  app.get('/v1/receipts-of-funds', {
    config: { permission: 'collection:read' },
    schema: {
      operationId: 'listReceiptsOfFunds',
      summary: 'Money that came in and where it went',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { kind: oneOf(['collection', 'deposit']) } }),
      response: { 200: Page(ReceiptOfFunds), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db
          .selectFrom('receipt_of_funds')
          .select([
            'id',
            'book_id as bookId',
            'kind',
            'party_id as partyId',
            'bank_reference as bankReference',
            'amount',
            'received_on as receivedOn',
            'applied',
            'created_at as createdAt',
          ]);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') rows = rows.where('party_id', '=', actor.orgId);
        if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind);
        return paginate(rows, { page: query, sorts: newest });
      }) as never,
  });

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

function requireOwnBook(actor: Actor, bookId: string): void {
  if (actor.orgId !== bookId) throw new Refusal('not-found', `there is no book ${bookId}`);
}

async function requireVisible(database: Database, actor: Actor, orgId: string): Promise<void> {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('organization').select('id').where('id', '=', orgId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no organization ${orgId}`, { field: '/partyId' });
}
