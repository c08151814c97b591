import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/**
 * The life of an inventory pledge. It arises when the supervisor, appointed by the lender, controls the goods
 * (担保制度解释 art. 55) and the bank confirms the list; the ladder of loan to value moves it from there.
 */
export const pledgeLifecycle = defineLifecycle('inventory pledge', {
  setup: { offer: 'setup', withdraw: 'setup', appoint: 'appointed', end: 'cancelled' },
  appointed: { offer: 'appointed', withdraw: 'appointed', attest: 'supervised', end: 'cancelled' },
  supervised: { confirm: 'active', end: 'cancelled' },
  active: {
    draw: 'active',
    move: 'active',
    release: 'active',
    pay: 'active',
    secure: 'active',
    recover: 'active',
    warn: 'warning',
    call: 'margin_call',
    close_out: 'enforcing',
    default: 'enforcing',
    end: 'released',
  },
  warning: {
    move: 'warning',
    release: 'warning',
    pay: 'warning',
    secure: 'warning',
    warn: 'warning',
    recover: 'active',
    call: 'margin_call',
    close_out: 'enforcing',
    default: 'enforcing',
    end: 'released',
  },
  margin_call: {
    move: 'margin_call',
    pay: 'margin_call',
    secure: 'margin_call',
    call: 'margin_call',
    cure: 'active',
    time_out: 'enforcing',
    close_out: 'enforcing',
    default: 'enforcing',
    end: 'released',
  },
  enforcing: { pay: 'enforcing', sell: 'enforcing', default: 'enforcing', exhaust: 'enforced', end: 'released' },
  enforced: {},
  released: {},
  cancelled: {},
});
export type PledgeStatus = StateOf<typeof pledgeLifecycle>;

/** A demand for more cover (Civil Code art. 433). */
export const marginCallLifecycle = defineLifecycle('margin call', {
  open: { cure: 'cured', time_out: 'timed_out', close_out: 'closed_out' },
  cured: {},
  timed_out: {},
  closed_out: {},
});
export type MarginCallState = StateOf<typeof marginCallLifecycle>;

export const releaseLifecycle = defineLifecycle('release of goods', {
  requested: { grant: 'granted', refuse: 'refused' },
  granted: {},
  refused: {},
});
export type ReleaseState = StateOf<typeof releaseLifecycle>;

/** Goods of a static pledge exchanged for others: the bank agrees, the warehouse does it. */
export const substitutionLifecycle = defineLifecycle('substitution of goods', {
  asked: { agree: 'agreed', refuse: 'refused' },
  agreed: { carry_out: 'done', refuse: 'refused' },
  refused: {},
  done: {},
});
export type SubstitutionState = StateOf<typeof substitutionLifecycle>;
