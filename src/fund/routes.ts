import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, PositiveMoney, problems, Reference } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { decideClosing, proposeClosing } from './closing.ts';
import { contribute, decideFund, proposeFund } from './fund.ts';
import { fundAnswers, fundMoveAnswers, locateFund } from './queries.ts';
import { Fund, FundMove, PoolBody, RolloverFundBody } from './schemas.ts';

const tags = ['Funds'];
const params = object({ fundId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const MaybeReason = object({ reason: Type.Optional(Note) });

/** Risk-compensation pools and loan-rollover funds that a bank keeps: opened by two people, paid into, read. */
export const fundRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/risk-pools',
    runs(platform, proposeFund, {
      config: { permission: 'fund:propose' },
      schema: {
        operationId: 'proposeRiskPool',
        summary: 'Propose a pool that compensates a part of the losses of a programme',
        tags,
        body: PoolBody,
        response: { 201: Fund, ...problems(404, 409) },
      },
      input: ({ body: { terms, ...body } }) => ({ ...body, kind: 'risk_pool' as const, terms: { pool: terms } }),
    }),
  );

  app.post(
    '/v1/rollover-funds',
    runs(platform, proposeFund, {
      config: { permission: 'fund:propose' },
      schema: {
        operationId: 'proposeRolloverFund',
        summary: 'Propose a fund that bridges maturing loans until they are renewed',
        tags,
        body: RolloverFundBody,
        response: { 201: Fund, ...problems(404, 409) },
      },
      input: ({ body: { terms, ...body } }) => ({
        ...body,
        kind: 'rollover' as const,
        programmeId: null,
        terms: { rollover: terms },
      }),
    }),
  );

  const decision = (path: string, operationId: string, summary: string, verdict: 'approve' | 'reject') =>
    app.post(
      `/v1/funds/:fundId/${path}`,
      runsIfMatch(platform, decideFund(verdict), {
        config: { permission: 'fund:check' },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: MaybeReason,
          response: { 200: Fund, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { fundId }, body, actor }, expectedVersion) => ({
          ...(await locateFund(database, actor, fundId)),
          expectedVersion,
          reason: body.reason ?? null,
        }),
      }),
    );
  decision('approval', 'approveFund', 'A second person of the bank opens the fund', 'approve');
  decision('rejection', 'rejectFund', 'A second person of the bank drops the proposal', 'reject');

  app.post(
    '/v1/funds/:fundId/contributions',
    runs(platform, contribute, {
      config: { permission: 'collection:record' },
      schema: {
        operationId: 'recordContribution',
        summary: 'Money of a contributor has come in',
        tags,
        params,
        body: object({ partyId: Id, amount: PositiveMoney, bankReference: Reference }),
        response: { 201: Fund, ...problems(403, 404, 409) },
      },
      input: async ({ params: { fundId }, body, actor }) => ({
        ...(await locateFund(database, actor, fundId)),
        partyId: body.partyId,
        amount: parseMoney(body.amount),
        bankReference: body.bankReference,
      }),
    }),
  );

  app.post(
    '/v1/funds/:fundId/closing',
    runsIfMatch(platform, proposeClosing, {
      config: { permission: 'fund:propose' },
      schema: {
        operationId: 'proposeFundClosing',
        summary: 'Propose to wind a fund up, or to share out what has come back to one that was',
        tags,
        params,
        response: { 200: Fund, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { fundId }, actor }, expectedVersion) => ({
        ...(await locateFund(database, actor, fundId)),
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/funds/:fundId/closing/decision',
    runsIfMatch(platform, decideClosing, {
      config: { permission: 'fund:check' },
      schema: {
        operationId: 'decideFundClosing',
        summary: 'Another person winds the fund up: what is in it goes back to those who paid it in',
        tags,
        params,
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: Fund, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { fundId }, body, actor }, expectedVersion) => ({
        ...(await locateFund(database, actor, fundId)),
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.get('/v1/funds', {
    config: { permission: 'fund:read' },
    schema: {
      operationId: 'listFunds',
      summary: 'Funds that your bank keeps, or that you sponsor',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { kind: oneOf(['risk_pool', 'rollover']) } }),
      response: { 200: Page(Fund), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = fundAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind);
        return paginate(rows, { page: query, sorts: newest });
      }),
  });

  app.get('/v1/funds/:fundId', {
    config: { permission: 'fund:read' },
    schema: {
      operationId: 'readFund',
      summary: 'One fund with its balance',
      tags,
      params,
      response: { 200: Fund, ...problems(404) },
    },
    handler: async ({ actor, params: { fundId } }, reply) => {
      const row = await readAs(database, actor, (db) => fundAnswers(db).where('id', '=', fundId).executeTakeFirst());
      if (row === undefined) throw new Refusal('not-found', `there is no fund ${fundId}`);
      reply.header('etag', `"${row.version}"`);
      return row;
    },
  });

  app.get('/v1/funds/:fundId/moves', {
    config: { permission: 'fund:read' },
    schema: {
      operationId: 'listFundMoves',
      summary: 'All that ever went into a fund and out of it',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(FundMove), ...problems(404) },
    },
    handler: ({ actor, params: { fundId }, query }) =>
      readAs(database, actor, (db) =>
        paginate(fundMoveAnswers(db).where('fund_id', '=', fundId), { page: query, sorts: newest }),
      ),
  });
};
