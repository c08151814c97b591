import type { Workspace } from '../platform/workspace.ts';
import type { ChainRow, MemberRow } from './store.ts';

/** Tells the core enterprise what happened to its chain. */
export function tellChain(work: Workspace, kind: string, chain: ChainRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind,
    objectKind: 'chain',
    objectId: chain.id,
    parties: [chain.coreId],
    // The core enterprise's own scope: that of a new chain does not exist yet.
    scopeId: chain.coreId,
    data: { name: chain.name, status: chain.status, version: chain.version, ...data },
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
