import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { discountScene } from './discount-scene.ts';

t.test('a thousand bills are quoted, sold, paid for and amortised at once', async (t) => {
  const scene = await discountScene(t);
  const { bank, first, sql } = scene;
  const bills = await scene.readyMany(1000, '1234.56');
  const items = bills.map(({ holdingId }) => ({ holdingId }));
  const { banks } = await scene.ask(first, items);
  const [{ quote, findings }] = banks;
  t.same(findings, []);
  t.match(quote, { face: '1234560.00', interest: '13270.00', proceeds: '1221290.00' }, '1,000 × 13.27 for 180 days');
  t.equal(quote.lines.length, 1000);
  const taken = await scene.take(first, quote.id);
  await scene.approve(taken);
  await scene.settle();
  t.match(await bank.maker.get(`/v1/bill-discounts/${taken.id}`), { status: 'settled' });
  const [held] = await sql(
    'select count(*)::int as n, sum(amount)::text as face from bill_holding where holder_id = $1',
    [bank.id],
  );
  t.same(held, { n: 1000, face: '1234560.00' });
  t.equal((await scene.journals('subject_id', taken.id)).length, 1, 'one journal for the deal');
  const payments = (await bank.maker.get(`/v1/payments?subjectId=${taken.id}`)).items;
  t.match(payments, [{ purpose: 'bill_discount', amount: '1221290.00', state: 'settled' }], 'and one payment');
  await scene.closeBookUntil('2026-07-04');
  // After three days each has earned round(13.27 × 3 ÷ 180) = 0.22, VAT inside.
  t.equal(await scene.balance('1108'), '-13050.00');
  const days = await sql(
    'select amortised_on::text as on, sum(amount)::numeric(20,2)::text as amount, count(*)::int as n from bill_amortisation group by 1 order by 1',
  );
  t.same(
    days.map(({ amount, n }: Json) => [amount, n]),
    [
      ['70.00', 1000],
      ['80.00', 1000],
      ['70.00', 1000],
    ],
    'each day the cumulative difference',
  );
  t.ok(await scene.proof());
});
