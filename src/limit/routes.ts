import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { decideLimitChange, freezeLimit, openLimit, proposeLimitChange, withdrawLimitChange } from './commands.ts';
import { chainOfLimit, limitAnswers, moveAnswers } from './queries.ts';
import {
  InLimit,
  Kind,
  Limit,
  LimitChangeBody,
  LimitMove,
  MaybeReason,
  NewLimitBody,
  Reason,
  Status,
} from './schemas.ts';

const tags = ['Limits'];
const sorts = {
  newest: [['id', 'desc']],
  expiry: [
    ['expires_on', 'asc'],
    ['id', 'asc'],
  ],
} as const;
const moveSorts = { newest: [['id', 'desc']] } as const;

/** The limit tree of a bank: opened, changed by two persons, frozen by one, and what was drawn on it. */
export const limitRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.get('/v1/limits', {
    config: { permission: 'limit:read' },
    schema: {
      operationId: 'listLimits',
      summary: 'Limits of your bank, or those granted to your organization',
      description: 'Each names its parent, so that the tree follows; `parentId` leaves the level below one limit.',
      tags,
      querystring: pageQuery({
        sorts,
        filters: { parentId: Id, programmeId: Id, orgId: Id, kind: Kind, status: Status },
      }),
      response: { 200: Page(Limit), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(platform.database, actor, (db) =>
        paginate(limitAnswers(db, { ...query, ...(actor.orgKind === 'bank' && { bookId: actor.orgId }) }), {
          page: query,
          sorts,
        }),
      ),
  });

  app.get('/v1/limits/:limitId', {
    config: { permission: 'limit:read' },
    schema: {
      operationId: 'readLimit',
      summary: 'One limit',
      tags,
      params: InLimit,
      response: { 200: Limit, ...problems(404) },
    },
    handler: async ({ actor, params: { limitId: id } }) => {
      const found = await readAs(platform.database, actor, (db) => limitAnswers(db, { id }).executeTakeFirst());
      if (found === undefined) throw new Refusal('not-found', `there is no limit ${id}`);
      return found;
    },
  });

  app.get('/v1/limits/:limitId/moves', {
    config: { permission: 'limit:read' },
    schema: {
      operationId: 'listLimitMoves',
      summary: 'What was ever done to a limit; for its bank',
      tags,
      params: InLimit,
      querystring: pageQuery({ sorts: moveSorts }),
      response: { 200: Page(LimitMove), ...problems(400, 404) },
    },
    handler: ({ actor, params: { limitId: id }, query }) =>
      readAs(platform.database, actor, async (db) => {
        const limit = await limitAnswers(db, { id }).executeTakeFirst();
        if (limit === undefined) throw new Refusal('not-found', `there is no limit ${id}`);
        return paginate(moveAnswers(db, id), { page: query, sorts: moveSorts });
      }),
  });

  app.post(
    '/v1/limits',
    runs(platform, openLimit, {
      config: { permission: 'limit:propose' },
      schema: {
        operationId: 'openLimit',
        summary: 'Open a limit; it stands at zero until a second person approves its amount',
        description:
          'A group is told `orgId`, a programme `parentId` and `programmeId`, a member `parentId` and `orgId`, a ' +
          'product `parentId` and `product`. A group is the core enterprise, or the head of its group, of a chain ' +
          'that the bank is admitted to; members are of the programme’s chain.',
        tags,
        body: NewLimitBody,
        response: { 201: Limit, ...problems(404, 409, 422) },
      },
      input: async ({ actor, body }) => ({
        ...body,
        chainId: await readAs(platform.database, actor, (db) => chainOfLimit(db, actor.orgId, body)),
      }),
    }),
  );

  app.patch(
    '/v1/limits/:limitId',
    runsIfMatch(platform, proposeLimitChange, {
      config: { permission: 'limit:propose' },
      schema: {
        operationId: 'changeLimit',
        summary: 'Ask for another amount, term or manner of a limit; a second person approves',
        tags,
        params: InLimit,
        body: LimitChangeBody,
        response: { 200: Limit, ...problems(404, 409, 422) },
      },
      input: ({ params, body: { reason, ...change } }, expectedVersion) => ({
        ...params,
        expectedVersion,
        change,
        reason,
      }),
    }),
  );

  app.post(
    '/v1/limits/:limitId/freeze',
    runsIfMatch(platform, freezeLimit, {
      config: { permission: 'limit:freeze' },
      schema: {
        operationId: 'freezeLimit',
        summary: 'Stop drawdowns on a limit and all below it at once',
        tags,
        params: InLimit,
        body: Reason,
        response: { 200: Limit, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );

  app.post(
    '/v1/limits/:limitId/approve',
    runsIfMatch(platform, decideLimitChange, {
      config: { permission: 'limit:check' },
      schema: {
        operationId: 'approveLimitChange',
        summary: 'Approve the change a limit waits for, as a second person; it takes effect at once',
        tags,
        params: InLimit,
        body: MaybeReason,
        response: { 200: Limit, ...problems(403, 404, 409, 422) },
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
    '/v1/limits/:limitId/reject',
    runsIfMatch(platform, decideLimitChange, {
      config: { permission: 'limit:check' },
      schema: {
        operationId: 'rejectLimitChange',
        summary: 'Reject the change a limit waits for',
        tags,
        params: InLimit,
        body: Reason,
        response: { 200: Limit, ...problems(403, 404, 409) },
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
    '/v1/limits/:limitId/withdraw',
    runsIfMatch(platform, withdrawLimitChange, {
      config: { permission: 'limit:propose' },
      schema: {
        operationId: 'withdrawLimitChange',
        summary: 'Take back the change a limit waits for',
        tags,
        params: InLimit,
        response: { 200: Limit, ...problems(403, 404, 409) },
      },
      input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
    }),
  );
};
