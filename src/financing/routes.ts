import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Note, object, oneOf, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { decideChange, proposeChange } from './changes.ts';
import { cancelFinancing, decisionUseCases } from './decisions.ts';
import type { CollateralKeeper } from './keeper.ts';
import { riskClasses } from './loan-rules.ts';
import { positionOf } from './position.ts';
import { financingAnswers, locateFinancing } from './queries.ts';
import { claimRecourse } from './recourse.ts';
import { repay } from './repayment.ts';
import { Claim, Financing, FinancingStatus, Position, ProductName, Repayment } from './schemas.ts';

const tags = ['Financings'];
const params = object({ financingId: Id });
const Reason = object({ reason: Note });
const OptionalReason = object({ reason: Type.Optional(Note) });
const sorts = {
  newest: [['id', 'desc']],
  oldest: [['id', 'asc']],
  maturity: [
    ['maturity_date', 'asc'],
    ['id', 'asc'],
  ],
} as const;

/** Financings of every product: read, decided on, paid out, repaid, extended, written off. */
export const financingRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;
    const decisions = decisionUseCases(keeper);

    app.get('/v1/financings', {
      config: { permission: 'financing:read' },
      schema: {
        operationId: 'listFinancings',
        summary: 'Financings one is a party to',
        tags,
        querystring: pageQuery({
          sorts,
          filters: { status: FinancingStatus, product: ProductName, chainId: Id, debtorId: Id },
        }),
        response: { 200: Page(Financing), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = financingAnswers(db);
          // Named for the index of the side the asker is on; row-level security says the same.
          if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
          else if (actor.orgKind === 'enterprise') rows = rows.where('borrower_id', '=', actor.orgId);
          if (query.status !== undefined) rows = rows.where('status', '=', query.status);
          if (query.product !== undefined) rows = rows.where('product', '=', query.product);
          if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
          if (query.debtorId !== undefined) rows = rows.where('debtor_id', '=', query.debtorId);
          return paginate(rows, { page: query, sorts }) as never;
        }),
    });

    app.get('/v1/financings/:financingId', {
      config: { permission: 'financing:read' },
      schema: {
        operationId: 'getFinancing',
        summary: 'One financing: what it owes, what backs it, how it was repaid',
        tags,
        params,
        response: { 200: Position, ...problems(404) },
      },
      handler: async ({ actor, params: { financingId } }, reply) => {
        const position = await readAs(database, actor, (db) => positionOf(db, financingId));
        reply.header('etag', `"${position.financing.version}"`);
        return position as never;
      },
    });

    app.post(
      '/v1/financings/:financingId/proposal',
      runsIfMatch(platform, decisions.propose, {
        config: { permission: 'financing:propose' },
        schema: {
          operationId: 'proposeFinancing',
          summary: 'A maker of the bank proposes the application for approval',
          tags,
          params,
          response: { 200: Financing, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
          reason: null,
        }),
      }),
    );

    const decision = (
      path: string,
      operationId: string,
      summary: string,
      useCase: typeof decisions.approve,
      reasoned: boolean,
    ) =>
      app.post(
        `/v1/financings/:financingId/${path}`,
        runsIfMatch(platform, useCase, {
          config: { permission: 'financing:decide' },
          schema: {
            operationId,
            summary,
            tags,
            params,
            body: (reasoned ? Reason : OptionalReason) as typeof OptionalReason,
            response: { 200: Financing, ...problems(403, 404, 409, 412) },
          },
          input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
            ...(await locateFinancing(database, actor, financingId)),
            expectedVersion,
            reason: body.reason ?? null,
          }),
        }),
      );
    decision('approval', 'approveFinancing', 'A checker of the bank approves', decisions.approve, false);
    decision('rejection', 'rejectFinancing', 'A checker of the bank rejects', decisions.reject, true);
    decision(
      'return',
      'returnFinancing',
      'A checker of the bank returns it to the applicant',
      decisions.giveBack,
      true,
    );

    app.post(
      '/v1/financings/:financingId/cancellation',
      runsIfMatch(platform, cancelFinancing(keeper), {
        config: { permission: 'financing:cancel' },
        schema: {
          operationId: 'cancelFinancing',
          summary: 'Take an application back before it is paid out',
          tags,
          params,
          body: Reason,
          response: { 200: Financing, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
          reason: body.reason,
        }),
      }),
    );

    app.post(
      '/v1/financings/:financingId/repayments',
      runs(platform, repay(keeper), {
        config: { permission: 'financing:repay' },
        schema: {
          operationId: 'repayFinancing',
          summary: 'Repay from the deposit of the borrower',
          tags,
          params,
          body: object({ amount: PositiveMoney }),
          response: { 201: Repayment, ...problems(403, 404, 409) },
        },
        input: async ({ params: { financingId }, body, actor }) => ({
          ...(await locateFinancing(database, actor, financingId)),
          amount: parseMoney(body.amount),
        }),
      }),
    );

    app.post(
      '/v1/financings/:financingId/recourse',
      runsIfMatch(platform, claimRecourse(keeper), {
        config: { permission: 'financing:disburse' },
        schema: {
          operationId: 'claimRecourse',
          summary: 'The supplier buys an unpaid receivable back',
          tags,
          params,
          response: { 200: Claim, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
        }),
      }),
    );

    app.post(
      '/v1/financings/:financingId/changes',
      runsIfMatch(platform, proposeChange(keeper), {
        config: { permission: 'financing:propose' },
        schema: {
          operationId: 'proposeFinancingChange',
          summary: 'Propose an extension, a write-off, another risk class, or that a delay is a technical slip',
          tags,
          params,
          body: Type.Union([
            object({ action: Type.Literal('extend'), dueDate: Day }),
            object({ action: Type.Literal('write_off') }),
            object({ action: Type.Literal('declare_slip') }),
            object({ action: Type.Literal('reclassify'), riskClass: oneOf(riskClasses) }),
          ]),
          response: { 200: Financing, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
          change: body,
        }),
      }),
    );

    app.post(
      '/v1/financings/:financingId/changes/decision',
      runsIfMatch(platform, decideChange(keeper), {
        config: { permission: 'financing:decide' },
        schema: {
          operationId: 'decideFinancingChange',
          summary: 'Another person approves or rejects the proposed change',
          tags,
          params,
          body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
          response: { 200: Financing, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
          verdict: body.verdict,
          reason: body.reason ?? null,
        }),
      }),
    );
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
