import type { FastifyReply, FastifyRequest } from 'fastify';

export { requireVersion } from '../version.ts';

import { Refusal } from '../refusal.ts';

/** The version that If-Match names. Refuses 428 without one, 400 when it is not one strong ETag of ours. */
export function expectedVersion(request: FastifyRequest): number {
  const given = request.headers['if-match'];
  const accepted = 'one ETag as last read, such as "3"';
  if (given === undefined) {
    throw new Refusal('precondition-missing', 'If-Match is missing', { field: 'If-Match', in: 'header', accepted });
  }
  const version = /^"([1-9]\d{0,9})"$/.exec(given)?.[1];
  if (version === undefined) {
    throw new Refusal('invalid-input', 'If-Match is not one strong ETag', {
      field: 'If-Match',
      in: 'header',
      accepted,
    });
  }
  return Number(version);
}

/** Gives an answer that has a `version` its ETag. */
export async function addETag(_request: FastifyRequest, reply: FastifyReply, answer: unknown): Promise<unknown> {
  const { version } = (answer ?? {}) as { version?: unknown };
  if (Number.isInteger(version) && reply.statusCode < 300) reply.header('etag', `"${version}"`);
  return answer;
}
