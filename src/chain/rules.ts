import { cleanName } from '../identity/names.ts';
import type { Contact } from '../identity/store.ts';
import { isUscc } from '../money/identifiers.ts';
import { Refusal } from '../platform/refusal.ts';
import type { ChainRow, MemberRow, Side } from './store.ts';

/** Tiers of a chain; deeper ones tell a bank nothing any more. */
export const DEEPEST_TIER = 20;

export type Place = Readonly<{ side: Side; tier: number }>;

/** Refuses new business on a chain that is suspended or closed. */
export function requireActiveChain(chain: ChainRow): void {
  if (chain.status === 'active') return;
  throw new Refusal('chain-suspended', `the chain is ${chain.status} and takes no new business`, {
    field: '/chainId',
    accepted: 'an active chain',
  });
}

/**
 * Refuses a place that does not hang on the chain: tier 1 trades with the core enterprise and has no parent, tier
 * n + 1 trades with a member of tier n on its side that has not left. `field` points at the parent.
 */
export function requirePlace(
  chain: ChainRow,
  place: Place,
  { parent, field }: { parent: MemberRow | null; field: string },
) {
  const { side, tier } = place;
  if (!Number.isInteger(tier) || tier < 1 || tier > DEEPEST_TIER) {
    throw new Refusal('invalid-input', `${tier} is no tier`, {
      field: '/tier',
      accepted: `a whole number from 1 to ${DEEPEST_TIER}`,
    });
  }
  if (tier === 1) {
    if (parent === null) return;
    throw new Refusal('parent-mismatch', 'a member of tier 1 trades with the core enterprise and has no parent', {
      field,
      accepted: 'nothing',
    });
  }
  const fits =
    parent !== null &&
    parent.chainId === chain.id &&
    parent.side === side &&
    parent.tier === tier - 1 &&
    parent.status !== 'exited';
  if (fits) return;
  throw new Refusal('parent-mismatch', `a member of tier ${tier} trades with a member of tier ${tier - 1}`, {
    field,
    accepted: `a present ${side} member of tier ${tier - 1}`,
  });
}

/** Refuses a code whose form or check character is wrong (GB 32100-2015). */
export function requireUscc(uscc: string, field: string): void {
  if (isUscc(uscc)) return;
  throw new Refusal('invalid-input', 'the unified social credit code has a wrong form or check character', {
    field,
    accepted: 'a unified social credit code of 18 characters, GB 32100-2015',
  });
}

/** Refuses (409) to take away or move a place that others below hang on. */
export function requireNoChildren(hasChildren: boolean): void {
  if (!hasChildren) return;
  throw new Refusal('member-has-children', 'members of the next tier trade with this one', {
    accepted: 'a member without members below it',
  });
}

/** A contact whose name is free of what makes one name look like another. */
export const cleanContact = (contact: Contact): Contact => ({
  ...contact,
  name: cleanName(contact.name, '/contact/name', 100),
});

/** The parent that an input names, none for null. Refuses one that is not among the rows read. */
export function parentAmong(
  parents: ReadonlyMap<string, MemberRow>,
  { id, field }: Readonly<{ id: string | null; field: string }>,
): MemberRow | null {
  if (id === null) return null;
  const parent = parents.get(id);
  if (parent !== undefined) return parent;
  throw new Refusal('parent-mismatch', 'the parent is no member of the chain', {
    field,
    accepted: 'the id of a member of this chain',
  });
}
