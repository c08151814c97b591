import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** Where a quantum of goods is: its quantity changes by documents only, and what has left never comes back as the same lot. */
export const lotStates = defineLifecycle('lot', {
  in_stock: { ship: 'in_stock', count: 'in_stock', cut: 'in_stock', empty: 'gone', split: 'split', merge: 'merged' },
  split: {},
  merged: {},
  gone: {},
});
export type LotState = StateOf<typeof lotStates>;

/** Quotations typed by a person of a bank, until another has decided on them. */
export const proposalLifecycle = defineLifecycle('price proposal', {
  proposed: { approve: 'approved', reject: 'rejected' },
  approved: {},
  rejected: {},
});
export type ProposalState = StateOf<typeof proposalLifecycle>;

/** The one claim that a lot may be under: a receipt, or an inventory pledge that is offered until the bank confirms it. */
export const lotClaims = defineLifecycle('claim on a lot', {
  none: { issue_receipt: 'receipted', offer: 'offered', add: 'pledged' },
  receipted: { cancel_receipt: 'none', endorse: 'receipted', redeem: 'none' },
  offered: { pledge: 'pledged', withdraw: 'none' },
  pledged: { release: 'none' },
});
export type LotClaim = StateOf<typeof lotClaims>;
