import type { Actor } from '../platform/actor.ts';
import { require } from '../platform/refusal.ts';
import { defineLifecycle } from '../platform/state-machine.ts';
import { cleanName } from './names.ts';
import type { OrganizationRow, SettlementAccountRow } from './store.ts';

/**
 * Money goes only to verified accounts. A person proposes, another verifies; a person asks for the closure, another
 * agrees, or verifies the account again. A proposal that nobody relies on yet is closed by one.
 */
export const settlementAccountLifecycle = defineLifecycle('settlement account', {
  proposed: { verify: 'verified', close: 'closed' },
  verified: { request_closure: 'closing' },
  closing: { verify: 'verified', close: 'closed' },
  closed: {},
});

/** Refuses (403) to decide on what the same person asked for. */
export function requireOtherPerson(actor: Actor, row: SettlementAccountRow): void {
  const maker = row.status === 'closing' ? row.closingMakerId : row.makerId;
  require(actor.personId !== maker, 'same-person', 'who asked for it does not decide on it');
}

/** Refuses (409) an account in another name: money is never paid to someone who is not its owner. */
export function requireOwnName(organization: OrganizationRow, holderName: string): void {
  const isOwn = cleanName(holderName, '/holderName') === organization.legalName;
  require(isOwn, 'legal-name-mismatch', 'the account is held in another name', {
    field: '/holderName',
    accepted: organization.legalName,
  });
}
