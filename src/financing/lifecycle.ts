import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** The life of a financing, whatever its product. */
export const financingLifecycle = defineLifecycle('financing', {
  draft: { submit: 'submitted', cancel: 'cancelled' },
  submitted: {
    propose: 'submitted',
    approve: 'approved',
    reject: 'rejected',
    return: 'returned',
    cancel: 'cancelled',
    expire: 'cancelled',
  },
  returned: { submit: 'submitted', cancel: 'cancelled' },
  approved: { disburse: 'disbursing', cancel: 'cancelled', expire: 'cancelled' },
  disbursing: { payment_settled: 'active', payment_failed: 'approved' },
  active: { repay: 'active', settle: 'settled', extend: 'active', classify: 'active', fall_overdue: 'overdue' },
  overdue: {
    repay: 'overdue',
    settle: 'settled',
    classify: 'overdue',
    declare_slip: 'overdue',
    claim_recourse: 'recovering',
    write_off: 'written_off',
  },
  recovering: {
    repay: 'recovering',
    settle: 'settled',
    classify: 'recovering',
    claim_recourse: 'recovering',
    write_off: 'written_off',
  },
  written_off: { recover: 'written_off' },
  settled: {},
  rejected: {},
  cancelled: {},
});

export type FinancingStatus = StateOf<typeof financingLifecycle>;
