import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Actor, OrgKind, Role } from '../actor.ts';
import { Refusal } from '../refusal.ts';
import { commandGuards } from './command-route.ts';
import { object } from './component.ts';
import { problems } from './problem-schema.ts';

/** Who may do what: kinds of organization and roles, of which one each is needed. */
export type Permissions = Readonly<Record<string, Readonly<{ kinds: readonly OrgKind[]; roles: readonly Role[] }>>>;

export type Authenticate = (request: FastifyRequest) => Promise<Actor>;

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Whether an actor's organization, roles and scopes allow a permission. Refuses `forbidden` and names what is missing.
 * Whether the object concerned is the actor's to see or change is decided by row-level security and the rules.
 */
function authorize(actor: Actor, name: string, permissions: Permissions, method: string): void {
  const permission = permissions[name];
  if (permission === undefined) throw new Error(`there is no permission ${name}`);
  const refuse = (missing: string, needed: readonly string[]): never => {
    throw new Refusal('forbidden', `${name} needs the ${missing} ${needed.join(' or ')}`, { missing, needed });
  };
  const scope = isReading(method) ? 'read' : 'write';
  if (!permission.kinds.includes(actor.orgKind)) refuse('organization kind', permission.kinds);
  if (!permission.roles.some((role) => actor.roles.includes(role))) refuse('role', permission.roles);
  if (!actor.scopes.includes(scope)) refuse('scope', [scope]);
}

/**
 * Guards every route registered after it. A route without a known permission, without the schemas of its responses,
 * or that changes something without an Idempotency-Key stops the start: a forgotten check is no leak.
 */
export function guardRoutes(
  app: FastifyInstance,
  { permissions, authenticate }: { permissions: Permissions; authenticate: Authenticate },
): void {
  app.addHook('onRoute', (route) => {
    const fault = faultOf(route, permissions);
    if (fault !== undefined) throw new Error(`${route.method} ${route.url} ${fault}`);
    route.schema = completed(route);
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { permission } = request.routeOptions.config;
    if (permission === undefined || permission === 'public') return;
    request.actor = await authenticate(request);
    try {
      authorize(request.actor, permission, permissions, request.method);
    } catch (error) {
      const { orgId, personId, clientId } = request.actor;
      request.log.warn({ permission, org: orgId, person: personId, client: clientId }, 'denied');
      throw error;
    }
  });

  // A body that no schema describes would be ignored; the caller would believe it counted.
  app.addHook('preValidation', async ({ body, routeOptions }) => {
    const isEmpty = body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
    if (isEmpty || routeOptions.schema?.body !== undefined) return;
    throw new Refusal('invalid-input', 'this operation takes no body', { field: '', in: 'body', accepted: 'no body' });
  });
}

function faultOf(route: RouteOptions, permissions: Permissions): string | undefined {
  const { config, schema, handler, method, url } = route;
  const { permission, unkeyed } = config ?? {};
  if (permission === undefined) return 'has no permission';
  if (permission !== 'public' && permissions[permission] === undefined)
    return `has the unknown permission ${permission}`;
  if (!schema?.operationId || !schema.summary || !schema.tags?.length) return 'has no operationId, summary or tags';
  const answers = Object.keys((schema.response ?? {}) as object);
  if (!answers.some((status) => /^[23]/.test(status))) return 'has no schema of its answer';
  if (url.includes(':') && schema.params === undefined) return 'has no schema of its path';
  const changes = [method].flat().some((each) => !isReading(each));
  if (changes && unkeyed === undefined && commandGuards(handler) === undefined)
    return 'is not made by runs or runsIfMatch';
  return undefined;
}

/** Adds what every route has: no other query parameters than described, and the refusals any route may answer. */
function completed(route: RouteOptions): NonNullable<RouteOptions['schema']> {
  const { schema = {}, config, method } = route;
  const isPublic = config?.permission === 'public';
  const command = commandGuards(route.handler);
  const common = {
    ...problems(400, 429, 500, 503),
    ...(isPublic ? {} : problems(401, 403)),
    ...(schema.params === undefined ? {} : problems(404)),
    ...([method].flat().some((each) => !isReading(each)) ? problems(413, 415) : {}),
    ...(command === undefined ? {} : problems(409, 422)),
    ...(command?.ifMatch ? problems(412, 428) : {}),
  };
  return {
    querystring: object({}),
    ...schema,
    ...(isPublic && { security: [] }),
    response: { ...common, ...(schema.response as object) },
  };
}
