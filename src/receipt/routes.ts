import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { Quantity } from '../goods/schemas.ts';
import { parseDecimal, parseMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  Day,
  Digest,
  Id,
  Name,
  Note,
  object,
  oneOf,
  Page,
  PositiveMoney,
  problems,
  Reference,
} from '../platform/http/schemas.ts';
import { receiptAnswer } from './answer.ts';
import { recordClaim } from './claims.ts';
import { extendStorage, feeDue, recordFee, reportLoss } from './custody.ts';
import { cancelReceipt, deliverGoods, presentReceipt, withdrawPresentation } from './delivery.ts';
import { endEndorsement, endorseReceipt, signEndorsement } from './endorsement.ts';
import { issueReceipt } from './issue.ts';
import {
  chainOf,
  locateLot,
  locateReceipt,
  locateReceipts,
  rankedClaims,
  receiptAnswers,
  receiptOf,
} from './queries.ts';
import { registerReceipt } from './registration.ts';
import type { ReceiptRegistry } from './registry.ts';
import { mergeReceipts, splitByHolder } from './regrouping.ts';
import {
  DocumentHead,
  Endorsement,
  MeasuredQuantity,
  NewClaim,
  NewReceipt,
  RankedClaims,
  Receipt,
  ReceiptChain,
  ReceiptClaim,
  ReceiptPledge,
  ReceiptStateName,
  Receipts,
  ReceiptWithFee,
} from './schemas.ts';
import { signPledge } from './signature.ts';
import { freezeReceipt, thawReceipt } from './standing.ts';

const tags = ['Warehouse receipts'];
const params = object({ receiptId: Id });
const Reason = object({ reason: Note });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const refused = problems(403, 404, 409, 412);

