import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyError, FastifyRequest } from 'fastify';
import type { Platform } from '../platform/http/platform.ts';
import { answerError } from '../platform/http/problems.ts';
import { component, object } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { refusals } from '../platform/refusals.ts';
import { createFailureLimit } from './failure-limit.ts';
import type { KeyRing } from './signing-keys.ts';
import { type Credentials, grantedScopes, subjectOf } from './token-grant.ts';
import type { Tokens } from './tokens.ts';

const FORM = 'application/x-www-form-urlencoded';
const FORM_LIMIT = 8 * 1024;
const WINDOW_MS = 5 * 60_000;
/** Wrong secrets for one client from one address, and wrong credentials of any kind from one address, in the window. */
const MOST_PER_CLIENT = 10;
const MOST_PER_ADDRESS = 100;

const TokenRequest = Type.Object(
  {
    grant_type: Type.String({ examples: ['client_credentials'] }),
    scope: Type.Optional(Type.String({ description: 'Scopes separated by spaces.', examples: ['read write'] })),
    client_id: Type.Optional(Type.String({ examples: ['01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'] })),
    client_secret: Type.Optional(Type.String({ examples: ['Vd1YgN1mV0ZqK6tq7mYc0m2gq2n6uF7l3u2a9r4s5t8'] })),
  },
  { additionalProperties: Type.String() },
);

const TokenAnswer = component(
  'TokenAnswer',
  object({
    access_token: Type.String({
      description: 'A signed token (JWT, RFC 9068); send it as Bearer.',
      examples: ['eyJ…'],
    }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds.', examples: [600] }),
    scope: Type.String({ examples: ['read write'] }),
  }),
);

const OAuthError = component(
  'OAuthError',
  object({
    error: Type.String({ description: 'As RFC 6749 section 5.2 names it.', examples: ['invalid_client'] }),
    error_description: Type.String({ examples: ['the client is unknown or its secret is wrong'] }),
  }),
);

const JsonWebKeySet = component(
  'JsonWebKeySet',
  object({
    keys: Type.Array(
      object({
        kty: Type.String({ examples: ['EC'] }),
        crv: Type.String({ examples: ['P-256'] }),
        x: Type.String({ examples: ['f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU'] }),
        y: Type.String({ examples: ['x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'] }),
        kid: Type.String({ examples: ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'] }),
        alg: Type.String({ examples: ['ES256'] }),
        use: Type.String({ examples: ['sig'] }),
      }),
    ),
  }),
);

const fault = (status: 400 | 401, error: string, description: string) =>
  ({ status, body: { error, error_description: description } }) as const;

/** Tokens by the client credentials grant (RFC 6749 section 4.4), and the keys that verify them (RFC 7517). */
export const oauthRoutes: FastifyPluginAsyncTypebox<Platform & Readonly<{ tokens: Tokens; keys: KeyRing }>> = async (
  app,
  { database, clock, tokens, keys },
) => {
  const ofClient = createFailureLimit({ clock, most: MOST_PER_CLIENT, windowMs: WINDOW_MS });
  const ofAddress = createFailureLimit({ clock, most: MOST_PER_ADDRESS, windowMs: WINDOW_MS });

  async function grant(ip: string, credentials: Credentials, scope: string | undefined) {
    const pair = `${ip} ${credentials.clientId}`;
    const wait = Math.max(ofClient.waitSeconds(pair), ofAddress.waitSeconds(ip));
    if (wait > 0)
      throw new Refusal('too-many-requests', `wrong credentials too often; wait ${wait} s`, { retryAfter: wait });
    const subject = await subjectOf(database, credentials, clock.now());
    if (subject === undefined) {
      ofClient.fail(pair);
      ofAddress.fail(ip);
      return fault(401, 'invalid_client', 'the client is unknown or its secret is wrong');
    }
    ofClient.forget(pair);
    const scopes = grantedScopes(subject.scopes, scope);
    if (scopes === undefined)
      return fault(400, 'invalid_scope', `the client has the scopes ${subject.scopes.join(' ')}`);
    const { token, expiresIn } = await tokens.issueToken({ ...subject, scopes });
    return {
      status: 200,
      body: { access_token: token, token_type: 'Bearer', expires_in: expiresIn, scope: scopes.join(' ') },
    } as const;
  }

  app.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit: FORM_LIMIT },
    async (_request: unknown, text: string) => formOf(text),
  );

  app.post('/oauth/token', {
    config: { permission: 'public', unkeyed: 'a token is made for every request; two of them do no harm' },
    attachValidation: true,
    errorHandler: (error: FastifyError | Refusal, request, reply) => {
      const { statusCode = 500 } = error as FastifyError;
      const status = error instanceof Refusal ? refusals[error.code].status : statusCode;
      if (status === 429 || status >= 500) return answerError(error, request, reply);
      return reply.code(400).send(fault(400, 'invalid_request', error.message).body);
    },
    schema: {
      operationId: 'issueToken',
      summary: 'Obtain a token with the credentials of a client',
      description: 'Credentials are sent as HTTP Basic authentication, or as client_id and client_secret in the form.',
      tags: ['Tokens'],
      consumes: [FORM],
      body: TokenRequest,
      response: { 200: TokenAnswer, 400: OAuthError, 401: OAuthError },
    },
    handler: async (request, reply) => {
      reply.header('pragma', 'no-cache');
      const form = request.validationError ? undefined : request.body;
      if (form?.grant_type === undefined) {
        return reply.code(400).send(fault(400, 'invalid_request', 'grant_type is missing').body);
      }
      const credentials = credentialsOf(request, form);
      if (credentials === undefined) {
        return reply.code(400).send(fault(400, 'invalid_request', 'send the credentials once, in one way').body);
      }
      if (form.grant_type !== 'client_credentials') {
        return reply.code(400).send(fault(400, 'unsupported_grant_type', 'use client_credentials').body);
      }
      const answer = await grant(request.ip, credentials, form.scope);
      if (answer.status === 401) reply.header('www-authenticate', 'Basic realm="lianrong", charset="UTF-8"');
      return reply.code(answer.status).send(answer.body);
    },
  });

  app.get('/.well-known/jwks.json', {
    config: { permission: 'public' },
    schema: {
      operationId: 'readSigningKeys',
      summary: 'Read the public keys that verify tokens',
      tags: ['Tokens'],
      response: { 200: JsonWebKeySet },
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300');
      return keys.published();
    },
  });
};

/** A form whose parameters each occur once (RFC 6749 section 3.2). */
function formOf(text: string): Record<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw new Refusal('malformed-body', `${name} is given twice`);
    form.set(name, value);
  }
  return Object.fromEntries(form);
}

type Form = Readonly<{ client_id?: string; client_secret?: string }>;

/** Credentials in the header or in the form, but not in both (RFC 6749 section 2.3). */
function credentialsOf(request: Pick<FastifyRequest, 'headers'>, form: Form): Credentials | undefined {
  const { authorization } = request.headers;
  const { client_id: clientId, client_secret: clientSecret } = form;
  if (authorization === undefined) {
    return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
  }
  const basic = basicCredentials(authorization);
  if (basic === undefined || clientSecret !== undefined || (clientId ?? basic.clientId) !== basic.clientId) {
    return undefined;
  }
  return basic;
}

function basicCredentials(authorization: string): Credentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const pair = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8'));
  try {
    // Both are form-encoded before they are joined.
    const [clientId, clientSecret] = [pair?.[1], pair?.[2]].map((part) => decodeURIComponent(part as string));
    return pair === null ? undefined : { clientId: clientId as string, clientSecret: clientSecret as string };
  } catch {
    return undefined;
  }
}
