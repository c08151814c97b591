import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';

/** SHA-256 of what a task asks for, in hexadecimal; the order of properties does not count. */
export const payloadHash = (payload: Readonly<Record<string, unknown>>): string =>
  createHash('sha256').update(canonicalJson(payload)).digest('hex');
