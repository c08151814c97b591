import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { parseDecimal, parseMoney } from '../money/decimal.ts';
import { runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Note, object, PositiveMoney, problems, Reference } from '../platform/http/schemas.ts';
import { extendStorage, recordFee, reportLoss } from './custody.ts';
import { deliverGoods } from './delivery.ts';
import { locatedFrom } from './queries.ts';
import { DocumentHead, MeasuredQuantity, Receipt, ReceiptPledge } from './schemas.ts';
import { signPledge } from './signature.ts';
import { freezeReceipt, thawReceipt } from './standing.ts';

const tags = ['Warehouse receipts'];
const params = object({ receiptId: Id });
const Reason = object({ reason: Note });
const refused = problems(403, 404, 409, 412);

/** What the warehouse does with stored goods and the receipt for them. */
export const custodyRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;
  const located = locatedFrom(database);

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
};
