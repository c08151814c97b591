import { uuidv7 } from 'uuidv7';
import { addOrganization, findByUscc, type KnownOrganizations } from '../identity/commands.ts';
import { cleanName } from '../identity/names.ts';
import { draftOrganization, type OrganizationProfile } from '../identity/rules.ts';
import type { Contact, OrganizationRow } from '../identity/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tellMember } from './events.ts';
import { memberLifecycle } from './lifecycle.ts';
import { cleanContact, type Place, requireActiveChain, requirePlace, requireUscc } from './rules.ts';
import { type ChainRow, chains, type MemberRow, memberIdsOf, members } from './store.ts';

export type Invitation = Place &
  Readonly<{
    uscc: string;
    legalName: string;
    /** What the platform must know of an organization that is new to it. Money is text in yuan. */
    profile: Pick<OrganizationProfile, 'industry' | 'employees' | 'annualRevenue' | 'totalAssets' | 'tags'>;
    contact: Contact | null;
    paymentTermDays: number | null;
  }>;

/** Who is known to the platform, and who has a place in the chains, what this batch did included. */
export type Roster = Readonly<{ known: KnownOrganizations; places: Map<string, MemberRow> }>;

const placeKey = (chainId: string, side: string, orgId: string): string => `${chainId} ${side} ${orgId}`;

/**
 * Locks the chains and the places that organizations with these codes have there, and finds the organizations on the
 * whole platform. The transaction's scope must hold the chains and PLATFORM_SCOPE.
 */
export async function loadRoster(
  work: Workspace,
  { chainIds, usccs }: Readonly<{ chainIds: readonly string[]; usccs: readonly string[] }>,
): Promise<Roster> {
  const known = await findByUscc(work, usccs);
  await work.lock(chains, chainIds);
  const orgIds = [...known.values()].map(({ id }) => id);
  const places = await work.lock(members, await memberIdsOf(work, { chainIds, orgIds }));
  return { known, places: new Map(places.map((row) => [placeKey(row.chainId, row.side, row.orgId), row])) };
}

/** The place of the organization with this code on a side of a chain. */
export function placeOf(roster: Roster, chainId: string, { side, uscc }: { side: string; uscc: string }) {
  const organization = roster.known.get(uscc);
  return organization === undefined ? undefined : roster.places.get(placeKey(chainId, side, organization.id));
}

export type Invited = Readonly<{
  outcome: 'created' | 'linked' | 'unchanged';
  member: MemberRow;
  organization: OrganizationRow;
}>;

type Setting = Readonly<{
  chain: ChainRow;
  roster: Roster;
  parent: MemberRow | null;
  /** Points at the parent in the input. */
  parentField: string;
  now: Date;
}>;

/**
 * Gives an organization a place in a chain, as invited. One that is new to the platform is registered on the way; one
 * that the platform knows is linked by its code and must bear the same legal name. The same invitation again changes
 * nothing. Everything is checked before anything changes.
 */
export function invite(work: Workspace, invitation: Invitation, setting: Setting): Invited {
  const { chain, roster, parent, now } = setting;
  const { uscc, side, tier } = invitation;
  requireActiveChain(chain);
  requireUscc(uscc, '/uscc');
  const legalName = cleanName(invitation.legalName, '/legalName');
  const contact = invitation.contact && cleanContact(invitation.contact);
  requirePlace(chain, invitation, { parent, field: setting.parentField });
  const present = roster.known.get(uscc);
  if (present !== undefined) requireLinkable(chain, present, legalName);

  const place = {
    side,
    tier,
    parentMemberId: parent?.id ?? null,
    counterpartyId: parent?.orgId ?? chain.coreId,
    paymentTermDays: invitation.paymentTermDays,
    contact,
  };
  const before = present && roster.places.get(placeKey(chain.id, side, present.id));
  if (present !== undefined && before !== undefined && before.status !== 'exited') {
    requireSamePlace(before, place);
    return { outcome: 'unchanged', member: before, organization: present };
  }
  const organization = present ?? addOrganization(work, roster.known, draftMember(invitation, legalName, now));
  const member =
    before === undefined
      ? newMember(work, { ...place, chainId: chain.id, coreId: chain.coreId, orgId: organization.id }, now)
      : work.update(members, before.id, { ...place, status: nextState(memberLifecycle, before.status, 'invite') });
  keepPlace(work, roster, member);
  tellMember(work, 'member.invited', member, { side, tier });
  return { outcome: present === undefined ? 'created' : 'linked', member, organization };
}

function requireLinkable(chain: ChainRow, organization: OrganizationRow, legalName: string): void {
  require(organization.id !== chain.coreId, 'invalid-input', 'the core enterprise is no member of its own chain', {
    field: '/uscc',
    accepted: 'the code of another organization',
  });
  require(organization.legalName === legalName, 'legal-name-mismatch', 'the code belongs to another legal name', {
    field: '/legalName',
    accepted: 'the legal name registered under this code',
  });
  require(organization.kind === 'enterprise', 'invalid-input', 'only an enterprise trades on a chain', {
    field: '/uscc',
    accepted: 'the code of an enterprise',
  });
  require(organization.status === 'active', 'organization-suspended', 'the organization is suspended', {
    field: '/uscc',
    accepted: 'an organization that is not suspended',
  });
}

function requireSamePlace(before: MemberRow, place: Pick<MemberRow, 'tier' | 'parentMemberId'>): void {
  const same = before.tier === place.tier && before.parentMemberId === place.parentMemberId;
  require(same, 'already-exists', 'the organization has another place on this side of the chain', {
    field: before.tier === place.tier ? '/parentMemberId' : '/tier',
    accepted: `tier ${before.tier} under the present parent; a place is moved by a change of the member`,
  });
}

function draftMember({ uscc, profile, contact }: Invitation, legalName: string, now: Date): OrganizationRow {
  if (contact === null) {
    throw new Refusal('invalid-input', 'an organization that is new to the platform needs a contact', {
      field: '/contact',
      accepted: 'name and phone',
    });
  }
  return draftOrganization({ ...profile, contact, id: uuidv7(), kind: 'enterprise', uscc, legalName }, now);
}

type Placed = Omit<MemberRow, 'id' | 'status' | 'settlementAccountId' | 'version' | 'createdAt'>;

function newMember(work: Workspace, placed: Placed, now: Date): MemberRow {
  const row: MemberRow = {
    ...placed,
    id: uuidv7(),
    status: 'invited',
    settlementAccountId: null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(members, row);
  return row;
}

function keepPlace(work: Workspace, { places }: Roster, member: MemberRow): void {
  const key = placeKey(member.chainId, member.side, member.orgId);
  const before = places.get(key);
  places.set(key, member);
  work.onUndo(() => (before === undefined ? places.delete(key) : places.set(key, before)));
}
