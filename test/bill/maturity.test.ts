import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { addDays } from '../../src/money/dates.ts';
import { discountScene } from './discount-scene.ts';

const scene = await discountScene(t, '2025-06-27');
const { bank, core, first, second, third, operator, sql } = scene;

/** Closes the day before a day of maturity: the bills that fall due are presented when it ends. */
async function mature(maturity: string): Promise<void> {
  await scene.jumpTo(addDays(maturity, -1));
  await scene.closeUntil(maturity);
}

const presentationOf = async (holdingId: string): Promise<Json> =>
  (await core.maker.get('/v1/bill-offers?kind=payment&side=to&limit=200')).items.find(
    (offer: Json) => offer.holdingId === holdingId,
  );

const answer = (offerIds: string[], verdict: 'pay' | 'refuse', more: object = {}) =>
  core.checker.call('POST', '/v1/bill-presentations/answers', { body: { offerIds, verdict, ...more } });

const standing = async (by: { maker: { get: (path: string) => Promise<Json> } }, id: string): Promise<string> => {
  const { billStateCode, circulationCode } = await by.maker.get(`/v1/bill-holdings/${id}`);
  return `${billStateCode} ${circulationCode}`;
};

void t.test('On its maturity a bill presents itself, and its acceptor pays each holder in full', async (t) => {
  const { billId, holdingId } = await scene.issue({ face: '1000000.00', dueDate: '2025-12-27' });
  const part = await scene.endorse(first, second, { holdingId, amount: '300000.00' });
  await mature('2025-12-29');
  t.equal(await standing(first, holdingId), 'CS04 TF0401');
  const offers = [await presentationOf(holdingId), await presentationOf(part)];
  t.match(offers, [
    { amount: '700000.00', state: 'pending' },
    { amount: '300000.00', state: 'pending' },
  ]);
  const ids = offers.map(({ id }) => id);
  t.match(await answer(ids, 'pay'), { status: 409, json: { code: 'insufficient-funds' } });
  await scene.deposit(core, '1000000.00');
  const stranger = await first.checker.call('POST', '/v1/bill-presentations/answers', {
    body: { offerIds: ids.slice(0, 1), verdict: 'pay' },
  });
  t.match(stranger, { status: 403, json: { code: 'not-a-party' } });
  t.match(await answer(ids, 'pay'), { status: 200 });
  t.equal(await standing(first, holdingId), 'CS06 TF0501');
  t.equal(await scene.balance(`2001/${core.id}`), '0.00');
  t.equal(await scene.balance(`2001/${second.id}`), '-300000.00');
  t.match(await answer(ids, 'pay'), { status: 409, json: { code: 'illegal-transition' } }, 'once');
  await scene.exchange();
  t.equal((await operator.get(`/v1/bill-acceptors/${core.id}`)).accepted, '0.00', 'its limit is free again');
  const [tiled] = await sql(
    'select sum(amount)::numeric(20,2)::text as face from bill_holding where bill_id = $1 and live',
    [billId],
  );
  t.equal(tiled.face, '1000000.00');
});

void t.test(
  'No answer by the end of the day is a refusal; the holder has recourse against all before it',
  async (t) => {
    await scene.jumpTo('2026-01-05');
    const { holdingId } = await scene.issue({ face: '500000.00', dueDate: '2026-06-30' });
    const held = await scene.endorse(first, second, { holdingId });
    const claimed = await scene.endorse(second, third, { holdingId: held });
    const early = await third.maker.call('POST', '/v1/bill-claims', { body: { holdingId: claimed } });
    t.match(early, { status: 409, json: { code: 'not-dishonoured', who: 'holder' } });
    await mature('2026-06-30');
    await scene.closeUntil('2026-07-01');
    const row = await third.maker.get(`/v1/bill-holdings/${claimed}`);
    t.match(row, { dishonouredOn: '2026-06-30', billStateCode: 'CS04', circulationCode: 'TF0401' });
    const events = await sql('select amount::numeric(20,2)::text as amount, settled_on from bill_overdue_event');
    t.match(events, [{ amount: '500000.00', settled_on: null }]);

    const beyond = await third.maker.call('POST', '/v1/bill-claims', {
      body: { holdingId: claimed, targets: [third.id] },
    });
    t.match(beyond, { status: 409, json: { code: 'recourse-not-possible' } });
    const claim = await third.maker.post('/v1/bill-claims', { holdingId: claimed, costs: '85.00' });
    t.same([...claim.targets].sort(), [core.id, first.id, second.id].sort());
    t.match(claim, { amount: '500000.00', rate: '0.030000', status: 'opened', costs: '85.00', bookId: null });
    t.equal(await standing(third, claimed), 'CS04 TF0402');
    const twice = await third.maker.call('POST', '/v1/bill-claims', { body: { holdingId: claimed } });
    t.match(twice, { status: 409, json: { code: 'already-exists' } });

    await scene.jumpTo('2026-09-28');
    const path = `/v1/bill-claims/${claim.id}`;
    const { due } = await first.maker.get(path);
    t.match(due, { on: '2026-09-28', costs: '85.00', interest: '3750.00', total: '503835.00' }, '90 days at 3.00 %');
    await scene.deposit(first, '600000.00');
    t.match(await first.maker.call('POST', `${path}/payments`, { body: { amount: '100.00' } }), {
      status: 409,
      json: { code: 'recourse-in-full' },
    });
    const outsider = await bank.maker.call('POST', `${path}/payments`, { body: {} });
    t.equal(outsider.status, 404, 'who is no side of it does not see it');
    const paid = await first.maker.post(`${path}/payments`, {});
    t.match(paid.payment, { amount: '503835.00', costs: '85.00', interest: '3750.00', principal: '500000.00' });
    t.equal(paid.claim.status, 'discharged');
    t.match(await first.maker.get(`/v1/bill-holdings/${claimed}`), { holderId: first.id, circulationCode: 'TF0402' });

    const again = await first.maker.post('/v1/bill-claims', { holdingId: claimed });
    t.match(again, { kind: 're_recourse', amount: '503835.00', interestFrom: '2026-09-28' });
    t.same(again.targets, [core.id], 'only those before it (票据法 art. 69)');
    await scene.jumpTo('2026-10-28');
    await scene.deposit(core, '200000.00');
    const part = await core.maker.post(`/v1/bill-claims/${again.id}/payments`, { amount: '200000.00' });
    t.match(part.payment, { interest: '1259.59', principal: '198740.41' }, 'interest on all that was paid');
    await scene.deposit(core, '400000.00');
    const rest = await core.maker.post(`/v1/bill-claims/${again.id}/payments`, {});
    t.equal(rest.claim.status, 'discharged');
    t.equal(await standing(first, claimed), 'CS06 TF0501', 'the drawer has paid: the bill is at an end');
    const [settled] = await sql('select settled_on::text as on from bill_overdue_event where holding_id = $1', [
      claimed,
    ]);
    t.equal(settled.on, '2026-10-28');
  },
);
