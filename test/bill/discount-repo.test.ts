import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { discountScene } from './discount-scene.ts';

const scene = await discountScene(t);
const { bank, core, first, second, sql } = scene;
await scene.deposit(core, '1000000.00');
await scene.consent('0.500000');
const refused = (status: number, code: string) => ({ status, json: { code } });
const window = { kind: 'repo', redemptionFrom: '2026-07-10', redemptionUntil: '2026-07-20' };

t.test('a seller redeems its bills within the window, and interest not earned goes back to who bore it', async (t) => {
  const { billId, holdingId } = await scene.ready();
  const { holdingId: kept } = await scene.ready();
  const askFor = (more: object) => scene.ask(first, [{ holdingId }], more);
  t.match((await askFor({ ...window, redemptionUntil: '2026-12-28' })).banks[0], {
    quote: null,
    findings: [{ code: 'redemption-outside-window' }],
  });
  t.match(
    (await askFor({ kind: 'repo', redemptionFrom: '2026-07-01', redemptionUntil: '2026-07-20' })).banks[0].findings,
    [{ code: 'redemption-outside-window', accepted: 'a day after 2026-07-01' }],
  );
  const body = { items: [{ holdingId }], kind: 'repo' };
  t.match(
    await first.maker.call('POST', `/v1/chains/${scene.chainId}/bill-discount-quotes`, { body }),
    refused(400, 'invalid-input'),
    'a repo names its window',
  );

  const discount = await scene.discount(first, [{ holdingId }, { holdingId: kept }], { ...window, buyersBear: true });
  // 1,000,000.00 at 2.15 % for the 19 days to 2026-07-20: 1,134.72, half of it the drawer's.
  t.match(discount, { kind: 'repo', interest: '2269.44', sellerInterest: '1134.72', buyerInterest: '1134.72' });
  const held = await bank.maker.get(`/v1/bill-holdings/${holdingId}`);
  t.match(held, { billStateCode: 'CS03', circulationCode: 'TF0305', holderId: bank.id });
  t.equal(held.title.steps.at(-1).kind, 'discount');

  const path = `/v1/bill-discounts/${discount.id}/redemptions`;
  const redeem = async (lineIds: string[], by = first) =>
    by.maker.call('POST', path, {
      body: { lineIds },
      version: (await bank.maker.get(`/v1/bill-discounts/${discount.id}`)).version,
    });
  const lines = await scene.linesOf(discount.id);
  const line = lines.find((each: Json) => each.holdingId === holdingId);
  t.match(await redeem([line.id]), refused(409, 'redemption-outside-window'), 'not before it opens');
  await scene.closeBookUntil('2026-07-12');
  t.match(await redeem([line.id], second), refused(404, 'not-found'));
  const before = await scene.limits();
  const redeemed = await redeem([line.id]);
  // Earned in 11 of 19 days: 656.94; of the 477.78 left the seller bore half.
  t.match(redeemed, {
    status: 200,
    json: { face: '1000000.00', sellerRebate: '238.89', buyerRebate: '238.89', price: '999761.11' },
  });
  t.same((await scene.journals('subject_id', discount.id)).slice(1), [
    'bill_discount.redeemed 2026-07-12 2001/first 999761.11, 1108 477.78, 1107 -1000000.00, 2001/core -238.89',
  ]);
  t.notSame(await scene.limits(), before, 'the limits it used are free again');
  const mine = await first.maker.get(`/v1/bill-holdings/${holdingId}`);
  t.match(mine, { circulation: 'circulating', holderId: first.id, bookId: null });
  t.equal(mine.title.steps.at(-1).kind, 'redemption');
  t.equal((await scene.tiles(billId)).length, 1);
  t.match(await redeem([line.id]), refused(409, 'illegal-transition'), 'once');

  await scene.closeBookUntil('2026-07-21');
  const left = await bank.maker.get(`/v1/bill-holdings/${kept}`);
  t.match(left, { circulation: 'circulating', holderId: bank.id }, 'what was not redeemed is the bank’s without more');
  const other = lines.find((each: Json) => each.holdingId === kept);
  t.match(await redeem([other.id]), refused(409, 'redemption-outside-window'));
  t.equal(await scene.balance('1108'), '0.00', 'its interest is earned by the last day of the window');
  t.equal(await scene.balance('1107'), '1000000.00');
  const [sum] = await sql(
    "select sum(amount)::numeric(20,2)::text as amount from bill_amortisation where kind = 'discount'",
  );
  t.equal(sum.amount, (2269.44 - 477.78).toFixed(2));
  t.ok(await scene.proof());
});

t.test('a rediscount asks for bills held outright, eligible for the purpose, and another person', async (t) => {
  const { holdingId } = await scene.ready();
  const discount = await scene.discount(first, [{ holdingId }]);
  const [line] = await scene.linesOf(discount.id);
  const propose = (purpose: string, lineIds: string[]) =>
    bank.maker.call('POST', '/v1/bill-rediscounts', { body: { purpose, lineIds } });
  t.match(await propose('green', [line.id]), refused(409, 'not-rediscountable'));
  t.match(
    await scene.otherBank.maker.call('POST', '/v1/bill-rediscounts', {
      body: { purpose: 'small', lineIds: [line.id] },
    }),
    refused(404, 'not-found'),
  );
  const { json: proposed } = await propose('small', [line.id]);
  t.match(await propose('small', [line.id]), refused(409, 'not-rediscountable'), 'proposed already');
  const path = `/v1/bill-rediscounts/${proposed.id}`;
  t.match(await scene.otherBank.maker.call('GET', path), refused(404, 'not-found'));
  const rejected = await bank.checker.post(`${path}/rejection`, { reason: '额度不足' }, proposed.version);
  t.match(rejected, { status: 'rejected', note: '额度不足' });
  const { json: again } = await propose('small', [line.id]);
  await scene.closeBookUntil('2026-07-22');
  t.match(await bank.maker.get(`/v1/bill-rediscounts/${again.id}`), { status: 'lapsed' }, 'the price was for its day');
  const [free] = await scene.linesOf(discount.id);
  t.equal(free.rediscountId, null);
  t.equal(await scene.balance('2005'), '0.00');
});
