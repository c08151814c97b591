import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { alertAnswers } from '../oversight/queries.ts';
import { AlertKindName, AlertStateName, Evidence, RiskAlert } from '../oversight/schemas.ts';
import { readAs } from '../platform/database.ts';
import { runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { assignAlert } from './assignment.ts';
import { decideConclusion, proposeConclusion } from './conclusion.ts';
import { locateAlert, traceAnswers } from './queries.ts';
import { FlowTrace } from './schemas.ts';

const tags = ['Oversight'];
const params = object({ alertId: Id });
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const traceSorts = { newest: [['flow_trace.id', 'desc']] } as const;

/** Alerts of a bank: who answers for each, what it comes to, and who decided so. */
export const alertRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;

    app.get('/v1/alerts', {
      config: { permission: 'alert:read' },
      schema: {
        operationId: 'listAlerts',
        summary: 'Alerts of your bank',
        tags,
        querystring: pageQuery({
          sorts,
          filters: { financingId: Id, partyId: Id, kind: AlertKindName, state: AlertStateName, ownerPersonId: Id },
        }),
        response: { 200: Page(RiskAlert), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) =>
          paginate(alertAnswers(db, { ...query, ...(actor.orgKind === 'bank' && { bookId: actor.orgId }) }), {
            page: query,
            sorts,
          }),
        ) as never,
    });

    app.get('/v1/alerts/:alertId', {
      config: { permission: 'alert:read' },
      schema: {
        operationId: 'getAlert',
        summary: 'One alert',
        tags,
        params,
        response: { 200: RiskAlert, ...problems(404) },
      },
      handler: async ({ actor, params: { alertId } }, reply) => {
        const alert = await readAs(database, actor, (db) =>
          alertAnswers(db, {}).where('id', '=', alertId).executeTakeFirst(),
        );
        if (alert === undefined) throw new Refusal('not-found', `there is no alert ${alertId}`);
        reply.header('etag', `"${alert.version}"`);
        return alert as never;
      },
    });

    app.get('/v1/alerts/:alertId/movements', {
      config: { permission: 'alert:read' },
      schema: {
        operationId: 'listAlertMovements',
        summary: 'The movements behind an alert',
        tags,
        params,
        querystring: pageQuery({ sorts: traceSorts }),
        response: { 200: Page(FlowTrace), ...problems(400) },
      },
      handler: ({ actor, query, params: { alertId } }) =>
        readAs(database, actor, (db) =>
          paginate(traceAnswers(db).where('alert_id', '=', alertId), { page: query, sorts: traceSorts }),
        ) as never,
    });

    app.post(
      '/v1/alerts/:alertId/assignment',
      runsIfMatch(platform, assignAlert, {
        config: { permission: 'check:make' },
        schema: {
          operationId: 'assignAlert',
          summary: 'Give an alert to a person of your bank, who answers for it',
          tags,
          params,
          body: object({ personId: Id }),
          response: { 200: RiskAlert, ...problems(404, 409, 412) },
        },
        input: async ({ params: { alertId }, body, actor }, expectedVersion) => ({
          ...(await locateAlert(database, actor, alertId)),
          expectedVersion,
          personId: body.personId,
        }),
      }),
    );

    app.post(
      '/v1/alerts/:alertId/conclusion',
      runsIfMatch(platform, proposeConclusion, {
        config: { permission: 'alert:conclude' },
        schema: {
          operationId: 'concludeAlert',
          summary: 'Propose what an alert comes to: confirmed, dismissed, or put right since',
          description:
            'Whoever would dismiss or clear it shows why. `amount` is what was misused, all of it unless told.',
          tags,
          params,
          body: object({
            verdict: oneOf(['confirm', 'dismiss', 'clear']),
            reason: Note,
            amount: Type.Optional(PositiveMoney),
            evidence: Type.Optional(Type.Array(Evidence, { maxItems: 20 })),
          }),
          response: { 200: RiskAlert, ...problems(404, 409, 412) },
        },
        input: async ({ params: { alertId }, body, actor }, expectedVersion) => ({
          ...(await locateAlert(database, actor, alertId)),
          expectedVersion,
          conclusion: {
            verdict: body.verdict,
            reason: body.reason,
            amount: body.amount ?? null,
            evidence: body.evidence ?? [],
          },
        }),
      }),
    );

    app.post(
      '/v1/alerts/:alertId/decision',
      runsIfMatch(platform, decideConclusion(keeper), {
        config: { permission: 'alert:decide' },
        schema: {
          operationId: 'decideAlert',
          summary: 'Another person approves or rejects the conclusion',
          description: 'Confirmed misuse bears the misuse rate from this business day until it is cleared.',
          tags,
          params,
          body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
          response: { 200: RiskAlert, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { alertId }, body, actor }, expectedVersion) => ({
          ...(await locateAlert(database, actor, alertId)),
          expectedVersion,
          verdict: body.verdict,
          reason: body.reason ?? null,
        }),
      }),
    );
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
