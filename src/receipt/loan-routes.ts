import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox';
import { quoteAnswer } from '../financing/answer.ts';
import { Financing, Quote } from '../financing/schemas.ts';
import { Quantity } from '../goods/schemas.ts';
import { parseDecimal, parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Money, Note, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { applyForReceiptLoan, submitReceiptLoanAgain } from './application.ts';
import { type Application, quoteLoan } from './assessment.ts';
import { releaseOrderLifecycle } from './lifecycle.ts';
import { locateLoan, locateOrder, locateReceiptLoan, orderAnswers, returnedLoan } from './queries.ts';
import { acknowledgeRelease, grantRelease, refuseRelease, requestRelease } from './release.ts';
import { LoanCover, NewLoan, ReleaseOrder } from './schemas.ts';
import { valueReceipts } from './valuation.ts';

const tags = ['Loans on receipts'];
const params = object({ financingId: Id });
const orderParams = object({ orderId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** Loans on warehouse receipts: application, valuation, and goods that leave the pledge. */
export const receiptLoanRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  type Asker = Parameters<typeof locateLoan>[1];
  const applicationOf = async (
    actor: Asker,
    body: Static<typeof NewLoan>,
    payeeAccountId: string,
  ): Promise<Application> => ({
    ...(await locateLoan(database, actor, body.programmeId, body.receiptIds)),
    amount: body.amount === undefined ? null : parseMoney(body.amount),
    dueDate: body.dueDate,
    payeeAccountId,
  });

  app.post('/v1/receipt-loans/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quoteReceiptLoan',
      summary: 'What receipts are worth to the bank, and the figures that disbursement today would book',
      tags,
      body: NewLoan,
      response: { 200: object({ value: Money, quote: Quote }), ...problems(404, 409, 422) },
    },
    handler: async ({ actor, id, body }) => {
      const input = await applicationOf(actor, body, actor.orgId);
      const asked = { actor, key: id, requestHash: Buffer.alloc(0), input, now: clock.now() };
      const { face, quote } = await quoteLoan(database, asked);
      return { value: face.toFixed(2), quote: quoteAnswer(quote) };
    },
  });

  app.post(
    '/v1/receipt-loans',
    runs(platform, applyForReceiptLoan, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForReceiptLoan',
        summary: 'Apply for a loan on receipts, which are endorsed to the bank',
        description:
          'Reserves the receipts and the limits on the whole path. The authority matrix says who has to approve.',
        tags,
        body: object({ ...NewLoan.properties, payeeAccountId: Id }),
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: ({ body, actor }) => applicationOf(actor, body, body.payeeAccountId),
    }),
  );

  app.post(
    '/v1/receipt-loans/:financingId/submission',
    runsIfMatch(platform, submitReceiptLoanAgain, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'submitReceiptLoanAgain',
        summary: 'Submit again what the bank has returned',
        tags,
        params,
        response: { 200: Financing, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { financingId }, actor }, expectedVersion) => ({
        ...(await returnedLoan(database, actor, financingId)),
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/receipt-loans/:financingId/valuation',
    runs(platform, valueReceipts, {
      config: { permission: 'goods:value' },
      schema: {
        operationId: 'valueReceipts',
        summary: 'Value the receipts of a loan by the quotations in force',
        tags,
        params,
        response: { 200: LoanCover, ...problems(404, 409) },
      },
      input: ({ params: { financingId }, actor }) => locateReceiptLoan(database, actor, financingId),
    }),
  );

  app.post(
    '/v1/receipt-loans/:financingId/releases',
    runs(platform, requestRelease, {
      config: { permission: 'financing:repay' },
      schema: {
        operationId: 'requestReceiptRelease',
        summary: 'Ask to have goods of a pledged receipt back; all that may go unless a quantity is named',
        tags,
        params,
        body: object({ receiptId: Id, quantity: Type.Optional(Quantity) }),
        response: { 201: ReleaseOrder, ...problems(403, 404, 409, 422) },
      },
      input: async ({ params: { financingId }, body, actor }) => ({
        ...(await locateReceiptLoan(database, actor, financingId)),
        receiptId: body.receiptId,
        quantity: body.quantity === undefined ? null : parseDecimal(body.quantity),
      }),
    }),
  );

  app.get('/v1/release-orders', {
    config: { permission: 'receipt:read' },
    schema: {
      operationId: 'listReleaseOrders',
      summary: 'Releases asked for, granted and acknowledged',
      tags,
      querystring: pageQuery({
        sorts: newest,
        filters: { state: oneOf(releaseOrderLifecycle.states), financingId: Id },
      }),
      response: { 200: Page(ReleaseOrder), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = orderAnswers(db);
        // Named for the index of the side the asker is on; row-level security says the same.
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind === 'warehouse') rows = rows.where('operator_id', '=', actor.orgId);
        else if (actor.orgKind === 'enterprise') rows = rows.where('holder_id', '=', actor.orgId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });

  const decided = async (actor: Asker, orderId: string, expectedVersion: number) => {
    const { financingId } = await locateOrder(database, actor, orderId);
    return { ...(await locateReceiptLoan(database, actor, financingId)), orderId, expectedVersion };
  };

  app.post(
    '/v1/release-orders/:orderId/grant',
    runsIfMatch(platform, grantRelease, {
      config: { permission: 'financing:decide' },
      schema: {
        operationId: 'grantReceiptRelease',
        summary: 'Let goods go: the receipt is split so that what stays covers what is owed',
        tags,
        params: orderParams,
        response: { 200: ReleaseOrder, ...problems(403, 404, 409, 412) },
      },
      input: ({ params: { orderId }, actor }, version) => decided(actor, orderId, version),
    }),
  );

  app.post(
    '/v1/release-orders/:orderId/refusal',
    runsIfMatch(platform, refuseRelease, {
      config: { permission: 'financing:decide' },
      schema: {
        operationId: 'refuseReceiptRelease',
        summary: 'Refuse a release: everything stays pledged',
        tags,
        params: orderParams,
        body: object({ reason: Note }),
        response: { 200: ReleaseOrder, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { orderId }, body, actor }, version) => ({
        ...(await decided(actor, orderId, version)),
        reason: body.reason,
      }),
    }),
  );

  app.post(
    '/v1/release-orders/:orderId/acknowledgement',
    runsIfMatch(platform, acknowledgeRelease, {
      config: { permission: 'receipt:confirm' },
      schema: {
        operationId: 'acknowledgeReleaseOrder',
        summary: 'The warehouse acknowledges a release: the receipt is free',
        tags,
        params: orderParams,
        response: { 200: ReleaseOrder, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { orderId }, actor }, expectedVersion) => {
        const { receiptId, releasedId, operatorId, holderId } = await locateOrder(database, actor, orderId);
        return { orderId, receiptId: releasedId ?? receiptId, operatorId, holderId, expectedVersion };
      },
    }),
  );
};
