import { confirmFigures } from '../identity/commands.ts';
import type { ClassifyingFigures } from '../identity/rules.ts';
import { type OrganizationRow, organizations, PLATFORM_SCOPE, settlementAccounts } from '../identity/store.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { memberAnswer } from './answers.ts';
import { tellMember } from './events.ts';
import { type MemberEvent, memberEventParties, memberLifecycle, type Party } from './lifecycle.ts';
import { loadStanding, partyTo, requireParty, type Standing } from './party.ts';
import { carryOut, type Invitation, loadRoster, placeOf, planInvitation, type Roster } from './registration.ts';
import { parentAmong, requireActiveChain, requireNoChildren } from './rules.ts';
import { type ChainRow, chains, childrenOf, type MemberRow, members } from './store.ts';

export type MemberAnswer = ReturnType<typeof memberAnswer>;

type Inviting = Invitation & Readonly<{ chainId: string; parentMemberId: string | null }>;
type LoadedInvitations = Readonly<{ standing: Standing; roster: Roster; parents: ReadonlyMap<string, MemberRow> }>;

/** The core enterprise, or the operator for it, invites one organization, registering it when it is new. */
export const inviteMember: UseCase<Inviting, MemberAnswer, LoadedInvitations> = {
  name: 'member.invite',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId, PLATFORM_SCOPE],
  load: async (work, commands) => {
    const chainIds = commands.map(({ input }) => input.chainId);
    const roster = await loadRoster(work, { chainIds, usccs: commands.map(({ input }) => input.uscc) });
    const parentIds = commands.flatMap(({ input }) => input.parentMemberId ?? []);
    const parents = await work.read(members, 'id', parentIds);
    return {
      standing: await loadStanding(work, commands),
      roster,
      parents: new Map(parents.map((parent) => [parent.id, parent])),
    };
  },
  decide: (work, { actor, input, now }, { standing, roster, parents }) => {
    const chain = work.get(chains, input.chainId);
    const party = requireParty(partyTo(actor, chain, { standing }), memberEventParties.invite, `chain ${chain.id}`);
    const parentField = '/parentMemberId';
    const parent = parentAmong(parents, { id: input.parentMemberId, field: parentField });
    const place = placeOf(roster, chain.id, input);
    require(place === undefined || place.status === 'exited', 'already-exists', 'the organization has its place', {
      field: '/uscc',
      accepted: 'an organization that is no member on this side of the chain',
    });
    const setting = { chain, roster, parent, parentField, byOperator: party === 'operator', now };
    const invited = planInvitation(input, setting);
    return memberAnswer(carryOut(work, roster, invited), invited.organization, party);
  },
};

export type OfMember = Readonly<{ chainId: string; memberId: string; expectedVersion: number }>;

export type LoadedMembers = Readonly<{
  standing: Standing;
  organizations: ReadonlyMap<string, OrganizationRow>;
  children: ReadonlyMap<string, readonly string[]>;
  /** Accounts of the actors' organizations that may be named. */
  accounts: ReadonlySet<string>;
}>;

/** Locks chains and members, and reads who asks and who hangs on them. */
export async function loadMembers(
  work: Workspace,
  commands: readonly Command<OfMember & Readonly<{ settlementAccountId?: string | null }>>[],
): Promise<LoadedMembers> {
  const memberIds = commands.map(({ input }) => input.memberId);
  const accountIds = commands.flatMap(({ input }) => input.settlementAccountId ?? []);
  await work.lock(
    chains,
    commands.map(({ input }) => input.chainId),
  );
  const rows = await work.lock(members, memberIds);
  const orgIds = rows.map(({ orgId }) => orgId);
  const names = await work.read(organizations, 'id', orgIds);
  const accounts = await work.read(settlementAccounts, 'id', accountIds);
  return {
    standing: await loadStanding(work, commands),
    organizations: new Map(names.map((row) => [row.id, row])),
    children: await childrenOf(work, memberIds),
    accounts: new Set(accounts.flatMap(({ id, orgId, status }) => (status === 'verified' ? [`${orgId} ${id}`] : []))),
  };
}

export const memberShape = {
  lane: ({ input }: Command<OfMember>) => input.chainId,
  scope: ({ input }: Command<OfMember>) => [input.chainId],
  load: loadMembers,
} as const;

