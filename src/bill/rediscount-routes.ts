import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Decimal } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Note, object, Page, problems, Ratio } from '../platform/http/schemas.ts';
import { consentAnswer, discountLineAnswer } from './discount-answer.ts';
import { endConsent, giveConsent } from './discount-consent.ts';
import { amortisedDays, isRediscountable, locateConsent, locateRediscount } from './discount-queries.ts';
import {
  AmortisedDay,
  BillRediscount,
  DiscountedBill,
  InterestConsent,
  LineStateName,
  PurposeName,
} from './discount-schemas.ts';
import { discountLines, interestConsents } from './discount-store.ts';
import { pageOf, rowOf } from './queries.ts';
import { proposeRediscount } from './rediscount.ts';
import { rediscountAnswer } from './rediscount-answer.ts';
import { approveRediscount, rejectRediscount } from './rediscount-decisions.ts';
import { billRediscounts } from './rediscount-store.ts';

const tags = ['Bill discounts'];
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byDay = { day: [['amortised_on', 'asc']] } as const;

/** What a bank does with the bills it has discounted, and what drawers consent to. */
export const rediscountRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.get('/v1/discounted-bills', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listDiscountedBills',
      summary: 'Discounted bills: those a bank bought, one has sold, or whose interest one bears',
      description: 'With a purpose: the list of those eligible for rediscount with the central bank for it.',
      tags,
      querystring: pageQuery({ sorts, filters: { state: LineStateName, purpose: PurposeName } }),
      response: { 200: Page(DiscountedBill), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_discount_line').selectAll();
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        if (query.purpose !== undefined) rows = rows.where(isRediscountable(query.purpose));
        return pageOf(rows, { table: discountLines, answer: discountLineAnswer, page: query, sorts });
      }) as never,
  });

  app.get('/v1/discounted-bills/:lineId/amortisation', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillAmortisation',
      summary: 'What a bank has earned of a discounted bill, day by day',
      tags,
      params: object({ lineId: Id }),
      querystring: pageQuery({ sorts: byDay, filters: {} }),
      response: { 200: Page(AmortisedDay), ...problems(404) },
    },
    handler: ({ actor, params: { lineId }, query }) =>
      readAs(database, actor, async (db) => {
        const { bookId } = await rowOf(db, discountLines, 'id', lineId);
        return paginate(amortisedDays(db, bookId, lineId), { page: query, sorts: byDay });
      }) as never,
  });

  app.post(
    '/v1/bill-rediscounts',
    runs(platform, proposeRediscount, {
      config: { permission: 'bill-discount:propose' },
      schema: {
        operationId: 'proposeBillRediscount',
        summary: 'Propose to rediscount bills with the central bank at its rate in force',
        tags,
        body: object({
          purpose: PurposeName,
          lineIds: Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true }),
        }),
        response: { 201: BillRediscount, ...problems(403, 404, 409) },
      },
      input: ({ actor, body }) => ({ bookId: actor.orgId, ...body }),
    }),
  );

  app.get('/v1/bill-rediscounts', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillRediscounts',
      summary: 'Rediscounts of a bank',
      tags,
      querystring: pageQuery({ sorts, filters: {} }),
      response: { 200: Page(BillRediscount), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_rediscount').selectAll();
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        return pageOf(rows, { table: billRediscounts, answer: rediscountAnswer, page: query, sorts });
      }) as never,
  });

  app.get('/v1/bill-rediscounts/:rediscountId', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'getBillRediscount',
      summary: 'One rediscount',
      tags,
      params: object({ rediscountId: Id }),
      response: { 200: BillRediscount, ...problems(404) },
    },
    handler: ({ actor, params: { rediscountId } }) =>
      readAs(database, actor, async (db) =>
        rediscountAnswer(await rowOf(db, billRediscounts, 'id', rediscountId)),
      ) as never,
  });

  const decision = (path: string, operationId: string, summary: string, useCase: typeof approveRediscount) =>
    app.post(
      `/v1/bill-rediscounts/:rediscountId/${path}`,
      runsIfMatch(platform, useCase, {
        config: { permission: 'bill-discount:decide' },
        schema: {
          operationId,
          summary,
          tags,
          params: object({ rediscountId: Id }),
          body: object({ reason: Type.Optional(Note) }),
          response: { 200: BillRediscount, ...problems(403, 404, 409, 412) },
        },
        input: async ({ actor, params: { rediscountId }, body }, expectedVersion) => ({
          ...(await locateRediscount(database, actor, rediscountId)),
          expectedVersion,
          reason: body.reason ?? null,
        }),
      }),
    );
  decision(
    'approval',
    'approveBillRediscount',
    'Another person of the bank approves: booked at once',
    approveRediscount,
  );
  decision('rejection', 'rejectBillRediscount', 'Another person of the bank rejects', rejectRediscount);

  app.post(
    '/v1/chains/:chainId/bill-interest-consents',
    runs(platform, giveConsent, {
      config: { permission: 'bill-interest:consent' },
      schema: {
        operationId: 'giveBillInterestConsent',
        summary: 'A drawer consents to bear a part of the discount interest of its bills at a bank',
        description:
          'The bank takes it from the drawer’s deposit when it discounts one of its bills (买方付息, 协议付息).',
        tags,
        params: object({ chainId: Id }),
        body: object({ bookId: Id, buyerShare: Ratio, validUntil: Day }),
        response: { 201: InterestConsent, ...problems(403, 404, 409) },
      },
      input: ({ params: { chainId }, body }) => ({ ...body, chainId, buyerShare: new Decimal(body.buyerShare) }),
    }),
  );

  app.get('/v1/bill-interest-consents', {
    config: { permission: 'bill-discount:read' },
    schema: {
      operationId: 'listBillInterestConsents',
      summary: 'Consents to bear discount interest that one has given, or may rely on as a bank',
      tags,
      querystring: pageQuery({ sorts, filters: { chainId: Id } }),
      response: { 200: Page(InterestConsent), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_interest_consent').selectAll();
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind === 'enterprise') rows = rows.where('buyer_id', '=', actor.orgId);
        if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
        return pageOf(rows, { table: interestConsents, answer: consentAnswer, page: query, sorts });
      }) as never,
  });

  app.post(
    '/v1/bill-interest-consents/:consentId/end',
    runsIfMatch(platform, endConsent, {
      config: { permission: 'bill-interest:consent' },
      schema: {
        operationId: 'endBillInterestConsent',
        summary: 'End a consent',
        tags,
        params: object({ consentId: Id }),
        response: { 200: InterestConsent, ...problems(403, 404, 409, 412) },
      },
      input: async ({ actor, params: { consentId } }, expectedVersion) => ({
        consentId,
        bookId: await locateConsent(database, actor, consentId),
        expectedVersion,
      }),
    }),
  );
};
