import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../refusal.ts';
import { inspectJson } from './json-text.ts';

/** What a body may weigh unless its route says otherwise. */
export const BODY_LIMIT = 256 * 1024;

/** One JSON document in UTF-8 without a byte order mark, or nothing. Refuses anything else (400 malformed-body). */
function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new Refusal('malformed-body', 'the body begins with a byte order mark');
  }
  if (!isUtf8(bytes)) throw new Refusal('malformed-body', 'the body is not UTF-8');
  const text = bytes.toString('utf8');
  inspectJson(text);
  return JSON.parse(text);
}

/** Takes bodies of application/json, and of nothing else. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseJsonBody(body),
  );
}
