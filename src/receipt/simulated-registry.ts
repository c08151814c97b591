import { createHash } from 'node:crypto';
import type { ReceiptRegistry } from './registry.ts';

/** A code that the filing alone decides: `CD` and eighteen digits. */
function codeOf(filingId: string): string {
  const digest = createHash('sha256').update(`receipt ${filingId}`).digest();
  return `CD${(digest.readBigUInt64BE() % 10n ** 18n).toString().padStart(18, '0')}`;
}

/** A registry that records whatever it is told: it stands in for the national one, and remembers nothing to be asked. */
export const simulatedRegistry: ReceiptRegistry = {
  record: async ({ filingId, contentHash }) => ({ state: 'recorded', code: codeOf(filingId), contentHash }),
};
