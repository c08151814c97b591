import { type FastifyPluginAsyncTypebox, type TProperties, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Name, Note, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { offerAcceptance } from './acceptance.ts';
import { billOfferAnswer } from './answer.ts';
import { acceptAcceptances, acceptOffers, refuseOffers, withdrawOffers } from './answers.ts';
import { offerEndorsement, offerRestoration } from './endorsement.ts';
import { offerGuarantee } from './guarantee.ts';
import { mergeBills } from './merge.ts';
import { offerPledge, offerRelease } from './pledge.ts';
import { locateOffers, pageOf, rowOf, selectHoldings } from './queries.ts';
import { offerReceipt } from './receipt.ts';
import { BillHolding, BillItems, BillOffer, OfferKindName, OfferStateName, OffersMade } from './schemas.ts';
import { billOffers } from './store.ts';

const tags = ['Bills'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const offerIds = Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true });
const Answered = object({ offers: Type.Array(BillOffer) });

/** The body of an offer: what it is about, until when it can be answered, and what its kind needs beside. */
const offering = <P extends TProperties>(more: P) =>
  object({
    items: BillItems,
    expiresOn: Type.Optional(Day),
    ...more,
  });

const made = (operationId: string, summary: string) => ({
  operationId,
  summary,
  description:
    'All or none. Each holding is locked until the other side answers, the offeror withdraws or the day comes.',
  tags,
});

/** What parties to a bill offer each other, and their answers: for one part, a list, or a whole package. */
export const billOfferRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;
  const response = { 201: OffersMade, ...problems(403, 404, 409, 422) };
  const config = { permission: 'bill:offer' };

  app.post(
    '/v1/bill-acceptances',
    runs(platform, offerAcceptance, {
      config,
      schema: {
        ...made('offerBillAcceptances', 'Present whole bills to their acceptors'),
        body: offering({}),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-acceptances/answers',
    runs(platform, acceptAcceptances, {
      config: { permission: 'bill:answer' },
      schema: {
        operationId: 'acceptBills',
        summary: 'The acceptor undertakes to pay a list of bills',
        description:
          'A bank names the programme whose terms fix margin and fee. To refuse, use the answers of offers in general.',
        tags,
        body: object({ offerIds, programmeId: Type.Optional(Id) }),
        response: { 200: Answered, ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => ({
        offers: await locateOffers(database, actor, body.offerIds),
        programmeId: body.programmeId ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-receipts',
    runs(platform, offerReceipt, {
      config,
      schema: {
        ...made('offerBillReceipts', 'Hand whole accepted bills to their payees'),
        body: offering({}),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-endorsements',
    runs(platform, offerEndorsement, {
      config,
      schema: {
        ...made('offerBillEndorsements', 'Endorse bills, or parts of them, to another member of the chain'),
        body: offering({
          toId: Id,
          transferable: Type.Optional(
            Type.Boolean({ default: true, description: 'False writes "not transferable" on it.' }),
          ),
          evidence: Name,
        }),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
        toId: body.toId,
        transferable: body.transferable ?? true,
        evidence: body.evidence,
      }),
    }),
  );

  app.post(
    '/v1/bill-restorations',
    runs(platform, offerRestoration, {
      config,
      schema: {
        ...made('offerBillRestorations', 'Ask who wrote "not transferable" on bills to take it back'),
        body: offering({}),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-guarantees',
    runs(platform, offerGuarantee, {
      config,
      schema: {
        ...made('offerBillGuarantees', 'Ask for a guarantee of one who owes on bills'),
        body: offering({ toId: Id, guaranteesId: Type.Optional(Id) }),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
        toId: body.toId,
        guaranteesId: body.guaranteesId ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-pledges',
    runs(platform, offerPledge, {
      config,
      schema: {
        ...made('offerBillPledges', 'Pledge bills, or parts of them'),
        body: offering({ toId: Id, purpose: Name }),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items),
        expiresOn: body.expiresOn ?? null,
        toId: body.toId,
        purpose: body.purpose,
      }),
    }),
  );

  app.post(
    '/v1/bill-pledge-releases',
    runs(platform, offerRelease, {
      config,
      schema: {
        ...made('offerBillReleases', 'The pledgee gives bills, or parts of them, free'),
        body: offering({}),
        response,
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(database, actor, body.items, 'pledgee_id'),
        expiresOn: body.expiresOn ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-offers/acceptances',
    runs(platform, acceptOffers, {
      config: { permission: 'bill:answer' },
      schema: {
        operationId: 'acceptBillOffers',
        summary: 'Agree to a list of offers; each takes effect when the exchange confirms it',
        tags,
        body: object({ offerIds }),
        response: { 200: Answered, ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => ({ offers: await locateOffers(database, actor, body.offerIds) }),
    }),
  );

  app.post(
    '/v1/bill-offers/refusals',
    runs(platform, refuseOffers, {
      config: { permission: 'bill:answer' },
      schema: {
        operationId: 'refuseBillOffers',
        summary: 'Refuse a list of offers',
        tags,
        body: object({ offerIds, reason: Type.Optional(Note) }),
        response: { 200: Answered, ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => ({
        offers: await locateOffers(database, actor, body.offerIds),
        code: 'SU01',
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/bill-offers/withdrawals',
    runs(platform, withdrawOffers, {
      config: { permission: 'bill:offer' },
      schema: {
        operationId: 'withdrawBillOffers',
        summary: 'Take a list of offers back before they are answered',
        tags,
        body: object({ offerIds }),
        response: { 200: Answered, ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => ({ offers: await locateOffers(database, actor, body.offerIds) }),
    }),
  );

  app.post(
    '/v1/bill-merges',
    runs(platform, mergeBills, {
      config: { permission: 'bill:offer' },
      schema: {
        operationId: 'mergeBillHoldings',
        summary: 'Make one holding of neighbours that are alike',
        tags,
        body: object({ holdingIds: Type.Array(Id, { minItems: 2, maxItems: 1000, uniqueItems: true }) }),
        response: { 200: BillHolding, ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => ({
        items: await selectHoldings(
          database,
          actor,
          body.holdingIds.map((holdingId) => ({ holdingId })),
        ),
      }),
    }),
  );

  app.get('/v1/bill-offers', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBillOffers',
      summary: 'What one is asked (unless told), or has asked',
      tags,
      querystring: pageQuery({
        sorts: newest,
        filters: { side: oneOf(['to', 'from']), state: OfferStateName, kind: OfferKindName, billId: Id, batchId: Id },
      }),
      response: { 200: Page(BillOffer), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_offer').selectAll();
        if (actor.orgKind !== 'regulator') {
          rows = rows.where(query.side === 'from' ? 'from_id' : 'to_id', '=', actor.orgId);
        }
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind);
        if (query.billId !== undefined) rows = rows.where('bill_id', '=', query.billId);
        if (query.batchId !== undefined) rows = rows.where('batch_id', '=', query.batchId);
        return pageOf(rows, { table: billOffers, answer: billOfferAnswer, page: query, sorts: newest });
      }) as never,
  });

  app.get('/v1/bill-offers/:offerId', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'getBillOffer',
      summary: 'One offer',
      tags,
      params: object({ offerId: Id }),
      response: { 200: BillOffer, ...problems(404) },
    },
    handler: ({ actor, params: { offerId } }) =>
      readAs(database, actor, async (db) => billOfferAnswer(await rowOf(db, billOffers, 'id', offerId))) as never,
  });
};
