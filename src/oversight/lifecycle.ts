import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** A check is open until somebody has shown what was found; one that failed is made anew, never rewritten. */
export const checkLifecycle = defineLifecycle('check', {
  open: { assign: 'open', pass: 'passed', fail: 'failed', lapse: 'lapsed' },
  passed: {},
  failed: { repeat: 'failed' },
  lapsed: {},
});
export type CheckState = StateOf<typeof checkLifecycle>;

/** One person proposes what an alert comes to, another decides; what was confirmed stands until it is put right. */
export const alertLifecycle = defineLifecycle('alert', {
  open: { assign: 'open', propose: 'proposed' },
  proposed: { confirm: 'confirmed', dismiss: 'dismissed', send_back: 'open' },
  confirmed: { propose_clearance: 'clearing' },
  clearing: { clear: 'cleared', send_back: 'confirmed' },
  dismissed: {},
  cleared: {},
});
export type AlertState = StateOf<typeof alertLifecycle>;

/** While an alert stands the bank lends the firm no more. */
export const standingStates = ['open', 'proposed', 'confirmed', 'clearing'] as const satisfies readonly AlertState[];
