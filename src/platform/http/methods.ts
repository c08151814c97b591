import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { Refusal } from '../refusal.ts';

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/**
 * Watches the routes registered after it. The answer, called when all are, gives every path its other methods:
 * OPTIONS tells which there are, the rest are refused (405). Both carry Allow.
 */
export function watchMethods(app: FastifyInstance): () => void {
  const paths = new Map<string, { url: string; allowed: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    const shape = url.replace(/:[^/]+/g, ':');
    const path = paths.get(shape) ?? { url, allowed: new Set(['OPTIONS']) };
    for (const each of [method].flat()) path.allowed.add(each);
    paths.set(shape, path);
  });

  return () => {
    for (const { url, allowed } of [...paths.values()]) {
      const allow = [...allowed].sort().join(', ');
      const missing = methods.filter((method) => method !== 'OPTIONS' && !allowed.has(method));
      app.options(url, { schema: { hide: true } }, async (_request, reply) =>
        reply.code(204).header('allow', allow).send(),
      );
      app.route({
        method: missing,
        url,
        schema: { hide: true },
        onRequest: async (request, reply) => {
          reply.header('allow', allow);
          throw new Refusal('method-not-allowed', `${request.method} is not a method of this path`, { allowed: allow });
        },
        handler: () => undefined,
      });
    }
  };
}

/** Refuses a path that nothing is at (404), and a method that is used nowhere (405). */
export async function refuseUnknown(request: FastifyRequest, reply: FastifyReply): Promise<never> {
  if (!(methods as readonly string[]).includes(request.method)) {
    reply.header('allow', methods.filter((method) => method !== 'TRACE').join(', '));
    throw new Refusal('method-not-allowed', `${request.method} is not a method of this service`);
  }
  throw new Refusal('not-found', `there is no ${request.method} ${request.url.split('?', 1)[0]}`);
}
