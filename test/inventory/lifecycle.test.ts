import t from 'tap';
import { saleLifecycle } from '../../src/financing/sale-lifecycle.ts';
import { lotClaims, lotStates, proposalLifecycle } from '../../src/goods/lifecycle.ts';
import {
  marginCallLifecycle,
  pledgeLifecycle,
  releaseLifecycle,
  substitutionLifecycle,
} from '../../src/inventory/lifecycle.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { type Lifecycle, nextState } from '../../src/platform/state-machine.ts';

const live = (state: string, ...arrows: readonly string[]): string[] => arrows.map((arrow) => `${state} ${arrow}`);

// The tables written out a second time, from the specification: `state event -> state`, everything else is refused.
const drawn: readonly Readonly<{ lifecycle: Lifecycle; finals: readonly string[]; arrows: readonly string[] }>[] = [
  {
    lifecycle: lotStates,
    finals: ['split', 'merged', 'gone'],
    arrows: live(
      'in_stock',
      'ship -> in_stock',
      'count -> in_stock',
      'cut -> in_stock',
      'empty -> gone',
      'split -> split',
      'merge -> merged',
    ),
  },
  {
    lifecycle: lotClaims,
    finals: [],
    arrows: [
      ...live('none', 'issue_receipt -> receipted', 'offer -> offered', 'add -> pledged'),
      ...live('receipted', 'cancel_receipt -> none', 'endorse -> receipted', 'redeem -> none'),
      ...live('offered', 'pledge -> pledged', 'withdraw -> none'),
      ...live('pledged', 'release -> none'),
    ],
  },
  {
    lifecycle: pledgeLifecycle,
    finals: ['enforced', 'released', 'cancelled'],
    arrows: [
      ...live('setup', 'offer -> setup', 'withdraw -> setup', 'appoint -> appointed', 'end -> cancelled'),
      ...live('appointed', 'offer -> appointed', 'withdraw -> appointed', 'attest -> supervised', 'end -> cancelled'),
      ...live('supervised', 'confirm -> active', 'end -> cancelled'),
      ...live('active', 'draw -> active', 'move -> active', 'release -> active', 'pay -> active', 'secure -> active'),
      ...live('active', 'recover -> active', 'warn -> warning', 'call -> margin_call', 'close_out -> enforcing'),
      ...live('active', 'default -> enforcing', 'end -> released'),
      ...live('warning', 'move -> warning', 'release -> warning', 'pay -> warning', 'secure -> warning'),
      ...live('warning', 'warn -> warning', 'recover -> active', 'call -> margin_call', 'close_out -> enforcing'),
      ...live('warning', 'default -> enforcing', 'end -> released'),
      ...live(
        'margin_call',
        'move -> margin_call',
        'pay -> margin_call',
        'secure -> margin_call',
        'call -> margin_call',
      ),
      ...live(
        'margin_call',
        'cure -> active',
        'time_out -> enforcing',
        'close_out -> enforcing',
        'default -> enforcing',
      ),
      ...live('margin_call', 'end -> released'),
      ...live('enforcing', 'pay -> enforcing', 'sell -> enforcing', 'default -> enforcing', 'exhaust -> enforced'),
      ...live('enforcing', 'end -> released'),
    ],
  },
  {
    lifecycle: marginCallLifecycle,
    finals: ['cured', 'timed_out', 'closed_out'],
    arrows: live('open', 'cure -> cured', 'time_out -> timed_out', 'close_out -> closed_out'),
  },
  {
    lifecycle: releaseLifecycle,
    finals: ['granted', 'refused'],
    arrows: live('requested', 'grant -> granted', 'refuse -> refused'),
  },
  {
    lifecycle: saleLifecycle,
    finals: ['done', 'rejected'],
    arrows: live('proposed', 'approve -> done', 'reject -> rejected'),
  },
  {
    lifecycle: substitutionLifecycle,
    finals: ['refused', 'done'],
    arrows: [
      ...live('asked', 'agree -> agreed', 'refuse -> refused'),
      ...live('agreed', 'carry_out -> done', 'refuse -> refused'),
    ],
  },
  {
    lifecycle: proposalLifecycle,
    finals: ['approved', 'rejected'],
    arrows: live('proposed', 'approve -> approved', 'reject -> rejected'),
  },
];

for (const { lifecycle, finals, arrows } of drawn) {
  const targets = new Map(arrows.map((arrow) => arrow.split(' -> ') as [string, string]));
  const events = [...new Set([...targets.keys()].map((key) => key.split(' ')[1] as string))];

  void t.test(`${lifecycle.name}: each event in each state leads where it is drawn, or is refused`, async (t) => {
    t.equal(targets.size, arrows.length, 'no arrow is drawn twice');
    for (const state of lifecycle.states) {
      for (const event of events) {
        const expected = targets.get(`${state} ${event}`);
        let outcome: string;
        try {
          outcome = nextState(lifecycle, state, event);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          outcome = error.code;
        }
        t.equal(outcome, expected ?? 'illegal-transition', `${state} ${event}`);
      }
      const leaves = Object.keys(lifecycle.arrows[state] ?? {}).length > 0;
      t.equal(leaves, !finals.includes(state), `${state} is ${leaves ? 'not ' : ''}final`);
    }
  });
}
