import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Note, object, Page, problems } from '../platform/http/schemas.ts';
import { discountAnswer, discountLineAnswer, quoteAnswer } from './discount-answer.ts';
import { takeQuote } from './discount-deal.ts';
import { approveDiscount, cancelDiscount, proposeDiscount, rejectDiscount } from './discount-decisions.ts';
import { locateDiscount, locateQuote, programmesOn } from './discount-queries.ts';
import { quoteDiscounts } from './discount-quote.ts';
import { redeemBills } from './discount-redemption.ts';
import {
  BillDiscount,
  BillQuote,
  BillRedemption,
  DiscountedBill,
  DiscountKindName,
  DiscountQuotes,
  DiscountStatusName,
} from './discount-schemas.ts';
import { billDiscounts, billQuotes, discountLines } from './discount-store.ts';
import { pageOf, rowOf, selectHoldings } from './queries.ts';
import { BillItems } from './schemas.ts';

const tags = ['Bill discounts'];
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const params = object({ discountId: Id });
const OptionalReason = object({ reason: Type.Optional(Note) });

/** Discounts of bills: quotes side by side, the deal on one of them, its decisions, redemption. */
export const discountRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/chains/:chainId/bill-discount-quotes',
    runs(platform, quoteDiscounts, {
      config: { permission: 'bill-discount:ask' },
      schema: {
        operationId: 'quoteBillDiscounts',
        summary: 'What every bank of the chain pays for bills today, side by side and firm for a time',
        description:
          'Up to 1,000 holdings, parts of them or whole packages. What cannot be discounted is named with what would ' +
          'cure it; the rest is quoted.',
        tags,
        params: object({ chainId: Id }),
        body: object({
          items: BillItems,
          kind: Type.Optional(DiscountKindName),
          redemptionFrom: Type.Optional(Day),
          redemptionUntil: Type.Optional(Day),
          buyersBear: Type.Optional(
            Type.Boolean({
              default: false,
              description: 'Whether drawers bear the part of the interest that they have consented to.',
            }),
          ),
          programmeIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 50, uniqueItems: true })),
        }),
        response: { 201: DiscountQuotes, ...problems(403, 404, 409, 422) },
      },
      input: async ({ actor, params: { chainId }, body }) => ({
        chainId,
        programmes: await programmesOn(database, actor, chainId, body.programmeIds),
        items: await selectHoldings(database, actor, body.items),
        kind: body.kind ?? 'outright',
        redemptionFrom: body.redemptionFrom ?? null,
        redemptionUntil: body.redemptionUntil ?? null,
        buyersBear: body.buyersBear ?? false,
      }),
    }),
  );

  app.get('/v1/bill-discount-quotes', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillDiscountQuotes',
      summary: 'Quotes that one was given, or gave',
      tags,
      querystring: pageQuery({ sorts, filters: { requestId: Id, chainId: Id } }),
      response: { 200: Page(BillQuote), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_quote').selectAll();
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind === 'enterprise') rows = rows.where('seller_id', '=', actor.orgId);
        if (query.requestId !== undefined) rows = rows.where('request_id', '=', query.requestId);
        if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
        return pageOf(rows, { table: billQuotes, answer: quoteAnswer, page: query, sorts });
      }) as never,
  });

  app.get('/v1/bill-discount-quotes/:quoteId', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'getBillDiscountQuote',
      summary: 'One quote',
      tags,
      params: object({ quoteId: Id }),
      response: { 200: BillQuote, ...problems(404) },
    },
    handler: ({ actor, params: { quoteId } }) =>
      readAs(database, actor, async (db) => quoteAnswer(await rowOf(db, billQuotes, 'id', quoteId))) as never,
  });

  app.post(
    '/v1/bill-discounts',
    runs(platform, takeQuote, {
      config: { permission: 'bill-discount:ask' },
      schema: {
        operationId: 'takeBillDiscountQuote',
        summary: 'Take a firm quote: the bills are locked until the money has settled',
        description: 'Where the authority matrix leaves it to its rule the payment goes out at once.',
        tags,
        body: object({ quoteId: Id, payeeAccountId: Id }),
        response: { 201: BillDiscount, ...problems(403, 404, 409, 422) },
      },
      input: async ({ actor, body }) => ({
        ...(await locateQuote(database, actor, body.quoteId)),
        payeeAccountId: body.payeeAccountId,
      }),
    }),
  );

  app.get('/v1/bill-discounts', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillDiscounts',
      summary: 'Discounts one is a party to',
      tags,
      querystring: pageQuery({ sorts, filters: { status: DiscountStatusName, chainId: Id } }),
      response: { 200: Page(BillDiscount), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_discount').selectAll();
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind === 'enterprise') rows = rows.where('seller_id', '=', actor.orgId);
        if (query.status !== undefined) rows = rows.where('status', '=', query.status);
        if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
        return pageOf(rows, { table: billDiscounts, answer: discountAnswer, page: query, sorts });
      }) as never,
  });

  app.get('/v1/bill-discounts/:discountId', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'getBillDiscount',
      summary: 'One discount',
      tags,
      params,
      response: { 200: BillDiscount, ...problems(404) },
    },
    handler: async ({ actor, params: { discountId } }, reply) => {
      const row = await readAs(database, actor, (db) => rowOf(db, billDiscounts, 'id', discountId));
      reply.header('etag', `"${row.version}"`);
      return discountAnswer(row) as never;
    },
  });

  app.get('/v1/bill-discounts/:discountId/lines', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillDiscountLines',
      summary: 'The bills of a discount',
      tags,
      params,
      querystring: pageQuery({ sorts: { oldest: sorts.oldest }, filters: {} }),
      response: { 200: Page(DiscountedBill), ...problems(404) },
    },
    handler: ({ actor, params: { discountId }, query }) =>
      readAs(database, actor, async (db) => {
        await rowOf(db, billDiscounts, 'id', discountId);
        const rows = db.selectFrom('bill_discount_line').selectAll().where('discount_id', '=', discountId);
        return pageOf(rows, {
          table: discountLines,
          answer: discountLineAnswer,
          page: query,
          sorts: { oldest: sorts.oldest },
        });
      }) as never,
  });

  const decision = (
    path: string,
    operationId: string,
    summary: string,
    useCase: typeof approveDiscount,
    permission: 'bill-discount:propose' | 'bill-discount:decide' | 'bill-discount:cancel',
  ) =>
    app.post(
      `/v1/bill-discounts/:discountId/${path}`,
      runsIfMatch(platform, useCase, {
        config: { permission },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: OptionalReason,
          response: { 200: BillDiscount, ...problems(403, 404, 409, 412) },
        },
        input: async ({ actor, params: { discountId }, body }, expectedVersion) => ({
          ...(await locateDiscount(database, actor, discountId)),
          expectedVersion,
          reason: body.reason ?? null,
        }),
      }),
    );
  decision('proposal', 'proposeBillDiscount', 'A maker of the bank proposes', proposeDiscount, 'bill-discount:propose');
  decision(
    'approval',
    'approveBillDiscount',
    'A checker of the bank approves; the last approval sends the payment',
    approveDiscount,
    'bill-discount:decide',
  );
  decision('rejection', 'rejectBillDiscount', 'A checker of the bank rejects', rejectDiscount, 'bill-discount:decide');
  decision(
    'cancellation',
    'cancelBillDiscount',
    'Take a discount back before it is paid',
    cancelDiscount,
    'bill-discount:cancel',
  );

  app.post(
    '/v1/bill-discounts/:discountId/redemptions',
    runsIfMatch(platform, redeemBills, {
      config: { permission: 'bill-discount:ask' },
      schema: {
        operationId: 'redeemBills',
        summary: 'Take bills of a repo back within its window, out of the deposit at the bank',
        description: 'At face; interest that is not earned yet goes back to whoever bore it.',
        tags,
        params,
        body: object({ lineIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true })) }),
        response: { 200: BillRedemption, ...problems(403, 404, 409, 412) },
      },
      input: async ({ actor, params: { discountId }, body }, expectedVersion) => ({
        ...(await locateDiscount(database, actor, discountId)),
        expectedVersion,
        lineIds: body.lineIds ?? null,
      }),
    }),
  );
};
