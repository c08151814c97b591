import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { preSerializationAsyncHookHandler } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { type ClientAnswer, clientAnswer } from './answers.ts';
import { createClient, revokeClient, rotateClient } from './client-commands.ts';
import { hoursAfter } from './client-rules.ts';
import type { ClientSecrets } from './client-secrets.ts';
import { listClients, memberSorts, readClient, readSecretSalt } from './queries.ts';
import { Client, ClientBody, ClientPath, ClientWithSecret, InOrganization, RotationBody } from './schemas.ts';

const tags = ['API clients'];

/** For how long a repeated request is shown the secret again: long enough for a lost answer, no longer. */
const SHOWN_HOURS = 24;

/** API clients: the credentials by which a person's systems obtain tokens. */
export const clientRoutes: FastifyPluginAsyncTypebox<Platform & Readonly<{ secrets: ClientSecrets }>> = async (
  app,
  platform,
) => {
  const { database, clock, secrets } = platform;

  /** Adds the secret to what was kept for the idempotency key, which is without it. */
  const withSecret: preSerializationAsyncHookHandler<unknown> = async ({ actor }, reply, payload) => {
    if (reply.statusCode >= 300) return payload;
    const client = payload as ClientAnswer;
    const shown = hoursAfter(new Date(client.secretSetAt), SHOWN_HOURS) > clock.now().toISOString();
    if (!shown) return client;
    const secretSalt = await readAs(database, actor, (db) => readSecretSalt(db, client.id));
    return { ...client, clientSecret: secrets.reveal({ ...client, secretSalt }) };
  };

  app.post('/v1/organizations/:organizationId/clients', {
    ...runs(platform, createClient(secrets), {
      config: { permission: 'client:manage' },
      schema: {
        operationId: 'createClient',
        summary: 'Create a client that acts for a person',
        description:
          'The answer shows the secret, which is stored nowhere. The platform operator creates the first client of an ' +
          'administrator only.',
        tags,
        params: InOrganization,
        body: ClientBody,
        response: { 201: ClientWithSecret, ...problems(404, 409) },
      },
      input: ({ params, body }) => ({
        ...params,
        ...body,
        id: uuidv7(),
        secretSalt: randomBytes(32),
      }),
    }),
    preSerialization: withSecret,
  });

  app.get('/v1/organizations/:organizationId/clients', {
    config: { permission: 'client:read' },
    schema: {
      operationId: 'listClients',
      summary: 'List the clients of an organization',
      tags,
      params: InOrganization,
      querystring: pageQuery({ sorts: memberSorts }),
      response: { 200: Page(Client) },
    },
    handler: ({ actor, params, query }) =>
      readAs(database, actor, async (db) => {
        const { items, nextCursor } = await listClients(db, params.organizationId, query);
        return { items: items.map((row) => ({ ...clientAnswer(row), lastUsedAt: row.lastUsedAt })), nextCursor };
      }),
  });

  app.get('/v1/organizations/:organizationId/clients/:clientId', {
    config: { permission: 'client:read' },
    schema: {
      operationId: 'readClient',
      summary: 'Read a client',
      tags,
      params: ClientPath,
      response: { 200: Client, ...problems(404) },
    },
    handler: ({ actor, params }) =>
      readAs(database, actor, async (db) => {
        const row = await readClient(db, params.organizationId, params.clientId);
        return { ...clientAnswer(row), lastUsedAt: row.lastUsedAt };
      }),
  });

  app.post('/v1/organizations/:organizationId/clients/:clientId/rotate', {
    ...runsIfMatch(platform, rotateClient(secrets), {
      config: { permission: 'client:rotate' },
      schema: {
        operationId: 'rotateClient',
        summary: 'Give a client its next secret',
        description: 'Done by the person of the client, who then alone knows the secret, or by an administrator.',
        tags,
        params: ClientPath,
        body: RotationBody,
        response: { 200: ClientWithSecret, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        ...body,
        expectedVersion,
      }),
    }),
    preSerialization: withSecret,
  });

  app.post(
    '/v1/organizations/:organizationId/clients/:clientId/revoke',
    runsIfMatch(platform, revokeClient, {
      config: { permission: 'client:manage' },
      schema: {
        operationId: 'revokeClient',
        summary: 'Revoke a client for good: its tokens are refused within five seconds',
        tags,
        params: ClientPath,
        response: { 200: Client, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
    }),
  );
};
