import t from 'tap';
import { type FinancingStatus, financingLifecycle } from '../../src/financing/lifecycle.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { type EventOf, nextState } from '../../src/platform/state-machine.ts';

type Event = EventOf<typeof financingLifecycle>;

/** What domain.md §2 says may happen, written out a second time: state, event and where it leads. */
const allowed: readonly (readonly [FinancingStatus, Event, FinancingStatus])[] = [
  ['draft', 'submit', 'submitted'],
  ['draft', 'cancel', 'cancelled'],
  ['submitted', 'propose', 'submitted'],
  ['submitted', 'approve', 'approved'],
  ['submitted', 'reject', 'rejected'],
  ['submitted', 'return', 'returned'],
  ['submitted', 'cancel', 'cancelled'],
  ['submitted', 'expire', 'cancelled'],
  ['returned', 'submit', 'submitted'],
  ['returned', 'cancel', 'cancelled'],
  ['approved', 'disburse', 'disbursing'],
  ['approved', 'cancel', 'cancelled'],
  ['approved', 'expire', 'cancelled'],
  ['disbursing', 'payment_settled', 'active'],
  ['disbursing', 'payment_failed', 'approved'],
  ['active', 'repay', 'active'],
  ['active', 'settle', 'settled'],
  ['active', 'extend', 'active'],
  ['active', 'classify', 'active'],
  ['active', 'fall_overdue', 'overdue'],
  ['overdue', 'repay', 'overdue'],
  ['overdue', 'settle', 'settled'],
  ['overdue', 'classify', 'overdue'],
  ['overdue', 'declare_slip', 'overdue'],
  ['overdue', 'claim_recourse', 'recovering'],
  ['overdue', 'write_off', 'written_off'],
  ['recovering', 'repay', 'recovering'],
  ['recovering', 'settle', 'settled'],
  ['recovering', 'classify', 'recovering'],
  ['recovering', 'claim_recourse', 'recovering'],
  ['recovering', 'write_off', 'written_off'],
  ['written_off', 'recover', 'written_off'],
];

const events = [...new Set(allowed.map(([, event]) => event))];

void t.test('Every event leads where the table says, or is refused and told what is allowed', async (t) => {
  t.same(
    financingLifecycle.states.filter((state) => !allowed.some(([from]) => from === state)),
    ['settled', 'rejected', 'cancelled'],
    'these are final',
  );
  for (const state of financingLifecycle.states) {
    const possible = allowed.filter(([from]) => from === state);
    t.same(Object.keys(financingLifecycle.arrows[state]).sort(), possible.map(([, event]) => event).sort(), state);
    for (const event of events) {
      const arrow = possible.find(([, name]) => name === event);
      if (arrow !== undefined) {
        t.equal(nextState(financingLifecycle, state, event), arrow[2], `${state} --${event}`);
        continue;
      }
      const refusal = t.throws(() => nextState(financingLifecycle, state, event), Refusal, `${state} without ${event}`);
      t.match(refusal, { code: 'illegal-transition', detail: { state } });
      const named = (refusal as unknown as { detail: { allowed: string[] } }).detail.allowed;
      t.same([...named].sort(), possible.map(([, name]) => name).sort());
    }
  }
});
