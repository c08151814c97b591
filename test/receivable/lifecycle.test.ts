import t from 'tap';
import { Refusal } from '../../src/platform/refusal.ts';
import { type Lifecycle, nextState } from '../../src/platform/state-machine.ts';
import {
  holdingRights,
  holdingStates,
  receivablePayments,
  receivableStages,
  transferStates,
} from '../../src/receivable/lifecycle.ts';

// The tables written out a second time, from the specification: `state event -> state`, everything else is refused.
const drawn: readonly Readonly<{ lifecycle: Lifecycle; finals: readonly string[]; arrows: readonly string[] }>[] = [
  {
    lifecycle: receivableStages,
    finals: ['rejected', 'cancelled', 'expired'],
    arrows: [
      'registered confirm -> confirmed',
      'registered reject -> rejected',
      'registered cancel -> cancelled',
      'registered expire -> expired',
      'confirmed transfer -> confirmed',
      'confirmed finance -> confirmed',
      'confirmed dispute -> confirmed',
      'confirmed credit -> confirmed',
      'confirmed pay -> confirmed',
    ],
  },
  {
    lifecycle: receivablePayments,
    finals: ['paid'],
    arrows: [
      'open part_pay -> part_paid',
      'open pay -> paid',
      'open fall_overdue -> overdue',
      'part_paid part_pay -> part_paid',
      'part_paid pay -> paid',
      'part_paid fall_overdue -> overdue',
      'overdue part_pay -> overdue',
      'overdue pay -> paid',
    ],
  },
  {
    lifecycle: holdingStates,
    finals: ['split', 'transferred', 'settled'],
    arrows: ['live split -> split', 'live transfer -> transferred', 'live settle -> settled'],
  },
  {
    lifecycle: holdingRights,
    finals: [],
    arrows: [
      'none pledge -> pledged',
      'none assign -> assigned',
      'pledged release -> none',
      'assigned release -> none',
      'assigned sell -> sold',
      'sold release -> none',
    ],
  },
  {
    lifecycle: transferStates,
    finals: ['accepted', 'declined', 'withdrawn', 'expired'],
    arrows: [
      'offered accept -> accepted',
      'offered decline -> declined',
      'offered withdraw -> withdrawn',
      'offered expire -> expired',
    ],
  },
];

const refusalOf = (attempt: () => unknown): Refusal | null => {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
};

for (const { lifecycle, finals, arrows } of drawn) {
  const events = [...new Set(lifecycle.states.flatMap((state) => Object.keys(lifecycle.arrows[state] ?? {})))];
  const targets = new Map(arrows.map((arrow) => arrow.split(' -> ') as [string, string]));
  const allowedIn = (state: string): string[] =>
    [...targets.keys()].filter((key) => key.startsWith(`${state} `)).map((key) => key.slice(state.length + 1));

  void t.test(
    `A ${lifecycle.name}: every event in every state leads where the table says, or is refused`,
    async (t) => {
      t.same(
        new Set([...targets.keys()].map((key) => key.split(' ')[1])),
        new Set(events),
        'no event is missing from the table',
      );
      for (const state of lifecycle.states) {
        for (const event of events) {
          const target = targets.get(`${state} ${event}`);
          if (target !== undefined) {
            t.equal(nextState(lifecycle, state, event), target, `${state} ${event}`);
            continue;
          }
          const refusal = refusalOf(() => nextState(lifecycle, state, event));
          const allowed = allowedIn(state);
          t.equal(refusal?.code, 'illegal-transition', `${state} ${event}`);
          t.same(new Set(refusal?.detail.allowed as string[]), new Set(allowed), `${state} names what is allowed`);
          t.equal(refusal?.detail.state, state);
          for (const each of allowed) t.match(refusal?.detail.accepted, each);
          if (allowed.length === 0) t.match(refusal?.detail.accepted, /final/);
        }
      }
      t.same(
        lifecycle.states.filter((state) => allowedIn(state).length === 0),
        finals,
        'what is final',
      );
    },
  );
}
