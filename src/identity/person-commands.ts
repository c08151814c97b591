import type { Role } from '../platform/actor.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type PersonAnswer, personAnswer } from './answers.ts';
import { requireSteward, stewardScope } from './authority.ts';
import { cleanName } from './names.ts';
import { checkedRoles, personLifecycle, requireFirstAdministrator, requireOthersRoles } from './person-rules.ts';
import { organizations, type PersonRow, persons } from './store.ts';

const LONGEST_NAME = 100;

export type PersonAddition = Readonly<{ organizationId: string; id: string; name: string; roles: readonly Role[] }>;

/** Adds a person to an organization, with the roles its administrator gives. */
export const addPerson: UseCase<PersonAddition, PersonAnswer, readonly PersonRow[]> = {
  name: 'person.add',
  status: 201,
  lane: ({ input }) => input.organizationId,
  scope: stewardScope,
  load: async (work, commands) => {
    const organizationIds = commands.map(({ input }) => input.organizationId);
    await work.lock(organizations, organizationIds);
    return work.read(persons, 'orgId', organizationIds);
  },
  decide: (work, { actor, input, now }, present) => {
    const organization = work.get(organizations, input.organizationId);
    requireSteward(actor, organization.id);
    const roles = checkedRoles(organization.kind, input.roles);
    if (actor.orgId !== organization.id) {
      const people = [...present, ...work.all(persons)].filter(({ orgId }) => orgId === organization.id);
      requireFirstAdministrator(organization, roles, people);
    }
    const row: PersonRow = {
      id: input.id,
      orgId: organization.id,
      name: cleanName(input.name, '/name', LONGEST_NAME),
      roles,
      status: 'active',
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(persons, row);
    emitPerson(work, row, 'person.added');
    return personAnswer(row, actor);
  },
};

export type PersonChange = Readonly<{
  organizationId: string;
  personId: string;
  expectedVersion: number;
  name?: string;
  roles?: readonly Role[];
}>;

/** Changes a person's name or roles; other roles count within five seconds, also for tokens already given. */
export const changePerson: UseCase<PersonChange, PersonAnswer> = {
  name: 'person.change',
  lane: ({ input }) => input.organizationId,
  scope: () => [],
  load: lockNamed,
  decide: (work, { actor, input }) => {
    const organization = work.get(organizations, input.organizationId);
    requireSteward(actor, organization.id);
    const row = personOf(work, input);
    requireVersion(row.version, input.expectedVersion);
    if (row.status === 'left') throw new Refusal('illegal-transition', 'a person who has left is not changed');
    if (input.roles !== undefined) requireOthersRoles(actor, row.id);
    const next = work.update(persons, row.id, {
      ...(input.name !== undefined && { name: cleanName(input.name, '/name', LONGEST_NAME) }),
      ...(input.roles !== undefined && { roles: checkedRoles(organization.kind, input.roles) }),
    });
    emitPerson(work, next, 'person.changed');
    return personAnswer(next, actor);
  },
};

export type PersonLeaving = Readonly<{ organizationId: string; personId: string; expectedVersion: number }>;

/** A person leaves: tokens and clients that act for him are refused within five seconds. */
export const removePerson: UseCase<PersonLeaving, PersonAnswer> = {
  name: 'person.leave',
  lane: ({ input }) => input.organizationId,
  scope: () => [],
  load: lockNamed,
  decide: (work, { actor, input }) => {
    const organization = work.get(organizations, input.organizationId);
    requireSteward(actor, organization.id);
    const row = personOf(work, input);
    requireVersion(row.version, input.expectedVersion);
    const next = work.update(persons, row.id, { status: nextState(personLifecycle, row.status, 'leave') });
    emitPerson(work, next, 'person.left');
    return personAnswer(next, actor);
  },
};

type OfPerson = Readonly<{ input: Readonly<{ organizationId: string; personId: string }> }>;

async function lockNamed(work: Workspace, commands: readonly OfPerson[]): Promise<void> {
  await work.lock(
    organizations,
    commands.map(({ input }) => input.organizationId),
  );
  await work.lock(
    persons,
    commands.map(({ input }) => input.personId),
  );
}

/** The locked person, if he belongs to the organization of the path. */
export function personOf(work: Workspace, of: Readonly<{ organizationId: string; personId: string }>): PersonRow {
  const row = work.get(persons, of.personId);
  if (row.orgId === of.organizationId) return row;
  throw new Refusal('not-found', `there is no person ${of.personId}`);
}

function emitPerson(work: Workspace, row: PersonRow, kind: string): void {
  work.emit({
    kind,
    objectKind: 'person',
    objectId: row.id,
    parties: [row.orgId],
    scopeId: row.orgId,
    data: { roles: row.roles, status: row.status, version: row.version },
  });
}
