import t from 'tap';
import { type MarketStep, ownSteps, runMarketClose } from '../../src/bill/market-close.ts';
import type { Json } from '../../src/demo/client.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(240_000);

const scene = await billScene(t);
const { clock, core, first, guarantor, operator, second, service, sql } = scene;
const { database } = service;
const unitOfWork = createUnitOfWork({ database, maxWaiting: 5000, maxBatch: 100, onWake: () => undefined });
const close = (steps: readonly MarketStep[] = ownSteps) => runMarketClose({ database, unitOfWork, clock, steps });
const begin = (businessDate: string) => operator.call('POST', '/v1/bill-market/closes', { body: { businessDate } });
const standingOf = async (id: string): Promise<string> =>
  (await sql('select standing from bill_holding where id = $1', [id]))[0].standing;

void t.test('The operator opens the exchange once and closes the day it has', async (t) => {
  t.match(await operator.call('POST', '/v1/bill-market', { body: { businessDate: '2026-07-01' } }), {
    ...{ status: 409, json: { code: 'already-exists' } },
  });
  t.match(await begin('2026-07-02'), { status: 409, json: { code: 'wrong-business-date', accepted: '2026-07-01' } });
  const byCore = await core.maker.call('POST', '/v1/bill-market/closes', { body: { businessDate: '2026-07-01' } });
  t.match(byCore, { status: 403 });
  t.match(await core.maker.get('/v1/bill-market'), { businessDate: '2026-07-01', closing: false });
});

void t.test('The day is not closed over what is clearing', async (t) => {
  const { holdingId } = await scene.issue({ face: '100.00' });
  const { offers } = await first.maker.post('/v1/bill-endorsements', {
    items: [{ holdingId, amount: '1.00' }],
    toId: second.id,
    evidence: 'HT',
  });
  await second.checker.post('/v1/bill-offers/acceptances', { offerIds: [offers[0].id] });
  t.equal((await begin('2026-07-01')).status, 202);
  t.match(await begin('2026-07-01'), { status: 409, json: { code: 'illegal-transition' } }, 'it is being closed');
  await close();
  t.equal(await scene.marketDay(), '2026-07-01', 'it waits for the exchange');
  t.match(
    await first.maker.call('POST', '/v1/bill-endorsements', {
      body: { items: [{ holdingId }], toId: second.id, evidence: 'HT' },
    }),
    { status: 503, json: { code: 'market-closing' } },
    'and admits nothing new',
  );
  await scene.exchange();
  t.match(await scene.holding(second, offers[0].holdingId), { holderId: second.id }, 'but takes the answer');
  await close();
  t.match(await core.maker.get('/v1/bill-market'), { businessDate: '2026-07-02', closing: false });
});

void t.test('Broken off anywhere, a close goes on where it was and does nothing twice', async (t) => {
  const { holdingId } = await scene.issue({ face: '1000.00' });
  const { offers } = await first.maker.post('/v1/bill-endorsements', {
    items: Array.from({ length: 600 }, () => ({ holdingId, amount: '1.00' })),
    toId: second.id,
    evidence: 'HT',
    expiresOn: '2026-07-02',
  });
  await begin('2026-07-02');
  let rounds = 0;
  const [lapse, ...others] = ownSteps as [MarketStep, ...MarketStep[]];
  const breaking: MarketStep = {
    ...lapse,
    find: (tx, day) => {
      rounds += 1;
      if (rounds === 2) throw new Error('the process ends here');
      return lapse.find(tx, day);
    },
  };
  await t.rejects(close([breaking, ...others]), /the process ends here/);
  const states = async () =>
    sql('select state, count(*)::int as n from bill_offer where id = any($1) group by state order by state', [
      offers.map(({ id }: Json) => id),
    ]);
  t.same(await states(), [
    { state: 'lapsed', n: 500 },
    { state: 'pending', n: 100 },
  ]);
  await Promise.all([close(), close()]);
  t.same(await states(), [{ state: 'lapsed', n: 600 }]);
  t.equal(await scene.marketDay(), '2026-07-03', 'one day, although two closed it');
  const merged = await first.maker.post('/v1/bill-merges', {
    holdingIds: [...offers.map(({ holdingId: id }: Json) => id), holdingId],
  });
  t.match(merged, { range: '1-100000', amount: '1000.00' }, 'what was offered in 600 parts is one again');
});

void t.test('Bills fall due on the day their holiday moves them to, whatever stands about them', async (t) => {
  await scene.jumpTo('2026-07-01');
  const { billId, holdingId } = await scene.issue({ face: '100.00', dueDate: '2026-10-01' });
  t.match(await core.maker.get(`/v1/bills/${billId}`), { maturityDate: '2026-10-08', presentableUntil: '2026-10-12' });
  await scene.disclose(billId);
  const marked = await scene.endorse(first, second, { holdingId, amount: '10.00' }, { transferable: false });
  const pledged = await scene.pledge(first, guarantor, { holdingId, amount: '10.00' });
  const releasing = await scene.pledge(first, guarantor, { holdingId, amount: '10.00' });
  await guarantor.maker.post('/v1/bill-pledge-releases', {
    items: [{ holdingId: releasing }],
    expiresOn: '2026-12-31',
  });
  const unreceived = await scene.draw({ face: '100.00', dueDate: '2026-10-01' });
  await scene.jumpTo('2026-10-06');
  await begin('2026-10-06');
  await close();
  t.equal(await standingOf(holdingId), 'received.circulating', 'not on the holidays in between');
  await begin('2026-10-07');
  await close();
  t.equal(await standingOf(holdingId), 'matured.in_collection');
  t.equal(await standingOf(marked), 'matured.in_collection', 'not transferable, still payable');
  t.equal(await standingOf(pledged), 'matured.pledged');
  t.equal(await standingOf(releasing), 'matured.pledged', 'a release under way lapses before');
  t.equal(await standingOf(unreceived.holdingId), 'issued.awaiting_receipt', 'until the end of that day');
  await begin('2026-10-08');
  await close();
  t.equal(await standingOf(unreceived.holdingId), 'ended.ended');
  const { offers } = await guarantor.maker.post('/v1/bill-pledge-releases', { items: [{ holdingId: pledged }] });
  await scene.agree(offers, first.checker);
  t.match(await scene.holding(first, pledged), { circulation: 'in_collection', pledgeeId: null }, '到期票据支持解质押');
});
