import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/** A claim on a bill: its targets are told, may acknowledge or contest it, and pay until nothing is left or time bars it. */
export const claimLifecycle = defineLifecycle('claim', {
  opened: {
    acknowledge: 'acknowledged',
    contest: 'contested',
    pay: 'part_discharged',
    discharge: 'discharged',
    lapse: 'time_barred',
  },
  acknowledged: { contest: 'contested', pay: 'part_discharged', discharge: 'discharged', lapse: 'time_barred' },
  contested: { acknowledge: 'acknowledged', pay: 'part_discharged', discharge: 'discharged', lapse: 'time_barred' },
  part_discharged: {
    contest: 'part_discharged',
    pay: 'part_discharged',
    discharge: 'discharged',
    lapse: 'time_barred',
  },
  discharged: {},
  time_barred: {},
});
export type ClaimStatus = StateOf<typeof claimLifecycle>;
