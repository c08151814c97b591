import { banksOf, type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Place } from './rules.ts';
import { type LimitNodeRow, limitNodes } from './store.ts';

/** What new limits are judged by: the chains they are for, who stands there, and whether the bank is admitted. */
export type Holders = Readonly<{
  chains: ReadonlyMap<string, ChainRow>;
  cores: ReadonlyMap<string, OrganizationRow>;
  members: readonly MemberRow[];
  admitted: ReadonlySet<string>;
}>;

type OfChain = Readonly<{ chainId: string | null; orgId?: string; parentId?: string }>;

/** Reads who may hold the limits that these commands open, below parents that are locked. */
export async function loadHolders(work: Workspace, commands: readonly Command<OfChain>[]): Promise<Holders> {
  const chainIds = commands.flatMap(({ input }) => input.chainId ?? []);
  const found = await work.read(chains, 'id', chainIds);
  const cores = await work.read(
    organizations,
    'id',
    found.map(({ coreId }) => coreId),
  );
  const orgIds = commands.flatMap(({ input: { orgId, parentId } }) => [
    orgId ?? [],
    (parentId === undefined ? null : work.find(limitNodes, parentId)?.orgId) ?? [],
  ]);
  return {
    chains: new Map(found.map((row) => [row.id, row])),
    cores: new Map(cores.map((row) => [row.id, row])),
    members: await membersOf(work, { chainIds, orgIds: orgIds.flat() }),
    admitted: await banksOf(work, chainIds),
  };
}

type Holding = Readonly<{ bankId: string; chainId: string | null; parent: LimitNodeRow | null }>;

/**
 * Refuses a limit that nobody of the chain could draw: a group is the core enterprise, or the head of its group, of a
 * chain that the bank is admitted to; a programme stands below the group of its own core enterprise; members and their
 * products are of the core enterprise itself or of those present on the programme's chain.
 */
export function requireHolder(place: Place, { bankId, chainId, parent }: Holding, holders: Holders): void {
  const chain = holders.chains.get(chainId ?? '');
  const group = [chain?.coreId, chain && holders.cores.get(chain.coreId)?.parentId];
  const isPresent = holders.members.some(
    (member) => member.orgId === place.orgId && member.chainId === chainId && member.status !== 'exited',
  );
  switch (place.kind) {
    case 'group':
      if (group.includes(place.orgId) && holders.admitted.has(`${chainId} ${bankId}`)) return;
      throw nobody('/orgId', 'the core enterprise, or the head of its group, of a chain that the bank is admitted to');
    case 'programme':
      if (group.includes(parent?.orgId)) return;
      throw nobody('/parentId', 'the limit of the group that the core enterprise of the programme belongs to');
    default:
      // The core enterprise draws too: bills that the bank accepts.
      if (isPresent || place.orgId === chain?.coreId) return;
      throw nobody(
        place.kind === 'member' ? '/orgId' : '/parentId',
        'the core enterprise or a member of the programme’s chain',
      );
  }
}

const nobody = (field: string, accepted: string): Refusal =>
  new Refusal('invalid-input', 'nobody could draw on this limit', { field, accepted });
