import t from 'tap';
import type { Answer, Json } from '../../src/demo/client.ts';
import { receiptScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await receiptScene(t);
const { bank, holder, keeper, otherBank, otherProgrammeId, sql, must } = scene;
await scene.quote('22380.00');
await scene.quote('22380.00', otherBank);

/** The codes of those refused; `ok` for those that went through, sorted. */
const outcomes = (answers: readonly Answer[]): string[] =>
  answers.map(({ status, json }) => (status < 300 ? 'ok' : json.code)).sort();
const constraint = (name: string | RegExp) => ({ message: new RegExp(name) });

void t.test('The same receipt is pledged once, however many banks are asked at once', async (t) => {
  const { id } = await scene.receipt('100.000');
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      scene.apply([id], { amount: '1000.00', ...(i % 2 === 0 ? {} : { programmeId: otherProgrammeId }) }),
    ),
  );
  t.equal(outcomes(answers).filter((code) => code === 'ok').length, 1);
  t.ok(
    outcomes(answers).every((code) => code === 'ok' || code === 'receipt-not-free'),
    outcomes(answers).join(),
  );
  t.equal((await sql('select count(*)::int as live from receipt_pledge where receipt_id = $1', [id]))[0].live, 1);

  const [pledge] = await sql('select * from receipt_pledge where receipt_id = $1', [id]);
  await t.rejects(
    sql(
      `insert into receipt_pledge (id, receipt_id, financing_id, book_id, holder_id, operator_id, perfection, state, endorsed_at, created_at)
       values (gen_random_uuid(), $1, gen_random_uuid(), $2, $3, $4, 'both', 'offered', now(), now())`,
      [id, otherBank.id, pledge.holder_id, pledge.operator_id],
    ),
    constraint('receipt_pledge_once'),
    'the database keeps out a second pledge',
  );
});

void t.test('The same goods are never under two receipts', async (t) => {
  const lotId = await scene.lot('100.000');
  const tried = await Promise.all(
    Array.from({ length: 10 }, () =>
      keeper.maker.call('POST', '/v1/receipts', { body: scene.statement(lotId, '60.000') }),
    ),
  );
  t.equal(outcomes(tried).filter((code) => code === 'ok').length, 1);
  t.ok(
    outcomes(tried).every((code) => code === 'ok' || /lot-claimed|quantity-exceeds-lot|lot-not-in-stock/.test(code)),
    outcomes(tried).join(),
  );
  const [{ total }] = await sql(
    `with recursive down as (select id from lot where id = $1 union all select l.id from lot l join down on l.parent_id = down.id)
     select sum(r.quantity)::text as total from receipt r join down on r.lot_id = down.id`,
    [lotId],
  );
  t.equal(total, '60', 'receipts say no more than what lies there');

  const issued = tried.find(({ status }) => status === 201)?.json as Json;
  await t.rejects(
    sql(
      `insert into receipt select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number', 'WR-TWICE'))).*
         from receipt r where id = $1`,
      [issued.id],
    ),
    constraint('receipt_one_for_a_lot'),
    'the database keeps out a second receipt',
  );
});

