import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { createProgramme } from './commands.ts';
import { programmeAnswers } from './queries.ts';
import { InProgramme, MaybeReason, NewProgrammeBody, Programme, ProgrammeStatus, Reason } from './schemas.ts';
import { decideProgrammeStatus, proposeProgrammeStatus, suspendProgramme } from './status.ts';

const tags = ['Programmes'];
const sorts = { newest: [['id', 'desc']] } as const;

/** Programmes: what a bank offers on a chain, begun, suspended, resumed and closed. */
export const programmeRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/programmes',
    runs(platform, createProgramme, {
      config: { permission: 'programme:propose' },
      schema: {
        operationId: 'createProgramme',
        summary: 'Open the programme of your bank for a chain',
        tags,
        body: NewProgrammeBody,
        response: { 201: Programme, ...problems(404, 409) },
      },
      input: ({ body }) => body,
    }),
  );

  app.get('/v1/programmes', {
    config: { permission: 'programme:read' },
    schema: {
      operationId: 'listProgrammes',
      summary: 'Programmes of your bank, of your chains as core enterprise, or open to you as verified member',
      tags,
      querystring: pageQuery({ sorts, filters: { chainId: Id, status: ProgrammeStatus } }),
      response: { 200: Page(Programme), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(platform.database, actor, (db) =>
        paginate(programmeAnswers(db, { ...query, ...(actor.orgKind === 'bank' && { bookId: actor.orgId }) }), {
          page: query,
          sorts,
        }),
      ),
  });

  app.get('/v1/programmes/:programmeId', {
    config: { permission: 'programme:read' },
    schema: {
      operationId: 'readProgramme',
      summary: 'One programme',
      tags,
      params: InProgramme,
      response: { 200: Programme, ...problems(404) },
    },
    handler: async ({ actor, params: { programmeId: id } }) => {
      const found = await readAs(platform.database, actor, (db) => programmeAnswers(db, { id }).executeTakeFirst());
      if (found === undefined) throw new Refusal('not-found', `there is no programme ${id}`);
      return found;
    },
  });

  app.post(
    '/v1/programmes/:programmeId/suspend',
    runsIfMatch(platform, suspendProgramme, {
      config: { permission: 'programme:suspend' },
      schema: {
        operationId: 'suspendProgramme',
        summary: 'Stop new business under a programme at once',
        tags,
        params: InProgramme,
        body: Reason,
        response: { 200: Programme, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );

  for (const action of ['resume', 'close'] as const) {
    app.post(
      `/v1/programmes/:programmeId/${action}`,
      runsIfMatch(platform, proposeProgrammeStatus, {
        config: { permission: 'programme:propose' },
        schema: {
          operationId: `${action}Programme`,
          summary: `Ask to ${action} a programme; a second person approves`,
          tags,
          params: InProgramme,
          body: Reason,
          response: { 200: Programme, ...problems(404, 409) },
        },
        input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion, action }),
      }),
    );
  }

  app.post(
    '/v1/programmes/:programmeId/approve',
    runsIfMatch(platform, decideProgrammeStatus, {
      config: { permission: 'programme:check' },
      schema: {
        operationId: 'approveProgrammeStatus',
        summary: 'Approve that a programme is resumed or closed',
        tags,
        params: InProgramme,
        body: MaybeReason,
        response: { 200: Programme, ...problems(403, 404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        expectedVersion,
        verdict: 'approve' as const,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/programmes/:programmeId/reject',
    runsIfMatch(platform, decideProgrammeStatus, {
      config: { permission: 'programme:check' },
      schema: {
        operationId: 'rejectProgrammeStatus',
        summary: 'Reject that a programme is resumed or closed',
        tags,
        params: InProgramme,
        body: Reason,
        response: { 200: Programme, ...problems(403, 404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        ...body,
        expectedVersion,
        verdict: 'reject' as const,
      }),
    }),
  );
};
