import type { FastifyPluginAsyncTypebox, Static } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { quoteAnswer } from '../financing/answer.ts';
import { Financing, Quote } from '../financing/schemas.ts';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { judgementAnswer } from './answer.ts';
import { applyForCredit, submitCreditAgain } from './application.ts';
import { assess, type CreditApplication, inspect } from './assessment.ts';
import { declareFigures } from './declaration.ts';
import { judge } from './judgement.ts';
import { assessmentAnswers, declarationAnswers, locateCredit, returnedCredit } from './queries.ts';
import { Assessment, CreditApplicationBody, CreditLimitAnswer, Declaration, DeclarationBody } from './schemas.ts';

const tags = ['Credit'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
type Body = Static<typeof CreditApplicationBody>;

/** Unsecured loans on trade data: what a member declares, what its record makes of it, and the loan itself. */
export const creditRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  const question = ({ actor, id }: FastifyRequest, input: CreditApplication): Command<CreditApplication> => ({
    actor,
    key: id,
    requestHash: Buffer.alloc(0),
    input,
    now: clock.now(),
  });
  const asked = async ({ actor, body }: { actor: FastifyRequest['actor']; body: Body }, payeeAccountId: string) => ({
    ...(await locateCredit(database, actor, body.programmeId)),
    amount: body.amount === undefined ? null : parseMoney(body.amount),
    dueDate: body.dueDate,
    payeeAccountId,
  });

  app.post(
    '/v1/credit-declarations',
    runs(platform, declareFigures, {
      config: { permission: 'credit:declare' },
      schema: {
        operationId: 'declareCreditFigures',
        summary: 'Declare the figures that the need of working capital is reckoned from',
        description: 'Loans at banks outside the platform are declared; those on it are known. The latest counts.',
        tags,
        body: DeclarationBody,
        response: { 201: Declaration, ...problems(422) },
      },
      input: ({ body }) => body,
    }),
  );

  app.get('/v1/credit-declarations', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'listCreditDeclarations',
      summary: 'Declarations of your own, or of those that borrow from you',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { organizationId: Id } }),
      response: { 200: Page(Declaration), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = declarationAnswers(db);
        if (actor.orgKind === 'enterprise') rows = rows.where('org_id', '=', actor.orgId);
        if (query.organizationId !== undefined) rows = rows.where('org_id', '=', query.organizationId);
        return paginate(rows, { page: query, sorts: newest });
      }),
  });

  app.get('/v1/programmes/:programmeId/credit-limit', {
    config: { permission: 'financing:apply' },
    schema: {
      operationId: 'explainCreditLimit',
      summary: 'Your limit on trade data: every input, weight and contribution, and what stands in the way',
      tags,
      params: object({ programmeId: Id }),
      response: { 200: CreditLimitAnswer, ...problems(404, 409) },
    },
    handler: async (request) => {
      const { actor, params } = request;
      const located = await locateCredit(database, actor, params.programmeId);
      const input = { ...located, amount: null, dueDate: '2999-12-31', payeeAccountId: located.bookId };
      return inspect(database, question(request, input), (basis) => judgementAnswer(basis, judge(basis)));
    },
  });

  app.post('/v1/credit-loans/quotes', {
    config: { permission: 'financing:apply', unkeyed: 'a quote stores nothing' },
    schema: {
      operationId: 'quoteCreditLoan',
      summary: 'The figures that disbursement today would book',
      tags,
      body: CreditApplicationBody,
      response: { 200: Quote, ...problems(404, 409, 422) },
    },
    handler: async (request) => {
      const input = await asked(request, request.actor.orgId);
      const { quote } = await inspect(
        database,
        question(request, input),
        (basis) => assess(basis, input.dueDate).assessed,
      );
      return quoteAnswer(quote);
    },
  });

  app.post(
    '/v1/credit-loans',
    runs(platform, applyForCredit, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'applyForCreditLoan',
        summary: 'Apply for an unsecured loan on trade data',
        description:
          'Refused beyond the limit of the record and beyond what firm and group need, counting every bank. The ' +
          'authority matrix says who has to approve; what the score refers to a person is never approved by rule.',
        tags,
        body: object({ ...CreditApplicationBody.properties, payeeAccountId: Id }),
        response: { 201: Financing, ...problems(403, 404, 409, 422) },
      },
      input: ({ actor, body }) => asked({ actor, body }, body.payeeAccountId),
    }),
  );

  app.post(
    '/v1/credit-loans/:financingId/submission',
    runsIfMatch(platform, submitCreditAgain, {
      config: { permission: 'financing:apply' },
      schema: {
        operationId: 'submitCreditLoanAgain',
        summary: 'Submit again what the bank has returned',
        description: 'The same amount and day, judged anew on the record of today.',
        tags,
        params: object({ financingId: Id }),
        response: { 200: Financing, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { financingId }, actor }, expectedVersion) => ({
        ...(await returnedCredit(database, actor, financingId)),
        expectedVersion,
      }),
    }),
  );

  app.get('/v1/credit-assessments', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'listCreditAssessments',
      summary: 'How limits came about: for a bank those it gave, for a firm those it was given',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { organizationId: Id, financingId: Id, batchId: Id } }),
      response: { 200: Page(Assessment), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = assessmentAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        if (actor.orgKind === 'enterprise') rows = rows.where('org_id', '=', actor.orgId);
        if (query.organizationId !== undefined) rows = rows.where('org_id', '=', query.organizationId);
        if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
        if (query.batchId !== undefined) rows = rows.where('batch_id', '=', query.batchId);
        return paginate(rows, { page: query, sorts: newest });
      }),
  });

  app.get('/v1/credit-assessments/:assessmentId', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'readCreditAssessment',
      summary: 'One assessment',
      tags,
      params: object({ assessmentId: Id }),
      response: { 200: Assessment, ...problems(404) },
    },
    handler: async ({ actor, params: { assessmentId } }) => {
      const found = await readAs(database, actor, (db) =>
        assessmentAnswers(db).where('id', '=', assessmentId).executeTakeFirst(),
      );
      if (found === undefined) throw new Refusal('not-found', `there is no credit assessment ${assessmentId}`);
      return found;
    },
  });
};
