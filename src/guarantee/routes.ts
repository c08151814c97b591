import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { locateFinancing } from '../financing/queries.ts';
import type { Permission } from '../identity/permissions.ts';
import { Decimal, parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { agreementDecisions, proposeAgreement } from './agreement.ts';
import { agreementAnswers, guaranteeAnswers, locateAgreement, locateGuarantee } from './queries.ts';
import { chargeGuaranteeFee, guaranteeDecisions, requestGuarantee } from './request.ts';
import { Agreement, AgreementBody, AgreementState, Guarantee } from './schemas.ts';

const tags = ['Guarantees'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const guaranteeSorts = { newest: [['guarantee.id', 'desc']], oldest: [['guarantee.id', 'asc']] } as const;
const MaybeReason = object({ reason: Type.Optional(Note) });

/** Agreements with guarantors, and the guarantees given under them beside the approval of the bank. */
export const guaranteeRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;

    app.post(
      '/v1/guarantee-agreements',
      runs(platform, proposeAgreement, {
        config: { permission: 'guarantee:propose' },
        schema: {
          operationId: 'proposeGuaranteeAgreement',
          summary: 'Propose who bears which share of a loss, up to how much',
          tags,
          body: AgreementBody,
          response: { 201: Agreement, ...problems(404, 409, 422) },
        },
        input: ({ body }) => ({
          ...body,
          cap: parseMoney(body.cap),
          financingCap: parseMoney(body.financingCap),
          feeRate: new Decimal(body.feeRate),
          stopLoss: new Decimal(body.stopLoss),
        }),
      }),
    );

    app.get('/v1/guarantee-agreements', {
      config: { permission: 'guarantee:read' },
      schema: {
        operationId: 'listGuaranteeAgreements',
        summary: 'Agreements one is a party to',
        tags,
        querystring: pageQuery({ sorts: newest, filters: { state: AgreementState } }),
        response: { 200: Page(Agreement), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = agreementAnswers(db);
          if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
          if (query.state !== undefined) rows = rows.where('state', '=', query.state);
          return paginate(rows, { page: query, sorts: newest });
        }),
    });

    const onAgreement = (
      path: string,
      name: keyof typeof agreementDecisions,
      summary: string,
      permission: Permission,
    ) =>
      app.post(
        `/v1/guarantee-agreements/:agreementId/${path}`,
        runsIfMatch(platform, agreementDecisions[name], {
          config: { permission },
          schema: {
            operationId: `${name}GuaranteeAgreement`,
            summary,
            tags,
            params: object({ agreementId: Id }),
            body: MaybeReason,
            response: { 200: Agreement, ...problems(403, 404, 409, 412) },
          },
          input: async ({ params, body, actor }, expectedVersion) => ({
            ...(await locateAgreement(database, actor, params.agreementId)),
            expectedVersion,
            reason: body.reason ?? null,
          }),
        }),
      );
    onAgreement('approval', 'approve', 'A second person of the bank offers the agreement', 'guarantee:check');
    onAgreement('rejection', 'reject', 'A second person of the bank drops it', 'guarantee:check');
    onAgreement('acceptance', 'accept', 'The guarantor accepts', 'guarantee:answer');
    onAgreement('declination', 'decline', 'The guarantor declines', 'guarantee:answer');
    onAgreement('end', 'end', 'Bank or guarantor take no new business under it', 'guarantee:end');

    app.post(
      '/v1/financings/:financingId/guarantee-requests',
      runsIfMatch(platform, requestGuarantee(keeper), {
        config: { permission: 'guarantee:propose' },
        schema: {
          operationId: 'requestGuarantee',
          summary: 'Ask a guarantor to approve a submitted financing beside the bank',
          description: 'The two decide side by side; the financing is approved when both have.',
          tags,
          params: object({ financingId: Id }),
          body: object({ agreementId: Id }),
          response: { 201: Guarantee, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, body, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          agreementId: body.agreementId,
          expectedVersion,
        }),
      }),
    );

    app.get('/v1/guarantees', {
      config: { permission: 'guarantee:read' },
      schema: {
        operationId: 'listGuarantees',
        summary: 'Guarantees asked for and given',
        tags,
        querystring: pageQuery({ sorts: guaranteeSorts, filters: { agreementId: Id, financingId: Id } }),
        response: { 200: Page(Guarantee), ...problems(400) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = guaranteeAnswers(db);
          if (actor.orgKind === 'bank') rows = rows.where('guarantee.book_id', '=', actor.orgId);
          if (actor.orgKind === 'guarantor') rows = rows.where('guarantor_id', '=', actor.orgId);
          if (query.agreementId !== undefined) rows = rows.where('agreement_id', '=', query.agreementId);
          if (query.financingId !== undefined) rows = rows.where('financing_id', '=', query.financingId);
          return paginate(rows, { page: query, sorts: guaranteeSorts });
        }),
    });

    app.get('/v1/guarantees/:guaranteeId', {
      config: { permission: 'guarantee:read' },
      schema: {
        operationId: 'readGuarantee',
        summary: 'One guarantee, as its guarantor decides on it',
        tags,
        params: object({ guaranteeId: Id }),
        response: { 200: Guarantee, ...problems(404) },
      },
      handler: async ({ actor, params: { guaranteeId } }, reply) => {
        const row = await readAs(database, actor, (db) =>
          guaranteeAnswers(db).where('guarantee.id', '=', guaranteeId).executeTakeFirst(),
        );
        if (row === undefined) throw new Refusal('not-found', `there is no guarantee ${guaranteeId}`);
        reply.header('etag', `"${row.version}"`);
        return row;
      },
    });

    const decisions = guaranteeDecisions(keeper);
    const onGuarantee = (path: string, name: keyof typeof decisions, summary: string) =>
      app.post(
        `/v1/guarantees/:guaranteeId/${path}`,
        runsIfMatch(platform, decisions[name], {
          config: { permission: 'guarantee:answer' },
          schema: {
            operationId: `${name}Guarantee`,
            summary,
            tags,
            params: object({ guaranteeId: Id }),
            body: MaybeReason,
            response: { 200: Guarantee, ...problems(403, 404, 409, 412) },
          },
          input: async ({ params, body, actor }, expectedVersion) => ({
            ...(await locateGuarantee(database, actor, params.guaranteeId)),
            expectedVersion,
            reason: body.reason ?? null,
          }),
        }),
      );
    onGuarantee('approval', 'approve', 'A checker of the guarantor approves');
    onGuarantee('declination', 'decline', 'A checker of the guarantor declines');

    app.post(
      '/v1/guarantees/:guaranteeId/fee',
      runs(platform, chargeGuaranteeFee(keeper), {
        config: { permission: 'guarantee:propose' },
        schema: {
          operationId: 'chargeGuaranteeFee',
          summary: 'Collect the fee from the borrower for the guarantor, once',
          tags,
          params: object({ guaranteeId: Id }),
          response: { 200: Guarantee, ...problems(403, 404, 409) },
        },
        input: ({ params, actor }) => locateGuarantee(database, actor, params.guaranteeId),
      }),
    );
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
