import t from 'tap';
import { fundLifecycle, fundUseLifecycle } from '../../src/fund/lifecycle.ts';
import { agreementLifecycle, claimLifecycle } from '../../src/guarantee/lifecycle.ts';
import { diagram, type Lifecycle } from '../../src/platform/state-machine.ts';

const arrows = (lifecycle: object): string[] =>
  diagram(lifecycle as Lifecycle)
    .split('\n')
    .slice(1)
    .map((line) => line.trim());

void t.test('Two people of the bank offer an agreement, the guarantor accepts it, either side ends it', async (t) => {
  t.same(arrows(agreementLifecycle), [
    'proposed --> offered: approve',
    'proposed --> rejected: reject',
    'offered --> active: accept',
    'offered --> rejected: decline',
    'active --> active: guarantee',
    'active --> ended: end',
  ]);
});

void t.test('A claim is opened, called, accepted or contested, paid in parts or whole, and subrogated', async (t) => {
  t.same(arrows(claimLifecycle), [
    'opened --> called: call',
    'opened --> withdrawn: withdraw',
    'called --> accepted: accept',
    'called --> contested: contest',
    'called --> withdrawn: withdraw',
    'contested --> accepted: accept',
    'contested --> withdrawn: withdraw',
    'accepted --> part_paid: pay_part',
    'accepted --> paid: pay',
    'part_paid --> part_paid: pay_part',
    'part_paid --> paid: pay',
    'part_paid --> part_paid: recover',
    'paid --> subrogated: subrogate',
    'paid --> paid: recover',
    'subrogated --> subrogated: recover',
  ]);
});

void t.test('A pool pays a loss for good, a rollover fund lends until the loan is renewed', async (t) => {
  t.same(arrows(fundLifecycle), [
    'proposed --> active: approve',
    'proposed --> rejected: reject',
    'active --> active: contribute',
    'active --> active: use',
    'active --> active: take_back',
    'active --> closed: close',
    'closed --> closed: take_back',
    'closed --> closed: close',
  ]);
  t.same(arrows(fundUseLifecycle), [
    'requested --> paid: pay',
    'requested --> drawn: draw',
    'requested --> rejected: reject',
    'paid --> paid: recover',
    'drawn --> returned: give_back',
  ]);
});
