import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Financing, Quote } from '../financing/schemas.ts';
import { parseDecimal, parseMoney } from '../money/decimal.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  Id,
  Instant,
  Name,
  Note,
  object,
  oneOf,
  PositiveMoney,
  problems,
  Reference,
} from '../platform/http/schemas.ts';
import { acceptBill, applyForAcceptance, cancelAcceptance, decideAcceptance } from './acceptance.ts';
import { applyForLoan, quoteLoan } from './application.ts';
import { closeOrder } from './closing.ts';
import { addExtraMargin, depositMargin, payForRelease } from './payment.ts';
import { recordPrice } from './price.ts';
import { locateApplication, locateOrder } from './queries.ts';
import { claimRefund, refundOrder } from './refund.ts';
import { PositiveQuantity, Prepayment } from './schemas.ts';

const tags = ['Prepayments'];
const params = object({ orderId: Id });
const refusals = problems(403, 404, 409, 412);

/** The money of an order: funding by loan or bill, margin, payment for release, refund, claim, and the end. */
export const prepaymentAccountRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;

  app.post('/v1/prepayments/:orderId/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quotePrepayment',
      summary: 'The figures of the loan that disbursement today would book',
      tags,
      params,
      response: { 200: Quote, ...problems(403, 404, 409, 422) },
    },
    handler: async ({ actor, id, params: { orderId } }) => {
      const input = await locateApplication(database, actor, orderId);
      const quote = await quoteLoan(database, {
        actor,
        key: id,
        requestHash: Buffer.alloc(0),
        input,
        now: clock.now(),
      });
      const yuan = [
        'amount',
        'interest',
        'debtorInterest',
        'fee',
        'feeNet',
        'feeTax',
        'netProceeds',
        'dueAtMaturity',
      ] as const;
      return {
        ...quote,
        ...Object.fromEntries(yuan.map((name) => [name, quote[name].toFixed(2)])),
        rate: quote.rate.toFixed(6),
        penaltyRate: quote.penaltyRate.toFixed(6),
        referenceRate: quote.referenceRate?.toFixed(6) ?? null,
      } as never;
    },
  });

  app.post(
    '/v1/prepayments/:orderId/financing',
    runs(platform, applyForLoan, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForPrepayment',
        summary: 'The distributor asks for the loan that pays the seller',
        description: 'Decided on, paid out and repaid as every financing; paid in trust to the account of the seller.',
        tags,
        params,
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: ({ params: { orderId }, actor }) => locateApplication(database, actor, orderId),
    }),
  );

  app.post(
    '/v1/prepayments/:orderId/acceptance',
    runs(platform, applyForAcceptance, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForAcceptance',
        summary: 'The distributor asks its bank to accept a bill in favour of the seller',
        tags,
        params,
        response: { 201: Prepayment, ...problems(403, 404, 409, 422) },
      },
      input: ({ params: { orderId }, actor }) => locateApplication(database, actor, orderId),
    }),
  );

  app.post(
    '/v1/prepayments/:orderId/acceptance/decision',
    runsIfMatch(platform, decideAcceptance, {
      config: { permission: 'prepayment:decide' },
      schema: {
        operationId: 'decideAcceptance',
        summary: 'A checker of the bank approves or rejects the acceptance',
        description: 'If-Match names the version of the acceptance.',
        tags,
        params,
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: Prepayment, ...refusals },
      },
      input: async ({ params: { orderId }, body, actor }, expectedVersion) => ({
        ...(await locateOrder(database, actor, orderId)),
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/prepayments/:orderId/acceptance/cancellation',
    runsIfMatch(platform, cancelAcceptance, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'cancelAcceptance',
        summary: 'The distributor takes its application for an acceptance back',
        tags,
        params,
        body: object({ reason: Note }),
        response: { 200: Prepayment, ...refusals },
      },
      input: async ({ params: { orderId }, body, actor }, expectedVersion) => ({
        ...(await locateOrder(database, actor, orderId)),
        expectedVersion,
        reason: body.reason,
      }),
    }),
  );

  app.post(
    '/v1/prepayments/:orderId/acceptance/issue',
    runsIfMatch(platform, acceptBill, {
      config: { permission: 'financing:disburse' },
      schema: {
        operationId: 'acceptPrepaymentBill',
        summary: 'The bank accepts the bill: margin paid, fee taken',
        tags,
        params,
        response: { 200: Prepayment, ...refusals },
      },
      input: async ({ params: { orderId }, actor }, expectedVersion) => ({
        ...(await locateOrder(database, actor, orderId)),
        expectedVersion,
      }),
    }),
  );

  const payment = (path: string, operationId: string, summary: string, useCase: typeof payForRelease) =>
    app.post(
      `/v1/prepayments/:orderId/${path}`,
      runs(platform, useCase, {
        config: { permission: 'prepayment:pay' },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: object({ amount: PositiveMoney }),
          response: { 201: Prepayment, ...problems(403, 404, 409) },
        },
        input: async ({ params: { orderId }, body, actor }) => ({
          ...(await locateOrder(database, actor, orderId)),
          amount: parseMoney(body.amount),
        }),
      }),
    );
  payment('margin', 'depositMargin', 'The first margin, from the deposit into the margin account', depositMargin);
  payment('extra-margin', 'addExtraMargin', 'Margin that secures and frees no goods', addExtraMargin);
  payment('payments', 'payForRelease', 'Cash for the release of goods', payForRelease);

  app.post(
    '/v1/prepayments/:orderId/prices',
    runs(platform, recordPrice, {
      config: { permission: 'prepayment:serve' },
      schema: {
        operationId: 'recordOrderPrice',
        summary: 'What a unit of the goods is worth now; a fall may call for margin',
        tags,
        params,
        body: object({ price: PositiveQuantity, source: Name, quotedAt: Instant }),
        response: { 201: Prepayment, ...problems(403, 404, 409) },
      },
      input: async ({ params: { orderId }, body, actor }) => ({
        ...(await locateOrder(database, actor, orderId)),
        price: parseDecimal(body.price),
        source: body.source,
        quotedAt: body.quotedAt,
      }),
    }),
  );

  app.post(
    '/v1/prepayments/:orderId/refunds',
    runs(platform, refundOrder, {
      config: { permission: 'prepayment:refund' },
      schema: {
        operationId: 'refundPrepayment',
        summary: 'The seller refunds, or buys back, what it has not delivered',
        description: 'By the bank with its reference when the money came from outside; by the seller from its deposit.',
        tags,
        params,
        body: object({ amount: PositiveMoney, bankReference: Type.Optional(Reference) }),
        response: { 201: Prepayment, ...problems(403, 404, 409) },
      },
      input: async ({ params: { orderId }, body, actor }) => ({
        ...(await locateOrder(database, actor, orderId)),
        amount: parseMoney(body.amount),
        from: body.bankReference === undefined ? ('deposit' as const) : ('outside' as const),
        bankReference: body.bankReference ?? null,
      }),
    }),
  );

  const step = (
    path: string,
    operationId: string,
    summary: string,
    useCase: typeof claimRefund | typeof closeOrder,
    permission: 'prepayment:serve' | 'financing:repay',
  ) =>
    app.post(
      `/v1/prepayments/:orderId/${path}`,
      runsIfMatch(platform, useCase as typeof claimRefund, {
        config: { permission },
        schema: { operationId, summary, tags, params, response: { 200: Prepayment, ...refusals } },
        input: async ({ params: { orderId }, actor }, expectedVersion) => ({
          ...(await locateOrder(database, actor, orderId)),
          expectedVersion,
        }),
      }),
    );
  step('claim', 'claimRefund', 'The bank claims what it is owed from the seller', claimRefund, 'prepayment:serve');
  step(
    'closing',
    'closePrepayment',
    'The order ends; what is left of the margin goes back',
    closeOrder,
    'financing:repay',
  );
};
