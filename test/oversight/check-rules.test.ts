import t from 'tap';
import { type Finding, verdictOf } from '../../src/oversight/check-rules.ts';
import { alertLifecycle, checkLifecycle, standingStates } from '../../src/oversight/lifecycle.ts';

const items = ['site_visit', 'use_of_funds', 'credit_report'];
const evidence = [{ name: '现场照片', sha256: 'a'.repeat(64) }];
const satisfied = (item: string): Finding => ({ item, outcome: 'satisfied', evidence });
const all = items.map(satisfied);

void t.test(
  'A check passes when every item is satisfied or does not apply, and fails on the first that is not',
  (t) => {
    t.equal(verdictOf(items, all), 'pass');
    const spared: Finding = { item: 'site_visit', outcome: 'not_applicable', note: '线上授信', evidence: [] };
    t.equal(verdictOf(items, [spared, ...all.slice(1)]), 'pass');
    const wanting: Finding = { item: 'site_visit', outcome: 'not_satisfied', note: '停产', evidence };
    t.equal(verdictOf(items, [wanting, ...all.slice(1)]), 'fail');
    t.end();
  },
);

void t.test('A check is refused that leaves an item out, answers one twice, or shows nothing', (t) => {
  const refused = (findings: readonly Finding[]) =>
    t.throws(() => verdictOf(items, findings), { code: 'check-incomplete' });
  refused(all.slice(1));
  refused([...all, satisfied('site_visit')]);
  refused([...all, satisfied('weather')]);
  refused([{ item: 'site_visit', outcome: 'satisfied', evidence: [] }, ...all.slice(1)]);
  refused([{ item: 'site_visit', outcome: 'not_satisfied', note: '停产', evidence: [] }, ...all.slice(1)]);
  refused([{ item: 'site_visit', outcome: 'not_satisfied', evidence }, ...all.slice(1)]);
  refused([{ item: 'site_visit', outcome: 'not_applicable', evidence: [] }, ...all.slice(1)]);
  t.end();
});

void t.test('Nothing follows a check that is done but a new one, and an alert stands until two people end it', (t) => {
  t.same(Object.keys(checkLifecycle.arrows.passed), []);
  t.same(Object.keys(checkLifecycle.arrows.lapsed), []);
  t.same(checkLifecycle.arrows.failed, { repeat: 'failed' });
  const ended = alertLifecycle.states.filter((state) => Object.keys(alertLifecycle.arrows[state]).length === 0);
  t.same([...ended].sort(), ['cleared', 'dismissed']);
  t.same([...standingStates].sort(), alertLifecycle.states.filter((state) => !ended.includes(state)).sort());
  t.end();
});
