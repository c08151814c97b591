import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { commandGuards } from './command-route.ts';
import { component, components, object } from './component.ts';

const IdempotencyKey = component(
  'IdempotencyKey',
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[!-~]+$',
    description:
      'A key of the caller for this request. The same request with the same key is done once and answered alike; a ' +
      'different request with the key is refused.',
    examples: ['5f0c2f9e-8d5b-4e0b-9a49-0c6b6a1c8a55'],
  }),
);

const IfMatch = component(
  'IfMatch',
  Type.String({
    pattern: '^"[1-9]\\d{0,9}"$',
    description: 'The ETag of the resource as last read. When it has changed since, the request is refused (412).',
    examples: ['"3"'],
  }),
);

export type DescriptionSettings = Readonly<{
  version: string;
  /** Name and description of every tag, in the order of reading. */
  tags: readonly Readonly<{ name: string; description: string }>[];
}>;

/** Describes the routes registered after it at /openapi.json, and shows the description at /docs. */
export async function describeApi(app: FastifyInstance, settings: DescriptionSettings): Promise<void> {
  for (const schema of components()) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lianrong',
        version: settings.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
        description: introduction,
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: [...settings.tags, { name: 'Service', description: 'How the service is, and what its refusals mean.' }],
      security: [{ bearer: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of /oauth/token.' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `Unnamed${i}`) },
    transform: ({ schema, url, route }) => ({ schema: withHeaders(schema, route), url }),
    transformObject: (documents) => {
      const document = 'openapiObject' in documents ? documents.openapiObject : documents.swaggerObject;
      return condensed(document as never) as never;
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, docExpansion: 'none', filter: true, displayOperationId: true },
    // The page styles its own elements; everything it loads comes from this server.
    staticCSP: "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  });
}

const introduction = `Finance along a supply chain: chains, limits, receivables and the ledger under them.

- Amounts are text in yuan with two decimals, rates text fractions, days text in Shanghai time.
- Every request that changes something carries an \`Idempotency-Key\`; a repeated one is answered alike and marked \`Idempotent-Replayed: true\`.
- Whatever can be changed has an \`ETag\`; a change names it in \`If-Match\`.
- Lists are read page by page: \`limit\`, \`cursor\`, \`sort\`.
- Refusals are problem documents (RFC 9457) with a stable \`code\`, the field, what would be accepted, who must act and the remedy.
- Every answer carries \`X-Request-Id\`; a caller may choose it.`;

/** The headers a command needs stand in the description only: the command itself refuses with its own codes. */
function withHeaders(schema: FastifySchema, route: RouteOptions): FastifySchema {
  const guards = commandGuards(route.handler);
  if (guards === undefined) return schema;
  const headers = object({ 'Idempotency-Key': IdempotencyKey, ...(guards.ifMatch && { 'If-Match': IfMatch }) });
  return { ...schema, headers };
}

type Response = { description: string; content?: Record<string, unknown> };
type Operation = { responses: Record<string, unknown> };
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; responses?: Record<string, unknown> };
};

/** Says each refusal once, names what an answer is, and leaves out named schemas that no operation reaches. */
function condensed(document: Document): Document {
  const refused: Record<string, unknown> = {};
  for (const operation of Object.values(document.paths).flatMap(Object.values<Operation>)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      const { content, ...rest } = response as Response;
      const name = (STATUS_CODES[status] ?? status).replace(/[^A-Za-z]/g, '');
      if (content?.['application/problem+json'] !== undefined) {
        refused[name] = response;
        operation.responses[status] = { $ref: `#/components/responses/${name}` };
      } else if (rest.description === 'Default Response') {
        operation.responses[status] = { ...(response as Response), description: STATUS_CODES[status] ?? status };
      }
    }
  }
  document.components.responses = refused;
  document.components.schemas = reachedFrom([document.paths, refused], document.components.schemas);
  return document;
}

function reachedFrom(roots: unknown, schemas: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const reached = new Set<string>();
  const follow = (part: unknown): void => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"/]+)"/g)) {
      if (name === undefined || reached.has(name)) continue;
      reached.add(name);
      follow(schemas[name]);
    }
  };
  follow(roots);
  return Object.fromEntries([...reached].sort().map((name) => [name, schemas[name]]));
}

/** The description as the text of openapi/openapi.json. */
async function openapiText(app: FastifyInstance): Promise<string> {
  await app.ready();
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

/**
 * Writes the description to a file, or only compares the two. Answers whether the file held it already: a committed
 * description that differs from the routes is a fault.
 */
export async function writeOpenapi(
  app: FastifyInstance,
  file: string,
  { check }: { check: boolean },
): Promise<boolean> {
  const text = await openapiText(app);
  const present = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (present === text) return true;
  if (!check) writeFileSync(file, text);
  return false;
}