void t.test('Goods under a receipt back no inventory pledge, and goods in a pledge get no receipt', async (t) => {
  const opened = await holder.maker.post('/v1/inventory-pledges', { programmeId: scene.programmeId, mode: 'static' });
  const lotId = await scene.lot('100.000');
  const offer = () =>
    holder.maker.call('POST', `/v1/inventory-pledges/${opened.id}/offers`, {
      body: { lotIds: [lotId] },
      version: opened.version,
    });
  const issue = () => keeper.maker.call('POST', '/v1/receipts', { body: scene.statement(lotId, '100.000') });
  const answers = await Promise.all([offer(), issue(), offer(), issue(), issue(), offer()]);
  t.equal(outcomes(answers).filter((code) => code === 'ok').length, 1, outcomes(answers).join());
  const [lot] = await sql('select claim, receipt_id, pledge_id from lot where id = $1', [lotId]);
  t.ok((lot.receipt_id === null) !== (lot.pledge_id === null), 'one claim');

  const { id: receiptId, lotId: held } = await scene.receipt('50.000');
  const body = { lotIds: [held] };
  const { version } = (await holder.maker.get(`/v1/inventory-pledges/${opened.id}`)).pledge;
  const refused = await holder.maker.call('POST', `/v1/inventory-pledges/${opened.id}/offers`, { body, version });
  t.match([refused.status, refused.json.code], [409, 'lot-claimed']);
  await t.rejects(
    sql(`update lot set claim = 'pledged', pledge_id = $2, book_id = $3, version = version + 1 where id = $1`, [
      held,
      opened.id,
      scene.bank.id,
    ]),
    constraint(/lot_one_claim|lot_claim_named/),
  );
  await t.rejects(
    sql(
      `update lot set claim = 'pledged', receipt_id = null, pledge_id = $2, book_id = $3, version = version + 1 where id = $1`,
      [held, opened.id, scene.bank.id],
    ),
    { message: /does not say what lies in its lot/ },
    'a receipt never loses its goods to a pledge',
  );
  t.equal((await scene.read(receiptId)).state, 'registered');
});

void t.test('The warehouse never lets pledged goods go', async (t) => {
  const { id, lotId } = await scene.receipt('100.000');
  await scene.lend([id], '1000000.00');
  const at = `/v1/warehouses/${scene.warehouse.id}/documents`;
  const departures = [{ lotId, quantity: '1.000' }];
  const { sequence, ...head } = scene.head();
  const outbound = await keeper.maker.call('POST', at, { body: { ...head, sequence, kind: 'outbound', departures } });
  t.match([outbound.status, outbound.json.code], [409, 'lot-claimed']);
  for (const [who, path, body] of [
    [keeper.maker, 'delivery', { ...head, sequence }],
    [holder.maker, 'presentation', undefined],
    [holder.maker, 'endorsements', { toId: scene.buyer.id, evidence: 'HT-1' }],
    [holder.maker, 'split', { quantities: ['50.000', '50.000'] }],
    [holder.maker, 'cancellation', { reason: '误开' }],
  ] as const) {
    const { status, json } = await scene.act(who, id, path, body);
    t.match([status, json.code], [409, 'illegal-transition'], path);
  }
  const emptied = `update lot set quantity = 0, state = 'gone', claim = 'none', receipt_id = null, book_id = null, version = version + 1 where id = $1`;
  await t.rejects(sql(emptied, [lotId]), { message: /does not say what lies in its lot|its documents say/ });
  await t.rejects(
    sql(
      `update receipt set state = 'delivered', financing_id = null, book_id = null, value = 0, booked = 0, quoted_at = null where id = $1`,
      [id],
    ),
    { message: /goods are under it|pledge/ },
  );
  t.match(await scene.read(id), { state: 'pledged', quantity: '100' });
  await must(keeper.checker, id, 'freeze', { reason: '法院查封' });
  t.match(await scene.read(id), { state: 'pledged', standing: 'frozen' });
});

void t.test('Two releases granted at once never take more than the cover allows', async (t) => {
  const [{ last_sequence: last }] = await sql('select last_sequence from warehouse where id = $1', [
    scene.warehouse.id,
  ]);
  scene.sequenceIs(last);
  const [one, other] = [await scene.receipt('50.000'), await scene.receipt('50.000')];
  const loan = await scene.lend([one.id, other.id], '1000000.00');
  const orders = await Promise.all([one, other].map(async ({ id }) => (await scene.ask(loan, id)).json));
  const granted = await Promise.all(
    orders.map((order, index) => scene.decide(order, 'grant', index === 0 ? bank.checker : bank.second)),
  );
  t.same(outcomes(granted), ['cover-insufficient', 'ok'], 'the second finds nothing left to take');
  const [{ value, kept }] = await sql(
    `select sum(value)::text as value, sum(quantity)::text as kept from receipt where financing_id = $1`,
    [loan],
  );
  t.ok(Number(value) >= 1_538_461.54, `${value} covers 1,000,000.00 at 65 %`);
  t.ok(Number(value) - 22.38 < 1_538_461.54, `not a kilogram more than needed stays of ${kept} t`);
});
