import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';
import type { ApprovalLevel } from './store.ts';

/** A task stays open until enough persons have approved it; the first who rejects or returns it closes it. */
export const approvalLifecycle = defineLifecycle('approval', {
  open: { approve: 'approved', reject: 'rejected', return: 'returned', withdraw: 'withdrawn' },
  approved: {},
  rejected: {},
  returned: {},
  withdrawn: {},
});
export type ApprovalState = StateOf<typeof approvalLifecycle>;

/** How long what is asked for may be approved, in days. */
export const VALID_DAYS = 30;

/** How many persons beside the maker must approve. */
export const requiredPersons: Readonly<Record<ApprovalLevel, number>> = { auto: 0, one: 1, two: 2 };
