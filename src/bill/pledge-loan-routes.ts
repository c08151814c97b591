import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox';
import { quoteAnswer } from '../financing/answer.ts';
import { Financing, Quote } from '../financing/schemas.ts';
import { parseMoney } from '../money/decimal.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Money, object, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { type Application, applyForPledgeLoan, quotePledgeLoan, submitPledgeLoanAgain } from './pledge-loan.ts';
import { locatePledgeLoan, returnedPledgeLoan } from './pledge-loan-queries.ts';

const tags = ['Loans on bills'];
const NewLoan = object({
  programmeId: Id,
  holdingIds: Type.Array(Id, { minItems: 1, maxItems: 1000 }),
  amount: Type.Optional(PositiveMoney),
  dueDate: Day,
});

/** Loans on bills that their holder has pledged to the bank: quoted, applied for, and from there as any financing. */
export const pledgeLoanRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  type Asker = Parameters<typeof locatePledgeLoan>[1];
  const applicationOf = async (
    actor: Asker,
    body: Static<typeof NewLoan>,
    payeeAccountId: string,
  ): Promise<Application> => ({
    ...(await locatePledgeLoan(database, actor, body.programmeId, body.holdingIds)),
    amount: body.amount === undefined ? null : parseMoney(body.amount),
    dueDate: body.dueDate,
    payeeAccountId,
  });

  app.post('/v1/bill-pledge-loans/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quoteBillPledgeLoan',
      summary: 'The face of pledged bills, and the figures that disbursement today would book',
      tags,
      body: NewLoan,
      response: { 200: object({ face: Money, quote: Quote }), ...problems(404, 409, 422) },
    },
    handler: async ({ actor, id, body }) => {
      const input = await applicationOf(actor, body, actor.orgId);
      const asked = { actor, key: id, requestHash: Buffer.alloc(0), input, now: clock.now() };
      const { face, quote } = await quotePledgeLoan(database, asked);
      return { face: face.toFixed(2), quote: quoteAnswer(quote) };
    },
  });

  app.post(
    '/v1/bill-pledge-loans',
    runs(platform, applyForPledgeLoan, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForBillPledgeLoan',
        summary: 'Apply for a loan on bills that are pledged to the bank',
        description:
          'The bills stand behind this loan alone. What is paid on them at maturity is margin until the loan is due; ' +
          'the bank releases parts of them through a pledge release as long as the rest covers what is owed.',
        tags,
        body: object({ ...NewLoan.properties, payeeAccountId: Id }),
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: ({ body, actor }) => applicationOf(actor, body, body.payeeAccountId),
    }),
  );

  app.post(
    '/v1/bill-pledge-loans/:financingId/submission',
    runsIfMatch(platform, submitPledgeLoanAgain, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'submitBillPledgeLoanAgain',
        summary: 'Submit again what the bank has returned',
        tags,
        params: object({ financingId: Id }),
        response: { 200: Financing, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { financingId }, actor }, expectedVersion) => ({
        ...(await returnedPledgeLoan(database, actor, financingId)),
        expectedVersion,
      }),
    }),
  );
};
