import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, object, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { assignCheck, completeCheck, repeatCheck } from './check-commands.ts';
import { checkAnswers, locateCheck } from './queries.ts';
import { CheckStateName, Finding, LoanCheck, Stage } from './schemas.ts';

const tags = ['Oversight'];
const params = object({ checkId: Id });
const sorts = {
  newest: [['id', 'desc']],
  due: [
    ['due_on', 'asc'],
    ['id', 'asc'],
  ],
} as const;

/** The checks before, in and after lending: who has to find out what by when, and what was found. */
export const checkRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.get('/v1/loan-checks', {
    config: { permission: 'check:read' },
    schema: {
      operationId: 'listLoanChecks',
      summary: 'Checks of your bank before, in and after lending',
      tags,
      querystring: pageQuery({
        sorts,
        filters: { financingId: Id, stage: Stage, state: CheckStateName, ownerPersonId: Id, dueBy: Day },
      }),
      response: { 200: Page(LoanCheck), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(checkAnswers(db, { ...query, ...(actor.orgKind === 'bank' && { bookId: actor.orgId }) }), {
          page: query,
          sorts,
        }),
      ) as never,
  });

  app.get('/v1/loan-checks/:checkId', {
    config: { permission: 'check:read' },
    schema: {
      operationId: 'getLoanCheck',
      summary: 'One check: what has to be found out, and what was found',
      tags,
      params,
      response: { 200: LoanCheck, ...problems(404) },
    },
    handler: async ({ actor, params: { checkId } }, reply) => {
      const check = await readAs(database, actor, (db) =>
        checkAnswers(db, {}).where('id', '=', checkId).executeTakeFirst(),
      );
      if (check === undefined) throw new Refusal('not-found', `there is no check ${checkId}`);
      reply.header('etag', `"${check.version}"`);
      return check as never;
    },
  });

  app.post(
    '/v1/loan-checks/:checkId/assignment',
    runsIfMatch(platform, assignCheck, {
      config: { permission: 'check:make' },
      schema: {
        operationId: 'assignLoanCheck',
        summary: 'Give a check to a person of your bank, who alone can make it from then on',
        tags,
        params,
        body: object({ personId: Id }),
        response: { 200: LoanCheck, ...problems(404, 409, 412) },
      },
      input: async ({ params: { checkId }, body, actor }, expectedVersion) => ({
        ...(await locateCheck(database, actor, checkId)),
        expectedVersion,
        personId: body.personId,
      }),
    }),
  );

  app.post(
    '/v1/loan-checks/:checkId/findings',
    runsIfMatch(platform, completeCheck, {
      config: { permission: 'check:make' },
      schema: {
        operationId: 'completeLoanCheck',
        summary: 'Tell what was found, with what shows it',
        description:
          'Every item is answered once. What is found wanting fails the check: before the money is out nothing goes on ' +
          'until it is made again and passed; of a running loan an alert is raised, which keeps the firm from new money.',
        tags,
        params,
        body: object({ findings: Type.Array(Finding, { minItems: 1, maxItems: 30 }) }),
        response: { 200: LoanCheck, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { checkId }, body, actor }, expectedVersion) => ({
        ...(await locateCheck(database, actor, checkId)),
        expectedVersion,
        findings: body.findings,
      }),
    }),
  );

  app.post(
    '/v1/loan-checks/:checkId/repetition',
    runsIfMatch(platform, repeatCheck, {
      config: { permission: 'check:make' },
      schema: {
        operationId: 'repeatLoanCheck',
        summary: 'Have a check that failed before the money is out made again',
        description: 'Answers the new check; the one that failed stays as it was found.',
        tags,
        params,
        response: { 200: LoanCheck, ...problems(404, 409, 412) },
      },
      input: async ({ params: { checkId }, actor }, expectedVersion) => ({
        ...(await locateCheck(database, actor, checkId)),
        expectedVersion,
      }),
    }),
  );
};
