import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Content } from './statutory-rules.ts';

/** SHA-256 of what a receipt says, in canonical JSON: warehouse, platform and registry must come to the same. */
export const hashOf = (content: Content): string => createHash('sha256').update(canonicalJson(content)).digest('hex');
