import { formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { TradeDocumentRow } from './document-store.ts';
import type { MemberImportRow } from './import-store.ts';
import type { AdmissionRow, ChainRow, MemberRow } from './store.ts';

/** Tells the core enterprise what happened to its chain; of a new chain in its own scope, since the chain has none yet. */
export function tellChain(work: Workspace, kind: string, chain: ChainRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind,
    objectKind: 'chain',
    objectId: chain.id,
    parties: [chain.coreId],
    scopeId: chain.version === 1 ? chain.coreId : chain.id,
    data: { name: chain.name, status: chain.status, version: chain.version, ...data },
  });
}

/** Tells the bank and the core enterprise whether it may take new business on the chain. */
export function tellAdmission(work: Workspace, kind: string, row: AdmissionRow): void {
  work.emit({
    kind,
    objectKind: 'chain_bank',
    objectId: row.id,
    parties: [row.coreId, row.bankId],
    scopeId: row.chainId,
    data: { chainId: row.chainId, bankId: row.bankId, status: row.status, version: row.version },
  });
}

/** Tells the member, whom it trades with and the core enterprise what happened to its place in the chain. */
export function tellMember(work: Workspace, kind: string, member: MemberRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind,
    objectKind: 'member',
    objectId: member.id,
    parties: [member.coreId, member.orgId, member.counterpartyId],
    scopeId: member.chainId,
    data: { chainId: member.chainId, status: member.status, version: member.version, ...data },
  });
}

/** Tells both sides of a trade and the core enterprise what happened to a document of it. */
export function tellDocument(work: Workspace, kind: string, row: TradeDocumentRow): void {
  work.emit({
    kind,
    objectKind: 'trade_document',
    objectId: row.id,
    parties: [row.sellerId, row.buyerId, row.coreId],
    scopeId: row.chainId,
    data: {
      chainId: row.chainId,
      documentKind: row.kind,
      number: row.number,
      amount: row.amount === null ? null : formatMoney(row.amount),
      sha256: row.sha256,
      version: row.version,
    },
  });
}

/** Tells the core enterprise, and who sent it, how a file of members fares. */
export function tellImport(work: Workspace, kind: string, row: MemberImportRow): void {
  const { total, created, linked, unchanged, refused, dryRun } = row;
  work.emit({
    kind,
    objectKind: 'member_import',
    objectId: row.id,
    parties: [row.coreId, row.orgId],
    scopeId: row.chainId,
    data: { chainId: row.chainId, dryRun, total, created, linked, unchanged, refused },
  });
}
