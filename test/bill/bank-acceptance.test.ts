import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(240_000);

const scene = await billScene(t);
const { bank, core, first, programmeId, sql, operator } = scene;
const drawn = { kind: 'bank', face: '1000000.00' } as const;

/** Balances of the bank's book in yuan, debits positive. */
async function balances(): Promise<Record<string, string>> {
  const rows = await sql(
    `select path, trim_scale(posted)::text as posted from balance
      where book_id = $1 and path = any($2) and posted <> 0 order by path`,
    [bank.id, [`2001/${core.id}`, `2002/${core.id}`, '2011', '4005', '9002', '9005']],
  );
  return Object.fromEntries(rows.map(({ path, posted }) => [path.slice(0, 4), posted]));
}
const limits = async (): Promise<Json> =>
  (
    await sql(
      `select trim_scale(reserved)::text as reserved, trim_scale(used)::text as used from limit_node
        where kind = 'product' and product = 'bill_acceptance' and org_id = $1`,
      [core.id],
    )
  )[0];
const acceptor = () => operator.get(`/v1/bill-acceptors/${bank.id}`);

async function presented(): Promise<Readonly<{ billId: string; holdingId: string; offerId: string }>> {
  const made = await scene.draw(drawn);
  const { offers } = await core.maker.post('/v1/bill-acceptances', { items: [{ billId: made.billId }] });
  return { ...made, offerId: offers[0].id };
}
const answer = (offerId: string, more: object = { programmeId }) =>
  bank.checker.call('POST', '/v1/bill-acceptances/answers', { body: { offerIds: [offerId], ...more } });

void t.test('A bank accepts under its programme: margin, fee, limits and the undertaking, to the fen', async (t) => {
  const { billId, holdingId, offerId } = await presented();
  t.match(
    await answer(offerId),
    { status: 409, json: { code: 'insufficient-funds', missing: '300500.00' } },
    'the drawer must have margin and fee',
  );
  t.match(await limits(), { reserved: '0', used: '0' }, 'refused, nothing stays reserved');
  await scene.deposit(core, '400000.00');
  t.match(await answer(offerId, {}), { status: 400, json: { code: 'invalid-input' } }, 'under no programme');
  t.equal((await answer(offerId)).status, 200);
  t.match(await limits(), { reserved: '700000', used: '0' }, 'reserved is what the margin leaves');
  t.same(await balances(), { 2001: '-400000' }, 'nothing is booked before the exchange has confirmed');
  await scene.exchange();
  t.same(await balances(), {
    ...{ 2001: '-99500', 2002: '-300000', 2011: '-28.3', 4005: '-471.7', 9002: '1000000' },
  });
  t.match(await limits(), { reserved: '0', used: '700000' });
  t.match(await acceptor(), { accepted: '1000000.00', margin: '300000.00' });
  t.match(await core.maker.get(`/v1/bills/${billId}`), {
    ...{ number: /^8/, margin: '300000.00', fee: '500.00', acceptedOn: '2026-07-01', programmeId },
  });

  await core.maker.post('/v1/bill-voids', { items: [{ holdingId }] });
  t.same(
    await balances(),
    { 2001: '-399500', 2011: '-28.3', 4005: '-471.7' },
    'void: the margin goes back, the fee not',
  );
  t.match(await limits(), { reserved: '0', used: '0' });
  t.match(await acceptor(), { accepted: '0.00', margin: '0.00' });
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.equal(proof.ok, true);
});

void t.test('What the exchange does not clear is undone: hold, limits and the acceptor’s room', async (t) => {
  const made = await scene.draw({ kind: 'bank', face: '444444.00' });
  const { offers } = await core.maker.post('/v1/bill-acceptances', { items: [{ billId: made.billId }] });
  t.equal((await answer(offers[0].id)).status, 200);
  t.match(await acceptor(), { accepted: '444444.00', margin: '133333.20' });
  await sql(
    `insert into bill_exchange_simulation (message_id, kind, number, refusal_code, answers_at, told_at)
     select id, kind, null, 'SU02', '2026-07-01', '2026-07-01' from bill_message where offer_id = $1`,
    [offers[0].id],
  );
  await scene.exchange();
  t.match(await core.maker.get(`/v1/bill-offers/${offers[0].id}`), { state: 'failed', code: 'SU02' });
  t.match(await limits(), { reserved: '0', used: '0' });
  t.match(await acceptor(), { accepted: '0.00', margin: '0.00' });
  t.match(await core.maker.get(`/v1/bills/${made.billId}`), { margin: '0.00', programmeId: null, acceptedOn: null });
  const [{ held }] = await sql('select held::text as held from balance where book_id = $1 and path = $2', [
    ...[bank.id, `2001/${core.id}`],
  ]);
  t.equal(Number(held), 0);
});

void t.test('A bill that nobody received is at an end when it falls due', async (t) => {
  const { billId, holdingId, offerId } = await presented();
  t.equal((await answer(offerId)).status, 200);
  await scene.exchange();
  await scene.jumpTo('2026-12-27');
  await scene.closeUntil('2026-12-29');
  t.match(await scene.holding(core, holdingId), {
    billState: 'ended',
    billStateCode: 'CS05',
    circulationCode: 'TF0501',
  });
  t.match(await acceptor(), { accepted: '0.00', margin: '0.00' });
  t.match(await limits(), { used: '0' });
  t.match(await sql('select released from bill_background where bill_id = $1', [billId]), [{ released: true }]);
  await scene.jumpTo('2026-07-01');
});

void t.test('A plain pledge to a bank is on record in its book until it is released', async (t) => {
  const { billId, holdingId } = await scene.issue();
  await scene.disclose(billId);
  const pledged = await scene.pledge(first, bank, { holdingId, amount: '456789.12' });
  t.match(await balances(), { 9005: '456789.12' });
  const { offers } = await bank.maker.post('/v1/bill-pledge-releases', {
    items: [{ holdingId: pledged, amount: '56789.12' }],
  });
  await scene.agree(offers, first.checker);
  t.match(await balances(), { 9005: '400000' }, 'released in part, by interval');
  t.match(await scene.holding(first, pledged), { amount: '400000.00', circulation: 'pledged' });
  t.match(await scene.holding(first, offers[0].holdingId), { amount: '56789.12', circulation: 'circulating' });
});
