import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { decideVersion, discardVersion, submitVersion, withdrawVersion } from './approval.ts';
import { changeVersion, draftVersion } from './commands.ts';
import { programmeAnswers, versionAnswers } from './queries.ts';
import {
  InProgramme,
  InVersion,
  MaybeReason,
  NewVersionBody,
  ProgrammeVersion,
  Reason,
  VersionChangeBody,
  VersionStatus,
} from './schemas.ts';

const tags = ['Programmes'];
const sorts = { newest: [['id', 'desc']] } as const;

const makerSteps = [
  { step: 'submit', summary: 'Ask for the approval of a draft', useCase: submitVersion },
  { step: 'withdraw', summary: 'Take a submitted version back to work on it', useCase: withdrawVersion },
  { step: 'discard', summary: 'Give a draft up', useCase: discardVersion },
] as const;

/** Versions of a programme's terms: drawn up, submitted, and decided on by a second person. */
export const programmeVersionRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/programmes/:programmeId/versions',
    runs(platform, draftVersion, {
      config: { permission: 'programme:propose' },
      schema: {
        operationId: 'draftProgrammeVersion',
        summary: 'Draw up the next version of the terms',
        tags,
        params: InProgramme,
        body: NewVersionBody,
        response: { 201: ProgrammeVersion, ...problems(404, 409, 422) },
      },
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
  );

  app.get('/v1/programmes/:programmeId/versions', {
    config: { permission: 'programme:read' },
    schema: {
      operationId: 'listProgrammeVersions',
      summary: 'Versions of the terms; the core enterprise sees the approved ones',
      tags,
      params: InProgramme,
      querystring: pageQuery({ sorts, filters: { status: VersionStatus } }),
      response: { 200: Page(ProgrammeVersion), ...problems(400, 404) },
    },
    handler: ({ actor, params: { programmeId }, query }) =>
      readAs(platform.database, actor, async (db) => {
        const programme = await programmeAnswers(db, { id: programmeId }).executeTakeFirst();
        if (programme === undefined) throw new Refusal('not-found', `there is no programme ${programmeId}`);
        return paginate(versionAnswers(db, { ...query, programmeId }), { page: query, sorts });
      }),
  });

  app.get('/v1/programme-versions/:versionId', {
    config: { permission: 'programme:read' },
    schema: {
      operationId: 'readProgrammeVersion',
      summary: 'One version of the terms',
      tags,
      params: InVersion,
      response: { 200: ProgrammeVersion, ...problems(404) },
    },
    handler: async ({ actor, params: { versionId: id } }) => {
      const found = await readAs(platform.database, actor, (db) => versionAnswers(db, { id }).executeTakeFirst());
      if (found === undefined) throw new Refusal('not-found', `there is no programme version ${id}`);
      return found;
    },
  });

  app.patch(
    '/v1/programme-versions/:versionId',
    runsIfMatch(platform, changeVersion, {
      config: { permission: 'programme:propose' },
      schema: {
        operationId: 'changeProgrammeVersion',
        summary: 'Change a draft; you are its maker from then on',
        tags,
        params: InVersion,
        body: VersionChangeBody,
        response: { 200: ProgrammeVersion, ...problems(404, 409, 422) },
      },
      input: ({ params, body: change }, expectedVersion) => ({ ...params, expectedVersion, change }),
    }),
  );

  for (const { step, summary, useCase } of makerSteps) {
    app.post(
      `/v1/programme-versions/:versionId/${step}`,
      runsIfMatch(platform, useCase, {
        config: { permission: 'programme:propose' },
        schema: {
          operationId: `${step}ProgrammeVersion`,
          summary,
          tags,
          params: InVersion,
          response: { 200: ProgrammeVersion, ...problems(404, 409, 422) },
        },
        input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
      }),
    );
  }

  app.post(
    '/v1/programme-versions/:versionId/approve',
    runsIfMatch(platform, decideVersion, {
      config: { permission: 'programme:check' },
      schema: {
        operationId: 'approveProgrammeVersion',
        summary: 'Approve a submitted version as a second person; it takes effect on its day',
        tags,
        params: InVersion,
        body: MaybeReason,
        response: { 200: ProgrammeVersion, ...problems(403, 404, 409, 422) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        expectedVersion,
        verdict: 'approve' as const,
        reason: body.reason ?? null,
      }),
    }),
  );

  for (const verdict of ['reject', 'return'] as const) {
    app.post(
      `/v1/programme-versions/:versionId/${verdict}`,
      runsIfMatch(platform, decideVersion, {
        config: { permission: 'programme:check' },
        schema: {
          operationId: `${verdict}ProgrammeVersion`,
          summary: verdict === 'reject' ? 'Reject a submitted version' : 'Return a submitted version to its maker',
          tags,
          params: InVersion,
          body: Reason,
          response: { 200: ProgrammeVersion, ...problems(403, 404, 409) },
        },
        input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion, verdict }),
      }),
    );
  }
};
