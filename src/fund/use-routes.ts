import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { locateFinancing } from '../financing/queries.ts';
import type { Permission } from '../identity/permissions.ts';
import { parseMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { payFromPool, recoverForPool, requestCompensation } from './compensation.ts';
import { fundUseAnswers, locateFund, locateUse } from './queries.ts';
import { drawFromFund, requestRollover, returnToFund } from './rollover.ts';
import { FundUse, FundUseState } from './schemas.ts';
import { rejectUse } from './use.ts';

const tags = ['Funds'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const params = object({ useId: Id });
const ofFinancing = object({ financingId: Id });
const MaybeReason = object({ reason: Type.Optional(Note) });

/** What funds are used for: losses that a pool compensates, loans that a rollover fund bridges. */
export const fundUseRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;

    /** A use of one kind; of another it is not found. */
    const useOf = async (actor: Actor, useId: string, kind?: 'compensation' | 'rollover') => {
      const { kind: found, ...use } = await locateUse(database, actor, useId);
      if (kind !== undefined && found !== kind) throw new Refusal('not-found', `${useId} is no ${kind}`);
      return use;
    };

    app.post(
      '/v1/financings/:financingId/compensations',
      runsIfMatch(platform, requestCompensation(keeper), {
        config: { permission: 'fund:propose' },
        schema: {
          operationId: 'requestCompensation',
          summary: 'Ask the pool of the programme to compensate a loss',
          tags,
          params: ofFinancing,
          body: object({ fundId: Id }),
          response: { 201: FundUse, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          fundId: (await locateFund(database, actor, body.fundId, '/fundId')).fundId,
          renewalId: null,
          expectedVersion,
        }),
      }),
    );

    app.post(
      '/v1/financings/:financingId/rollovers',
      runsIfMatch(platform, requestRollover(keeper), {
        config: { permission: 'fund:propose' },
        schema: {
          operationId: 'requestRollover',
          summary: 'Ask the rollover fund to bridge a maturing loan until it is renewed',
          tags,
          params: ofFinancing,
          body: object({ fundId: Id, renewalId: Id, amount: PositiveMoney }),
          response: { 201: FundUse, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          fundId: (await locateFund(database, actor, body.fundId, '/fundId')).fundId,
          renewalId: body.renewalId,
          amount: parseMoney(body.amount),
          expectedVersion,
        }),
      }),
    );

    const decision = (
      path: string,
      operationId: string,
      summary: string,
      useCase: ReturnType<typeof payFromPool>,
      { permission, kind }: Readonly<{ permission: Permission; kind?: 'compensation' | 'rollover' }>,
    ) =>
      app.post(
        `/v1/fund-uses/:useId/${path}`,
        runsIfMatch(platform, useCase, {
          config: { permission },
          schema: {
            operationId,
            summary,
            tags,
            params,
            body: MaybeReason,
            response: { 200: FundUse, ...problems(403, 404, 409, 412) },
          },
          input: async ({ params: { useId }, body, actor }, expectedVersion) => ({
            ...(await useOf(actor, useId, kind)),
            expectedVersion,
            reason: body.reason ?? null,
          }),
        }),
      );
    const check = 'fund:check';
    decision('payment', 'payFromPool', 'A second person approves: the pool pays', payFromPool(keeper), {
      permission: check,
      kind: 'compensation',
    });
    decision('drawing', 'drawFromFund', 'A second person approves: the loan is bridged', drawFromFund(keeper), {
      permission: check,
      kind: 'rollover',
    });
    decision('rejection', 'rejectFundUse', 'A second person turns it down', rejectUse(keeper), { permission: check });
    decision('return', 'returnToFund', 'The borrower gives back what was bridged, with its fee', returnToFund(keeper), {
      permission: 'fund:propose',
      kind: 'rollover',
    });

    app.post(
      '/v1/fund-uses/:useId/recoveries',
      runs(platform, recoverForPool(keeper), {
        config: { permission: 'collection:record' },
        schema: {
          operationId: 'recoverForPool',
          summary: 'Share what was recovered from the borrower between pool and bank',
          tags,
          params,
          body: object({ amount: PositiveMoney }),
          response: { 201: FundUse, ...problems(403, 404, 409) },
        },
        input: async ({ params: { useId }, body, actor }) => ({
          ...(await useOf(actor, useId, 'compensation')),
          amount: parseMoney(body.amount),
        }),
      }),
    );

    app.get('/v1/fund-uses', {
      config: { permission: 'fund:read' },
      schema: {
        operationId: 'listFundUses',
        summary: 'What funds were asked for and used for',
        tags,
        querystring: pageQuery({
          sorts: newest,
          filters: { fundId: Id, financingId: Id, state: FundUseState, kind: oneOf(['compensation', 'rollover']) },
        }),
        response: { 200: Page(FundUse), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = fundUseAnswers(db);
          if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
          if (actor.orgKind === 'enterprise') rows = rows.where('borrower_id', '=', actor.orgId);
          if (query.fundId !== undefined) rows = rows.where('fund_id', '=', query.fundId);
          if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
          if (query.state !== undefined) rows = rows.where('state', '=', query.state);
          if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind);
          return paginate(rows, { page: query, sorts: newest });
        }),
    });

    app.get('/v1/fund-uses/:useId', {
      config: { permission: 'fund:read' },
      schema: {
        operationId: 'readFundUse',
        summary: 'One use of a fund',
        tags,
        params,
        response: { 200: FundUse, ...problems(404) },
      },
      handler: async ({ actor, params: { useId } }, reply) => {
        const row = await readAs(database, actor, (db) =>
          fundUseAnswers(db).where('id', '=', useId).executeTakeFirst(),
        );
        if (row === undefined) throw new Refusal('not-found', `there is no use of a fund ${useId}`);
        reply.header('etag', `"${row.version}"`);
        return row;
      },
    });
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
