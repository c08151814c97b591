import { randomBytes } from 'node:crypto';
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { preSerializationAsyncHookHandler } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Instant, object, Page, problems, Version } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import {
  changeEndpoint,
  createEndpoint,
  type EndpointAnswer,
  type EndpointSettings,
  replayDelivery,
  replaySince,
  rotateEndpointSecret,
  testEndpoint,
} from './commands.ts';
import {
  Delivery,
  DeliveryState,
  Description,
  Endpoint,
  EndpointState,
  EndpointWithSecret,
  Kinds,
  Url,
} from './schemas.ts';
import type { WebhookSecrets } from './secrets.ts';
import { deliveryAnswers, endpointAnswers, readSecretSalt } from './store.ts';

const tags = ['Webhooks'];
const ById = object({ id: Id });
const newestFirst = { newest: [['id', 'desc']] } as const;
const deliverySorts = {
  newest: [
    ['recorded_at', 'desc'],
    ['id', 'desc'],
  ],
  oldest: [
    ['recorded_at', 'asc'],
    ['id', 'asc'],
  ],
} as const;

/** For how long a repeated request is shown the secret again: long enough for a lost answer, no longer. */
const SHOWN_MS = 24 * 3_600_000;

/** Where an organization has events sent, what was sent, and sending it again. */
export const webhookRoutes =
  ({
    secrets,
    ...settings
  }: EndpointSettings & Readonly<{ secrets: WebhookSecrets }>): FastifyPluginAsyncTypebox<Platform> =>
  async (app, platform) => {
    const { database, clock } = platform;

    /** Adds the secret to what was kept for the idempotency key, which is without it. */
    const withSecret: preSerializationAsyncHookHandler<unknown> = async ({ actor }, reply, payload) => {
      if (reply.statusCode >= 300) return payload;
      const endpoint = payload as EndpointAnswer;
      if (Date.parse(endpoint.secretSetAt) + SHOWN_MS < clock.now().getTime()) return endpoint;
      const secretSalt = await readAs(database, actor, (db) => readSecretSalt(db, endpoint.id));
      if (secretSalt === undefined) return endpoint;
      return { ...endpoint, secret: secrets.reveal({ ...endpoint, secretSalt }) };
    };

    app.post('/v1/webhook-endpoints', {
      ...runs(platform, createEndpoint(settings), {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'createWebhookEndpoint',
          summary: 'Have events sent to a url, from now on',
          description: 'The answer shows the secret that signs deliveries; it is stored nowhere.',
          tags,
          body: object({ url: Url, kinds: Type.Optional(Kinds), description: Type.Optional(Description) }),
          response: { 201: EndpointWithSecret, ...problems(409) },
        },
        input: ({ body }) => ({
          id: uuidv7(),
          secretSalt: randomBytes(32),
          url: body.url,
          kinds: body.kinds ?? [],
          description: body.description ?? '',
        }),
      }),
      preSerialization: withSecret,
    });

    app.get('/v1/webhook-endpoints', {
      config: { permission: 'webhook:read' },
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'List the endpoints of the organization',
        tags,
        querystring: pageQuery({ sorts: newestFirst }),
        response: { 200: Page(Endpoint) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => paginate(endpointAnswers(db), { page: query, sorts: newestFirst })),
    });

    app.get('/v1/webhook-endpoints/:id', {
      config: { permission: 'webhook:read' },
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'Read an endpoint',
        tags,
        params: ById,
        response: { 200: Endpoint, ...problems(404) },
      },
      handler: async ({ actor, params }) => {
        const endpoint = await readAs(database, actor, (db) =>
          endpointAnswers(db).where('id', '=', params.id).executeTakeFirst(),
        );
        if (endpoint === undefined) throw new Refusal('not-found', `there is no webhook endpoint ${params.id}`);
        return endpoint;
      },
    });

    app.patch(
      '/v1/webhook-endpoints/:id',
      runsIfMatch(platform, changeEndpoint(settings), {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'changeWebhookEndpoint',
          summary: 'Change, pause, disable or activate an endpoint',
          tags,
          params: ById,
          body: object({
            url: Type.Optional(Url),
            kinds: Type.Optional(Kinds),
            description: Type.Optional(Description),
            status: Type.Optional(EndpointState),
          }),
          response: { 200: Endpoint, ...problems(404, 409) },
        },
        input: ({ params, body }, expectedVersion) => ({ endpointId: params.id, expectedVersion, ...body }),
      }),
    );

    app.post('/v1/webhook-endpoints/:id/rotate-secret', {
      ...runsIfMatch(platform, rotateEndpointSecret, {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'rotateWebhookSecret',
          summary: 'Give an endpoint its next secret',
          description: 'Deliveries carry the signatures of both secrets for the hours asked, 24 unless told.',
          tags,
          params: ById,
          body: object({
            previousValidHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 720, examples: [24] })),
          }),
          response: { 200: EndpointWithSecret, ...problems(404) },
        },
        input: ({ params, body }, expectedVersion) => ({ endpointId: params.id, expectedVersion, ...body }),
      }),
      preSerialization: withSecret,
    });

    app.post(
      '/v1/webhook-endpoints/:id/test',
      runs(platform, testEndpoint, {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'testWebhookEndpoint',
          summary: 'Send an event to try the endpoints of the organization',
          tags,
          params: ById,
          response: { 202: Endpoint, ...problems(404) },
        },
        input: ({ params }) => ({ endpointId: params.id }),
      }),
    );

    app.post(
      '/v1/webhook-endpoints/:id/replay',
      runs(platform, replaySince, {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'replayWebhooks',
          summary: 'Send an endpoint again what happened since an instant',
          description: 'Events keep their ids, so a receiver knows those it has.',
          tags,
          params: ById,
          body: object({ since: Instant }),
          response: { 202: object({ endpointId: Id, since: Instant }), ...problems(404) },
        },
        input: ({ params, body }) => ({ endpointId: params.id, since: body.since }),
      }),
    );

    app.get('/v1/webhook-deliveries', {
      config: { permission: 'webhook:read' },
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List what was or will be sent to the endpoints of the organization',
        tags,
        querystring: pageQuery({
          sorts: deliverySorts,
          filters: { endpointId: Id, state: DeliveryState, eventId: Id, objectId: Id },
        }),
        response: { 200: Page(Delivery) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => paginate(deliveryAnswers(db, query), { page: query, sorts: deliverySorts })),
    });

    app.post(
      '/v1/webhook-deliveries/:id/replay',
      runs(platform, replayDelivery, {
        config: { permission: 'webhook:manage' },
        schema: {
          operationId: 'replayWebhookDelivery',
          summary: 'Send one delivery again',
          tags,
          params: ById,
          response: { 202: object({ id: Id, state: DeliveryState, version: Version }), ...problems(404) },
        },
        input: ({ params }) => ({ deliveryId: params.id }),
      }),
    );
  };
