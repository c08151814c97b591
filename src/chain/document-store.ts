import type { Tx } from '../platform/database.ts';
import { date, defineTable, instant, int, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { DocumentStatus } from './lifecycle.ts';

export type DocumentKind = 'contract' | 'order' | 'invoice' | 'logistics';

const columns = {
  id: uuid,
  chainId: uuid,
  coreId: uuid,
  memberId: uuid,
  kind: oneOf<DocumentKind>(),
  number: text,
  invoiceCode: nullable(text),
  /** What makes an invoice the same wherever it is shown; see invoiceKey. */
  invoiceKey: nullable(text),
  sellerId: uuid,
  buyerId: uuid,
  amount: nullable(money),
  taxAmount: nullable(money),
  netAmount: nullable(money),
  issuedOn: date,
  contractId: nullable(uuid),
  sha256: text,
  storageReference: nullable(text),
  status: oneOf<DocumentStatus>(),
  voidReason: nullable(text),
  recordedBy: uuid,
  version: int,
  createdAt: instant,
};
export type TradeDocumentRow = RowOf<typeof columns>;

export const tradeDocuments = defineTable('trade_document', {
  rank: 22,
  key: 'id',
  columns,
  changeable: ['status', 'voidReason', 'version'],
});

/** The numbers a transaction holds for itself until it ends. */
export type Claims = Readonly<{
  /** Uses a number once; false when a document has it, on whichever chain, or an earlier command of this batch. */
  take: (key: string) => boolean;
}>;

/** Places the claims between the documents that may be locked and what hangs on them. */
const CLAIM_RANK = 22;

/**
 * Claims numbers, by key, for their chains: of two transactions that claim one, the second waits for the first. What
 * no document has taken in the end is given back.
 */
export async function claimNumbers(work: Workspace, chainOfKey: ReadonlyMap<string, string>): Promise<Claims> {
  work.passRank(CLAIM_RANK, 'trade_document_claim');
  const claimed = await work.query<{ key: string }>(
    'trade_document_claim.insert',
    `insert into trade_document_claim (key, chain_id)
     select key, chain_id from unnest($1::text[], $2::uuid[]) as u(key, chain_id) order by key
     on conflict (key) do nothing returning key`,
    [[...chainOfKey.keys()], [...chainOfKey.values()]],
  );
  const free = new Set(claimed.map(({ key }) => key));
  work.participant('unused claims', (tx) => ({ rank: CLAIM_RANK, write: () => giveBack(tx, free) }));
  return {
    take: (key) => {
      if (!free.delete(key)) return false;
      work.onUndo(() => free.add(key));
      return true;
    },
  };
}

/** Lets the numbers of voided documents be used again. */
export function releaseNumber(work: Workspace, key: string): void {
  const released = work.participant('released numbers', (tx) => {
    const keys = new Set<string>();
    return { rank: CLAIM_RANK, keys, write: () => giveBack(tx, keys) };
  });
  released.keys.add(key);
  work.onUndo(() => released.keys.delete(key));
}

async function giveBack(tx: Tx, keys: ReadonlySet<string>): Promise<void> {
  if (keys.size === 0) return;
  await tx.query('trade_document_claim.delete', 'delete from trade_document_claim where key = any($1::text[])', [
    [...keys],
  ]);
}
