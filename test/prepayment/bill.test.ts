import t from 'tap';
import { prepaymentScene } from './scene.ts';

t.setTimeout(300_000);

void t.test('B2: a bill accepted against margin, advanced at maturity, refunded to the last fen', async (t) => {
  const scene = await prepaymentScene(t, {
    openedOn: '2025-11-10',
    terms: { form: 'bill', cash: 'deposit', release: 'pro_rata', acceptanceFeeRate: '0.000500' },
    product: { vatExemptSmallLoans: false },
  });
  const { bank, buyer, closeUntil, deposit, journals, pay, read } = scene;
  const order = await scene.accepted({ expiresOn: '2025-12-10' });
  t.match(order, {
    stage: 'funded',
    account: { acceptance: { state: 'accepted', fee: '5000.00', maturityDate: '2025-12-10' } },
  });
  await closeUntil('2025-11-15');
  await deposit(buyer.id, '4234567.89');
  t.equal((await pay(order.id, '1234567.89')).status, 201);
  t.equal((await read(order.id)).account.releasable, '1763668.41');
  await closeUntil('2025-11-20');
  t.equal((await pay(order.id, '3000000.00')).status, 201);
  await scene.handedOver(order.id, '6049382.70');
  t.match((await scene.request(order.id, '0.01')).json, { code: 'release-exceeds-payment', free: '0.00' });
  t.match(await read(order.id), {
    undeliveredValue: '3950617.30',
    account: { paidIn: '4234567.89', held: '7234567.89' },
  });

  await closeUntil('2025-12-11');
  const short = await read(order.id);
  t.match(short, { stage: 'shortfall', shortSince: '2025-12-10', account: { principal: '2765432.11', held: '0.00' } });
  const { financingId } = short.account;
  t.match((await bank.maker.get(`/v1/financings/${financingId}`)).financing, {
    product: 'bill_acceptance',
    status: 'overdue',
    penaltyRate: '0.180000',
  });
  await closeUntil('2025-12-15');
  t.equal((await bank.maker.get(`/v1/financings/${financingId}`)).due.penalty, '6913.58');
  t.equal(await scene.balance('4003'), '6522.25');
  const refunded = await bank.operator.post(`/v1/prepayments/${order.id}/refunds`, {
    amount: '3950617.30',
    bankReference: 'IN-REFUND',
  });
  t.match(refunded, { stage: 'refunded', refunded: '3950617.30' });
  t.same(await journals(order.id), [
    'prepayment.margin: Dr 2001/Dist 3000000.00, Cr 2002/Dist 3000000.00',
    'prepayment.acceptance_fee: Dr 2001/Dist 5000.00, Cr 4005 4716.98, Cr 2011 283.02',
    'prepayment.bill_accepted: Dr 9002 10000000.00, Cr 9999 10000000.00',
    'prepayment.release: Dr 2001/Dist 1234567.89, Cr 2002/Dist 1234567.89',
    'prepayment.release: Dr 2001/Dist 3000000.00, Cr 2002/Dist 3000000.00',
    'prepayment.bill_paid: Dr 2002/Dist 7234567.89, Dr 1109 2765432.11, Cr 1001 10000000.00',
    'prepayment.acceptance_ended: Dr 9999 10000000.00, Cr 9002 10000000.00',
    'prepayment.refund_received: Dr 1001 3950617.30, Cr 2003/Core 3950617.30',
    'prepayment.refund_residual: Dr 2003/Core 1178271.61, Cr 2001/Dist 1178271.61',
  ]);
  t.same(await journals(financingId), [
    'financing.repaid: Dr 2003/Core 2772345.69, Cr 1132 6913.58, Cr 1109 2765432.11',
  ]);
  t.equal(await scene.balance(`2001/${buyer.id}`), '1178271.61');
  t.same(await scene.limits(), []);
  t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
  const closed = await buyer.maker.post(`/v1/prepayments/${order.id}/closing`, undefined, refunded.version);
  t.equal(closed.stage, 'closed');
  await closeUntil('2025-12-16');
  t.ok(await scene.proof());
});
