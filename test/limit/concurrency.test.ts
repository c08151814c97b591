import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { bankWorld } from '../harness/bank-world.ts';
import { type Draw, drift, type NodeSpec, plantTree, run, standing } from './bench.ts';

const world = await bankWorld(t);
const otherProcess = createUnitOfWork({ ...world, maxWaiting: 5000, maxBatch: 100, onWake: () => undefined });
const units = [world.unitOfWork, otherProcess];

/** Runs draws spread over two units of work and, in each, over lanes that do not wait for each other. */
const all = (draws: readonly Draw[], lanes: number): Promise<string[]> =>
  Promise.all(
    draws.map((each, i) =>
      run(units[i % 2] ?? world.unitOfWork, world.bankId, { ...each, lane: `lane ${Math.floor(i / 2) % lanes}` }),
    ),
  );

const times = (answers: readonly string[]): Record<string, number> => {
  const count: Record<string, number> = {};
  for (const each of answers) count[each] = (count[each] ?? 0) + 1;
  return count;
};

for (const lanes of [1, 8]) {
  void t.test(`64 drawdowns at once on one path are never over and never stuck, in ${lanes} lanes`, async (t) => {
    const wide: NodeSpec = { amount: '1000000.00' };
    const tree = await plantTree(world, [wide, { amount: '300000.00' }, wide]);
    const [target] = tree.targets as [Draw['target']];
    const draws = Array.from({ length: 64 }, () => ({
      operation: 'reserve' as const,
      target,
      amount: '10000.00',
      financingId: randomUUID(),
    }));
    const answers = await all(draws, lanes);
    t.same(times(answers), { ok: 30, 'limit-exceeded': 34 }, 'exactly what the narrowest limit holds');
    t.same(await standing(world, tree.ids), Array(4).fill('300000.00 0.00'), 'on every node, or on none');

    const granted = draws.filter((_, i) => answers[i] === 'ok');
    t.same(
      times(
        await all(
          granted.map((each) => ({ ...each, operation: 'use' as const })),
          lanes,
        ),
      ),
      { ok: 30 },
    );
    t.same(await standing(world, tree.ids), Array(4).fill('0.00 300000.00'));
    t.same(
      times(
        await all(
          granted.map((each) => ({ ...each, operation: 'free' as const })),
          lanes,
        ),
      ),
      { ok: 30 },
    );
    t.same(await standing(world, tree.ids), Array(4).fill('0.00 0.00'));
    t.same(await drift(world), []);
  });
}

void t.test('Drawdowns of many members meet at the limits they share', async (t) => {
  const member: NodeSpec = { amount: '50000.00' };
  const tree = await plantTree(world, [
    { amount: '120000.00' },
    { amount: '200000.00' },
    member,
    member,
    member,
    member,
  ]);
  const draws = Array.from({ length: 64 }, (_, i) => ({
    operation: 'reserve' as const,
    target: tree.targets[i % 4] as Draw['target'],
    amount: '5000.00',
    financingId: randomUUID(),
  }));
  const answers = await all(draws, 8);
  t.same(times(answers), { ok: 24, 'limit-exceeded': 40 }, 'the group is the narrowest');
  const [group, programme, ...leaves] = await standing(world, tree.ids);
  t.same([group, programme], ['120000.00 0.00', '120000.00 0.00']);
  const sum = leaves.filter((_, i) => i % 2 === 0).reduce((total, each) => total + Number(each.split(' ')[0]), 0);
  t.equal(sum, 120_000, 'what the members hold is what the group holds');
  t.same(await drift(world), []);
});
