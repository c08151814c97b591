import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Money, Name, nullable, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { changeAcceptor, recordAcceptor } from './acceptor.ts';
import { acceptorAnswer, billMessageAnswer, marketAnswer } from './answer.ts';
import { freezeBills } from './freeze.ts';
import { openMarket } from './market.ts';
import { beginMarketClose } from './market-close.ts';
import { pageOf, rowOf, selectForCourt } from './queries.ts';
import { Acceptor, BillHolding, BillItems, BillMarket, BillMessage } from './schemas.ts';
import { acceptors, BILL_MARKET, billMessages, markets } from './store.ts';

const tags = ['Bill exchange'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byOrganization = { organization: [['org_id', 'asc']] } as const;
const figures = {
  acceptanceLimit: Money,
  totalAssets: Type.Optional(nullable(Money)),
  deposits: Type.Optional(nullable(Money)),
};
const figuresOf = (body: { acceptanceLimit: string; totalAssets?: string | null; deposits?: string | null }) => ({
  acceptanceLimit: parseMoney(body.acceptanceLimit),
  totalAssets: body.totalAssets ? parseMoney(body.totalAssets) : null,
  deposits: body.deposits ? parseMoney(body.deposits) : null,
});

/** The exchange itself: its business day, the acceptors it knows, what it was told, and orders of courts. */
export const billMarketRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.get('/v1/bill-market', {
    config: { permission: 'bill-market:read' },
    schema: {
      operationId: 'getBillMarket',
      summary: 'The business day of the bill exchange',
      tags,
      response: { 200: BillMarket, ...problems(404) },
    },
    handler: ({ actor }) =>
      readAs(database, actor, async (db) => marketAnswer(await rowOf(db, markets, 'id', BILL_MARKET))) as never,
  });

  app.post(
    '/v1/bill-market',
    runs(platform, openMarket, {
      config: { permission: 'bill-market:manage' },
      schema: {
        operationId: 'openBillMarket',
        summary: 'Open the bill exchange on its first business day',
        tags,
        body: object({ businessDate: Day }),
        response: { 201: BillMarket, ...problems(403, 409) },
      },
      input: ({ body }) => body,
    }),
  );

  app.post(
    '/v1/bill-market/closes',
    runs(platform, beginMarketClose, {
      config: { permission: 'bill-market:manage' },
      schema: {
        operationId: 'closeBillMarket',
        summary: 'Begin the close of the exchange’s business day; it is worked off in the background',
        tags,
        body: object({ businessDate: Day }),
        response: { 202: BillMarket, ...problems(403, 409) },
      },
      input: ({ body }) => body,
    }),
  );

  app.get('/v1/bill-acceptors', {
    config: { permission: 'bill-acceptor:read' },
    schema: {
      operationId: 'listBillAcceptors',
      summary: 'Acceptors with their limits, as far as one may see them',
      tags,
      querystring: pageQuery({ sorts: byOrganization, filters: { listed: Type.Boolean() } }),
      response: { 200: Page(Acceptor), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_acceptor').selectAll();
        if (query.listed !== undefined) rows = rows.where('listed_from', query.listed ? 'is not' : 'is', null);
        return pageOf(rows, { table: acceptors, answer: acceptorAnswer, page: query, sorts: byOrganization });
      }) as never,
  });

  app.get('/v1/bill-acceptors/:orgId', {
    config: { permission: 'bill-acceptor:read' },
    schema: {
      operationId: 'getBillAcceptor',
      summary: 'One acceptor',
      tags,
      params: object({ orgId: Id }),
      response: { 200: Acceptor, ...problems(404) },
    },
    handler: ({ actor, params: { orgId } }) =>
      readAs(database, actor, async (db) => acceptorAnswer(await rowOf(db, acceptors, 'org_id', orgId))) as never,
  });

  app.post(
    '/v1/bill-acceptors',
    runs(platform, recordAcceptor, {
      config: { permission: 'bill-acceptor:manage' },
      schema: {
        operationId: 'recordBillAcceptor',
        summary: 'Record who may accept bills, and up to how much',
        tags,
        body: object({ orgId: Id, ...figures }),
        response: { 201: Acceptor, ...problems(403, 404, 409) },
      },
      input: ({ body }) => ({ orgId: body.orgId, ...figuresOf(body) }),
    }),
  );

  app.patch(
    '/v1/bill-acceptors/:orgId',
    runsIfMatch(platform, changeAcceptor, {
      config: { permission: 'bill-acceptor:manage' },
      schema: {
        operationId: 'changeBillAcceptor',
        summary: 'Change the figures of an acceptor',
        tags,
        params: object({ orgId: Id }),
        body: object(figures),
        response: { 200: Acceptor, ...problems(403, 404, 409, 412) },
      },
      input: ({ params: { orgId }, body }, expectedVersion) => ({ orgId, expectedVersion, ...figuresOf(body) }),
    }),
  );

  for (const [path, operationId, summary, frozen] of [
    ['freezes', 'freezeBills', 'Record the order of a court that freezes holdings, or parts of them', true],
    ['thaws', 'thawBills', 'Record the order of a court that thaws holdings', false],
  ] as const) {
    app.post(
      `/v1/bill-${path}`,
      runs(platform, freezeBills, {
        config: { permission: 'bill:freeze' },
        schema: {
          operationId,
          summary,
          tags,
          body: object({ items: BillItems, order: Name }),
          response: { 200: object({ holdings: Type.Array(BillHolding) }), ...problems(403, 404, 409, 422) },
        },
        input: async ({ body }) => ({ items: await selectForCourt(database, body.items), order: body.order, frozen }),
      }),
    );
  }

  app.get('/v1/bill-messages', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBillMessages',
      summary: 'What the exchange was told on one’s behalf, and what it answered',
      tags,
      querystring: pageQuery({
        sorts: newest,
        filters: { billId: Id, state: oneOf(['created', 'sent', 'confirmed', 'rejected']) },
      }),
      response: { 200: Page(BillMessage), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill_message').selectAll();
        if (actor.orgKind !== 'regulator') rows = rows.where('org_id', '=', actor.orgId);
        if (query.billId !== undefined) rows = rows.where('bill_id', '=', query.billId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return pageOf(rows, { table: billMessages, answer: billMessageAnswer, page: query, sorts: newest });
      }) as never,
  });
};