/** Warehouse receipts from issue to delivery. */
export const receiptRoutes = (registry: ReceiptRegistry): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database, clock } = platform;

    /** The receipt of a path with the version that was last read. */
    const located = async (
      { params: { receiptId }, actor }: { params: { receiptId: string }; actor: Parameters<typeof locateReceipt>[1] },
      expectedVersion: number,
    ) => ({ ...(await locateReceipt(database, actor, receiptId)), expectedVersion });

    app.post(
      '/v1/receipts',
      runs(platform, issueReceipt, {
        config: { permission: 'receipt:issue' },
        schema: {
          operationId: 'issueReceipt',
          summary: 'Issue a receipt for goods that lie free in the warehouse',
          description: 'Refused with every item of Civil Code article 909 that is missing.',
          tags,
          body: NewReceipt,
          response: { 201: Receipt, ...problems(403, 404, 409, 422) },
        },
        input: async ({ body: { number, lotId, ...draft }, actor }) => ({
          ...(await locateLot(database, actor, lotId)),
          number,
          draft,
        }),
      }),
    );

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
      '/v1/receipts/:receiptId/registration',
      runsIfMatch(platform, registerReceipt, {
        config: { permission: 'receipt:confirm' },
        schema: {
          operationId: 'registerReceipt',
          summary: 'Confirm a receipt and have it registered',
          description:
            'Another person of the warehouse sends the digest of the receipt; warehouse, platform and registry must agree.',
          tags,
          params,
          body: object({ contentHash: Digest }),
          response: { 200: Receipt, ...problems(403, 404, 409, 412, 422) },
        },
        input: async (request, expectedVersion) => {
          const place = await located(request, expectedVersion);
          const { number, contentHash } = await readAs(database, request.actor, (db) => receiptOf(db, place.receiptId));
          const answer = await registry.record({ filingId: place.receiptId, number, contentHash });
          return { ...place, contentHash: request.body.contentHash, answer };
        },
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/cancellation',
      runsIfMatch(platform, cancelReceipt, {
        config: { permission: 'receipt:cancel' },
        schema: {
          operationId: 'cancelReceipt',
          summary: 'Take back what was issued wrongly, or give back what is registered: the goods lie free again',
          tags,
          params,
          body: Reason,
          response: { 200: Receipt, ...refused },
        },
        input: async (request, version) => ({ ...(await located(request, version)), reason: request.body.reason }),
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/endorsements',
      runsIfMatch(platform, endorseReceipt, {
        config: { permission: 'receipt:hold' },
        schema: {
          operationId: 'endorseReceipt',
          summary: 'Endorse a receipt to another enterprise; it passes when the warehouse has signed',
          tags,
          params,
          body: object({ toId: Id, evidence: Name }),
          response: { 201: Endorsement, ...refused },
        },
        input: async (request, version) => ({ ...(await located(request, version)), ...request.body }),
      }),
    );

    const signed = (
      path: string,
      operationId: string,
      summary: string,
      useCase: typeof signEndorsement,
      permission: 'receipt:confirm' | 'receipt:hold',
    ) =>
      app.post(
        `/v1/receipts/:receiptId/${path}`,
        runsIfMatch(platform, useCase, {
          config: { permission },
          schema: { operationId, summary, tags, params, response: { 200: Receipt, ...refused } },
          input: (request, version) => located(request, version),
        }),
      );
    signed(
      'endorsement/signature',
      'signEndorsement',
      'The warehouse signs: receipt and goods are the endorsee’s',
      signEndorsement,
      'receipt:confirm',
    );
    signed('presentation', 'presentReceipt', 'Present a receipt and ask for the goods', presentReceipt, 'receipt:hold');
    signed(
      'presentation/withdrawal',
      'withdrawPresentation',
      'Take a presentation back',
      withdrawPresentation,
      'receipt:hold',
    );

    for (const [path, event, permission, summary] of [
      ['refusal', 'refuse', 'receipt:confirm', 'The warehouse refuses to sign an endorsement'],
      ['withdrawal', 'withdraw', 'receipt:hold', 'The holder takes an endorsement back'],
    ] as const) {
      app.post(
        `/v1/receipts/:receiptId/endorsement/${path}`,
        runsIfMatch(platform, endEndorsement, {
          config: { permission },
          schema: {
            operationId: `${event}Endorsement`,
            summary,
            tags,
            params,
            body: Reason,
            response: { 200: Receipt, ...refused },
          },
          input: async (request, version) => ({
            ...(await located(request, version)),
            event,
            reason: request.body.reason,
          }),
        }),
      );
    }

    app.post(
      '/v1/receipts/:receiptId/split',
      runsIfMatch(platform, splitByHolder, {
        config: { permission: 'receipt:hold' },
        schema: {
          operationId: 'splitReceipt',
          summary: 'Split a receipt into parts that sum to it',
          tags,
          params,
          body: object({ quantities: Type.Array(Quantity, { minItems: 2, maxItems: 50 }) }),
          response: { 200: Receipts, ...problems(403, 404, 409, 412, 422) },
        },
        input: async (request, version) => ({
          ...(await located(request, version)),
          quantities: request.body.quantities.map(parseDecimal),
        }),
      }),
    );

    app.post(
      '/v1/receipts/merges',
      runs(platform, mergeReceipts, {
        config: { permission: 'receipt:hold' },
        schema: {
          operationId: 'mergeReceipts',
          summary: 'Make one receipt of several for goods of one grade and place under the same terms',
          tags,
          body: object({ receiptIds: Type.Array(Id, { minItems: 2, maxItems: 50, uniqueItems: true }) }),
          response: { 201: Receipt, ...problems(403, 404, 409) },
        },
        input: async ({ body, actor }) => ({ located: await locateReceipts(database, actor, body.receiptIds) }),
      }),
    );

    for (const [path, useCase, summary] of [
      ['freeze', freezeReceipt, 'Freeze a receipt as it is'],
      ['thaw', thawReceipt, 'Let go of a receipt that was frozen'],
    ] as const) {
      app.post(
        `/v1/receipts/:receiptId/${path}`,
        runsIfMatch(platform, useCase, {
          config: { permission: 'receipt:freeze' },
          schema: {
            operationId: `${path}Receipt`,
            summary,
            tags,
            params,
            body: Reason,
            response: { 200: Receipt, ...refused },
          },
          input: async (request, version) => ({ ...(await located(request, version)), reason: request.body.reason }),
        }),
      );
    }

    app.post(
      '/v1/receipts/:receiptId/losses',
      runsIfMatch(platform, reportLoss, {
        config: { permission: 'stock:move' },
        schema: {
          operationId: 'reportLoss',
          summary: 'Report that less was measured than the receipt says',
          description: 'Beyond the loss standard the receipt is frozen until its bank, or its holder, thaws it.',
          tags,
          params,
          body: object({ ...DocumentHead, measured: MeasuredQuantity }),
          response: { 200: Receipt, ...problems(403, 404, 409, 412, 422) },
        },
        input: async (request, version) => ({
          ...(await located(request, version)),
          ...request.body,
          measured: parseDecimal(request.body.measured),
        }),
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/fee-payments',
      runsIfMatch(platform, recordFee, {
        config: { permission: 'receipt:issue' },
        schema: {
          operationId: 'recordStorageFee',
          summary: 'The warehouse records what it was paid for the storage',
          tags,
          params,
          body: object({ amount: PositiveMoney, reference: Reference }),
          response: { 200: Receipt, ...refused },
        },
        input: async (request, version) => ({
          ...(await located(request, version)),
          ...request.body,
          amount: parseMoney(request.body.amount),
        }),
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/extension',
      runsIfMatch(platform, extendStorage, {
        config: { permission: 'receipt:confirm' },
        schema: {
          operationId: 'extendStorage',
          summary: 'Store the goods for longer, as agreed with the holder',
          tags,
          params,
          body: object({ storageTo: Day }),
          response: { 200: Receipt, ...refused },
        },
        input: async (request, version) => ({
          ...(await located(request, version)),
          storageTo: request.body.storageTo,
        }),
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/delivery',
      runsIfMatch(platform, deliverGoods, {
        config: { permission: 'stock:move' },
        schema: {
          operationId: 'deliverGoods',
          summary: 'Hand the goods out against a presented receipt',
          description: 'Receipt and stock end together, by one numbered document of the warehouse.',
          tags,
          params,
          body: object(DocumentHead),
          response: { 200: Receipt, ...refused },
        },
        input: async (request, version) => ({ ...(await located(request, version)), ...request.body }),
      }),
    );

    app.post(
      '/v1/receipts/:receiptId/pledge/signature',
      runsIfMatch(platform, signPledge, {
        config: { permission: 'receipt:confirm' },
        schema: {
          operationId: 'signPledge',
          summary: 'The warehouse signs the pledge endorsed on a receipt',
          tags,
          params,
          response: { 200: ReceiptPledge, ...refused },
        },
        input: (request, version) => located(request, version),
      }),
    );

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
  return routes as unknown as FastifyPluginAsync<Platform>;
};
