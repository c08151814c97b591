import type { Actor } from '../platform/actor.ts';
import { require } from '../platform/refusal.ts';

/** Whether the actor onboards organizations for the platform. */
export const actsForPlatform = (actor: Actor): boolean =>
  actor.orgKind === 'operator' && actor.roles.includes('operator');

type OfOrganization = Readonly<{ actor: Actor; input: Readonly<{ organizationId: string }> }>;

/** Which organizations beside its own an actor's write may touch: for everyone but the platform operator, none. */
export const stewardScope = ({ actor, input }: OfOrganization): readonly string[] =>
  actsForPlatform(actor) ? [input.organizationId] : [];

/** Refuses (403) who neither administers the organization, being of it, nor onboards it for the platform. */
export function requireSteward(actor: Actor, organizationId: string): void {
  require(actor.orgId === organizationId
    ? actor.roles.includes('admin')
    : actsForPlatform(actor), 'forbidden', 'this is for an administrator of the organization or the platform operator');
}
