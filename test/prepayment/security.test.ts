import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { prepaymentScene } from './scene.ts';

t.setTimeout(300_000);

void t.test('A fall in price calls for margin: no goods leave until it is there', async (t) => {
  const scene = await prepaymentScene(t, { terms: { release: 'pro_rata' } });
  const { bank, buyer, closeUntil, deposit, pay, read, request } = scene;
  const order = await scene.funded();
  const quote = (price: string, who = bank.maker) =>
    who.call('POST', `/v1/prepayments/${order.id}/prices`, {
      body: { price, source: '上海钢联', quotedAt: '2026-03-02T02:00:00Z' },
    });
  await deposit(buyer.id, '2000000.00');
  await pay(order.id, '700000.00');
  t.equal((await quote('0.95', buyer.maker)).status, 403);
  t.equal((await quote('0.95')).json.account.marginCall, null, 'five per cent warn');
  t.equal((await quote('0.9')).json.account.marginCall, null, 'ten per cent call only when margin is missing');
  const call = (await quote('0.89')).json.account.marginCall;
  t.match(call, { state: 'open', price: '0.89', missing: '70000.00', dueOn: '2026-03-05' });
  t.match(await request(order.id, '1'), {
    status: 409,
    json: { code: 'margin-call-open', who: 'distributor', accepted: 'extra margin of 70000.00' },
  });
  await pay(order.id, '69999.99', 'extra-margin');
  t.match((await read(order.id)).account, { extraMargin: '69999.99', marginCall: { state: 'open', missing: '0.01' } });
  await closeUntil('2026-03-06');
  t.match((await read(order.id)).account.marginCall, { state: 'lapsed' }, 'three business days are over');
  await pay(order.id, '0.01', 'extra-margin');
  t.match((await read(order.id)).account.marginCall, { state: 'cured', missing: '0.00' });
  t.equal((await request(order.id, '1')).status, 201);
  t.match(
    (await read(order.id)).account,
    { releasable: '1000000.00', free: '999999.00' },
    'extra margin frees no goods',
  );
  t.match((await quote('0.80')).json.account.marginCall, { state: 'open', missing: '630000.56', dueOn: '2026-03-11' });
  t.match((await quote('0.99')).json.account.marginCall, { state: 'cured' }, 'the price has come back');
  t.ok(await scene.proof());
});

void t.test('The price of goods of a known grade follows the quotations of the bank', async (t) => {
  const scene = await prepaymentScene(t, { terms: { release: 'pro_rata' } });
  const { bank, buyer, stage, closeUntil, read, request } = scene;
  const commodity = { code: 'RJ', name: '热轧卷板', class: 'steel', unit: '公斤', step: '0.01' };
  const { id } = await stage.operator.post('/v1/commodities', commodity);
  const grade = await stage.operator.post(`/v1/commodities/${id}/grades`, { code: 'Q235', name: 'Q235B 4.75mm' });
  const enter = (changes: Json) =>
    buyer.maker.call('POST', '/v1/prepayments', { body: scene.draft({ gradeId: grade.id, ...changes }) });
  t.match(await enter({ unit: '吨' }), { status: 400, json: { field: '/unit', accepted: '公斤' } });
  t.match(await enter({ gradeId: commodity.code }), { status: 400 });
  t.match(await enter({ gradeId: buyer.id }), { status: 404, json: { field: '/gradeId' } });
  const order = await scene.funded({ gradeId: grade.id });
  t.equal(order.gradeId, grade.id);
  const quote = (price: string, quotedAt: string): Promise<Json> =>
    bank.operator.post(`/v1/books/${bank.id}/prices`, {
      source: '上海钢联',
      items: [{ grade: 'RJ/Q235', price, quotedAt }],
    });
  const call = async (): Promise<Json> => (await read(order.id)).account.marginCall;
  const typed = await bank.maker.call('POST', `/v1/prepayments/${order.id}/prices`, {
    body: { price: '0.80', source: '手工', quotedAt: '2026-03-02T02:00:00Z' },
  });
  t.match(typed, { status: 409, json: { code: 'price-follows-grade' } });
  await quote('0.89', '2026-03-02T02:00:00Z');
  t.equal(await call(), null, 'it is judged with the close of the day');
  await closeUntil('2026-03-03');
  t.match(await call(), { state: 'open', price: '0.89', missing: '770000.00', dueOn: '2026-03-05' });
  t.match(await request(order.id, '1'), { status: 409, json: { code: 'margin-call-open' } });
  await closeUntil('2026-03-04');
  const held = await scene.sql('select count(*)::int as rows from order_price where order_id = $1', [order.id]);
  t.same(held, [{ rows: 1 }], 'what has been judged is not judged again');
  await quote('1.00', '2026-03-04T02:00:00Z');
  await closeUntil('2026-03-05');
  t.match(await call(), { state: 'cured', price: '1' });
  t.ok(await scene.proof());
});

