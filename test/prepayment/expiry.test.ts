import t from 'tap';
import { prepaymentScene } from './scene.ts';

t.setTimeout(300_000);

void t.test(
  'What the seller neither delivers nor refunds is claimed from it, with penalty, and freezes its obligations',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { release: 'pro_rata' } });
    const { bank, buyer, core, closeUntil, deposit, journals, pay, read, draft, payee } = scene;
    const order = await scene.funded({ expiresOn: '2026-03-12' });
    const { financingId } = order.account;
    await deposit(buyer.id, '2000000.00');
    await pay(order.id, '1400000.00');
    await scene.handedOver(order.id, '2000000');
    await closeUntil('2026-03-07');
    t.ok(
      (await core.maker.get('/v1/events?limit=200')).items.some(
        ({ kind }: { kind: string }) => kind === 'prepayment.refund_prompted',
      ),
    );
    await closeUntil('2026-03-13');
    const short = await read(order.id);
    t.match(short, {
      stage: 'shortfall',
      shortSince: '2026-03-12',
      undeliveredValue: '8000000.00',
      account: { principal: '5600000.00' },
    });
    t.match((await scene.request(order.id, '0.01')).json, { code: 'illegal-transition', state: 'shortfall' });
    t.match(await pay(order.id, '1.00'), { status: 409, json: { code: 'illegal-transition' } });
    const recourse = await bank.maker.call('POST', `/v1/financings/${financingId}/recourse`, {
      version: (await bank.maker.get(`/v1/financings/${financingId}`)).financing.version,
    });
    t.match(recourse.json, { code: 'claim-on-seller', who: 'bank' });
    const claimed = await bank.maker.post(`/v1/prepayments/${order.id}/claim`, undefined, short.version);
    t.equal(claimed.stage, 'claimed');
    t.equal((await journals(order.id)).at(-1), 'prepayment.claimed: Dr 1133 5600000.00, Cr 1120 5600000.00');
    t.same(await scene.obligation(), { outstanding: '8000000.00', claims: 1 });
    const next = await buyer.maker.post('/v1/prepayments', draft());
    const confirm = { body: { clause: 'refund', payeeAccountId: payee.id }, version: next.version };
    t.match(await core.checker.call('POST', `/v1/prepayments/${next.id}/confirmation`, confirm), {
      status: 409,
      json: { code: 'seller-in-default', who: 'seller' },
    });
    await closeUntil('2026-03-17');
    const { due } = await bank.maker.get(`/v1/financings/${financingId}`);
    t.match(
      due,
      { principal: '5600000.00', interest: '6766.67', penalty: '5075.00' },
      '10 days, then 5 days at 6.525 %',
    );

    const refund = (body: object, who = bank.operator) =>
      who.call('POST', `/v1/prepayments/${order.id}/refunds`, { body });
    t.match(await refund({ amount: '8000000.01', bankReference: 'R-0' }), {
      status: 409,
      json: { code: 'amount-exceeds-due', due: '8000000.00' },
    });
    t.match(await refund({ amount: '1.00' }, buyer.maker), { status: 403, json: { code: 'not-a-party' } });
    t.match((await refund({ amount: '1000000.00', bankReference: 'R-1' })).json, {
      stage: 'claimed',
      refunded: '1000000.00',
    });
    t.match(await refund({ amount: '1000000.00', bankReference: 'R-1' }), {
      status: 409,
      json: { code: 'duplicate-bank-reference' },
    });
    t.equal(
      (await journals(financingId)).at(-1),
      'financing.repaid: Dr 2003/Core 1000000.00, Cr 1132 5075.00, Cr 1131 6766.67, Cr 1133 988158.33',
    );
    const rest = await refund({ amount: '7000000.00' }, core.maker);
    t.match(rest, { status: 201, json: { stage: 'refunded', account: null } });
    t.same((await journals(order.id)).slice(-2), [
      'prepayment.refund_received: Dr 2001/Core 7000000.00, Cr 2003/Core 7000000.00',
      'prepayment.refund_residual: Dr 2003/Core 2388158.33, Cr 2001/Dist 2388158.33',
    ]);
    t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
    t.equal((await bank.maker.get(`/v1/financings/${financingId}`)).financing.status, 'settled');
    t.same(await scene.limits(), []);
    await closeUntil('2026-03-18');
    t.ok(await scene.proof());
  },
);

