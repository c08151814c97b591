import t from 'tap';
import { discountScene } from './discount-scene.ts';

// features.md 3.E: a pack of 1,000,000.00; 300,000.00 endorsed to the second tier; 456,789.12 discounted at 2.15 % on
// 2025-07-03, due Saturday 2025-12-27, which rolls to Monday; interest 60 % the drawer's; rediscounted at 1.75 %.

t.test('a discounted bill earns its interest to the fen, from the deal over rediscount to its due day', async (t) => {
  const scene = await discountScene(t, '2025-06-27');
  const { bank, core, first, second, sql } = scene;
  const { billId, holdingId } = await scene.ready({ face: '1000000.00', dueDate: '2025-12-27' });
  await scene.endorse(first, second, { holdingId, amount: '300000.00' });
  await scene.deposit(core, '10000.00');
  await scene.consent('0.600000');
  await scene.closeBookUntil('2025-07-03');

  const quoted = await scene.quote(first, [{ holdingId, amount: '456789.12' }], { buyersBear: true });
  const [line] = quoted.lines;
  t.match(line, {
    range: '30000001-75678912',
    dueDate: '2025-12-27',
    maturityDate: '2025-12-29',
    movedDays: 2,
    days: 179,
    interest: '4883.20',
    sellerInterest: '1953.28',
    buyerInterest: '2929.92',
    buyerId: core.id,
    proceeds: '454835.84',
    provisional: false,
  });
  t.match(quoted, {
    face: '456789.12',
    interest: '4883.20',
    proceeds: '454835.84',
    valueDate: '2025-07-03',
    rate: '0.021500',
  });
  t.equal(quoted.annualYield, '0.021732', 'interest ÷ money advanced × 360 ÷ days');

  const taken = await scene.take(first, quoted.id);
  t.match(taken, { status: 'submitted', approvalLevel: 'one', proceeds: '454835.84' });
  const paying = await scene.approve(taken);
  t.equal(paying.status, 'paying');
  t.equal(await scene.balance('1107'), '0.00', 'nothing is booked before the money has settled');
  await scene.settle();
  const settled = await bank.maker.get(`/v1/bill-discounts/${taken.id}`);
  t.match(settled, { status: 'settled', settledOn: '2025-07-03' });
  t.same(
    await scene.journals('subject_id', taken.id),
    ['bill_discount.settled 2025-07-03 1107 456789.12, 2001/core 2929.92, 1108 -4883.20, 2001/first -454835.84'],
    'E.1',
  );
  t.same(
    (await scene.tiles(billId)).map(({ first: from, last, amount, holder, standing }) => [
      from,
      last,
      amount,
      holder === bank.id ? 'bank' : holder === first.id ? 'first' : 'second',
      standing,
    ]),
    [
      ['1', '30000000', '300000.00', 'second', 'received.circulating'],
      ['30000001', '75678912', '456789.12', 'bank', 'received.circulating'],
      ['75678913', '100000000', '243210.88', 'first', 'received.circulating'],
    ],
  );

  const earned = async () => {
    const [row] = await sql(
      "select coalesce(sum(amount), 0)::numeric(20,2)::text as gross, coalesce(sum(tax), 0)::numeric(20,2)::text as tax from bill_amortisation where kind = 'discount'",
    );
    return {
      ...row,
      income: await scene.balance('4002'),
      vat: await scene.balance('2011'),
      left: await scene.balance('1108'),
    };
  };
  const before = { income: await scene.balance('4002') };
  t.equal(before.income, '0.00');
  await scene.closeBookUntil('2025-08-01');
  t.same(
    await earned(),
    { gross: '791.13', tax: '44.78', income: '-746.35', vat: '-44.78', left: '-4092.07' },
    'E.2a: 29 days',
  );
  await scene.closeBookUntil('2025-09-01');
  t.same(
    await earned(),
    { gross: '1636.83', tax: '92.65', income: '-1544.18', vat: '-92.65', left: '-3246.37' },
    'E.2b: 60 days, 845.70 of them in August',
  );

  const list = await bank.maker.get('/v1/discounted-bills?purpose=small');
  t.equal(list.items.length, 1, 'the seller is a small firm, so its bill is eligible');
  t.same((await bank.maker.get('/v1/discounted-bills?purpose=green')).items, []);
  const proposed = await bank.maker.post('/v1/bill-rediscounts', { purpose: 'small', lineIds: [list.items[0].id] });
  t.match(proposed, {
    rate: '0.017500',
    face: '456789.12',
    interest: '2642.40',
    proceeds: '454146.72',
    status: 'proposed',
  });
  const rediscounted = await bank.checker.post(`/v1/bill-rediscounts/${proposed.id}/approval`, {}, proposed.version);
  t.equal(rediscounted.status, 'settled');
  t.same(
    await scene.journals('subject_id', proposed.id),
    ['bill_rediscount.settled 2025-09-01 1001 454146.72, 2006 2642.40, 2005 -456789.12'],
    'E.3',
  );
  t.same((await bank.maker.get('/v1/discounted-bills?purpose=small')).items, [], 'a bill is rediscounted once');

  await scene.closeBookUntil('2025-12-29');
  t.same(
    await earned(),
    { gross: '4883.20', tax: '276.41', income: '-4606.79', vat: '-276.41', left: '0.00' },
    'E.4: the rest of the 179 days, 3,246.37',
  );
  const days = await bank.maker.get(`/v1/discounted-bills/${list.items[0].id}/amortisation?limit=2`);
  t.match(days.items, [
    { amortisedOn: '2025-07-03', amount: '27.28', tax: '1.54' },
    { amortisedOn: '2025-07-04', amount: '27.28' },
  ]);
  t.equal(await scene.balance('5001'), '2642.40', 'E.5: the cost of 119 days of rediscount');
  t.equal(await scene.balance('2006'), '0.00');
  t.equal(await scene.balance('2005'), '-456789.12');
  await scene.closeBookUntil('2025-12-30');
  t.same(
    await scene.journals('kind', 'bill_rediscount.repaid'),
    ['bill_rediscount.repaid 2025-12-29 2005 456789.12, 1001 -456789.12'],
    'E.6: the central bank is paid back on the day the bill is due',
  );
  t.equal(await scene.balance('2005'), '0.00');
  t.equal(await scene.balance('1001'), '7357.60', 'the deposit of 10,000.00 less what rediscount cost');
  t.equal(await scene.balance('1107'), '456789.12', 'the bill waits for its acceptor');
  t.ok(await scene.proof());
});
