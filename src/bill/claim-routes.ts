import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Decimal, parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Money, Note, object, oneOf, Page, PositiveMoney, problems, Reference } from '../platform/http/schemas.ts';
import { openClaim, respondToClaim } from './claim.ts';
import { claimAnswer, claimPaymentAnswer } from './claim-answer.ts';
import { payClaim } from './claim-payment.ts';
import { claimDay, locateClaim, locateDishonoured, locatePresentations } from './claim-queries.ts';
import { BillClaim, BillClaimPayment, ClaimStatusName } from './claim-schemas.ts';
import { billClaims, claimPayments } from './claim-store.ts';
import { answerPresentations, dishonourCodes, presentBills } from './presentation.ts';
import { pageOf, rowOf, selectHoldings } from './queries.ts';
import { BillHolding, BillItems, BillOffer, OffersMade } from './schemas.ts';

const tags = ['Bills'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const params = object({ claimId: Id });

/** Bills at and after maturity: presentation, payment or refusal, recourse and what is paid on it. */
export const billClaimRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/bill-presentations',
    runs(platform, presentBills, {
      config: { permission: 'bill:offer' },
      schema: {
        operationId: 'presentBills',
        summary: 'Present bills for payment before they are due, or again',
        description: 'On the day they are due bills present themselves. The acceptor has the day to answer.',
        tags,
        body: object({ items: BillItems }),
        response: { 201: OffersMade, ...problems(403, 404, 409, 422) },
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: null,
      }),
    }),
  );

  app.post(
    '/v1/bill-presentations/answers',
    runs(platform, answerPresentations, {
      config: { permission: 'bill:answer' },
      schema: {
        operationId: 'answerBillPresentations',
        summary: 'The acceptor pays a list of presented bills, or refuses them',
        description: 'A payment is made in full, out of the deposit at the bank that serves the drawer.',
        tags,
        body: object({
          offerIds: Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true }),
          verdict: oneOf(['pay', 'refuse']),
          code: Type.Optional(oneOf(dishonourCodes)),
          reason: Type.Optional(Note),
        }),
        response: {
          200: object({ offers: Type.Array(BillOffer), holdings: Type.Array(BillHolding) }),
          ...problems(403, 404, 409, 422),
        },
      },
      input: async ({ actor, body }) => ({
        presentations: await locatePresentations(database, actor, body.offerIds),
        verdict: body.verdict,
        code: body.code ?? null,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-claims',
    runs(platform, openClaim, {
      config: { permission: 'bill:offer' },
      schema: {
        operationId: 'openBillClaim',
        summary: 'Claim a dishonoured bill of those before its holder',
        description:
          'Without targets everyone that can be reached is pursued, jointly. Everyone named is given notice.',
        tags,
        body: object({
          holdingId: Id,
          targets: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true })),
          costs: Type.Optional(Money),
        }),
        response: { 201: BillClaim, ...problems(403, 404, 409, 422) },
      },
      input: async ({ actor, body }) => ({
        ...(await locateDishonoured(database, actor, body.holdingId)),
        targets: body.targets ?? null,
        costs: body.costs === undefined ? new Decimal(0) : parseMoney(body.costs),
      }),
    }),
  );

  app.get('/v1/bill-claims', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBillClaims',
      summary: 'Claims on bills that one makes or that are made on one',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { status: ClaimStatusName, billId: Id, holdingId: Id } }),
      response: { 200: Page(BillClaim) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, async (db) => {
        let rows = db.selectFrom('bill_claim').selectAll();
        if (query.status !== undefined) rows = rows.where('status', '=', query.status);
        if (query.billId !== undefined) rows = rows.where('bill_id', '=', query.billId);
        if (query.holdingId !== undefined) rows = rows.where('holding_id', '=', query.holdingId);
        const on = await claimDay(db, actor.orgKind === 'bank' ? actor.orgId : null);
        const answer = (row: Parameters<typeof claimAnswer>[0]) => claimAnswer(row, on);
        return pageOf(rows, { table: billClaims, answer, page: query, sorts: newest });
      }),
  });

  app.get('/v1/bill-claims/:claimId', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'getBillClaim',
      summary: 'One claim, and what it comes to today',
      tags,
      params,
      response: { 200: BillClaim },
    },
    handler: ({ actor, params: { claimId } }, reply) =>
      readAs(database, actor, async (db) => {
        const claim = await rowOf(db, billClaims, 'id', claimId);
        reply.header('etag', `"${claim.version}"`);
        return claimAnswer(claim, await claimDay(db, claim.bookId));
      }),
  });

  app.post(
    '/v1/bill-claims/:claimId/responses',
    runsIfMatch(platform, respondToClaim, {
      config: { permission: 'bill:answer' },
      schema: {
        operationId: 'respondToBillClaim',
        summary: 'One of those pursued acknowledges a claim, or contests it',
        tags,
        params,
        body: object({ event: oneOf(['acknowledge', 'contest']), reason: Type.Optional(Note) }),
        response: { 200: BillClaim, ...problems(403, 404, 409, 412) },
      },
      input: async ({ actor, params: { claimId }, body }, expectedVersion) => ({
        ...(await locateClaim(database, actor, claimId)),
        expectedVersion,
        event: body.event,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-claims/:claimId/payments',
    runs(platform, payClaim, {
      config: { permission: 'bill:offer' },
      schema: {
        operationId: 'payBillClaim',
        summary: 'Pay a claim, in full or (drawer and acceptor) in part',
        description:
          'Out of the payer’s deposit at the bank; or, as the claimant bank records it, from outside under its own reference.',
        tags,
        params,
        body: object({
          amount: Type.Optional(PositiveMoney),
          payerId: Type.Optional(Id),
          bankReference: Type.Optional(Reference),
        }),
        response: {
          201: object({ claim: BillClaim, payment: BillClaimPayment }),
          ...problems(403, 404, 409, 422),
        },
      },
      input: async ({ actor, params: { claimId }, body }) => ({
        ...(await locateClaim(database, actor, claimId)),
        payerId: body.payerId ?? actor.orgId,
        amount: body.amount === undefined ? null : parseMoney(body.amount),
        bankReference: body.bankReference ?? null,
      }),
    }),
  );

  app.get('/v1/bill-claims/:claimId/payments', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBillClaimPayments',
      summary: 'What has been paid on a claim, and how it was spread',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(BillClaimPayment) },
    },
    handler: ({ actor, params: { claimId }, query }) =>
      readAs(database, actor, (db) =>
        pageOf(db.selectFrom('bill_claim_payment').selectAll().where('claim_id', '=', claimId), {
          table: claimPayments,
          answer: claimPaymentAnswer,
          page: query,
          sorts: newest,
        }),
      ),
  });
};
