import t from 'tap';
import { prepaymentScene } from './scene.ts';

t.setTimeout(300_000);

const auto = [{ upTo: null, approval: 'auto', tag: null }];

void t.test('32 release notices at once never free a fen more than was paid for', async (t) => {
  const scene = await prepaymentScene(t, { authority: auto });
  const { buyer, read, sql } = scene;
  const order = await scene.funded();
  await scene.deposit(buyer.id, '1000000.00');
  await scene.pay(order.id, '1000000.00');
  const asked = await Promise.all(Array.from({ length: 32 }, () => scene.request(order.id, '33333.34')));
  t.equal(asked.filter(({ status }) => status === 201).length, 29, '29 × 33,333.34 of 1,000,000.00');
  t.equal(asked.filter(({ json }) => json.code === 'release-exceeds-payment').length, 3);
  t.match((await read(order.id)).account, { noticed: '966666.86', free: '33333.14' });
  t.equal(
    new Set(asked.filter(({ status }) => status === 201).map(({ json }) => json.serial)).size,
    29,
    'each serial once',
  );
  const same = { body: { quantity: '33333.14' }, key: 'the-last' };
  const again = await Promise.all(
    Array.from({ length: 8 }, () => buyer.maker.call('POST', `/v1/prepayments/${order.id}/release-notices`, same)),
  );
  t.equal(new Set(again.map(({ json }) => json.id)).size, 1, 'one key, one notice');
  t.equal((await read(order.id)).account.free, '0.00');

  await t.rejects(
    sql('update prepayment_account set noticed_value = noticed_value + 0.01 where order_id = $1', [order.id]),
    /prepayment_account_never_over_released|not at the price/,
    'the database refuses a fen more',
  );
  await t.rejects(
    sql('update prepayment_order set noticed = noticed + step where id = $1', [order.id]),
    /the notices of order/,
    'and a step of goods more',
  );
  t.ok(await scene.proof());
});

