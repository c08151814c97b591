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

/** What an invitation comes to: a place that is new, taken again or there already. */
export type Invited = Readonly<{
  outcome: 'created' | 'linked' | 'unchanged';
  organization: OrganizationRow;
  member: MemberRow;
  /** The place it has left, when it is taken again. */
  before: MemberRow | null;
}>;

type Setting = Readonly<{
  chain: ChainRow;
  roster: Roster;
  parent: MemberRow | null;
  /** Points at the parent in the input. */
  parentField: string;
  /** Whether the platform operator invites, who has seen the evidence for what it declares. */
  byOperator: boolean;
  now: Date;
}>;

/**
 * What it comes to when an organization is given a place in a chain, as invited; nothing is changed yet. One that is
 * new to the platform is registered on the way; one that the platform knows is linked by its code and must bear the
 * same legal name. The same invitation again changes nothing.
 */
export function planInvitation(invitation: Invitation, setting: Setting): Invited {
  const { chain, roster, parent, byOperator, now } = setting;
  const { uscc, side, tier, paymentTermDays } = invitation;
  requireActiveChain(chain);
  requireUscc(uscc, '/uscc');
  const legalName = cleanName(invitation.legalName, '/legalName');
  const contact = invitation.contact && cleanContact(invitation.contact);
  requirePlace(chain, invitation, { parent, field: setting.parentField });
  requireNoForeignTags(invitation, byOperator);
  const present = roster.known.get(uscc);
  if (present !== undefined) requireLinkable(chain, present, legalName);
  const organization = present ?? draftMember(invitation, legalName, setting);

  const terms = {
    tier,
    parentMemberId: parent?.id ?? null,
    counterpartyId: parent?.orgId ?? chain.coreId,
    paymentTermDays,
    contact,
  };
  const before = roster.places.get(placeKey(chain.id, side, organization.id)) ?? null;
  const outcome = present === undefined ? 'created' : 'linked';
  if (before === null) {
    const member = newMember({ ...terms, side, chainId: chain.id, coreId: chain.coreId, orgId: organization.id }, now);
    return { outcome, organization, member, before };
  }
  if (before.status === 'exited') {
    const member = { ...before, ...terms, status: nextState(memberLifecycle, before.status, 'invite') };
    return { outcome, organization, member, before };
  }
  requireSamePlace(before, terms);
  return { outcome: 'unchanged', organization, member: before, before };
}

/** Carries out what an invitation comes to. */
export function carryOut(
  work: Workspace,
  roster: Roster,
  { outcome, organization, member, before }: Invited,
): MemberRow {
  if (outcome === 'unchanged') return member;
  if (outcome === 'created') addOrganization(work, roster.known, organization);
  if (before === null) work.insert(members, member);
  const { tier, parentMemberId, counterpartyId, paymentTermDays, contact, status } = member;
  const change = { tier, parentMemberId, counterpartyId, paymentTermDays, contact, status };
  const row = before === null ? member : work.update(members, member.id, change);
  const key = placeKey(row.chainId, row.side, row.orgId);
  roster.places.set(key, row);
  work.onUndo(() => (before === null ? roster.places.delete(key) : roster.places.set(key, before)));
  tellMember(work, 'member.invited', row, { side: row.side, tier: row.tier });
  return row;
}

/** Notes what an invitation would come to, for a rehearsal that changes nothing else. */
export function imagine(roster: Roster, { organization, member }: Invited): void {
  roster.known.set(organization.uscc, organization);
  roster.places.set(placeKey(member.chainId, member.side, member.orgId), member);
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

/** Refuses tags that a core enterprise would set: they decide who approves and what a programme admits. */
function requireNoForeignTags({ profile: { tags = [] } }: Invitation, byOperator: boolean): void {
  require(byOperator || tags.length === 0, 'forbidden', 'tags are set by the platform operator', {
    field: '/tags',
    accepted: 'nothing',
  });
}

function draftMember(
  { uscc, profile, contact }: Invitation,
  legalName: string,
  { byOperator, now }: Pick<Setting, 'byOperator' | 'now'>,
): OrganizationRow {
  if (contact === null) {
    throw new Refusal('invalid-input', 'an organization that is new to the platform needs a contact', {
      field: '/contact',
      accepted: 'name and phone',
    });
  }
  const draft = draftOrganization({ ...profile, contact, id: uuidv7(), kind: 'enterprise', uscc, legalName }, now);
  return { ...draft, figures: byOperator ? 'confirmed' : 'declared' };
}

type Placed = Omit<MemberRow, 'id' | 'status' | 'settlementAccountId' | 'version' | 'createdAt'>;

const newMember = (placed: Placed, now: Date): MemberRow => ({
  ...placed,
  id: uuidv7(),
  status: 'invited',
  settlementAccountId: null,
  version: 1,
  createdAt: now.toISOString(),
});
