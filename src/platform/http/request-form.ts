import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { Refusal } from '../refusal.ts';

/** The caller's X-Request-Id when it is 1 to 64 visible characters, else one of our own. */
export function requestIdOf(message: Pick<IncomingMessage, 'headers'>): string {
  const given = message.headers['x-request-id'];
  return typeof given === 'string' && /^[\x21-\x7e]{1,64}$/.test(given) ? given : uuidv7();
}

/** Headers that say who asks, for what and in which form: two of one kind have no meaning. */
const single: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'if-match',
  'x-request-id',
]);

/** Refuses headers that Node.js would join or choose from, and bodies that are compressed or not UTF-8. */
export async function checkRequestForm(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('x-request-id', request.id);
  const { rawHeaders } = request.raw;
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!single.has(name)) continue;
    if (seen.has(name)) {
      throw new Refusal('invalid-input', `the header ${name} is given twice`, { field: name, in: 'header' });
    }
    seen.add(name);
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported-media-type', 'a compressed body is not taken', {
      field: 'Content-Encoding',
      in: 'header',
      accepted: 'no Content-Encoding',
    });
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw new Refusal('unsupported-media-type', 'the body is not in UTF-8', {
      field: 'Content-Type',
      in: 'header',
      accepted: 'application/json, with charset=utf-8 or without charset',
    });
  }
}
