import t from 'tap';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { receiptScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await receiptScene(t);
const { bank, otherBank, holder, buyer, keeper, at, read, receipt, sql } = scene;

let references = 0;
const propose = (loan: string, receiptId: string, changes: Json = {}, as: Client = bank.maker): Promise<Answer> =>
  as.call('POST', `/v1/receipt-loans/${loan}/sales`, {
    body: {
      receiptId,
      buyerId: buyer.id,
      noticedOn: '2026-07-12',
      proceeds: '900000.00',
      cost: '2000.00',
      bankReference: `SALE-${++references}`,
      ...changes,
    },
  });
const decide = (sale: Json, verdict = 'approve', as: Client = bank.checker): Promise<Answer> =>
  as.call('POST', `/v1/receipt-sales/${sale.id}/decision`, {
    body: { verdict, ...(verdict === 'reject' && { reason: '价格偏低' }) },
    version: sale.version,
  });
const refused = (code: string) => ({ status: 409, json: { code } });
const financing = async (id: string): Promise<Json> => (await bank.maker.get(`/v1/financings/${id}`)).financing;
const deposit = async (): Promise<number> => {
  const path = `2001/${holder.id}`;
  const [row] = await sql('select posted from balance where book_id = $1 and path = $2', [bank.id, path]);
  return -Number(row.posted);
};

await scene.quote('22380.00');
const [first, second, third] = [await receipt('60.000'), await receipt('40.000'), await receipt('10.000')] as [
  Json,
  Json,
  Json,
];
const loan = await scene.lend([first.id, second.id], '1000000.00', { dueDate: '2026-07-10' });
const small = await scene.lend([third.id], '100000.00', { dueDate: '2026-07-10' });

void t.test('A pledged receipt is sold after default and notice only', async (t) => {
  t.match(await propose(loan, first.id), refused('loan-not-in-default'));
  await scene.closeUntil('2026-07-18');
  t.match(await financing(loan), { status: 'overdue', overdueSince: '2026-07-10' });
  t.match(await propose(loan, first.id), {
    ...refused('notice-too-late'),
    json: { field: '/noticedOn', accepted: 'a day from 2026-07-10 to 2026-07-11' },
  });
  await scene.closeUntil('2026-07-19');
  t.match(await propose(loan, first.id, { noticedOn: '2026-07-09' }), refused('notice-too-late'));
  t.match(await propose(loan, third.id), { status: 404, json: { field: '/receiptId' } });
  t.match(await propose(loan, first.id, { buyerId: bank.id }), { status: 404, json: { field: '/buyerId' } });
  t.match(await propose(loan, first.id, { buyerId: holder.id }), { status: 404, json: { field: '/buyerId' } });
  t.match(await propose(loan, first.id, { cost: '900000.00' }), { status: 400, json: { field: '/cost' } });
  t.match(await propose(loan, first.id, {}, otherBank.maker), { status: 404 });
  t.match(await propose(loan, first.id, {}, holder.maker), { status: 403 });
});

void t.test('Two people sell it: the buyer has receipt and goods, the loan the money', async (t) => {
  const { json: unwanted } = await propose(loan, first.id);
  t.match(await propose(loan, first.id), refused('already-exists'));
  t.match(await decide(unwanted, 'approve', bank.maker), { status: 403 });
  t.match(await decide(unwanted, 'reject'), { status: 200, json: { state: 'rejected', applied: null } });
  t.match(await read(first.id), { state: 'pledged', holderId: holder.id });

  const { json: sale } = await propose(loan, first.id);
  const answers = await Promise.all(Array.from({ length: 8 }, () => decide(sale)));
  const [done, ...more] = answers.filter(({ status }) => status === 200);
  t.equal(more.length, 0, 'of many decisions one counts');
  const owed = (await bank.maker.get(`/v1/financings/${loan}`)).due.total;
  t.match(done?.json, { state: 'done', applied: '898000.00', surplus: '0.00', owedAfter: owed });
  t.match(await read(first.id), { state: 'released', holderId: buyer.id, financingId: null });
  t.match((await bank.maker.get(`${at(second.id)}/chain`)).pledges, [{ state: 'active' }]);
  t.match(await sql('select state from receipt_pledge where receipt_id = $1', [first.id]), [{ state: 'enforced' }]);
  const told = await scene.journals('2026-07-19');
  t.same(
    told.filter((line) => /receipt|repaid/.test(line)),
    [
      'receipt.collateral_released 07-19 Dr 9999 1342800.00, Cr 9004 1342800.00',
      'receipt.sale_cost 07-19 Dr 1139 2000.00, Cr 1001 2000.00',
      'receipt.sold 07-19 Dr 1001 900000.00, Cr 2003 900000.00',
      'receipt.cost_recovered 07-19 Dr 2003 2000.00, Cr 1139 2000.00',
      told.find((line) => line.startsWith('financing.repaid')) ?? 'no repayment',
    ],
  );
  const [order] = (await keeper.checker.get('/v1/release-orders?state=granted')).items;
  t.match(order, { receiptId: first.id, holderId: buyer.id, rule: `sold for the debt: sale ${sale.id}` });
  t.equal((await scene.decide(order, 'acknowledgement', keeper.checker)).status, 200);
  t.match(await scene.act(buyer.maker, first.id, 'presentation'), { status: 200 }, 'the buyer may fetch the goods');
  t.match(await scene.act(holder.maker, first.id, 'presentation'), { status: 404 });
});

void t.test('What the loan does not take is the pledgor’s, and the loan is settled', async (t) => {
  const before = await deposit();
  const owed = (await bank.maker.get(`/v1/financings/${loan}`)).due.total;
  const { json: sale } = await propose(loan, second.id, { proceeds: '800000.00', cost: '0.00' });
  const { json } = await decide(sale);
  t.match(json, { applied: owed, surplus: (800_000 - Number(owed)).toFixed(2), owedAfter: '0.00' });
  t.equal(((await deposit()) - before).toFixed(2), json.surplus);
  t.match(await financing(loan), { status: 'settled', principal: '0.00' });
  t.match(await decide(sale), { status: 412 });
});

void t.test('A sale that is overtaken by repayment can only be turned down', async (t) => {
  const { json: sale } = await propose(small, third.id, { proceeds: '150000.00' });
  await scene.deposit(holder.id, '200000.00');
  const { due } = await bank.maker.get(`/v1/financings/${small}`);
  await scene.repay(small, due.total);
  t.match(await read(third.id), { state: 'released', holderId: holder.id });
  t.match(await decide(sale), { status: 404 });
  t.match(await decide(sale, 'reject'), { status: 200, json: { state: 'rejected' } });
  t.match((await holder.maker.get('/v1/receipt-sales')).items, [{ state: 'rejected' }, {}, {}, {}]);
  t.match((await otherBank.maker.get('/v1/receipt-sales')).items, []);
  t.ok(await scene.proof());
});
