import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseDecimal } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Instant, Note, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import {
  locatePledge,
  locateRelease,
  marginCallAnswers,
  pledgeAnswers,
  releaseAnswers,
  standingOf,
  valuationAnswers,
  valuationAt,
} from './queries.ts';
import { askRelease, decideRelease } from './release.ts';
import {
  MarginCall,
  NewRelease,
  PastValuation,
  Pledge,
  PledgeStatus,
  Release,
  Standing,
  Valuation,
} from './schemas.ts';
import { thawPledge } from './thaw.ts';

const tags = ['Inventory pledges'];
const params = object({ pledgeId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** How pledges stand and stood, and goods that leave them. */
export const pledgeRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;

  app.get('/v1/inventory-pledges', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listInventoryPledges',
      summary: 'Pledges of goods one is a party to',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { status: PledgeStatus } }),
      response: { 200: Page(Pledge) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = pledgeAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind === 'enterprise') rows = rows.where('pledgor_id', '=', actor.orgId);
        else if (actor.orgKind === 'warehouse') rows = rows.where('supervisor_id', '=', actor.orgId);
        if (query.status !== undefined) rows = rows.where('status', '=', query.status);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });

  app.get('/v1/inventory-pledges/:pledgeId', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'getInventoryPledge',
      summary: 'One pledge: its cover, control line, cure and rank at this moment',
      tags,
      params,
      response: { 200: Standing, ...problems(404) },
    },
    handler: async ({ actor, params: { pledgeId } }, reply) => {
      const standing = await readAs(database, actor, (db) => standingOf(db, pledgeId, clock.now()));
      reply.header('etag', `"${standing.pledge.version}"`);
      return standing as never;
    },
  });

  app.get('/v1/inventory-pledges/:pledgeId/value', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'valueInventoryPledge',
      summary: 'What a pledge was worth at a past moment',
      description: 'By the quotations recorded up to `knownAt`; unless told, up to now, corrections included.',
      tags,
      params,
      querystring: object({ at: Instant, knownAt: Type.Optional(Instant) }),
      response: { 200: PastValuation, ...problems(400, 404) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(
        database,
        actor,
        (db) =>
          valuationAt(db, pledgeId, { at: query.at, knownAt: query.knownAt ?? clock.now().toISOString() }) as never,
      ),
  });

  app.get('/v1/inventory-pledges/:pledgeId/valuations', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listPledgeValuations',
      summary: 'Every valuation of a pledge, and why it was made',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(Valuation) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(
        database,
        actor,
        (db) => paginate(valuationAnswers(db, pledgeId), { page: query, sorts: newest }) as never,
      ),
  });

  app.get('/v1/inventory-pledges/:pledgeId/margin-calls', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listMarginCalls',
      summary: 'Margin calls of a pledge and how they ended',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(MarginCall) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(
        database,
        actor,
        (db) => paginate(marginCallAnswers(db, pledgeId), { page: query, sorts: newest }) as never,
      ),
  });

  app.post(
    '/v1/inventory-pledges/:pledgeId/releases',
    runs(platform, askRelease, {
      config: { permission: 'pledge:release' },
      schema: {
        operationId: 'releaseGoods',
        summary: 'Take goods out of a pledge',
        description: 'Of a floating pledge at once above the control line; of a static one when the bank grants it.',
        tags,
        params,
        body: NewRelease,
        response: { 201: Release, ...problems(403, 404, 409, 422) },
      },
      input: async ({ params: { pledgeId }, body, actor }) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        lotId: body.lotId,
        quantity: parseDecimal(body.quantity),
      }),
    }),
  );

  app.get('/v1/inventory-pledges/:pledgeId/releases', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listReleases',
      summary: 'Goods asked for and released',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(Release) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(database, actor, (db) => paginate(releaseAnswers(db, pledgeId), { page: query, sorts: newest }) as never),
  });

  app.post(
    '/v1/inventory-pledges/:pledgeId/releases/:releaseId/decision',
    runsIfMatch(platform, decideRelease, {
      config: { permission: 'pledge:decide' },
      schema: {
        operationId: 'decideGoodsRelease',
        summary: 'Grant or refuse what is asked of a static pledge',
        tags,
        params: object({ pledgeId: Id, releaseId: Id }),
        body: object({ verdict: oneOf(['grant', 'refuse']), reason: Type.Optional(Note) }),
        response: { 200: Release, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { pledgeId, releaseId }, body, actor }, expectedVersion) => ({
        ...(await locateRelease(database, actor, pledgeId, releaseId)),
        verdict: body.verdict,
        reason: body.reason ?? null,
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/inventory-pledges/:pledgeId/thaw',
    runsIfMatch(platform, thawPledge, {
      config: { permission: 'pledge:decide' },
      schema: {
        operationId: 'thawPledge',
        summary: 'Let goods go again after a variance has been looked into',
        tags,
        params,
        body: object({ reason: Note }),
        response: { 200: Pledge, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { pledgeId }, body, actor }, expectedVersion) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        reason: body.reason,
        expectedVersion,
      }),
    }),
  );
};
