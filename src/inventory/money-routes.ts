import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox';
import { quoteAnswer } from '../financing/answer.ts';
import { Financing, Quote } from '../financing/schemas.ts';
import { parseMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { drawOnPledge, quoteDrawing } from './application.ts';
import { payDown, payMargin, returnMargin, terminatePledge } from './payment.ts';
import { locateDrawing, locatePledgeWithLoans, locateSale, saleAnswers } from './queries.ts';
import { decideSale, proposeSale } from './sale.ts';
import { NewDrawing, NewSale, PaidDown, Pledge, Sale } from './schemas.ts';

const tags = ['Inventory pledges'];
const params = object({ pledgeId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const OptionalReason = object({ reason: Type.Optional(Note) });

/** Money on pledges: drawn, repaid, put up as margin, fetched by a sale. */
export const pledgeMoneyRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  const drawing = async (
    actor: Actor,
    pledgeId: string,
    { amount, dueDate }: Static<typeof NewDrawing>,
    payeeAccountId: string,
  ) => ({
    ...(await locateDrawing(database, actor, pledgeId)),
    amount: amount === undefined ? null : parseMoney(amount),
    dueDate,
    payeeAccountId,
  });

  app.post('/v1/inventory-pledges/:pledgeId/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quoteDrawing',
      summary: 'The figures of a loan on the pledge if it were paid today',
      tags,
      params,
      body: NewDrawing,
      response: { 200: Quote, ...problems(404, 409, 422) },
    },
    handler: async ({ actor, id, params: { pledgeId }, body }) => {
      const input = await drawing(actor, pledgeId, body, actor.orgId);
      const command = { actor, key: id, requestHash: Buffer.alloc(0), input, now: clock.now() };
      return quoteAnswer(await quoteDrawing(database, command));
    },
  });

  app.post(
    '/v1/inventory-pledges/:pledgeId/drawings',
    runs(platform, drawOnPledge, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'drawOnPledge',
        summary: 'Apply for a loan on the pledge',
        description: 'No more than the goods carry at the initial loan to value, and only by fresh quotations.',
        tags,
        params,
        body: object({ ...NewDrawing.properties, payeeAccountId: Id }),
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: ({ params: { pledgeId }, body: { payeeAccountId, ...wanted }, actor }) =>
        drawing(actor, pledgeId, wanted, payeeAccountId),
    }),
  );

  app.post(
    '/v1/inventory-pledges/:pledgeId/paydowns',
    runs(platform, payDown, {
      config: { permission: 'pledge:pay' },
      schema: {
        operationId: 'payDownPledge',
        summary: 'Repay principal to restore the cover or to free goods',
        tags,
        params,
        body: object({ financingId: Id, amount: PositiveMoney }),
        response: { 201: PaidDown, ...problems(403, 404, 409) },
      },
      input: async ({ params: { pledgeId }, body, actor }) => ({
        ...(await locatePledgeWithLoans(database, actor, pledgeId)),
        financingId: body.financingId,
        amount: parseMoney(body.amount),
      }),
    }),
  );

  for (const [path, operationId, summary, useCase] of [
    ['margin', 'payMargin', 'Put up cash margin out of the deposit', payMargin],
    ['margin-returns', 'returnMargin', 'Take margin back that the goods do not need', returnMargin],
  ] as const) {
    app.post(
      `/v1/inventory-pledges/:pledgeId/${path}`,
      runs(platform, useCase, {
        config: { permission: 'pledge:pay' },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: object({ amount: PositiveMoney }),
          response: { 201: Pledge, ...problems(403, 404, 409) },
        },
        input: async ({ params: { pledgeId }, body, actor }) => ({
          ...(await locatePledgeWithLoans(database, actor, pledgeId)),
          amount: parseMoney(body.amount),
        }),
      }),
    );
  }

  app.post(
    '/v1/inventory-pledges/:pledgeId/termination',
    runs(platform, terminatePledge, {
      config: { permission: 'pledge:pay' },
      schema: {
        operationId: 'terminatePledge',
        summary: 'End a pledge that carries nothing',
        tags,
        params,
        body: OptionalReason,
        response: { 200: Pledge, ...problems(403, 404, 409) },
      },
      input: async ({ params: { pledgeId }, body, actor }) => ({
        ...(await locatePledgeWithLoans(database, actor, pledgeId)),
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/inventory-pledges/:pledgeId/sales',
    runs(platform, proposeSale, {
      config: { permission: 'pledge:sell' },
      schema: {
        operationId: 'proposeSale',
        summary: 'Propose the sale of goods under an enforced pledge',
        tags,
        params,
        body: NewSale,
        response: { 201: Sale, ...problems(403, 404, 409, 422) },
      },
      input: async ({ params: { pledgeId }, body, actor }) => ({
        ...(await locatePledgeWithLoans(database, actor, pledgeId)),
        ...body,
        proceeds: parseMoney(body.proceeds),
        cost: parseMoney(body.cost),
      }),
    }),
  );

  app.get('/v1/inventory-pledges/:pledgeId/sales', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listSales',
      summary: 'Sales of pledged goods, and where the money went',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(Sale) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(database, actor, (db) => paginate(saleAnswers(db, pledgeId), { page: query, sorts: newest }) as never),
  });

  app.post(
    '/v1/inventory-pledges/:pledgeId/sales/:saleId/decision',
    runsIfMatch(platform, decideSale, {
      config: { permission: 'pledge:decide' },
      schema: {
        operationId: 'decideSale',
        summary: 'Another person approves or rejects a sale',
        tags,
        params: object({ pledgeId: Id, saleId: Id }),
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: Sale, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { pledgeId, saleId }, body, actor }, expectedVersion) => ({
        ...(await locateSale(database, actor, pledgeId, saleId)),
        verdict: body.verdict,
        reason: body.reason ?? null,
        expectedVersion,
      }),
    }),
  );
};
