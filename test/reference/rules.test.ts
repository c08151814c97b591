import t from 'tap';
import { lprChanges, lprOn } from '../../src/reference/rules.ts';

t.test('The loan prime rate', async (t) => {
  t.test('of a day is the last one published on or before it', async (t) => {
    t.equal(lprOn(lprChanges, '2019-08-20', '1Y').toFixed(2), '4.25');
    t.equal(lprOn(lprChanges, '2024-02-19', '5Y').toFixed(2), '4.20');
    t.equal(lprOn(lprChanges, '2024-02-20', '5Y').toFixed(2), '3.95');
    t.equal(lprOn(lprChanges, '2024-02-20', '1Y').toFixed(2), '3.45');
    t.equal(lprOn(lprChanges, '2026-11-23', '5Y').toFixed(2), '3.50');
  });

  t.test('does not depend on the order in which publications were recorded', async (t) => {
    t.equal(lprOn([...lprChanges].reverse(), '2023-01-03', '1Y').toFixed(2), '3.65');
  });

  t.test('is unknown, not guessed, before the first publication', async (t) => {
    t.throws(() => lprOn(lprChanges, '2019-08-19', '1Y'), RangeError);
  });
});