void t.test(
  'A release notice is issued by another person, acknowledged, shipped, received; each side its own part',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { shortageTolerance: '0.010000' } });
    const { bank, buyer, core, other, read, request, deposit, pay, closeUntil } = scene;
    const order = await scene.funded({ step: '0.5', quantity: '1000', value: '1000.01' });
    t.match(
      (await request(order.id, '0.5')).json,
      { code: 'release-exceeds-payment', who: 'distributor', free: '0.00' },
      'margin comes last',
    );
    t.match(await request(order.id, '0.25'), { status: 422, json: { code: 'not-a-whole-step', field: '/quantity' } });
    await deposit(buyer.id, '800.00');
    t.match(await pay(order.id, '700.01'), {
      status: 409,
      json: { code: 'amount-exceeds-due', accepted: 'at most 700.00' },
    });
    await pay(order.id, '100.00');
    t.match((await request(order.id, '100')).json, { accepted: 'at most 99.5 公斤' }, '100 cost 100.001, rounded up');
    const notice = (await request(order.id, '99.5')).json;
    t.match(notice, { state: 'requested', amount: '99.51' });
    const path = `/v1/release-notices/${notice.id}`;
    t.match(await core.maker.call('POST', `${path}/acknowledgement`, { version: 1 }), {
      status: 409,
      json: { code: 'illegal-transition' },
    });
    t.equal(
      (await buyer.checker.call('POST', `${path}/decision`, { body: { verdict: 'approve' }, version: 1 })).status,
      403,
    );
    t.match(await bank.checker.call('POST', `${path}/decision`, { body: { verdict: 'reject' }, version: 1 }), {
      status: 400,
      json: { field: '/reason' },
    });
    const issued = await bank.checker.post(`${path}/decision`, { verdict: 'approve' }, 1);
    t.match(issued, { state: 'issued', issuedOn: '2026-03-02', acknowledgeBy: '2026-03-04' });
    t.match(await buyer.checker.call('POST', `${path}/acknowledgement`, { version: issued.version }), {
      status: 403,
      json: { code: 'not-a-party' },
    });
    t.equal((await other.maker.call('GET', path)).status, 404, 'another distributor sees nothing');
    await closeUntil('2026-03-05');
    const late = await core.maker.get(path);
    t.equal(late.late, true, 'two business days are over');
    t.match(await core.maker.call('POST', `${path}/shipment`, { body: { waybill: 'YD-1' }, version: late.version }), {
      status: 409,
    });
    const acknowledged = await core.checker.post(`${path}/acknowledgement`, undefined, late.version);
    t.match(
      await buyer.maker.call('POST', `${path}/withdrawal`, {
        body: { reason: '不要了' },
        version: acknowledged.version,
      }),
      { status: 409 },
      'too late to take back',
    );
    const shipped = await core.maker.post(`${path}/shipment`, { waybill: 'YD-1' }, acknowledged.version);
    t.match(
      await buyer.maker.call('POST', `${path}/receipt`, { body: { quantity: '100' }, version: shipped.version }),
      { status: 422 },
    );
    const received = await buyer.maker.post(`${path}/receipt`, { quantity: '99' }, shipped.version);
    t.match(received, { state: 'received', received: '99' });
    t.equal((await read(order.id)).delivered, '99.5', 'half a step is within one per cent');

    await pay(order.id, '100.00');
    const short = await scene.handedOver(order.id, '100', '90');
    t.match(short, { state: 'received', received: '90' });
    t.match(
      await read(order.id),
      { delivered: '189.5', noticed: '199.5' },
      'what is missing is neither delivered nor free again',
    );

    await pay(order.id, '100.00');
    const second = (await request(order.id, '50')).json;
    const rejected = await bank.checker.post(
      `/v1/release-notices/${second.id}/decision`,
      { verdict: 'reject', reason: '资料不全' },
      1,
    );
    t.equal(rejected.state, 'rejected');
    const third = await scene.issued(order.id, '100');
    const recalled = await bank.maker.post(
      `/v1/release-notices/${third.id}/withdrawal`,
      { reason: '收回' },
      third.version,
    );
    t.equal(recalled.state, 'withdrawn');
    t.match(
      await read(order.id),
      { noticed: '199.5', account: { noticed: '199.51', free: '100.49' } },
      'goods are free again',
    );
    t.ok(await scene.proof());
  },
);

void t.test('The seller sees the trade and not the loan; other members and other banks see nothing', async (t) => {
  const scene = await prepaymentScene(t);
  const { buyer, core, other, warehouse } = scene;
  const order = await scene.funded();
  const seen = await core.maker.get(`/v1/prepayments/${order.id}`);
  t.match(seen, { stage: 'funded', value: '10000000.00', account: null });
  for (const secret of ['rate', 'principal', 'paidIn', 'financing'])
    t.notOk(JSON.stringify(seen).includes(secret), secret);
  t.equal((await core.maker.call('GET', `/v1/financings/${order.account.financingId}`)).status, 404);
  const { items: events } = await core.maker.get('/v1/events?limit=200');
  for (const secret of ['0.0435', 'principal', 'rate'])
    t.notOk(JSON.stringify(events).includes(secret), `no event tells ${secret}`);
  for (const stranger of [other, warehouse]) {
    t.equal((await stranger.maker.call('GET', `/v1/prepayments/${order.id}`)).status, 404);
    t.same((await stranger.maker.get('/v1/prepayments')).items, []);
    t.equal((await stranger.maker.call('GET', `/v1/prepayments/${order.id}/release-notices`)).status, 404);
  }
  for (const path of ['payments', 'margin', 'extra-margin']) {
    t.equal(
      (await other.maker.call('POST', `/v1/prepayments/${order.id}/${path}`, { body: { amount: '1.00' } })).status,
      404,
    );
    const { status, json } = await core.maker.call('POST', `/v1/prepayments/${order.id}/${path}`, {
      body: { amount: '1.00' },
    });
    t.same([status, json.code], [403, 'not-a-party']);
  }
  t.match((await core.maker.get('/v1/prepayments?role=seller')).items, [{ id: order.id }]);
  t.match((await buyer.maker.get('/v1/prepayments?stage=funded')).items, [{ id: order.id, value: '10000000.00' }]);
});
