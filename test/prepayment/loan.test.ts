import t from 'tap';
import { prepaymentScene } from './scene.ts';

t.setTimeout(300_000);

void t.test(
  'B1: a loan pays the seller, a repayment of a part with its interest frees goods in proportion',
  async (t) => {
    const scene = await prepaymentScene(t, { terms: { release: 'pro_rata' } });
    const { buyer, core, closeUntil, deposit, journals, read, sql } = scene;
    const order = await scene.funded({ expiresOn: '2026-06-30' });
    t.match(order, {
      stage: 'funded',
      account: { funded: '7000000.00', margin: '3000000.00', held: '0.00', free: '0.00' },
    });
    const { financingId } = order.account;
    t.same(await journals(order.id), [
      'prepayment.margin: Dr 2001/Dist 3000000.00, Cr 2002/Dist 3000000.00',
      'prepayment.margin_passed_on: Dr 2002/Dist 3000000.00, Cr 2001/Core 3000000.00',
    ]);
    t.same(await journals(financingId), ['financing.disbursed: Dr 1104 7000000.00, Cr 2001/Core 7000000.00']);
    t.equal(await scene.balance(`2001/${core.id}`), '10000000.00', 'the seller has the whole price');

    await closeUntil('2026-04-01');
    const [interest] = await sql(
      'select sum(interest)::numeric(20,2)::text as total, sum(interest_tax)::text as tax from accrual',
    );
    t.same([interest.total, Number(interest.tax)], ['25375.00', 0], '30 days, exempt from VAT');
    await deposit(buyer.id, '1239043.20');
    t.equal((await scene.pay(order.id, '1234567.89')).status, 201);
    t.equal(
      (await journals(financingId)).at(-1),
      'financing.repaid: Dr 2001/Dist 1239043.20, Cr 1131 4475.31, Cr 1104 1234567.89',
    );
    const paid = await read(order.id);
    t.match(paid.account, {
      paidIn: '1234567.89',
      releasable: '1763668.41',
      free: '1763668.41',
      principal: '5765432.11',
    });

    const tooMuch = await scene.request(order.id, '1763668.42');
    t.match(tooMuch, {
      status: 409,
      json: { code: 'release-exceeds-payment', free: '1763668.41', accepted: 'at most 1763668.41 公斤' },
    });
    const notice = await scene.handedOver(order.id, '1763668.41');
    t.match(notice, { state: 'received', amount: '1763668.41' });
    t.match(await read(order.id), { stage: 'delivering', delivered: '1763668.41', undeliveredValue: '8236331.59' });
    t.ok(await scene.proof());
    await closeUntil('2026-04-02');
  },
);
