import t from 'tap';
import { Refusal } from '../../src/platform/refusal.ts';
import { type Lifecycle, nextState } from '../../src/platform/state-machine.ts';
import {
  endorsementLifecycle,
  receiptLifecycle,
  receiptPledgeLifecycle,
  releaseOrderLifecycle,
  standingLifecycle,
} from '../../src/receipt/lifecycle.ts';

// The tables written out a second time, from the specification: `state event -> state`, everything else is refused.
const drawn: readonly Readonly<{ lifecycle: Lifecycle; finals: readonly string[]; arrows: readonly string[] }>[] = [
  {
    lifecycle: receiptLifecycle,
    finals: ['delivered', 'split', 'merged', 'cancelled', 'lost'],
    arrows: [
      'issued register -> registered',
      'issued cancel -> cancelled',
      'issued count -> issued',
      'issued extend -> issued',
      'issued lose -> lost',
      'registered endorse -> transfer_pending',
      'registered split -> split',
      'registered merge -> merged',
      'registered offer -> pledge_pending',
      'registered present -> delivery_pending',
      'registered cancel -> cancelled',
      'registered count -> registered',
      'registered extend -> registered',
      'registered lose -> lost',
      'transfer_pending sign_transfer -> registered',
      'transfer_pending refuse_transfer -> registered',
      'transfer_pending withdraw_transfer -> registered',
      'transfer_pending count -> transfer_pending',
      'transfer_pending extend -> transfer_pending',
      'transfer_pending lose -> lost',
      'pledge_pending sign_pledge -> pledge_pending',
      'pledge_pending pledge -> pledged',
      'pledge_pending withdraw_pledge -> registered',
      'pledge_pending count -> pledge_pending',
      'pledge_pending extend -> pledge_pending',
      'pledge_pending lose -> lost',
      'pledged sign_pledge -> pledged',
      'pledged ask_release -> pledged',
      'pledged divide -> split',
      'pledged release -> released',
      'pledged sell -> released',
      'pledged count -> pledged',
      'pledged extend -> pledged',
      'pledged lose -> lost',
      'released acknowledge -> registered',
      'released count -> released',
      'released extend -> released',
      'released lose -> lost',
      'delivery_pending deliver -> delivered',
      'delivery_pending withdraw_presentation -> registered',
      'delivery_pending count -> delivery_pending',
      'delivery_pending extend -> delivery_pending',
      'delivery_pending lose -> lost',
    ],
  },
  { lifecycle: standingLifecycle, finals: [], arrows: ['clear freeze -> frozen', 'frozen thaw -> clear'] },
  {
    lifecycle: endorsementLifecycle,
    finals: ['signed', 'refused', 'withdrawn'],
    arrows: ['offered sign -> signed', 'offered refuse -> refused', 'offered withdraw -> withdrawn'],
  },
  {
    lifecycle: receiptPledgeLifecycle,
    finals: ['divided', 'enforced', 'released', 'withdrawn', 'lost'],
    arrows: [
      'offered sign -> offered',
      'offered take_effect -> active',
      'offered withdraw -> withdrawn',
      'offered lose -> lost',
      'active sign -> active',
      'active perfect -> active',
      'active divide -> divided',
      'active release -> released',
      'active enforce -> enforced',
      'active lose -> lost',
    ],
  },
  {
    lifecycle: releaseOrderLifecycle,
    finals: ['acknowledged', 'refused'],
    arrows: ['requested grant -> granted', 'requested refuse -> refused', 'granted acknowledge -> acknowledged'],
  },
];

for (const { lifecycle, finals, arrows } of drawn) {
  void t.test(`Every state and every event of the ${lifecycle.name}`, async (t) => {
    const expected = new Map(arrows.map((arrow) => arrow.split(' -> ') as [string, string]));
    const events = new Set(lifecycle.states.flatMap((state) => Object.keys(lifecycle.arrows[state] as object)));
    t.same(
      lifecycle.states.filter((state) => Object.keys(lifecycle.arrows[state] as object).length === 0).sort(),
      [...finals].sort(),
    );
    for (const state of lifecycle.states) {
      for (const event of events) {
        const to = expected.get(`${state} ${event}`);
        if (to !== undefined) t.equal(nextState(lifecycle, state, event), to, `${state} ${event}`);
        else t.throws(() => nextState(lifecycle, state, event), Refusal, `${state} ${event} is refused`);
      }
    }
    t.equal(expected.size, arrows.length);
  });
}

void t.test('What is pledged never leaves: no event of a pledged receipt ends in delivery', async (t) => {
  const open = ['pledged', 'pledge_pending'] as const;
  for (const state of open) {
    for (const event of ['present', 'deliver', 'cancel', 'endorse', 'split', 'merge', 'offer'] as const) {
      t.throws(() => nextState(receiptLifecycle, state, event), Refusal, `${state} ${event}`);
    }
  }
});
