import type { Contact } from '../identity/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tellMember } from './events.ts';
import type { Party } from './lifecycle.ts';
import {
  answerFor,
  hasChildren,
  type LoadedMembers,
  loadMembers,
  type MemberAnswer,
  memberFor,
  memberShape,
  type OfMember,
  requireOwnAccount,
} from './member-commands.ts';
import { cleanContact, parentAmong, requireNoChildren, requirePlace } from './rules.ts';
import { type ChainRow, type MemberRow, members } from './store.ts';

export type MemberChange = Readonly<{
  place?: Readonly<{ tier: number; parentMemberId: string | null }>;
  paymentTermDays?: number | null;
  contact?: Contact | null;
  settlementAccountId?: string | null;
}>;

/** Which properties each party may change; the operator stands in for the core enterprise. */
const changeable: Readonly<Partial<Record<Party, readonly (keyof MemberChange)[]>>> = {
  core: ['place', 'paymentTermDays', 'contact'],
  operator: ['place', 'paymentTermDays', 'contact'],
  member: ['contact', 'settlementAccountId'],
};

type Input = OfMember & MemberChange;
type Loaded = LoadedMembers & Readonly<{ parents: ReadonlyMap<string, MemberRow> }>;

/** Changes contact and account of a member, or its place and terms, each by the party whose they are. */
export const changeMember: UseCase<Input, MemberAnswer, Loaded> = {
  ...memberShape,
  name: 'member.change',
  load: async (work, commands) => {
    const loaded = await loadMembers(work, commands);
    const parentIds = commands.flatMap(({ input }) => input.place?.parentMemberId ?? []);
    const parents = await work.read(members, 'id', parentIds);
    return { ...loaded, parents: new Map(parents.map((parent) => [parent.id, parent])) };
  },
  decide: (work, command, loaded) => {
    const { chainId: _chain, memberId: _member, expectedVersion: _version, ...change } = command.input;
    const allowed = Object.keys(changeable) as Party[];
    const { chain, member, party } = memberFor(work, command, { allowed, loaded });
    require(member.status !== 'exited', 'illegal-transition', 'the member has left the chain');
    requireOwnProperties(party, change);
    requireOpenTerms(member, change);
    requireOwnAccount(loaded, member.orgId, change.settlementAccountId);
    const moved = movedPlace(work, { chain, member, change, loaded });
    const { contact, paymentTermDays, settlementAccountId } = change;
    const next = work.update(members, member.id, {
      ...moved,
      ...(paymentTermDays !== undefined && { paymentTermDays }),
      ...(settlementAccountId !== undefined && { settlementAccountId }),
      ...(contact !== undefined && { contact: contact && cleanContact(contact) }),
    });
    tellMember(work, 'member.changed', next, { fields: Object.keys(change) });
    return answerFor(next, party, loaded);
  },
};

function requireOwnProperties(party: Party, change: MemberChange): void {
  const own: readonly string[] = changeable[party] ?? [];
  const foreign = Object.keys(change).find((property) => !own.includes(property));
  require(foreign === undefined, 'forbidden', `${foreign} is not yours to change`, {
    field: `/${foreign}`,
    accepted: own.join(', '),
  });
}

/** What the member has consented to is not changed behind its back. */
function requireOpenTerms(member: MemberRow, { place, paymentTermDays }: MemberChange): void {
  if (member.status === 'invited' || (place === undefined && paymentTermDays === undefined)) return;
  throw new Refusal('terms-agreed', 'the member has agreed to its place and payment term', {
    field: place === undefined ? '/paymentTermDays' : '/place',
    accepted: 'nothing while the membership lasts',
  });
}

type Move = Readonly<{ chain: ChainRow; member: MemberRow; change: MemberChange; loaded: Loaded }>;

/** The new place, when one is asked for. A member that others hang on stays where it is. */
function movedPlace(work: Workspace, { chain, member, change: { place }, loaded }: Move): Partial<MemberRow> {
  if (place === undefined) return {};
  requireNoChildren(hasChildren(work, loaded, member.id));
  const parent = parentAmong(loaded.parents, { id: place.parentMemberId, field: '/place/parentMemberId' });
  require(parent?.id !== member.id, 'parent-mismatch', 'a member is not its own parent', {
    field: '/place/parentMemberId',
    accepted: 'another member',
  });
  requirePlace(chain, { side: member.side, tier: place.tier }, { parent, field: '/place/parentMemberId' });
  return { tier: place.tier, parentMemberId: place.parentMemberId, counterpartyId: parent?.orgId ?? chain.coreId };
}
