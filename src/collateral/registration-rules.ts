import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/**
 * A registration of a pledge or an assignment of receivables. It exists against third parties from the register's
 * answer on (Civil Code art. 445, 768); amendment extends its term and keeps its rank; discharge may come at any time
 * before, even when the register has not answered yet.
 */
export const registrationLifecycle = defineLifecycle('registration', {
  submitted: { register: 'registered', refuse: 'refused', discharge: 'discharged' },
  registered: { amend: 'amended', discharge: 'discharged', lapse: 'lapsed' },
  amended: { amend: 'amended', discharge: 'discharged', lapse: 'lapsed' },
  refused: {},
  discharged: {},
  lapsed: {},
});

export type RegistrationState = StateOf<typeof registrationLifecycle>;