void t.test('Goods that arrive in a supervised warehouse make the loan one on goods (B1)', async (t) => {
  const scene = await prepaymentScene(t, { terms: { release: 'pro_rata' } });
  const { buyer, warehouse, closeUntil, deposit, journals, pay, read, request, bank } = scene;
  const keeper = warehouse.maker;
  const order = await scene.funded({ warehouseId: warehouse.id });
  const arrive = (quantity: string, document: string, who = keeper) =>
    who.call('POST', `/v1/prepayments/${order.id}/arrivals`, { body: { quantity, document } });
  await closeUntil('2026-04-01');
  await deposit(buyer.id, '1300000.00');
  await pay(order.id, '1234567.89');
  t.match(await request(order.id, '1000000'), { status: 409, json: { code: 'goods-not-arrived', who: 'warehouse' } });
  t.equal((await arrive('4000000', 'RK-1', scene.core.maker)).status, 403);
  t.match(await arrive('4000000', 'RK-1'), { status: 201, json: { arrived: '4000000', account: null } });
  t.match(await arrive('4000000', 'RK-1'), { status: 409, json: { code: 'already-exists', field: '/document' } });
  t.match(await arrive('6000000.01', 'RK-2'), { status: 422, json: { code: 'not-a-whole-step' } });
  t.same(await scene.obligation(), { outstanding: '6000000.00', claims: 0 });
  await arrive('6000000', 'RK-2');
  t.same((await journals(order.id)).slice(-3), [
    'prepayment.goods_arrived: Dr 9003 4000000.00, Cr 9999 4000000.00',
    'prepayment.goods_arrived: Dr 9003 6000000.00, Cr 9999 6000000.00',
    'prepayment.converted: Dr 1105 5765432.11, Cr 1104 5765432.11',
  ]);
  t.equal((await read(order.id)).undeliveredValue, '0.00', 'the seller has delivered');
  await scene.handedOver(order.id, '1763668.41', '1763668.41', keeper);
  t.equal((await journals(order.id)).at(-1), 'prepayment.goods_released: Dr 9999 1763668.41, Cr 9003 1763668.41');
  await deposit(buyer.id, '6000000.00');
  await pay(order.id, '5765432.11');
  t.same((await journals(order.account.financingId)).slice(-2), [
    'financing.repaid: Dr 2001/Dist 5786331.80, Cr 1131 20899.69, Cr 1105 5765432.11',
    'financing.collateral_released: Dr 9999 8236331.59, Cr 9003 8236331.59',
  ]);
  await scene.handedOver(order.id, '8236331.59', '8236331.59', keeper);
  const whole = await read(order.id);
  t.equal(whole.stage, 'completed');
  t.equal(
    (await bank.maker.call('POST', `/v1/prepayments/${order.id}/closing`, { version: whole.version })).json.stage,
    'closed',
  );
  t.same(await scene.limits(), []);
  await closeUntil('2026-04-02');
  t.ok(await scene.proof());
});

void t.test('An acceptance is decided by the bank, taken back, asked for again, and needs its margin', async (t) => {
  const scene = await prepaymentScene(t, { terms: { form: 'bill', cash: 'deposit', acceptanceFeeRate: '0.000500' } });
  const { bank, buyer, deposit, pay, read } = scene;
  const { id } = await scene.confirmed();
  const path = `/v1/prepayments/${id}/acceptance`;
  const ask = () => buyer.maker.call('POST', path);
  t.match(await buyer.maker.call('POST', `/v1/prepayments/${id}/financing`), {
    status: 409,
    json: { code: 'product-not-offered', accepted: 'bill' },
  });
  const first = (await ask()).json.account.acceptance;
  t.match(first, { state: 'submitted', face: '10000000.00', fee: '5000.00' });
  t.same(
    await scene.limits(),
    ['group', 'member', 'product', 'programme'].map((level) => `${level} 7000000.00 0.00`),
  );
  t.match(await ask(), { status: 409, json: { code: 'illegal-transition' } });
  const decide = (verdict: string, version: number) =>
    bank.checker.call('POST', `${path}/decision`, { body: { verdict, reason: '说明' }, version });
  const rejected = await decide('reject', first.version);
  t.match(rejected, { status: 200, json: { account: { acceptance: { state: 'rejected' } } } });
  t.same(await scene.limits(), []);
  const again = (await ask()).json.account.acceptance;
  const cancelled = await buyer.maker.call('POST', `${path}/cancellation`, {
    body: { reason: '改天' },
    version: again.version,
  });
  t.match(cancelled, { status: 200, json: { account: { acceptance: { state: 'cancelled' } } } });
  t.same(await scene.limits(), []);
  const third = (await ask()).json.account.acceptance;
  const approved = (await decide('approve', third.version)).json.account.acceptance;
  const accept = (version: number) => bank.maker.call('POST', `${path}/issue`, { version });
  t.match(await accept(approved.version), { status: 409, json: { code: 'margin-missing', missing: '3000000.00' } });
  await deposit(buyer.id, '3000000.00');
  await pay(id, '3000000.00', 'margin');
  t.match(await accept(approved.version), { status: 409, json: { code: 'insufficient-funds' } }, 'the fee is missing');
  await deposit(buyer.id, '5000.00');
  t.equal((await accept(approved.version)).json.stage, 'funded');
  t.equal((await read(id)).account.held, '3000000.00');
  t.ok(await scene.proof());
});
