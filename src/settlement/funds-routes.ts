import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, oneOf, Page, PositiveMoney, problems, Reference } from '../platform/http/schemas.ts';
import { collect } from './collection.ts';
import { receiveDeposit } from './deposit.ts';
import { Collection, FundsLine, PaidReceivables, ReceiptOfFunds } from './funds-schemas.ts';
import { fundsLineAnswers, locateCollection, receiptAnswers, requireOwnBook, requireVisible } from './queries.ts';

const tags = ['Settlement'];
const bookParams = object({ bookId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byLine = { oldest: [['id', 'asc']] } as const;
/** 100,000 receivables with their amounts. */
const LARGEST_BODY = 12 * 1024 * 1024;

/** Money coming in: for receivables, or onto a deposit. */
export const fundsRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post('/v1/books/:bookId/collections', {
    ...runs(platform, collect, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'recordCollection',
        summary: 'A debtor pays receivables: financings first, the rest to the holders',
        description:
          'Booked by the bank, at maturity from the debtor’s deposit if agreed. Up to 100,000 receivables are paid at once: all are booked, or none.',
        tags,
        params: bookParams,
        body: object({
          bankReference: Reference,
          from: Type.Optional(
            oneOf(['outside', 'deposit'], {
              description: 'Whether money arrived from outside, which it is unless told, or the debtor’s deposit pays.',
            }),
          ),
          amount: Type.Optional(
            Type.Unsafe<string>({
              ...PositiveMoney,
              description: 'What arrived, when it is more than the receivables take: the rest is kept unapplied.',
            }),
          ),
          items: PaidReceivables,
        }),
        response: { 201: Collection, ...problems(403, 404, 409) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        return locateCollection(database, {
          bookId,
          bankReference: body.bankReference,
          from: body.from ?? 'outside',
          received: body.amount === undefined ? null : parseMoney(body.amount),
          unapplied: null,
          items: body.items.map((item) => ({ receivableId: item.receivableId, amount: parseMoney(item.amount) })),
        });
      },
    }),
    bodyLimit: LARGEST_BODY,
  });

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
        let rows = receiptAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') rows = rows.where('party_id', '=', actor.orgId);
        if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind);
        return paginate(rows, { page: query, sorts: newest });
      }) as never,
  });

  app.get('/v1/receipts-of-funds/:receiptId/lines', {
    config: { permission: 'collection:read' },
    schema: {
      operationId: 'listFundsLines',
      summary: 'Where a receipt went: a line for each payee of each receivable, as far as one may see them',
      tags,
      params: object({ receiptId: Id }),
      querystring: pageQuery({ sorts: byLine, filters: {} }),
      response: { 200: Page(FundsLine), ...problems(400) },
    },
    handler: ({ actor, params: { receiptId }, query }) =>
      readAs(database, actor, (db) =>
        paginate(fundsLineAnswers(db, receiptId), { page: query, sorts: byLine }),
      ) as never,
  });
};
