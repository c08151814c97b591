import fc from 'fast-check';
import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { receiptScene } from './scene.ts';

t.setTimeout(300_000);
const scene = await receiptScene(t);
const { holder, buyer, keeper, sql } = scene;
const LIVE = "state not in ('delivered', 'split', 'merged', 'cancelled', 'lost')";

/** What one step of a walk does to a receipt; most are refused in most states, which must leave no trace. */
const step = fc.record({
  pick: fc.nat(),
  parts: fc.integer({ min: 1, max: 99 }),
  verb: fc.constantFrom(
    'split',
    'merge',
    'endorse',
    'sign',
    'present',
    'fee',
    'deliver',
    'lose',
    'freeze',
    'thaw',
    'cancel',
  ),
});

// An independent count of the goods: what came in, less what the answers say was lost or handed out.
void t.test('Whatever is done to receipts, they say what lies there, to the kilogram', async (t) => {
  const walk = async (steps: readonly Readonly<{ pick: number; parts: number; verb: string }>[]): Promise<void> => {
    const [{ last_sequence: last }] = await sql('select last_sequence from warehouse where id = $1', [
      scene.warehouse.id,
    ]);
    scene.sequenceIs(last);
    const { id: root } = await scene.receipt('100.000', { lossStandard: '0.900000' });
    const family = async (): Promise<Json[]> =>
      sql(
        `with recursive down as (select id from receipt where id = $1
           union select r.id from receipt r join down on r.parent_id = down.id)
         select * from receipt where id in (select id from down) and ${LIVE} order by id`,
        [root],
      );
    let expected = 100_000;
    for (const { pick, parts, verb } of steps) {
      const live = await family();
      if (live.length === 0) break;
      const row = live[pick % live.length];
      const grams = Math.round(Number(row.quantity) * 1000);
      const person = row.holder_id === holder.id ? holder : buyer;
      const document = async () => {
        const [{ last_sequence: sequence }] = await sql('select last_sequence from warehouse where id = $1', [
          scene.warehouse.id,
        ]);
        return { ...scene.head(), sequence: sequence + 1 };
      };
      const tonnes = (kilograms: number) => (kilograms / 1000).toFixed(3);
      const part = Math.floor((grams * parts) / 100);
      if (verb === 'merge') {
        const receiptIds = live.slice(0, 2).map(({ id }) => id);
        if (receiptIds.length === 2) await person.maker.call('POST', '/v1/receipts/merges', { body: { receiptIds } });
        continue;
      }
      const acts: Record<string, () => Promise<Json>> = {
        split: () => scene.act(person.maker, row.id, 'split', { quantities: [tonnes(part), tonnes(grams - part)] }),
        endorse: () =>
          scene.act(person.maker, row.id, 'endorsements', {
            toId: person === holder ? buyer.id : holder.id,
            evidence: 'HT',
          }),
        sign: () => scene.act(keeper.checker, row.id, 'endorsement/signature'),
        present: () => scene.act(person.maker, row.id, 'presentation'),
        fee: () => scene.act(keeper.maker, row.id, 'fee-payments', { amount: '7000.00', reference: 'SF' }),
        deliver: async () => scene.act(keeper.maker, row.id, 'delivery', await document()),
        lose: async () => scene.act(keeper.maker, row.id, 'losses', { ...(await document()), measured: tonnes(part) }),
        freeze: () => scene.act(keeper.checker, row.id, 'freeze', { reason: '查封' }),
        thaw: () => scene.act(keeper.checker, row.id, 'thaw', { reason: '解封' }),
        cancel: () => scene.act(person.maker, row.id, 'cancellation', { reason: '注销' }),
      };
      const { status } = await (acts[verb] as () => Promise<Json>)();
      t.ok(status < 500, `${verb} of a receipt that is ${row.state}`);
      if (status < 300 && (verb === 'deliver' || verb === 'cancel')) expected -= grams;
      if (status < 300 && verb === 'lose') expected -= grams - part;
      const [{ total }] = await sql(
        `select coalesce(round(sum(l.quantity) * 1000), 0)::int as total from lot l where l.receipt_id = any($1)`,
        [(await family()).map(({ id }) => id)],
      );
      t.equal(total, expected, `${verb}: ${status}`);
    }
    const { stock, receipts } = await scene.conserved();
    t.equal(Number(stock), Number(receipts), 'Σ receipts = stock under receipts');
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), walk), {
    numRuns: 12,
    endOnFailure: true,
    seed: 20260701,
  });
  const [{ apart }] = await sql(
    `select count(*)::int as apart from lot l where quantity <> (select coalesce(sum(change), 0) from stock_entry where lot_id = l.id)`,
  );
  t.equal(apart, 0, 'every lot is the sum of its documents');
});
