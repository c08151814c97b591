import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { locateReceiptLoan } from './queries.ts';
import { proposeReceiptSale } from './sale.ts';
import { decideReceiptSale } from './sale-decision.ts';
import { locateReceiptSale, receiptSaleAnswers } from './sale-queries.ts';
import { NewReceiptSale, ReceiptSale, SaleStateName } from './sale-schemas.ts';

const tags = ['Loans on receipts'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** A pledged receipt whose loan is in default is sold for the debt. */
export const receiptSaleRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/receipt-loans/:financingId/sales',
    runs(platform, proposeReceiptSale, {
      config: { permission: 'financing:propose' },
      schema: {
        operationId: 'proposeReceiptSale',
        summary: 'Propose the sale of a pledged receipt whose loan is overdue',
        description: 'The pledgor must have been given notice in time. Another person of the bank decides.',
        tags,
        params: object({ financingId: Id }),
        body: NewReceiptSale,
        response: { 201: ReceiptSale, ...problems(403, 404, 409) },
      },
      input: async ({ params: { financingId }, body, actor }) => ({
        ...(await locateReceiptLoan(database, actor, financingId)),
        ...body,
        proceeds: parseMoney(body.proceeds),
        cost: parseMoney(body.cost),
      }),
    }),
  );

  app.get('/v1/receipt-sales', {
    config: { permission: 'receipt:read' },
    schema: {
      operationId: 'listReceiptSales',
      summary: 'Sales of pledged receipts one is a party to',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { financingId: Id, state: SaleStateName } }),
      response: { 200: Page(ReceiptSale), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = receiptSaleAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });

  app.post(
    '/v1/receipt-sales/:saleId/decision',
    runsIfMatch(platform, decideReceiptSale, {
      config: { permission: 'financing:decide' },
      schema: {
        operationId: 'decideReceiptSale',
        summary: 'Another person approves or rejects the sale of a receipt',
        tags,
        params: object({ saleId: Id }),
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: ReceiptSale, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { saleId }, body, actor }, expectedVersion) => ({
        ...(await locateReceiptSale(database, actor, saleId)),
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );
};
