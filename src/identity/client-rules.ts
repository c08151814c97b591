import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { defineLifecycle } from '../platform/state-machine.ts';
import type { ClientRow, OrganizationRow, PersonRow } from './store.ts';

export const clientLifecycle = defineLifecycle('client', { active: { revoke: 'revoked' }, revoked: {} });

export const DEFAULT_CLIENT_DAYS = 90;
export const LONGEST_CLIENT_DAYS = 365;
/** How long the secret before the present one serves on, unless told, so that systems can be changed over. */
export const DEFAULT_OVERLAP_HOURS = 24;
export const LONGEST_OVERLAP_HOURS = 168;

const HOUR_MS = 3_600_000;

/** The instant so many hours after another. */
export const hoursAfter = (instant: Date, hours: number): string =>
  new Date(instant.getTime() + hours * HOUR_MS).toISOString();

/** The instant so many days of 24 hours after another. */
export const daysAfter = (instant: Date, days: number): string => hoursAfter(instant, days * 24);

const isUsable = (client: Pick<ClientRow, 'status' | 'expiresAt'>, now: Date): boolean =>
  client.status === 'active' && client.expiresAt > now.toISOString();

/**
 * The platform operator gives an organization's administrator a client when it has none that works: the first time,
 * or when all were lost. Otherwise the operator could act in the organization's name.
 */
export function requireNoUsableClient(
  organization: OrganizationRow,
  person: PersonRow,
  present: readonly ClientRow[],
  now: Date,
): void {
  const hasUsable = present.some((client) => isUsable(client, now));
  const message = `the clients of ${organization.id} are managed by its own administrator`;
  require(person.roles.includes('admin') && !hasUsable, 'forbidden', message, {
    accepted: 'a first client for a person with the role admin',
  });
}

/** A client acts for a person who is there. */
export function requirePresent(person: PersonRow): void {
  if (person.status === 'left') {
    throw new Refusal('illegal-transition', 'a person who has left gets no client', { field: '/personId' });
  }
}

/** A secret is replaced by whom the client acts for, who then alone knows it, or by the administrator. */
export function requireHolderOrAdministrator(actor: Actor, client: ClientRow): void {
  const holds = actor.personId === client.personId;
  require(holds ||
    (actor.orgId === client.orgId &&
      actor.roles.includes(
        'admin',
      )), 'forbidden', 'a secret is replaced by the person of the client or an administrator of the organization');
}
