import type { FastifyPluginAsyncTypebox, Static } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { quoteAnswer } from '../financing/answer.ts';
import { Financing, Quote } from '../financing/schemas.ts';
import { parseMoney } from '../money/decimal.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { refusals } from '../platform/refusals.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { applyForFinancing, submitAgain } from './application.ts';
import { type Application, explainApplication, quoteApplication } from './assessment.ts';
import { locateApplication, returnedApplication } from './queries.ts';
import { ApplicationBody, Eligibility, ReceivableProduct } from './schemas.ts';

const tags = ['Financings'];
type Body = Static<typeof ApplicationBody>;

const applicationOf = (
  body: Body,
  located: Awaited<ReturnType<typeof locateApplication>>,
  payeeAccountId: string,
): Application => ({
  ...located,
  product: body.product,
  items: body.items.map((item) => ({ ...item, amount: parseMoney(item.amount) })),
  amount: body.amount === undefined ? null : parseMoney(body.amount),
  payeeAccountId,
});

/** What a supplier asks of its bank: what a financing would cost, whether it is possible, and the financing itself. */
export const applicationRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  const question = ({ actor, id }: FastifyRequest, input: Application): Command<Application> => ({
    actor,
    key: id,
    requestHash: Buffer.alloc(0),
    input,
    now: clock.now(),
  });

  app.post('/v1/financings/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quoteFinancing',
      summary: 'The figures that disbursement today would book',
      tags,
      body: ApplicationBody,
      response: { 200: Quote, ...problems(404, 409, 422) },
    },
    handler: async (request) => {
      const { programmeId, items } = request.body;
      const located = await locateApplication(database, request.actor, programmeId, items);
      const quote = await quoteApplication(
        database,
        question(request, applicationOf(request.body, located, located.bookId)),
      );
      return quoteAnswer(quote);
    },
  });

  app.get('/v1/receivables/:receivableId/eligibility', {
    config: { permission: 'financing:apply' },
    schema: {
      operationId: 'explainEligibility',
      summary: 'Every reason why a part of a receivable cannot be financed',
      tags,
      params: object({ receivableId: Id }),
      querystring: object({ programmeId: Id, product: ReceivableProduct, holdingId: Id, amount: PositiveMoney }),
      response: { 200: Eligibility, ...problems(404) },
    },
    handler: async (request) => {
      const { programmeId, product, holdingId, amount } = request.query;
      const items = [{ receivableId: request.params.receivableId, holdingId, amount }];
      const located = await locateApplication(database, request.actor, programmeId, items);
      const input = applicationOf({ programmeId, product, items }, located, located.bookId);
      const findings = await explainApplication(database, question(request, input));
      return {
        eligible: findings.length === 0,
        findings: findings.map((each) => ({
          ...each,
          who: refusals[each.code].who,
          remedy: refusals[each.code].remedy,
        })),
      };
    },
  });

  app.post(
    '/v1/financings',
    runs(platform, applyForFinancing, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForFinancing',
        summary: 'Apply for a financing of receivables',
        description:
          'Reserves the parts and the limits on the whole path. The authority matrix says who has to approve.',
        tags,
        body: object({ ...ApplicationBody.properties, payeeAccountId: Id }),
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: async ({ body, actor }) =>
        applicationOf(
          body,
          await locateApplication(database, actor, body.programmeId, body.items),
          body.payeeAccountId,
        ),
    }),
  );

  app.post(
    '/v1/financings/:financingId/submission',
    runsIfMatch(platform, submitAgain, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'submitFinancingAgain',
        summary: 'Submit again what the bank has returned',
        description: 'The same parts and amount, assessed anew; parts and limits are reserved again.',
        tags,
        params: object({ financingId: Id }),
        response: { 200: Financing, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { financingId }, actor }, expectedVersion) => ({
        ...(await returnedApplication(database, actor, financingId)),
        expectedVersion,
      }),
    }),
  );
};
