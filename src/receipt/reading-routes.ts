import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { readAs } from '../platform/database.ts';
import { runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, oneOf, Page, PositiveMoney, problems } from '../platform/http/schemas.ts';
import { receiptAnswer } from './answer.ts';
import { recordClaim } from './claims.ts';
import { feeDue } from './custody.ts';
import { chainOf, locatedFrom, rankedClaims, receiptAnswers, receiptOf } from './queries.ts';
import {
  NewClaim,
  RankedClaims,
  Receipt,
  ReceiptChain,
  ReceiptClaim,
  ReceiptStateName,
  ReceiptWithFee,
} from './schemas.ts';

const tags = ['Warehouse receipts'];
const params = object({ receiptId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const refused = problems(403, 404, 409, 412);

/** Receipts as their parties read them, and claims on their goods. */
export const readingRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database, clock } = platform;
  const located = locatedFrom(database);

  app.get('/v1/receipts', {
    config: { permission: 'receipt:read' },
    schema: {
      operationId: 'listReceipts',
      summary: 'Receipts one is a party to',
      description: '`role` says on which side: as holder, as warehouse, as bank, or as the one it is offered to.',
      tags,
      querystring: pageQuery({
        sorts: newest,
        filters: { role: oneOf(['holder', 'warehouse', 'bank', 'offered']), state: ReceiptStateName },
      }),
      response: { 200: Page(Receipt), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        const usual = actor.orgKind === 'bank' || actor.orgKind === 'warehouse' ? actor.orgKind : 'holder';
        const column = {
          holder: 'holder_id',
          warehouse: 'operator_id',
          bank: 'book_id',
          offered: 'offered_to',
        } as const;
        let rows = receiptAnswers(db);
        if (actor.orgKind !== 'regulator') rows = rows.where(column[query.role ?? usual], '=', actor.orgId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });

  app.get('/v1/receipts/:receiptId', {
    config: { permission: 'receipt:read' },
    schema: {
      operationId: 'getReceipt',
      summary: 'One receipt, and what its storage costs',
      tags,
      params,
      response: { 200: ReceiptWithFee, ...problems(404) },
    },
    handler: async ({ actor, params: { receiptId } }, reply) => {
      const row = await readAs(database, actor, (db) => receiptOf(db, receiptId));
      const { accrued, whole } = feeDue(row, shanghaiDate(clock.now()));
      reply.header('etag', `"${row.version}"`);
      const fee = { accrued: accrued.toFixed(2), whole: whole.toFixed(2), paid: row.feePaid.toFixed(2) };
      return { receipt: receiptAnswer(row), fee } as never;
    },
  });

  app.get('/v1/receipts/:receiptId/chain', {
    config: { permission: 'receipt:read' },
    schema: {
      operationId: 'getReceiptChain',
      summary: 'The endorsements and pledges of a receipt',
      tags,
      params,
      response: { 200: ReceiptChain, ...problems(404) },
    },
    handler: ({ actor, params: { receiptId } }) => readAs(database, actor, (db) => chainOf(db, receiptId)) as never,
  });

  app.post(
    '/v1/receipts/:receiptId/claims',
    runsIfMatch(platform, recordClaim, {
      config: { permission: 'receipt:freeze' },
      schema: {
        operationId: 'recordReceiptClaim',
        summary: 'Record that somebody outside the platform claims the goods; the receipt is frozen',
        tags,
        params,
        body: NewClaim,
        response: { 201: ReceiptClaim, ...refused },
      },
      input: async (request, version) => ({
        ...(await located(request, version)),
        ...request.body,
        amount: parseMoney(request.body.amount),
      }),
    }),
  );

  app.get('/v1/receipts/:receiptId/claims', {
    config: { permission: 'receipt:rank' },
    schema: {
      operationId: 'rankReceiptClaims',
      summary: 'Rank every claim on the goods of a receipt, and share proceeds among them',
      tags,
      params,
      querystring: object({ proceeds: PositiveMoney }),
      response: { 200: RankedClaims, ...problems(404) },
    },
    handler: async ({ actor, params: { receiptId }, query }) => ({
      items: await readAs(database, actor, (db) => rankedClaims(db, receiptId, parseMoney(query.proceeds))),
    }),
  });
};