/** The member, for parties that may do this to it; refuses everyone else, and who decided on a state that has passed. */
export function memberFor(
  work: Workspace,
  { actor, input }: Command<OfMember>,
  { allowed, loaded }: Readonly<{ allowed: readonly Party[]; loaded: LoadedMembers }>,
): Readonly<{ chain: ChainRow; member: MemberRow; party: Party }> {
  const { standing } = loaded;
  const chain = work.get(chains, input.chainId);
  const objectName = `member ${input.memberId}`;
  const member = work.find(members, input.memberId);
  const isHere = member?.chainId === chain.id;
  const party = requireParty(isHere ? partyTo(actor, chain, { standing, member }) : undefined, allowed, objectName);
  const present = work.get(members, input.memberId);
  requireVersion(present.version, input.expectedVersion);
  return { chain, member: present, party };
}

/** Whether members of the next tier hang on this one, what this batch did included. */
export const hasChildren = (work: Workspace, { children }: LoadedMembers, memberId: string): boolean =>
  (children.get(memberId) ?? []).some((id) => work.find(members, id)?.status !== 'exited');

export const answerFor = (member: MemberRow, party: Party, loaded: LoadedMembers): MemberAnswer =>
  memberAnswer(member, loaded.organizations.get(member.orgId) as OrganizationRow, party);

/** Refuses an account that is not a verified one of the member's own organization. */
export function requireOwnAccount(loaded: LoadedMembers, orgId: string, accountId: string | null | undefined): void {
  if (accountId === null || accountId === undefined) return;
  require(loaded.accounts.has(`${orgId} ${accountId}`), 'invalid-input', 'there is no such verified account', {
    field: '/settlementAccountId',
    accepted: 'the id of a verified settlement account of your organization',
  });
}

type Consent = OfMember & Readonly<{ settlementAccountId: string | null; figures: ClassifyingFigures }>;

/**
 * The member consents to the invitation, confirms what was declared of it, and may name the account it is to be paid
 * to.
 */
export const registerMember: UseCase<Consent, MemberAnswer, LoadedMembers> = {
  ...memberShape,
  name: 'member.register',
  load: async (work, commands) => {
    await work.lock(
      organizations,
      commands.map(({ actor }) => actor.orgId),
    );
    return loadMembers(work, commands);
  },
  decide: (work, command, loaded) => {
    const allowed = memberEventParties.register;
    const { chain, member, party } = memberFor(work, command, { allowed, loaded });
    const { settlementAccountId, figures } = command.input;
    const status = nextState(memberLifecycle, member.status, 'register');
    requireActiveChain(chain);
    requireOwnAccount(loaded, member.orgId, settlementAccountId);
    confirmFigures(work, work.get(organizations, member.orgId), figures);
    const next = work.update(members, member.id, { status, settlementAccountId });
    tellMember(work, 'member.registered', next);
    return answerFor(next, party, loaded);
  },
};

type Transition = Exclude<MemberEvent, 'register' | 'invite'>;

const pastTense: Readonly<Record<Transition, string>> = {
  decline: 'declined',
  withdraw: 'withdrawn',
  verify: 'verified',
  suspend: 'suspended',
  reinstate: 'reinstated',
  exit: 'exited',
};

/** Takes a place in a chain to its next state. Nobody leaves while members of the next tier hang on the place. */
export const memberTransition = (
  event: Transition,
): UseCase<OfMember & Readonly<{ reason: string | null }>, MemberAnswer, LoadedMembers> => ({
  ...memberShape,
  name: `member.${event}`,
  decide: (work, command, loaded) => {
    const allowed = memberEventParties[event];
    const { chain, member, party } = memberFor(work, command, { allowed, loaded });
    const status = nextState(memberLifecycle, member.status, event);
    if (event === 'verify' || event === 'reinstate') requireActiveChain(chain);
    if (status === 'exited') requireNoChildren(hasChildren(work, loaded, member.id));
    const next = work.update(members, member.id, { status });
    tellMember(work, `member.${pastTense[event]}`, next, { reason: command.input.reason });
    return answerFor(next, party, loaded);
  },
});