void t.test('A distributor that pays late gets its goods after all, and nothing is claimed any more', async (t) => {
  const scene = await prepaymentScene(t);
  const { bank, buyer, closeUntil, deposit, read } = scene;
  const order = await scene.funded({ expiresOn: '2026-03-04', value: '1000.00', quantity: '1000' });
  await closeUntil('2026-03-05');
  const short = await read(order.id);
  await bank.maker.post(`/v1/prepayments/${order.id}/claim`, undefined, short.version);
  await deposit(buyer.id, '800.00');
  const { due } = await bank.maker.get(`/v1/financings/${order.account.financingId}`);
  await buyer.maker.post(`/v1/financings/${order.account.financingId}/repayments`, { amount: due.total });
  t.match(await read(order.id), {
    stage: 'delivering',
    shortSince: null,
    account: { free: '1000.00', principal: '0.00' },
  });
  t.same(await scene.obligation(), { outstanding: '1000.00', claims: 0 });
  await scene.handedOver(order.id, '1000');
  const whole = await read(order.id);
  t.match(whole, { stage: 'completed', undeliveredValue: '0.00' });
  t.equal((await buyer.maker.post(`/v1/prepayments/${order.id}/closing`, undefined, whole.version)).stage, 'closed');
  t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
  await closeUntil('2026-03-06');
  t.ok(await scene.proof());
});

void t.test(
  'Under a repurchase clause the seller makes the bank whole even where the goods are worth less',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { release: 'margin_counts' } });
    const { bank, buyer, core, closeUntil, journals, read } = scene;
    const order = await scene.funded({ clause: 'repurchase', expiresOn: '2026-03-12' });
    await scene.handedOver(order.id, '3000000');
    await closeUntil('2026-03-17');
    const { due } = await bank.maker.get(`/v1/financings/${order.account.financingId}`);
    t.equal(due.total, '7014802.08', 'interest 8,458.33 and 5 days of penalty on top of 7,000,000.00 undelivered');
    const bought = await core.maker.call('POST', `/v1/prepayments/${order.id}/refunds`, {
      body: { amount: due.total },
    });
    t.match(bought, { status: 201, json: { stage: 'repurchased' } });
    t.equal(
      (await journals(order.account.financingId)).at(-1),
      `financing.repaid: Dr 2003/Core ${due.total}, Cr 1132 ${due.penalty}, Cr 1131 8458.33, Cr 1120 7000000.00`,
    );
    t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
    const { version } = await read(order.id);
    t.equal((await bank.maker.call('POST', `/v1/prepayments/${order.id}/closing`, { version })).json.stage, 'closed');
    t.equal(await scene.balance(`2001/${buyer.id}`), '0.00');
    await closeUntil('2026-03-18');
    t.ok(await scene.proof());
  },
);

void t.test(
  'Cash that lies in the margin account pays the loan at maturity, extra margin what is left; the rest goes back',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { cash: 'deposit' } });
    const { bank, buyer, closeUntil, deposit, journals, pay, read } = scene;
    const order = await scene.funded({ expiresOn: '2026-03-12', value: '10000.00', quantity: '10000' });
    await deposit(buyer.id, '7100.00');
    await pay(order.id, '7000.00');
    t.match((await read(order.id)).account, {
      paidIn: '7000.00',
      held: '7000.00',
      principal: '7000.00',
      free: '10000.00',
    });
    await scene.handedOver(order.id, '10000');
    await pay(order.id, '100.00', 'extra-margin');
    const early = await read(order.id);
    t.match(await buyer.maker.call('POST', `/v1/prepayments/${order.id}/closing`, { version: early.version }), {
      status: 409,
      json: { code: 'debt-outstanding', due: '7000.00' },
    });
    await closeUntil('2026-03-13');
    t.same((await journals(order.account.financingId)).slice(-2), [
      'financing.repaid: Dr 2002/Dist 7000.00, Cr 1104 7000.00',
      'financing.repaid: Dr 2002/Dist 8.46, Cr 1131 8.46',
    ]);
    t.equal((await bank.maker.get(`/v1/financings/${order.account.financingId}`)).financing.status, 'settled');
    const { version, account } = await read(order.id);
    t.match(account, { held: '91.54', extraMargin: '91.54' });
    t.equal((await buyer.maker.post(`/v1/prepayments/${order.id}/closing`, undefined, version)).stage, 'closed');
    t.equal((await journals(order.id)).at(-1), 'prepayment.margin_returned: Dr 2002/Dist 91.54, Cr 2001/Dist 91.54');
    t.same(await scene.limits(), []);
    await closeUntil('2026-03-14');
    t.ok(await scene.proof());
  },
);
