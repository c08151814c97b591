import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { BillExchange, ExchangeAnswer } from '../../src/bill/exchange.ts';
import { takeExchangeAnswer } from '../../src/bill/exchange-answer.ts';
import { pumpBillMessages } from '../../src/bill/exchange-pump.ts';
import { parseBillNumber } from '../../src/bill/package-rules.ts';
import { billNumber, isOpen, simulatedExchange } from '../../src/bill/simulated-exchange.ts';
import type { Json } from '../../src/demo/client.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { systemCommand } from '../../src/platform/worker.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(240_000);

const scene = await billScene(t);
const { chainId, clock, core, first, second, service, sql } = scene;
const { database } = service;
const unitOfWork = createUnitOfWork({ database, maxWaiting: 5000, maxBatch: 100, onWake: () => undefined });
const ALL_DAY = { from: 0, to: 1440 };
const exchange = (more: object = {}): BillExchange =>
  simulatedExchange(database, { clock, answerAfterMs: 0, hours: ALL_DAY, ...more });
const pump = (by: BillExchange): Promise<void> => pumpBillMessages({ database, unitOfWork, clock, exchange: by });
const { billId, holdingId } = await scene.issue();

/** Endorsements of some parts that the endorsee has agreed to, and the exchange has not been told of. */
async function agreed(amounts: readonly string[]): Promise<Json[]> {
  const { offers } = await first.maker.post('/v1/bill-endorsements', {
    items: amounts.map((amount) => ({ holdingId, amount })),
    toId: second.id,
    evidence: 'HT-1',
  });
  await second.checker.post('/v1/bill-offers/acceptances', { offerIds: offers.map(({ id }: Json) => id) });
  return offers;
}
const stateOf = async ({ id }: Json) => (await sql('select state, code from bill_offer where id = $1', [id]))[0];
const messageOf = async ({ id }: Json) =>
  (await sql('select id, state from bill_message where offer_id = $1', [id]))[0];

/** Records an answer as a worker would, under a key of its own: a late, repeated or contradicting one. */
async function answer(offer: Json, said: Exclude<ExchangeAnswer, string>): Promise<void> {
  const { id } = await messageOf(offer);
  const input = { messageId: id, chainId, parties: [core.id, first.id, second.id], answer: said };
  const { status } = await unitOfWork.run(
    takeExchangeAnswer,
    systemCommand({ orgId: first.id, orgKind: 'enterprise' }, { key: `test ${randomUUID()}`, input, now: clock.now() }),
  );
  t.equal(status, 200);
}
const confirmed = { state: 'confirmed', code: 'SU00', number: null } as const;
const notCleared = { state: 'rejected', code: 'SU02', reason: '清分失败' } as const;

void t.test('Answers in any order, twice and late change nothing that has been decided', async (t) => {
  const offers = await agreed(['1.00', '2.00', '3.00']);
  const [one, two, three] = offers;
  await answer(three, confirmed);
  await answer(one, notCleared);
  await answer(one, confirmed);
  await answer(three, notCleared);
  await answer(three, confirmed);
  await answer(two, confirmed);
  await pump(exchange());
  t.match(await Promise.all(offers.map(stateOf)), [
    { state: 'failed', code: 'SU02' },
    { state: 'done', code: 'SU00' },
    { state: 'done', code: 'SU00' },
  ]);
  t.match(await scene.holding(first, one.holdingId), { holderId: first.id, circulation: 'circulating', offerId: null });
  t.match(await scene.holding(second, two.holdingId), { holderId: second.id, circulation: 'circulating' });
  const { title } = await scene.holding(second, three.holdingId);
  t.equal(title.steps.length, 2, 'the title grew by one step only');
});

