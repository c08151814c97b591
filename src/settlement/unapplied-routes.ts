import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  component,
  Day,
  Id,
  Instant,
  Money,
  Name,
  nullable,
  object,
  oneOf,
  Page,
  PositiveMoney,
  problems,
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { collect } from './collection.ts';
import { Collection, PaidReceivables } from './funds-schemas.ts';
import { locateCollection, locateUnapplied, requireOwnBook, requireVisible, unappliedAnswers } from './queries.ts';
import { refundUnapplied } from './refund.ts';
import { matchDeposit, receiveUnapplied, unappliedLifecycle } from './unapplied.ts';

const tags = ['Settlement'];
const params = object({ unappliedId: Id });
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const State = oneOf(unappliedLifecycle.states);

const UnappliedFunds = component(
  'UnappliedFunds',
  object({
    id: Id,
    bookId: Id,
    partyId: nullable(Id),
    remitter: nullable(
      Type.String({ description: 'Who paid, as the bank’s statement says.', examples: ['济南示范机械'] }),
    ),
    bankReference: Type.String({ examples: ['20260915-000127'] }),
    amount: PositiveMoney,
    remaining: Money,
    state: State,
    paymentId: nullable(Id),
    receivedOn: Day,
    version: Version,
    createdAt: Instant,
  }),
);

/** Money that waits for a purpose: recorded, matched to receivables or a deposit, or refunded. */
export const unappliedRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/books/:bookId/unapplied-funds',
    runs(platform, receiveUnapplied, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'recordUnappliedFunds',
        summary: 'Money arrived whose purpose is not known',
        tags,
        params: object({ bookId: Id }),
        body: object({
          partyId: Type.Optional(Id),
          remitter: Type.Optional(Name),
          amount: PositiveMoney,
          bankReference: Reference,
        }),
        response: { 201: UnappliedFunds, ...problems(403, 404, 409) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        if (body.partyId === undefined && body.remitter === undefined) {
          throw new Refusal('invalid-input', 'nobody is named', {
            field: '/remitter',
            accepted: 'a party or a remitter',
          });
        }
        if (body.partyId !== undefined) await requireVisible(database, actor, body.partyId);
        return {
          bookId,
          partyId: body.partyId ?? null,
          remitter: body.remitter ?? null,
          amount: parseMoney(body.amount),
          bankReference: body.bankReference,
        };
      },
    }),
  );

  app.get('/v1/unapplied-funds', {
    config: { permission: 'collection:read' },
    schema: {
      operationId: 'listUnappliedFunds',
      summary: 'Money that waits for a purpose, or did',
      tags,
      querystring: pageQuery({ sorts, filters: { state: State } }),
      response: { 200: Page(UnappliedFunds), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = unappliedAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') rows = rows.where('party_id', '=', actor.orgId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return paginate(rows, { page: query, sorts });
      }) as never,
  });

  app.post(
    '/v1/unapplied-funds/:unappliedId/collection',
    runsIfMatch(platform, collect, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'matchUnappliedToReceivables',
        summary: 'Unapplied money pays receivables',
        tags,
        params,
        body: object({ items: PaidReceivables }),
        response: { 201: Collection, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { unappliedId }, body, actor }, expectedVersion) => {
        const { bookId, bankReference } = await locateUnapplied(database, actor, unappliedId);
        return locateCollection(database, {
          bookId,
          // Each matching is a booking of its own; the reference of the bank stays with the receipt.
          bankReference: `${bankReference} v${expectedVersion}`,
          from: 'unapplied',
          received: null,
          unapplied: { bookId, unappliedId, expectedVersion },
          items: body.items.map(({ receivableId, amount }) => ({ receivableId, amount: parseMoney(amount) })),
        });
      },
    }),
  );

  app.post(
    '/v1/unapplied-funds/:unappliedId/deposit',
    runsIfMatch(platform, matchDeposit, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'matchUnappliedToDeposit',
        summary: 'Unapplied money belongs on a party’s deposit',
        tags,
        params,
        body: object({ partyId: Id, amount: PositiveMoney }),
        response: { 200: UnappliedFunds, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { unappliedId }, body, actor }, expectedVersion) => {
        const { bookId } = await locateUnapplied(database, actor, unappliedId);
        await requireVisible(database, actor, body.partyId);
        return { bookId, unappliedId, expectedVersion, partyId: body.partyId, amount: parseMoney(body.amount) };
      },
    }),
  );

  app.post(
    '/v1/unapplied-funds/:unappliedId/refund',
    runsIfMatch(platform, refundUnapplied, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'refundUnappliedFunds',
        summary: 'What remains goes back to whoever paid',
        description: 'Answers 202: it is refunded when the bank says that the payment has settled.',
        tags,
        params,
        body: object({ partyId: Id, payeeAccountId: Id }),
        response: { 202: UnappliedFunds, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { unappliedId }, body, actor }, expectedVersion) => {
        const { bookId } = await locateUnapplied(database, actor, unappliedId);
        await requireVisible(database, actor, body.partyId);
        return { bookId, unappliedId, expectedVersion, ...body };
      },
    }),
  );
};
