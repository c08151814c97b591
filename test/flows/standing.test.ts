import t from 'tap';
import { receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(240_000);

const { scene, apply, application, confirmed, financing, settle, sql } = await receivableBench(t);
const { bank, supplier, chainId } = scene;

void t.test('Nothing is paid out to who was suspended after the approval', async (t) => {
  const { item } = await confirmed();
  const { id, version } = await apply([item('1000.00')]);
  const proposed = await bank.maker.post(`/v1/financings/${id}/proposal`, undefined, version);
  const approved = await bank.checker.post(`/v1/financings/${id}/approval`, {}, proposed.version);
  await settle();
  const disburse = () => bank.maker.call('POST', `/v1/financings/${id}/disbursement`, { version: approved.version });
  for (const [suspend, restore, code] of [
    [
      "update chain set status = 'suspended' where id = $1",
      "update chain set status = 'active' where id = $1",
      'chain-suspended',
    ],
    [
      "update member set status = 'suspended' where chain_id = $1 and org_id = $2",
      "update member set status = 'verified' where chain_id = $1 and org_id = $2",
      'not-a-verified-supplier',
    ],
    [
      "update organization set status = 'suspended' where id = $2 and $1::uuid is not null",
      "update organization set status = 'active' where id = $2 and $1::uuid is not null",
      'organization-suspended',
    ],
  ] as const) {
    const values = suspend.includes('$2') ? [chainId, supplier.id] : [chainId];
    await sql(suspend, values);
    t.match(await disburse(), refused(409, code));
    t.match(await financing(id), { status: 'approved', paymentId: null });
    await sql(restore, values);
  }
  t.equal((await disburse()).status, 202, 'in good standing again');
});

void t.test('A quote shows every flow of money, and what it costs a year with fees', async (t) => {
  const { item } = await confirmed({ face: '1000.00' });
  const { status, json } = await supplier.maker.call('POST', '/v1/financings/quotes', {
    body: application([item('1000.00')]),
  });
  t.equal(status, 200);
  const [received, due] = json.schedule;
  t.same(received, {
    ...{ on: json.valueDate, flow: 'received', principal: json.amount, interest: '0.00', fee: json.fee },
    amount: json.netProceeds,
  });
  t.same(due, {
    ...{ on: json.maturityDate, flow: 'due', principal: json.amount, interest: json.interest, fee: '0.00' },
    amount: json.dueAtMaturity,
  });
  const yearly =
    ((Number(json.dueAtMaturity) - Number(json.netProceeds)) * 360) / (Number(json.netProceeds) * json.days);
  t.equal(json.allInRate, yearly.toFixed(6));
  t.ok(Number(json.allInRate) > Number(json.rate), 'the fee counts');
  const purchase = await supplier.maker.call('POST', '/v1/financings/quotes', {
    body: application([item('1000.00')], { product: 'nonrecourse_factoring' }),
  });
  const [paid, collected] = purchase.json.schedule;
  t.equal(paid.interest, (Number(purchase.json.interest) - Number(purchase.json.debtorInterest)).toFixed(2));
  t.match(collected, { interest: '0.00', amount: '1000.00' }, 'the debtor pays the face');
});
