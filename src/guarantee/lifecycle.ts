import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** What a bank and its guarantors agree on: two people of the bank offer it, the guarantor accepts. */
export const agreementLifecycle = defineLifecycle('guarantee agreement', {
  proposed: { approve: 'offered', reject: 'rejected' },
  offered: { accept: 'active', decline: 'rejected' },
  // An end keeps new business out; what was guaranteed stays guaranteed.
  active: { guarantee: 'active', end: 'ended' },
  rejected: {},
  ended: {},
});
export type AgreementState = StateOf<typeof agreementLifecycle>;

/** A call on the guarantors after default, until they have paid and stand in the bank's place (Civil Code art. 700). */
export const claimLifecycle = defineLifecycle('guarantee claim', {
  opened: { call: 'called', withdraw: 'withdrawn' },
  called: { accept: 'accepted', contest: 'contested', withdraw: 'withdrawn' },
  contested: { accept: 'accepted', withdraw: 'withdrawn' },
  accepted: { pay_part: 'part_paid', pay: 'paid' },
  // What the borrower repays may leave nothing to pay: those who have paid are no worse off for it.
  part_paid: { pay_part: 'part_paid', pay: 'paid', recover: 'part_paid' },
  paid: { subrogate: 'subrogated', recover: 'paid' },
  subrogated: { recover: 'subrogated' },
  withdrawn: {},
});
export type ClaimState = StateOf<typeof claimLifecycle>;
