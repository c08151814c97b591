import t from 'tap';
import { receiptScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await receiptScene(t);
const { bank, holder, keeper, read, closeUntil, decide, must } = scene;

// The worked example of a receipt, from its split to the last release, to the fen (D.1 to D.8). It rounds interest once
// for each stretch of one principal; the house rounds once for the whole contract (domain.md 6): 11,870.83 in all, so
// that D.6 and D.7 have the one fen less that the example has too much.
void t.test('300 t of zinc: split, pledge, partial release and payoff as an accountant signs them', async (t) => {
  await scene.quote('22380.00');
  const whole = await scene.receipt('300.000', { number: 'WR-001' });
  const [a, b] = await scene.split(whole.id, '180.000', '120.000');
  t.match([a.number, a.quantity, b.number, b.quantity], ['WR-001-1', '180', 'WR-001-2', '120']);

  const asked = { programmeId: scene.programmeId, receiptIds: [a.id], dueDate: '2026-08-30' };
  const { value, quote } = await holder.maker.post('/v1/receipt-loans/quotes', asked);
  t.match({ value, amount: quote.amount }, { value: '4028400.00', amount: '2618460.00' }, 'value, and 65 % of it');
  const over = await scene.apply([a.id], { amount: '2618460.01' });
  t.match([over.status, over.json.code, over.json.accepted], [422, 'advance-too-high', '0.01 to 2618460.00']);

  const loan = await scene.lend([a.id], '2600000.00');
  t.same(
    await scene.journals('2026-07-01'),
    [
      'financing.collateral_held 07-01 Dr 9004 4028400.00, Cr 9999 4028400.00',
      'financing.disbursed 07-01 Dr 1106 2600000.00, Cr 2001 2600000.00',
    ],
    'D.1, D.2',
  );

  await closeUntil('2026-07-31');
  t.equal(await scene.accrued('2026-07-01', '2026-07-30'), '8341.67', 'D.3');
  await scene.repay(loan, '1508341.67');
  const { json: order } = await scene.ask(loan, a.id);
  const granted = await decide(order, 'grant', bank.checker);
  t.match(granted.json, { state: 'granted', quantity: '104.383', value: '2336091.54' });
  const [a1, a2] = [await read(granted.json.keptId), await read(granted.json.releasedId)];
  t.match(
    [a1.number, a1.quantity, a1.value, a1.state, a1.financingId],
    ['WR-001-1-1', '75.617', '1692308.46', 'pledged', loan],
  );
  t.match([a2.number, a2.quantity, a2.state, a2.financingId], ['WR-001-1-2', '104.383', 'released', null]);
  t.same(
    await scene.journals('2026-07-31'),
    [
      'financing.repaid 07-31 Dr 2001 1508341.67, Cr 1131 8341.67, Cr 1106 1500000.00',
      'receipt.collateral_released 07-31 Dr 9999 2336091.54, Cr 9004 2336091.54',
    ],
    'D.4, D.5',
  );

  const bookMore = (yuan: string) => scene.sql('update receipt set booked = booked + $2 where id = $1', [a1.id, yuan]);
  await bookMore('0.01');
  t.notOk(await scene.proof(), 'a memo that differs from the receipts by a fen is found out');
  await bookMore('-0.01');

  const early = await scene.act(holder.maker, a2.id, 'presentation');
  t.match([early.status, early.json.code], [409, 'illegal-transition'], 'not before the warehouse has acknowledged');
  const acknowledged = await decide(granted.json, 'acknowledgement', keeper.checker);
  t.equal(acknowledged.json.state, 'acknowledged');
  await must(holder.maker, a2.id, 'presentation');
  const unpaid = await scene.act(keeper.maker, a2.id, 'delivery', scene.head());
  t.match([unpaid.status, unpaid.json.code], [409, 'storage-fee-unpaid']);
  await must(keeper.maker, a2.id, 'fee-payments', { amount: unpaid.json.missing, reference: 'SF-1' });
  const { json: again } = await scene.act(keeper.maker, a2.id, 'delivery', { ...scene.head(), sequence: 2 });
  t.equal(again.state, 'delivered');

  await closeUntil('2026-08-30');
  t.equal(await scene.accrued('2026-07-31', '2026-08-29'), '3529.16', 'D.6');
  await scene.deposit(holder.id, '11870.83');
  await scene.repay(loan, '1103529.16');
  t.same(
    (await scene.journals('2026-08-30')).slice(-2),
    [
      'financing.repaid 08-30 Dr 2001 1103529.16, Cr 1131 3529.16, Cr 1106 1100000.00',
      'financing.collateral_released 08-30 Dr 9999 1692308.46, Cr 9004 1692308.46',
    ],
    'D.7, D.8',
  );
  t.match(await read(a1.id), { state: 'released', financingId: null, value: '0.00' });
  t.match(await scene.conserved(), { stock: '195.617', receipts: '195.617' });
  t.ok(await scene.proof());
});
