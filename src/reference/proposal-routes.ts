import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { decideReference, proposeReference } from './commands.ts';
import { proposalAnswers } from './queries.ts';
import { proposalLifecycle } from './rules.ts';
import { CalendarDayBody, ParameterBody, RateBody, Reason, ReferenceProposal } from './schemas.ts';

const tags = ['Reference data'];
const sorts = { newest: [['id', 'desc']] } as const;
const InProposal = object({ proposalId: Id });

/** Proposals for rates, legal numbers and calendar days: in force when a second person confirms. */
export const referenceProposalRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/rates',
    runs(platform, proposeReference, {
      config: { permission: 'rate:propose' },
      schema: {
        operationId: 'proposeRate',
        summary: 'Propose a published rate, or the correction of one',
        tags,
        body: RateBody,
        response: { 201: ReferenceProposal, ...problems(400) },
      },
      input: ({ body }) => ({ content: { kind: 'rate' as const, ...body } }),
    }),
  );

  app.post(
    '/v1/parameters',
    runs(platform, proposeReference, {
      config: { permission: 'parameter:propose' },
      schema: {
        operationId: 'proposeParameter',
        summary: 'Propose a legal number with its period and source',
        description: 'The period before it ends the day before. The first day of a recorded row corrects that row.',
        tags,
        body: ParameterBody,
        response: { 201: ReferenceProposal, ...problems(400) },
      },
      input: ({ body }) => ({ content: { kind: 'parameter' as const, ...body } }),
    }),
  );

  app.post(
    '/v1/calendar-days',
    runs(platform, proposeReference, {
      config: { permission: 'parameter:propose' },
      schema: {
        operationId: 'proposeCalendarDay',
        summary: 'Propose that a day is a business day or a holiday',
        tags,
        body: CalendarDayBody,
        response: { 201: ReferenceProposal, ...problems(400) },
      },
      input: ({ body: { kind: day, ...body } }) => ({ content: { kind: 'calendar_day' as const, day, ...body } }),
    }),
  );

  app.get('/v1/reference-proposals', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'listReferenceProposals',
      summary: 'Proposals for reference data',
      tags,
      querystring: pageQuery({ sorts, filters: { state: oneOf(proposalLifecycle.states) } }),
      response: { 200: Page(ReferenceProposal), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(platform.database, actor, (db) => paginate(proposalAnswers(db, query), { page: query, sorts })),
  });

  app.get('/v1/reference-proposals/:proposalId', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'readReferenceProposal',
      summary: 'One proposal for reference data',
      tags,
      params: InProposal,
      response: { 200: ReferenceProposal, ...problems(404) },
    },
    handler: async ({ actor, params: { proposalId: id } }) => {
      const found = await readAs(platform.database, actor, (db) => proposalAnswers(db, { id }).executeTakeFirst());
      if (found === undefined) throw new Refusal('not-found', `there is no proposal ${id}`);
      return found;
    },
  });

  app.post(
    '/v1/reference-proposals/:proposalId/confirm',
    runsIfMatch(platform, decideReference, {
      config: { permission: 'reference:check' },
      schema: {
        operationId: 'confirmReferenceProposal',
        summary: 'Confirm a proposal, which puts it in force',
        description: 'A person other than the maker; a bank confirms rates that another organization proposed.',
        tags,
        params: InProposal,
        response: { 200: ReferenceProposal, ...problems(403, 404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
        verdict: 'confirm' as const,
        reason: null,
      }),
    }),
  );

  app.post(
    '/v1/reference-proposals/:proposalId/reject',
    runsIfMatch(platform, decideReference, {
      config: { permission: 'reference:check' },
      schema: {
        operationId: 'rejectReferenceProposal',
        summary: 'Reject a proposal',
        tags,
        params: InProposal,
        body: Reason,
        response: { 200: ReferenceProposal, ...problems(403, 404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        ...body,
        expectedVersion,
        verdict: 'reject' as const,
      }),
    }),
  );

  app.post(
    '/v1/reference-proposals/:proposalId/withdraw',
    runsIfMatch(platform, decideReference, {
      config: { permission: 'rate:propose' },
      schema: {
        operationId: 'withdrawReferenceProposal',
        summary: 'Withdraw a proposal of your organization',
        tags,
        params: InProposal,
        response: { 200: ReferenceProposal, ...problems(403, 404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
        verdict: 'withdraw' as const,
        reason: null,
      }),
    }),
  );
};
