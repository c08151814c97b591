import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { tradeDocumentAnswer } from './answers.ts';
import type { TradeDocumentAnswer } from './document-commands.ts';
import { claimKey } from './document-rules.ts';
import { releaseNumber, tradeDocuments } from './document-store.ts';
import { tellDocument } from './events.ts';
import { documentLifecycle } from './lifecycle.ts';

type Voiding = Readonly<{ chainId: string; documentId: string; expectedVersion: number; reason: string }>;

/** Who recorded a document takes it back, as after a red-letter invoice; its number may then be recorded again. */
export const voidDocument: UseCase<Voiding, TradeDocumentAnswer> = {
  name: 'trade-document.void',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    await work.lock(
      tradeDocuments,
      commands.map(({ input }) => input.documentId),
    );
  },
  decide: (work, { actor, input }) => {
    const row = work.find(tradeDocuments, input.documentId);
    const isParty = row !== undefined && [row.sellerId, row.buyerId, row.coreId].includes(actor.orgId);
    if (row === undefined || row.chainId !== input.chainId || !isParty) {
      throw new Refusal('not-found', `there is no trade document ${input.documentId}`);
    }
    if (row.recordedBy !== actor.orgId) {
      throw new Refusal('not-a-party', 'who recorded a document takes it back', { accepted: 'its recorder' });
    }
    requireVersion(row.version, input.expectedVersion);
    const status = nextState(documentLifecycle, row.status, 'void');
    const next = work.update(tradeDocuments, row.id, { status, voidReason: input.reason });
    releaseNumber(work, claimKey(row));
    tellDocument(work, 'trade_document.voided', next);
    return tradeDocumentAnswer(next);
  },
};
