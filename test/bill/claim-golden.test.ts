import t from 'tap';
import { discountScene } from './discount-scene.ts';

// features.md 3.E, E.8–E.13: the discounted 456,789.12 is refused on 2025-12-29; statutory interest at 4.35 % (LPR 3.00 %
// and a spread that makes the worked figures); the drawer pays a part, the endorser the rest and takes the claim.
void t.test(
  'A dishonoured bill of the bank becomes a claim that is paid to the fen, in part and by an endorser',
  async (t) => {
    const scene = await discountScene(t, '2025-06-27');
    const { bank, core, first, operator, sql } = scene;
    await sql("update policy_parameter set value = '0.0135' where code = 'bill.recourseSpread'");
    const { holdingId } = await scene.ready({ face: '1000000.00', dueDate: '2025-12-27' });
    await scene.closeBookUntil('2025-07-03');
    const { id: discountId } = await scene.discount(first, [{ holdingId, amount: '456789.12' }]);
    const [line] = await scene.linesOf(discountId);
    const pledged: string = line.holdingId;

    await scene.closeBookUntil('2025-12-28');
    await scene.closeUntil('2025-12-29');
    await scene.exchange();
    await scene.closeBookUntil('2025-12-29');
    t.equal(await scene.balance('1108'), '0.00', 'its interest is earned when it is due');
    await scene.closeUntil('2025-12-30');
    t.same(
      await scene.journals('kind', 'bill.dishonoured'),
      ['bill.dishonoured 2025-12-29 1133 456789.12, 1107 -456789.12'],
      'E.8',
    );
    t.match(await scene.linesOf(discountId), [{ state: 'claimed' }]);

    const claim = await bank.maker.post('/v1/bill-claims', { holdingId: pledged, costs: '500.00' });
    t.match(claim, { rate: '0.043500', interestFrom: '2025-12-29', bookId: bank.id, amount: '456789.12' });
    t.same([...claim.targets].sort(), [core.id, first.id].sort());
    t.same(
      await scene.journals('kind', 'bill_claim.cost'),
      ['bill_claim.cost 2025-12-29 1139 500.00, 1001 -500.00'],
      'E.9',
    );

    await scene.closeBookUntil('2026-01-08');
    t.equal(await scene.balance('1132'), '551.95', 'E.10: ten days');
    const path = `/v1/bill-claims/${claim.id}`;
    const stranger = await first.maker.call('POST', `${path}/payments`, {
      body: { amount: '1.00', payerId: core.id, bankReference: 'IN-1' },
    });
    t.match(stranger, { status: 403, json: { code: 'not-a-party' } });
    const part = await bank.maker.post(`${path}/payments`, {
      amount: '200000.00',
      payerId: core.id,
      bankReference: 'IN-20260108-1',
    });
    t.match(
      part.payment,
      { costs: '500.00', interest: '551.95', principal: '198948.05', paidOn: '2026-01-08' },
      'E.11',
    );
    t.equal(part.claim.status, 'part_discharged');

    await scene.closeBookUntil('2026-01-23');
    t.equal(await scene.balance('1132'), '467.34', 'E.12: fifteen days on 257,841.07');
    await scene.deposit(first, '300000.00');
    const before = Number(await scene.balance(`2001/${first.id}`));
    const rest = await first.maker.post(`${path}/payments`, {});
    t.match(rest.payment, { amount: '258308.41', costs: '0.00', interest: '467.34', principal: '257841.07' }, 'E.13');
    t.equal((Number(await scene.balance(`2001/${first.id}`)) - before).toFixed(2), '258308.41');
    t.same(
      [
        await scene.balance('1133'),
        await scene.balance('1132'),
        await scene.balance('1139'),
        await scene.balance('1107'),
      ],
      ['0.00', '0.00', '0.00', '0.00'],
    );
    t.match(await first.maker.get(`/v1/bill-holdings/${pledged}`), { holderId: first.id, circulationCode: 'TF0402' });
    const limits = await sql(
      "select used::numeric(20,2)::text as used from limit_node where product = 'bill_discount' and used > 0",
    );
    t.same(limits, [], 'what the discount used is free again');

    const again = await first.maker.post('/v1/bill-claims', { holdingId: pledged });
    t.match(again, { kind: 're_recourse', amount: '258308.41', targets: [core.id], bookId: null });
    await scene.closeBookUntil('2026-01-24');
    t.ok((await bank.maker.get(`/v1/books/${bank.id}/verification`)).ok);
    t.match(await operator.get(`/v1/bill-acceptors/${core.id}`), { accepted: '1000000.00' }, 'the acceptor owes still');
  },
);
