import t from 'tap';
import { receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(240_000);

const { scene, register, at, draft, sql } = await receivableBench(t);
const { core, supplier, chainId } = scene;
const path = `/v1/chains/${chainId}/receivable-answers`;
const answer = (items: readonly object[], who = core.checker) => who.call('POST', path, { body: { items } });

void t.test('A debtor answers a list; each line is confirmed, rejected or refused on its own', async (t) => {
  const [whole, part, rejected, taken, stale] = await Promise.all([1, 2, 3, 4, 5].map(() => register()));
  await supplier.maker.post(`/v1/receivables/${taken.id}/cancellation`, { reason: '开错' }, taken.version);
  const given = await answer([
    { receivableId: whole.id, version: 1 },
    { receivableId: part.id, version: 1, amount: '600.00' },
    { receivableId: rejected.id, version: 1, reject: 'quantity', reason: '少两件' },
    { receivableId: taken.id, version: 2 },
    { receivableId: stale.id, version: 9 },
    { receivableId: stale.id, version: 1, amount: '1000.01' },
    { receivableId: whole.id, version: 2 },
    { receivableId: chainId, version: 1 },
    { receivableId: stale.id, version: 1, amount: '1.00', reject: 'price' },
  ]);
  t.match(given, { status: 200, json: { confirmed: 2, rejected: 1, refused: 6 } });
  t.match(given.json.results, [
    { line: 0, receivableId: whole.id, outcome: 'confirmed', version: 2 },
    { line: 1, outcome: 'confirmed' },
    { line: 2, outcome: 'rejected' },
    { line: 3, outcome: 'refused', code: 'illegal-transition' },
    { line: 4, outcome: 'refused', code: 'precondition-stale' },
    { line: 5, outcome: 'refused', code: 'invalid-input', field: '/items/5/amount', accepted: '0.01 to 1000.00' },
    { line: 6, outcome: 'refused', code: 'illegal-transition' },
    { line: 7, outcome: 'refused', code: 'not-found', field: '/items/7/receivableId' },
    { line: 8, outcome: 'refused', code: 'invalid-input', field: '/items/8/amount' },
  ]);
  const read = (id: string) => supplier.maker.get(`/v1/receivables/${id}`);
  t.match(await read(part.id), { stage: 'confirmed', confirmed: '600.00', outstanding: '600.00' });
  t.match(await read(rejected.id), { stage: 'rejected', rejectionCode: 'quantity', note: '少两件' });
  t.match(await read(stale.id), { stage: 'registered', version: 1 }, 'a refused line changes nothing');
  t.match(
    (await answer([{ receivableId: stale.id, version: 1 }], supplier.checker)).json.results,
    [{ outcome: 'refused', code: 'not-a-party' }],
    'only the debtor answers',
  );
  const maker = await core.checker.call('POST', `/v1/receivables/${stale.id}/rejection`, {
    body: { code: 'no' },
    version: 1,
  });
  t.match(maker, refused(400, 'invalid-input', '/code'));
});

void t.test('Ten thousand are confirmed with one call, once', async (t) => {
  const items = Array.from({ length: 10_000 }, () => draft());
  const made = await supplier.maker.post(`${at}/bulk`, { items });
  t.equal(made.registered, 10_000);
  const lines = made.results.map(({ id }: { id: string }) => ({ receivableId: id, version: 1 }));
  const key = 'confirm-all';
  const call = () => core.checker.call('POST', path, { body: { items: lines }, key });
  const [first, again] = [await call(), await call()];
  t.match(first.json, { confirmed: 10_000, refused: 0 });
  t.same(again.json, first.json, 'the same key is answered again');
  const [row] = await sql("select count(*)::int as parts from holding where state = 'live' and amount = 1000");
  t.ok(row.parts >= 10_000);
  t.equal((await answer(lines.slice(0, 5))).json.refused, 5);
});
