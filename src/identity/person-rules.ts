import type { Actor, OrgKind, Role } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { defineLifecycle } from '../platform/state-machine.ts';
import type { OrganizationRow, PersonRow } from './store.ts';

/** Who has left cannot come back as the same person: the trail would not tell the two times apart. */
export const personLifecycle = defineLifecycle('person', { active: { leave: 'left' }, left: {} });

const ROLES_OF: Readonly<Record<OrgKind, readonly Role[]>> = {
  enterprise: ['admin', 'maker', 'checker', 'viewer'],
  bank: ['admin', 'maker', 'checker', 'viewer', 'operator'],
  warehouse: ['admin', 'maker', 'checker', 'viewer', 'operator'],
  guarantor: ['admin', 'maker', 'checker', 'viewer'],
  regulator: ['admin', 'regulator'],
  operator: ['admin', 'maker', 'checker', 'viewer', 'operator'],
};

/** Duties that never lie with one person: who grants roles touches no money, who makes does not check. */
const CONFLICTS: readonly (readonly [Role, Role])[] = [
  ['admin', 'maker'],
  ['admin', 'checker'],
  ['maker', 'checker'],
];

/** A bank's operator records money that comes in and closes the day; the platform's operator has no money to touch. */
const conflictsIn = (kind: OrgKind): typeof CONFLICTS =>
  kind === 'operator' ? CONFLICTS : [...CONFLICTS, ['admin', 'operator']];

/** The roles as they are stored: each once. Refuses roles the organization has not, and duties in conflict (422). */
export function checkedRoles(kind: OrgKind, roles: readonly Role[]): readonly Role[] {
  const accepted = ROLES_OF[kind];
  const foreign = roles.find((role) => !accepted.includes(role));
  if (foreign !== undefined) {
    throw new Refusal('invalid-input', `an organization of kind ${kind} has no role ${foreign}`, {
      field: '/roles',
      accepted: accepted.join(', '),
    });
  }
  const conflict = conflictsIn(kind).find((pair) => pair.every((role) => roles.includes(role)));
  if (conflict !== undefined) {
    throw new Refusal('conflicting-roles', `${conflict.join(' and ')} must be different persons`, {
      field: '/roles',
      accepted: `one of ${conflict.join(', ')}`,
    });
  }
  return accepted.filter((role) => roles.includes(role));
}

/** An administrator manages everyone's roles but his own. */
export function requireOthersRoles(actor: Actor, personId: string): void {
  require(actor.personId !== personId, 'own-roles', 'nobody grants roles to himself', { field: '/roles' });
}

/**
 * The platform operator puts in an organization's first administrator and, when all have left, a new one. The others
 * are the organization's own affair: otherwise the operator could act in its name.
 */
export function requireFirstAdministrator(
  organization: OrganizationRow,
  roles: readonly Role[],
  people: readonly PersonRow[],
): void {
  const administered = people.some(({ status, roles: held }) => status === 'active' && held.includes('admin'));
  const message = `the people of ${organization.id} are managed by its own administrator`;
  require(roles.includes('admin') && !administered, 'forbidden', message, {
    accepted: 'a first person with the role admin',
  });
}
