import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import t from 'tap';
import { bankWorld } from '../harness/bank-world.ts';
import { type Draw, drift, type NodeSpec, type Operation, plantTree, run, standing } from './bench.ts';

const world = await bankWorld(t);

type ModelNode = { limit: number; reserved: number; used: number; revolving: boolean };
type ModelFinancing = { id: string; leaf: number; reserved: number; used: number };
type Step = Readonly<{ operation: Operation; leaf: number; fen: number; pick: number }>;

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

/** Limits as anyone would keep them on paper, in fen. */
function paperLimits(specs: readonly NodeSpec[]) {
  const node = ({ amount, revolving = true }: NodeSpec): ModelNode => ({
    limit: Math.round(Number(amount) * 100),
    reserved: 0,
    used: 0,
    revolving,
  });
  const [group, programme, ...leaves] = specs.map(node) as [ModelNode, ModelNode, ...ModelNode[]];
  const pairs = leaves.map((leaf) => [leaf, { ...leaf }] as const);
  const financings: ModelFinancing[] = [];
  const path = (leaf: number): ModelNode[] => [...(pairs[leaf] ?? []), programme, group];

  /** What a step comes to, and what should be answered; null when there is nothing it could be done to. */
  function apply({ operation, leaf, fen, pick }: Step) {
    if (operation === 'reserve') {
      const nodes = path(leaf);
      const fits = nodes.every(({ limit, reserved, used }) => limit - reserved - used >= fen);
      const financing = { id: randomUUID(), leaf, reserved: fits ? fen : 0, used: 0 };
      if (fits) for (const each of nodes) each.reserved += fen;
      if (fits) financings.push(financing);
      return { financing, fen, expected: fits ? 'ok' : 'limit-exceeded' };
    }
    const able = financings.filter(({ reserved, used }) => (operation === 'free' ? used > 0 : reserved > 0));
    const financing = able[pick % Math.max(able.length, 1)];
    if (financing === undefined) return null;
    const moved = operation === 'free' ? Math.min(fen, financing.used) : financing.reserved;
    for (const each of path(financing.leaf)) {
      if (operation !== 'free') each.reserved -= moved;
      if (operation === 'use') each.used += moved;
      if (operation === 'free' && each.revolving) each.used -= moved;
    }
    if (operation === 'free') financing.used -= moved;
    else financing.reserved = 0;
    if (operation === 'use') financing.used = moved;
    return { financing, fen: moved, expected: 'ok' };
  }
  const nodes = [group, programme, ...pairs.flat()];
  return { apply, standing: () => nodes.map(({ reserved, used }) => `${yuan(reserved)} ${yuan(used)}`) };
}

const steps = fc.array(
  fc.record({
    operation: fc.constantFrom<Operation>('reserve', 'reserve', 'use', 'release', 'free'),
    leaf: fc.integer({ min: 0, max: 2 }),
    fen: fc.integer({ min: 1, max: 6_000_000 }),
    pick: fc.nat(20),
  }),
  { minLength: 5, maxLength: 60 },
);

const tooMuch: Step = { operation: 'reserve', leaf: 0, fen: 6_000_000, pick: 0 };

void t.test(
  'Any course of drawdowns and repayments leaves every limit as on paper, whatever is gathered',
  async (t) => {
    const specs: [NodeSpec, NodeSpec, ...NodeSpec[]] = [
      { amount: '250000.00' },
      { amount: '200000.00' },
      { amount: '100000.00' },
      { amount: '90000.01' },
      { amount: '120000.00', revolving: false },
    ];
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (course) => {
        const tree = await plantTree(world, specs);
        const paper = paperLimits(specs);
        const expected: string[] = [];
        const answers = course.map((step) => {
          const due = paper.apply(step);
          if (due === null) return null;
          expected.push(due.expected);
          const draw: Draw = {
            operation: step.operation,
            target: tree.targets[due.financing.leaf] as Draw['target'],
            amount: yuan(due.fen),
            financingId: due.financing.id,
          };
          return run(world.unitOfWork, world.bankId, draw);
        });
        const given = (await Promise.all(answers)).filter((each) => each !== null);
        refused += expected.filter((each) => each !== 'ok').length;
        t.same(given, expected, 'each is accepted or refused as on paper');
        t.same(await standing(world, tree.ids), paper.standing());
      }),
      // The second of these is more than the limit has, whatever else is drawn.
      { numRuns: 12, examples: [[[tooMuch, tooMuch]]] },
    );
    t.ok(refused > 0, 'some drawdowns were more than a limit had');
    t.same(await drift(world), [], 'the moves add up to the limits');
  },
);

void t.test('A limit that was tampered with is found', async (t) => {
  const tree = await plantTree(world, [{ amount: '100.00' }, { amount: '100.00' }, { amount: '100.00' }]);
  await world.owner.query('update limit_node set used = 5 where id = $1', [tree.ids[1]]);
  t.match(await drift(world), [{ nodeId: tree.ids[1], used: '5', movesUsed: '0' }]);
  await world.owner.query('update limit_node set used = 0, amount = 200 where id = $1', [tree.ids[1]]);
  t.match(await drift(world), [{ nodeId: tree.ids[1], amount: '200', movesAmount: '100.00' }]);
  await world.owner.query('update limit_node set amount = 100 where id = $1', [tree.ids[1]]);
  t.same(await drift(world), []);
});