void t.test('Two pumps at once, lost answers and broken connections come to the same', async (t) => {
  const offers = await agreed(Array.from({ length: 20 }, (_, i) => `${i + 1}.00`));
  let round = 0;
  const unreliable: BillExchange = {
    tell: async (messages) => {
      round += 1;
      const answers = await exchange().tell(messages);
      if (round % 3 === 1) throw new Error('the connection broke after the exchange had taken them');
      return answers.map((each, i) => ((i + round) % 2 === 0 ? each : 'unknown'));
    },
  };
  for (let i = 0; i < 8; i += 1) await Promise.all([pump(unreliable), pump(unreliable)]);
  await pump(exchange());
  for (const offer of offers) {
    t.match(await stateOf(offer), { state: 'done' });
    t.match(await messageOf(offer), { state: 'confirmed' });
  }
  const [{ told }] = await sql(
    "select count(*)::int as told from bill_exchange_simulation where kind = 'endorsement' and number = (select number from bill where id = $1)",
    [billId],
  );
  t.equal(told, 20, 'each is taken by the exchange once');
});

void t.test('Outside its hours the exchange takes nothing, and what waits is taken when it opens', async (t) => {
  const [offer] = await agreed(['5.00']);
  const nine = { from: 9 * 60, to: 17 * 60 };
  t.equal(isOpen(nine, new Date('2026-07-01T00:59:59Z')), false, '08:59 in Shanghai');
  t.equal(isOpen(nine, new Date('2026-07-01T01:00:00Z')), true, '09:00');
  t.equal(isOpen(nine, new Date('2026-07-01T09:00:00Z')), false, '17:00');
  t.equal(isOpen({ from: 22 * 60, to: 2 * 60 }, new Date('2026-07-01T17:00:00Z')), true, '01:00, over midnight');
  await pump(exchange({ hours: { from: 18 * 60, to: 19 * 60 } }));
  t.match(await stateOf(offer), { state: 'clearing' });
  t.match(await messageOf(offer), { state: 'sent' }, 'it was told, and nobody listened');
  await pump(exchange({ hours: nine }));
  t.match(await stateOf(offer), { state: 'done' });
});

void t.test('An answer takes its time', async (t) => {
  const [offer] = await agreed(['6.00']);
  const slow = exchange({ answerAfterMs: 60_000 });
  await pump(slow);
  t.match(await stateOf(offer), { state: 'clearing' });
  scene.advance(60_000);
  await pump(slow);
  t.match(await stateOf(offer), { state: 'done' });
});

void t.test('What the exchange refuses or cannot clear comes to nothing, with its code', async (t) => {
  const [offer] = await agreed(['7.00']);
  await pump(exchange({ rules: [{ amount: '7.00', code: 'SU02' }] }));
  t.match(await first.maker.get(`/v1/bill-offers/${offer.id}`), { state: 'failed', code: 'SU02', reason: /清分失败/ });
  t.match(await scene.holding(first, offer.holdingId), { holderId: first.id, circulation: 'circulating' });
  const { items } = await second.maker.get(`/v1/bill-messages?billId=${billId}&state=rejected`);
  t.ok(items.some(({ offerId, code }: Json) => offerId === offer.id && code === 'SU02'));

  const items2 = [await scene.drawing({ face: '444444.01' })];
  const made = await core.maker.post(`/v1/chains/${chainId}/bills`, { items: items2 });
  await pump(exchange());
  t.match(await scene.holding(core, made.holdings[0].id), { billState: 'ended', billStateCode: 'CS05' });
  const again = [await scene.drawing({ face: '400000.00', documents: items2[0].documents })];
  t.equal(
    (await core.maker.call('POST', `/v1/chains/${chainId}/bills`, { body: { items: again } })).status,
    201,
    'its trade can stand for another bill',
  );
});

void t.test('Numbers are those of the supply-chain platform, each given once', async (t) => {
  const number = billNumber({ kind: 'bank', cnaps: '102451000019', day: '2026-07-01', serial: 17 });
  t.match(parseBillNumber(number), {
    ...{ valid: true, kind: 'SCF_BANK', bankNo: '102451000019', registeredOn: '2026-07-01', serial: '00000017' },
  });
  const items = await Promise.all(Array.from({ length: 30 }, () => scene.drawing({ face: '10.00' })));
  const { bills } = await core.maker.post(`/v1/chains/${chainId}/bills`, { items });
  await Promise.all([pump(exchange()), pump(exchange())]);
  const rows = await sql('select number from bill where id = any($1)', [bills.map(({ id }: Json) => id)]);
  t.equal(new Set(rows.map((row) => row.number)).size, 30);
  t.ok(rows.every((row) => parseBillNumber(row.number).valid));
});
