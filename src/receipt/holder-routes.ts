import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Quantity } from '../goods/schemas.ts';
import { parseDecimal } from '../money/decimal.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Name, Note, object, problems } from '../platform/http/schemas.ts';
import { presentReceipt, withdrawPresentation } from './delivery.ts';
import { endEndorsement, endorseReceipt, signEndorsement } from './endorsement.ts';
import { locatedFrom, locateReceipts } from './queries.ts';
import { mergeReceipts, splitByHolder } from './regrouping.ts';
import { Endorsement, Receipt, Receipts } from './schemas.ts';

const tags = ['Warehouse receipts'];
const params = object({ receiptId: Id });
const Reason = object({ reason: Note });
const refused = problems(403, 404, 409, 412);

/** What the holder of a receipt does with it, and the warehouse’s signature on it. */
export const holderRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;
  const located = locatedFrom(database);

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
};
