import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Digest, Id, Note, object, problems } from '../platform/http/schemas.ts';
import { cancelReceipt } from './delivery.ts';
import { issueReceipt } from './issue.ts';
import { locatedFrom, locateLot, receiptOf } from './queries.ts';
import { registerReceipt } from './registration.ts';
import type { ReceiptRegistry } from './registry.ts';
import { NewReceipt, Receipt } from './schemas.ts';

const tags = ['Warehouse receipts'];
const params = object({ receiptId: Id });
const Reason = object({ reason: Note });
const refused = problems(403, 404, 409, 412);

/** How a receipt comes to be, and is taken back: with the registry that has to confirm it. */
export const issueRoutes = (registry: ReceiptRegistry): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;
    const located = locatedFrom(database);

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
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
