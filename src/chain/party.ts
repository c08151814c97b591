import type { Actor } from '../platform/actor.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Party } from './lifecycle.ts';
import { banksOf, type ChainRow, type MemberRow, membersOf } from './store.ts';

/** What the actors of a batch are to its chains. */
export type Standing = Readonly<{
  /** "chain bank" of every bank among them that finances on the chain. */
  banks: ReadonlySet<string>;
  /** The actors' own places in the chains. */
  places: readonly MemberRow[];
}>;

/** Reads what the actors of these commands are to the chains they name. */
export async function loadStanding(
  work: Workspace,
  commands: readonly Command<Readonly<{ chainId: string }>>[],
): Promise<Standing> {
  const chainIds = commands.map(({ input }) => input.chainId);
  const orgIds = commands.map(({ actor }) => actor.orgId);
  return { banks: await banksOf(work, chainIds), places: await membersOf(work, { chainIds, orgIds }) };
}

/** What the actor is to a chain, or to one place in it; undefined when it does not see it. */
export function partyTo(
  actor: Pick<Actor, 'orgId' | 'orgKind'>,
  chain: ChainRow,
  { standing, member }: Readonly<{ standing: Standing; member?: MemberRow }>,
): Party | undefined {
  if (actor.orgKind === 'operator') return 'operator';
  if (actor.orgId === chain.coreId) return 'core';
  if (standing.banks.has(`${chain.id} ${actor.orgId}`)) return 'bank';
  const own = standing.places.filter(({ chainId, orgId }) => chainId === chain.id && orgId === actor.orgId);
  if (member === undefined) return own.length > 0 ? 'member' : undefined;
  if (member.orgId === actor.orgId) return 'member';
  const isNext =
    member.counterpartyId === actor.orgId || own.some(({ parentMemberId }) => parentMemberId === member.id);
  return isNext ? 'neighbour' : undefined;
}

const partyNames: Readonly<Record<Party, string>> = {
  operator: 'the platform operator',
  core: 'the core enterprise',
  bank: 'a bank of the chain',
  member: 'the member itself',
  neighbour: 'its trading partner in the chain',
};

/** Refuses `not-found` to who does not see the object, `not-a-party` to who sees it but may not do this. */
export function requireParty(party: Party | undefined, allowed: readonly Party[], objectName: string): Party {
  if (party === undefined) throw new Refusal('not-found', `there is no ${objectName}`);
  if (allowed.includes(party)) return party;
  const names = allowed.map((each) => partyNames[each]).join(' or ');
  throw new Refusal('not-a-party', `this is for ${names}`, { accepted: names });
}
