import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { discountScene } from './discount-scene.ts';

const scene = await discountScene(t);
const { bank, first, core, third, programmeId, settle } = scene;
const { holdingId: whole } = await scene.ready({ face: '1000000.00', dueDate: '2026-08-28' });
const pledged = await scene.pledge(first, bank, { holdingId: whole, amount: '600000.00' });
const payeeAccountId = await scene.accountOf(first);
const asked = { programmeId, holdingIds: [pledged], dueDate: '2026-08-31' };
const apply = (body: object) =>
  first.maker.call('POST', '/v1/bill-pledge-loans', { body: { payeeAccountId, ...body } });
const release = (amount: string) =>
  bank.maker.call('POST', '/v1/bill-pledge-releases', { body: { items: [{ holdingId: pledged, amount }] } });

let loan: Json;

void t.test('Only what is pledged to the bank carries a loan, up to the advance on its face', async (t) => {
  const { holdings } = await scene
    .sql('select count(*)::integer as holdings from bill_holding where live')
    .then(([row]) => row as Json);
  t.equal(holdings, 2);
  t.match(await apply({ ...asked, holdingIds: [whole] }), {
    status: 409,
    json: { code: 'bill-not-pledged', field: '/holdingIds/0' },
  });
  t.match(await apply({ ...asked, holdingIds: [pledged, pledged] }), { json: { code: 'invalid-input' } });
  t.match(await apply({ ...asked, amount: '420000.01' }), {
    json: { code: 'advance-too-high', accepted: '0.01 to 420000.00' },
  });
  const stranger = await third.maker.call('POST', '/v1/bill-pledge-loans', {
    body: { ...asked, payeeAccountId: await scene.accountOf(third) },
  });
  t.match(stranger, { status: 404 }, 'nobody borrows on the bills of others');
  const { face, quote } = await first.maker.post('/v1/bill-pledge-loans/quotes', asked);
  t.match({ face, amount: quote.amount }, { face: '600000.00', amount: '420000.00' });
});

void t.test('A loan on bills goes the way of every financing, and no other stands on the same bills', async (t) => {
  const { json: applied } = await apply({ ...asked, amount: '300000.00' });
  t.match(applied, { product: 'bill_pledge_loan', status: 'submitted', amount: '300000.00' });
  t.match(await apply(asked), { json: { code: 'already-financed' } });
  const path = `/v1/financings/${applied.id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, applied.version);
  const returned = await bank.checker.post(`${path}/return`, { reason: '请补充用途' }, proposed.version);
  const again = await first.maker.post(
    `/v1/bill-pledge-loans/${applied.id}/submission`,
    undefined,
    (await first.maker.get(path)).financing.version ?? returned.version,
  );
  const second = await bank.maker.post(`${path}/proposal`, undefined, again.version);
  const approved = await bank.checker.post(`${path}/approval`, {}, second.version);
  await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
  await settle();
  loan = (await bank.maker.get(path)).financing;
  t.match(loan, { status: 'active', principal: '300000.00' });
  t.match(await scene.journals('kind', 'financing.disbursed'), [/1111 300000\.00, 2001\/first -300000\.00/]);
});

void t.test('The bank releases a part by interval as long as the rest covers what is owed', async (t) => {
  // 300,000.00 ÷ 0.7 = 428,571.43: at most 171,428.57 of 600,000.00 may go.
  t.match(await release('171428.58'), { status: 409, json: { code: 'cover-insufficient', missing: '0.01' } });
  const tries = await Promise.all(Array.from({ length: 8 }, () => release('171428.57')));
  t.equal(tries.filter(({ status }) => status === 201).length, 1, 'of many at once, one');
  const { json } = tries.find(({ status }) => status === 201) as Json;
  await scene.agree(json.offers, first.checker);
  t.match(await scene.holding(first, json.holdings[0].id), { amount: '171428.57', circulation: 'circulating' });
  t.match(await scene.holding(first, pledged), { amount: '428571.43', circulation: 'pledged' });
});

void t.test('What is paid at maturity is margin until the loan is due; the rest goes to the deposit', async (t) => {
  await scene.deposit(core, '2000000.00');
  await scene.closeBookUntil('2026-08-27');
  await scene.closeUntil('2026-08-28');
  await scene.exchange();
  const waiting = await core.maker.get('/v1/bill-offers?kind=payment&state=pending&limit=50');
  await scene.agree(waiting.items, core.checker, '/v1/bill-presentations/answers', { verdict: 'pay' });
  t.equal(await scene.balance(`2002/${first.id}`), '-428571.43', 'in margin at the pledgee bank');
  t.match((await bank.maker.get(`/v1/financings/${loan.id}`)).financing, { status: 'active' });
  const before = await scene.balance(`2001/${first.id}`);
  await scene.closeBookUntil('2026-09-01');
  const { financing } = await bank.maker.get(`/v1/financings/${loan.id}`);
  t.match(financing, { status: 'settled', settledOn: '2026-08-31' });
  t.equal(await scene.balance(`2002/${first.id}`), '0.00');
  const [repaid] = await scene.journals('kind', 'financing.repaid');
  const [returned] = await scene.journals('kind', 'bill.margin_returned');
  // 300,000.00 × 2.15 % × 61 ÷ 360 = 1,092.92.
  t.match(repaid, /^financing\.repaid 2026-08-31 2002\/first 301092\.92,/);
  t.equal(returned, 'bill.margin_returned 2026-08-31 2002/first 127478.51, 2001/first -127478.51');
  const after = await scene.balance(`2001/${first.id}`);
  t.equal((Number(after) - Number(before)).toFixed(2), '-127478.51', 'the deposit has what was left over');
  t.equal(await scene.proof(), true);
});
