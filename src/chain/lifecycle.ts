import { defineLifecycle, type EventOf, type StateOf } from '../platform/state-machine.ts';

/** A suspended chain takes no new business; what runs is run off. */
export const chainLifecycle = defineLifecycle('chain', {
  active: { suspend: 'suspended', close: 'closed' },
  suspended: { resume: 'active', close: 'closed' },
  closed: {},
});
export type ChainStatus = StateOf<typeof chainLifecycle>;
export type ChainEvent = EventOf<typeof chainLifecycle>;

/**
 * Both sides consent: the core enterprise invites, the member registers. A reinstated member is verified anew, since
 * what was checked before may have changed.
 */
export const memberLifecycle = defineLifecycle('member', {
  invited: { register: 'registered', decline: 'exited', withdraw: 'exited' },
  registered: { verify: 'verified', suspend: 'suspended', exit: 'exited' },
  verified: { suspend: 'suspended', exit: 'exited' },
  suspended: { reinstate: 'registered', exit: 'exited' },
  exited: { invite: 'invited' },
});
export type MemberStatus = StateOf<typeof memberLifecycle>;
export type MemberEvent = EventOf<typeof memberLifecycle>;

/** Only a bank that the core enterprise has admitted takes new business on its chain; a withdrawn one runs off its own. */
export const admissionLifecycle = defineLifecycle('admission', {
  admitted: { withdraw: 'withdrawn' },
  withdrawn: { admit: 'admitted' },
});
export type AdmissionStatus = StateOf<typeof admissionLifecycle>;

/** A document that was wrong, or whose invoice was cancelled, is taken back and never changed. */
export const documentLifecycle = defineLifecycle('trade document', {
  recorded: { void: 'voided' },
  voided: {},
});
export type DocumentStatus = StateOf<typeof documentLifecycle>;

/** What an actor is to a chain, or to one place in it. A neighbour is the tier above or below that place. */
export type Party = 'operator' | 'core' | 'bank' | 'member' | 'neighbour';

/** Who may cause which change of a chain. */
export const chainEventParties: Readonly<Record<ChainEvent, readonly Party[]>> = {
  suspend: ['core', 'operator'],
  resume: ['operator'],
  close: ['core', 'operator'],
};

/** Who says which banks finance on a chain. */
export const admissionParties: readonly Party[] = ['core', 'operator'];

/** Who may cause which change of a place in a chain. */
export const memberEventParties: Readonly<Record<MemberEvent, readonly Party[]>> = {
  invite: ['core', 'operator'],
  withdraw: ['core', 'operator'],
  register: ['member'],
  decline: ['member'],
  verify: ['bank', 'operator'],
  suspend: ['core', 'operator'],
  reinstate: ['core', 'operator'],
  exit: ['member', 'core', 'operator'],
};
