import t from 'tap';
import { prepaymentScene, prepaymentTerms, productTerms } from './scene.ts';

t.setTimeout(300_000);

void t.test(
  'An order is confirmed within what the seller may owe, and ends without a trace before it is funded',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { obligationLimit: '12000000.00' } });
    const { bank, buyer, core, draft, deposit, payee, read } = scene;
    const enter = (changes = {}) => buyer.maker.call('POST', '/v1/prepayments', { body: draft(changes) });
    t.match(await core.maker.call('POST', '/v1/prepayments', { body: draft() }), {
      status: 409,
      json: { code: 'member-not-active' },
    });
    t.match(await enter({ quantity: '100.005' }), {
      status: 422,
      json: { code: 'not-a-whole-step', accepted: 'a multiple of 0.01' },
    });
    t.match(await enter({ margin: '2999999.99' }), {
      status: 409,
      json: { code: 'margin-missing', accepted: '3000000.00 or more, less than the order' },
    });
    t.match(await enter({ expiresOn: '2026-03-02' }), { status: 400, json: { field: '/expiresOn' } });
    const first = await scene.confirmed();
    t.same(await scene.obligation(), { outstanding: '10000000.00', claims: 0 });
    t.match(await enter({ number: first.number }), { status: 409, json: { code: 'already-exists', field: '/number' } });

    const second = (await enter({ value: '2000000.01' })).json;
    const path = `/v1/prepayments/${second.id}`;
    const confirm = (who: typeof core.checker, body: object) =>
      who.call('POST', `${path}/confirmation`, { body, version: second.version });
    const terms = { clause: 'refund', payeeAccountId: payee.id };
    t.match(await confirm(buyer.checker, terms), { status: 403, json: { code: 'not-a-party' } });
    t.match(await confirm(core.checker, terms), {
      status: 409,
      json: { code: 'obligation-limit-exceeded', who: 'bank', available: '2000000.00', missing: '0.01' },
    });
    const stranger = await core.checker.call('POST', `${path}/confirmation`, {
      body: { ...terms, payeeAccountId: second.id },
      version: 1,
    });
    t.match(stranger.json, { code: 'account-not-verified', field: '/payeeAccountId' });
    t.equal((await core.checker.post(`${path}/refusal`, { reason: '无货' }, 1)).stage, 'declined');

    t.match((await buyer.maker.call('POST', `${path}/financing`)).json, { code: 'illegal-transition' });
    const item = { receivableId: second.id, holdingId: second.id, amount: '1.00' };
    const asReceivable = {
      programmeId: scene.programmeId,
      product: 'prepayment',
      items: [item],
      payeeAccountId: payee.id,
    };
    const misplaced = await buyer.maker.call('POST', '/v1/financings', { body: asReceivable });
    t.match(misplaced, { status: 400, json: { field: '/product' } }, 'no receivable backs a prepayment');
    await deposit(buyer.id, '3000000.00');
    t.equal((await scene.pay(first.id, '1000000.00', 'margin')).json.stage, 'confirmed');
    const applied = await buyer.maker.post(`/v1/prepayments/${first.id}/financing`);
    const approved = await scene.approve(applied);
    await scene.settle();
    const pay = await bank.maker.call('POST', `/v1/financings/${applied.id}/disbursement`, {
      version: approved.version,
    });
    t.match(pay, { status: 409, json: { code: 'margin-missing', who: 'distributor', missing: '2000000.00' } });
    t.match(await scene.pay(first.id, '2000000.01', 'margin'), { status: 409, json: { code: 'amount-exceeds-due' } });
    t.match(await buyer.maker.call('POST', `/v1/prepayments/${first.id}/financing`), {
      status: 409,
      json: { code: 'already-financed' },
    });
    const { version } = await read(first.id);
    const cancel = () =>
      buyer.maker.call('POST', `/v1/prepayments/${first.id}/cancellation`, { body: { reason: '取消' }, version });
    t.match(await cancel(), { status: 409, json: { code: 'financing-pending' } });
    const { financing } = await buyer.maker.get(`/v1/financings/${applied.id}`);
    await buyer.maker.post(`/v1/financings/${applied.id}/cancellation`, { reason: '不贷了' }, financing.version);
    t.same(await scene.limits(), []);
    t.match(await cancel(), { status: 200, json: { stage: 'cancelled' } });
    t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
    t.equal(await scene.balance(`2001/${buyer.id}`), '3000000.00', 'the margin is back');
    t.ok(await scene.proof());
  },
);

void t.test('A quote shows what disbursement books; terms that contradict themselves are refused', async (t) => {
  const scene = await prepaymentScene(t);
  const { bank, buyer, programmeId } = scene;
  const { id } = await scene.confirmed({ expiresOn: '2026-04-01' });
  const quote = await buyer.maker.post(`/v1/prepayments/${id}/quotes`);
  t.match(quote, { amount: '7000000.00', rate: '0.043500', days: 30, interest: '25375.00', netProceeds: '7000000.00' });
  t.match(await buyer.maker.call('POST', `/v1/prepayments/${id}/acceptance`), {
    status: 409,
    json: { code: 'product-not-offered', accepted: 'loan' },
  });

  const offered = (prepayment: object | undefined, changes = {}) =>
    bank.maker.call('POST', `/v1/programmes/${programmeId}/versions`, {
      body: {
        effectiveFrom: scene.today(),
        terms: {
          products: { prepayment: { ...productTerms({}, changes), prepayment } },
          authority: [{ upTo: null, approval: 'one', tag: null }],
        },
      },
    });
  const at = (name: string) => ({ status: 400, json: { field: `/terms/products/prepayment/${name}` } });
  t.match(await offered(undefined), at('prepayment'));
  t.match(await offered(prepaymentTerms({ marginRatio: '0.200000' })), at('prepayment/marginRatio'));
  t.match(await offered(prepaymentTerms({ form: 'bill' })), at('prepayment/cash'));
  t.match(await offered(prepaymentTerms({ acceptanceFeeRate: '0.001000' })), at('prepayment/acceptanceFeeRate'));
  t.match(
    await offered(prepaymentTerms({ priceFall: { warn: '0.2', call: '0.1', cureDays: 3 } })),
    at('prepayment/priceFall/warn'),
  );
  const steps = [
    { afterDays: 30, share: '0.5' },
    { afterDays: 20, share: '0.6' },
  ];
  t.match(await offered(prepaymentTerms({ pickUp: steps })), at('prepayment/pickUp/1'));
});

void t.test('What the bank has returned is applied for again from the order', async (t) => {
  const scene = await prepaymentScene(t);
  const { bank, buyer, read } = scene;
  const { id } = await scene.confirmed();
  const apply = () => buyer.maker.post(`/v1/prepayments/${id}/financing`);
  const applied = await apply();
  const path = `/v1/financings/${applied.id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, applied.version);
  const returned = await bank.checker.post(`${path}/return`, { reason: '补充合同' }, proposed.version);
  t.equal(returned.status, 'returned');
  t.same(await scene.limits(), []);
  t.equal((await read(id)).account.financingId, null);
  const misplaced = await buyer.maker.call('POST', `${path}/submission`, { version: returned.version });
  t.match(
    misplaced,
    { status: 404, json: { code: 'not-found' } },
    'the application stands on an order, not on receivables',
  );
  const again = await apply();
  t.equal(again.status, 'submitted');
  t.equal((await read(id)).account.financingId, again.id);
});
