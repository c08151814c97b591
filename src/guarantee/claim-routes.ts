import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { CollateralKeeper } from '../financing/keeper.ts';
import type { Permission } from '../identity/permissions.ts';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { claimDecisions, openClaim } from './claim.ts';
import { payCompensation, shareOutRecovery } from './compensation.ts';
import { claimAnswers, guaranteedFinancing, locateClaim } from './queries.ts';
import { ClaimState, CompensationBody, GuaranteeClaim, SharedOut } from './schemas.ts';

const tags = ['Guarantees'];
const params = object({ claimId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const MaybeReason = object({ reason: Type.Optional(Note) });

/** Calls on guarantors after default: opened, sent, answered, paid, and what is recovered later. */
export const guaranteeClaimRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;

    app.post(
      '/v1/financings/:financingId/guarantee-claims',
      runsIfMatch(platform, openClaim(keeper), {
        config: { permission: 'guarantee:propose' },
        schema: {
          operationId: 'openGuaranteeClaim',
          summary: 'Draw up the call on the guarantors of a loan in default',
          tags,
          params: object({ financingId: Id }),
          body: object({ evidence: Note }),
          response: { 201: GuaranteeClaim, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await guaranteedFinancing(database, actor, financingId)),
          evidence: body.evidence,
          expectedVersion,
        }),
      }),
    );

    app.get('/v1/guarantee-claims', {
      config: { permission: 'guarantee:read' },
      schema: {
        operationId: 'listGuaranteeClaims',
        summary: 'Claims one makes or shares',
        tags,
        querystring: pageQuery({ sorts: newest, filters: { state: ClaimState, financingId: Id } }),
        response: { 200: Page(GuaranteeClaim), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = claimAnswers(db);
          if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
          if (query.state !== undefined) rows = rows.where('state', '=', query.state);
          if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
          return paginate(rows, { page: query, sorts: newest }) as never;
        }),
    });

    app.get('/v1/guarantee-claims/:claimId', {
      config: { permission: 'guarantee:read' },
      schema: {
        operationId: 'readGuaranteeClaim',
        summary: 'One claim, with what each has paid and got back',
        tags,
        params,
        response: { 200: GuaranteeClaim, ...problems(404) },
      },
      handler: async ({ actor, params: { claimId } }, reply) => {
        const row = await readAs(database, actor, (db) =>
          claimAnswers(db).where('id', '=', claimId).executeTakeFirst(),
        );
        if (row === undefined) throw new Refusal('not-found', `there is no guarantee claim ${claimId}`);
        reply.header('etag', `"${row.version}"`);
        return row as never;
      },
    });

    const decisions = claimDecisions(keeper);
    const onClaim = (path: string, name: keyof typeof decisions, summary: string, permission: Permission) =>
      app.post(
        `/v1/guarantee-claims/:claimId/${path}`,
        runsIfMatch(platform, decisions[name], {
          config: { permission },
          schema: {
            operationId: `${name}GuaranteeClaim`,
            summary,
            tags,
            params,
            body: MaybeReason,
            response: { 200: GuaranteeClaim, ...problems(403, 404, 409, 412) },
          },
          input: async ({ params: { claimId }, body, actor }, expectedVersion) => ({
            ...(await locateClaim(database, actor, claimId)),
            expectedVersion,
            reason: body.reason ?? null,
          }),
        }),
      );
    onClaim('call', 'call', 'A second person of the bank sends the claim', 'guarantee:check');
    onClaim('withdrawal', 'withdraw', 'The bank drops the claim', 'guarantee:check');
    onClaim('acceptance', 'accept', 'The guarantor accepts the claim', 'guarantee:answer');
    onClaim('contest', 'contest', 'The guarantor contests the claim', 'guarantee:answer');
    onClaim('subrogation', 'subrogate', 'The bank certifies that the guarantors stand in its place', 'guarantee:check');

    app.post(
      '/v1/guarantee-claims/:claimId/payments',
      runs(platform, payCompensation(keeper), {
        config: { permission: 'collection:record' },
        schema: {
          operationId: 'recordCompensation',
          summary: 'A guarantor has paid its share, or a part of it',
          tags,
          params,
          body: CompensationBody,
          response: { 201: SharedOut, ...problems(403, 404, 409) },
        },
        input: async ({ params: { claimId }, body, actor }) => ({
          ...(await locateClaim(database, actor, claimId)),
          partyId: body.partyId,
          amount: parseMoney(body.amount),
          bankReference: body.bankReference,
        }),
      }),
    );

    app.post(
      '/v1/guarantee-claims/:claimId/recoveries',
      runs(platform, shareOutRecovery(keeper), {
        config: { permission: 'collection:record' },
        schema: {
          operationId: 'shareRecovery',
          summary: 'Share what was recovered from the borrower between bank and guarantors',
          description: 'From the deposit of the borrower, by the agreed shares, each up to what it is still owed.',
          tags,
          params,
          body: object({ amount: PositiveMoney }),
          response: { 201: SharedOut, ...problems(403, 404, 409) },
        },
        input: async ({ params: { claimId }, body, actor }) => ({
          ...(await locateClaim(database, actor, claimId)),
          amount: parseMoney(body.amount),
        }),
      }),
    );
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
