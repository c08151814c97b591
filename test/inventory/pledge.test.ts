import t from 'tap';
import { appearBank } from '../../src/demo/cast.ts';
import type { Answer, Json } from '../../src/demo/client.ts';
import { inventoryScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await inventoryScene(t);
const { bank, pledgor, keeper, standing, document, arrival, lot, path, sql } = scene;
const refused = (status: number, code: string, more: Json = {}): Json => ({ status, json: { code, ...more } });
await scene.quote('10000.00');

void t.test('A pledge arises when supervisor and a second person of the bank have done their part', async (t) => {
  const lotId = await lot('10.000');
  const { programmeId } = scene;
  const opened = await pledgor.maker.post(scene.pledges, { programmeId, mode: 'floating', purchaseMoney: true });
  const at = path(opened.id);
  const confirm = (version: number, who = bank.checker) => who.call('POST', `${at}/confirmation`, { version });
  t.match(await confirm(opened.version), refused(409, 'illegal-transition'), 'nobody controls the goods yet');
  const offered = await pledgor.maker.post(`${at}/offers`, { lotIds: [lotId] }, opened.version);
  t.match(
    await pledgor.maker.call('POST', `${at}/offers`, { body: { lotIds: [lotId] }, version: offered.version }),
    refused(409, 'lot-claimed'),
  );
  t.match(
    await scene.supplier.maker.call('POST', `${at}/offers`, { body: { lotIds: [lotId] }, version: offered.version }),
    refused(404, 'not-found'),
    'another member sees no such pledge',
  );
  const appointed = await scene.appoint(opened.id, offered.version);
  t.match(
    await document('outbound', { departures: [{ lotId, quantity: '1.000' }] }),
    refused(409, 'lot-claimed'),
    'offered goods stay',
  );
  const attested = await scene.attest(opened.id, appointed.version);
  t.match(attested, { status: 'supervised', supervisorId: keeper.id });
  t.equal((await confirm(attested.version)).json.status, 'active');
  const loan = await scene.draw(opened.id, '70000.00');
  const { priority, cover } = await standing(opened.id);
  t.match(priority, { purchaseMoney: true, outranksEarlier: true });
  t.match(cover, { drawable: '0.00', controlLine: '100000.00', loanToValue: '0.700000' });
  const more = { amount: '0.01', dueDate: '2026-10-08', payeeAccountId: scene.account.id };
  t.match(
    await pledgor.maker.call('POST', `${at}/drawings`, { body: more }),
    (refused(422, 'cover-insufficient') as Json) && { json: { code: 'cover-insufficient', missing: '0.01' } },
  );
  await pledgor.maker.post(`/v1/financings/${loan}/repayments`, { amount: '70000.00' });
  t.match(await standing(opened.id), { pledge: { status: 'released', value: '0.00' } }, 'paid off, the goods are free');
  t.match(await pledgor.maker.get(`/v1/lots/${lotId}`), { claim: 'none', pledgeId: null });
});

void t.test(
  'Documents of a warehouse come in order, each once, and what breaks the line is refused whole',
  async (t) => {
    const id = await scene.pledge([await lot('100.000')]);
    await scene.draw(id, '630000.00');
    const [first] = (await bank.maker.get(`/v1/lots?pledgeId=${id}`)).items;
    const out = (quantity: string, changes: Json = {}) =>
      document('outbound', { departures: [{ lotId: first.id, quantity }] }, changes);
    const next = scene.sequence() + 1;
    t.match(
      await out('1.000', { sequence: next + 1 }),
      refused(409, 'document-out-of-order', { accepted: String(next) }),
    );
    t.match(
      await out('10.001'),
      refused(409, 'cover-insufficient', { missing: '10.00', controlLine: '900000.00', valueAfter: '899990.00' }),
    );
    const sent = { documentNumber: 'CK-1', happenedAt: scene.clock.now().toISOString(), sequence: next };
    const left = await out('10.000', sent);
    t.match(left, { status: 201, json: { sequence: next, lots: [{ quantity: '90' }] } });
    t.same(
      (await out('10.000', sent)).json,
      left.json,
      'the same document under another key is given its first answer',
    );
    t.match(await out('9.000', sent), refused(409, 'document-differs'));
    t.match((await standing(id)).cover, { value: '900000.00', controlLine: '900000.00' });
    t.match(
      await out('0.001'),
      refused(409, 'cover-insufficient', { missing: '10.00' }),
      'nothing lies above the line',
    );
    const arrivals = [arrival('20.000', { pledgeId: id })];
    t.match(await document('inbound', { arrivals }), {
      status: 201,
      json: { lots: [{ claim: 'pledged', pledgeId: id, bookId: bank.id }] },
    });
    t.match((await standing(id)).cover, { value: '1100000.00', lots: 2 });
    const [memo] = await sql(
      "select posted::numeric(20,2) as posted from balance where book_id = $1 and path = '9003'",
      [bank.id],
    );
    t.equal(memo.posted, '1100000.00', 'what stands off the balance sheet is what lies there');
    t.match(
      await document('inbound', { arrivals: [arrival('1.0005')] }),
      refused(422, 'not-whole-steps', { field: '/arrivals/0/quantity' }),
    );
    const taken = arrival('1.000');
    await document('inbound', { arrivals: [taken] });
    t.match(await document('inbound', { arrivals: [taken] }), refused(409, 'place-occupied'));
    t.match(
      await document('inbound', { arrivals: [arrival('1.000', { ownerId: scene.supplier.id, pledgeId: id })] }),
      refused(403, 'not-a-party'),
    );
  },
);

void t.test('A static pledge lets goods go by the bank’s decision, or like for like', async (t) => {
  const lotId = await lot('100.000');
  const id = await scene.pledge([lotId], 'static');
  await scene.draw(id, '350000.00');
  t.match(await document('outbound', { departures: [{ lotId, quantity: '1.000' }] }), refused(409, 'pledge-static'));
  const swap = (came: string) =>
    document('substitution', {
      arrivals: [arrival(came, { pledgeId: id })],
      departures: [{ lotId, quantity: '10.000' }],
    });
  t.match(await swap('9.999'), refused(409, 'substitute-too-small', { missing: '10.00' }));
  t.match(await swap('10.000'), refused(409, 'substitution-not-agreed'), 'the bank has not agreed');
  const at = `${path(id)}/substitutions`;
  const ask = (quantity: string, by = pledgor.maker): Promise<Answer> =>
    by.call('POST', at, { body: { lots: [{ lotId, quantity }] } });
  const judge = (row: Json, verdict: string, by = bank.checker): Promise<Answer> =>
    by.call('POST', `${at}/${row.id}/decision`, {
      body: { verdict, ...(verdict === 'refuse' && { reason: '品级不符' }) },
      version: row.version,
    });
  t.match(await ask('100.001'), refused(409, 'quantity-exceeds-lot', { field: '/lots/0/quantity' }));
  t.match(await ask('10.000', bank.maker), refused(403, 'not-a-party'));
  const { json: unwanted } = await ask('10.000');
  t.match(await ask('10.000'), refused(409, 'already-exists'));
  t.match(await judge(unwanted, 'agree', bank.maker), refused(403, 'forbidden'));
  t.match((await judge(unwanted, 'refuse')).json, { state: 'refused' });
  const { json: little } = await ask('9.999');
  t.match((await judge(little, 'agree')).json, { state: 'agreed' });
  t.match(await swap('10.000'), refused(409, 'substitution-not-agreed', { accepted: 'at most 9.999' }));
  const agreed = (await bank.maker.get(`${at}?limit=1`)).items[0];
  t.match((await judge(agreed, 'refuse')).json, { state: 'refused' }, 'a consent may be taken back until then');
  await judge((await ask('10.000')).json, 'agree');
  t.match(await swap('10.000'), { status: 201, json: { lots: [{ quantity: '10' }, { quantity: '90' }] } });
  t.match((await scene.keeper.maker.get(`${at}?limit=1`)).items, [{ state: 'done', documentNumber: /^DOC/ }]);
  t.match(await swap('10.000'), refused(409, 'substitution-not-agreed'), 'a consent is used once');
  const asked = await scene.release(id, lotId, '50.000');
  t.match(asked, { status: 201, json: { state: 'requested', releasedLotId: null } });
  const decide = (who: typeof bank.maker, body: Json): Promise<Answer> =>
    who.call('POST', `${path(id)}/releases/${asked.json.id}/decision`, { body, version: asked.json.version });
  t.match(await decide(bank.maker, { verdict: 'grant' }), refused(403, 'forbidden'));
  t.match(await decide(bank.checker, { verdict: 'grant' }), {
    status: 200,
    json: { state: 'granted', value: '500000.00' },
  });
  t.match(
    await scene.release(id, lotId, '0.001'),
    refused(409, 'cover-insufficient', { accepted: 'nothing, until the pledge is repaid in part' }),
  );
});

void t.test('A count that falls short keeps the goods in until the bank has looked into it', async (t) => {
  const lotId = await lot('100.000');
  const id = await scene.pledge([lotId]);
  const count = (counted: string) => document('stock_take', { counts: [{ lotId, counted }] });
  t.equal((await count('99.800')).status, 201);
  t.equal((await standing(id)).pledge.outbound, 'free', 'two thousandths are tolerated');
  await count('99.000');
  const { pledge } = await standing(id);
  t.match(pledge, { outbound: 'variance', value: '990000.00' });
  t.match(await scene.release(id, lotId, '1.000'), refused(409, 'goods-frozen'));
  await bank.checker.post(`${path(id)}/thaw`, { reason: '地磅误差，已核实' }, pledge.version);
  t.equal((await scene.release(id, lotId, '1.000')).status, 201);
});

void t.test('A call is cured by margin, by goods or by repayment; unanswered it is closed out', async (t) => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const id = await scene.pledge([await lot('10.000')]);
    await scene.draw(id, '70000.00');
    ids.push(id);
  }
  const [byMargin, byGoods, byNobody] = ids as [string, string, string];
  await scene.reprice('9300.00');
  const called = await standing(byMargin);
  t.match(called, {
    pledge: { status: 'margin_call' },
    cure: { cash: '4900.00', goodsValue: '7000.00', quantities: [{ quantity: '0.753' }] },
  });
  t.match(await scene.release(byMargin, called.pledge.id, '0.001'), refused(409, 'illegal-transition'));
  const margin = (amount: string) => pledgor.maker.post(`${path(byMargin)}/margin`, { amount });
  t.equal((await margin('4899.99')).status, 'margin_call');
  t.match(await margin('0.01'), { status: 'active', margin: '4900.00' });
  t.match(await document('inbound', { arrivals: [arrival('0.752', { pledgeId: byGoods })] }), { status: 201 });
  t.equal((await standing(byGoods)).pledge.status, 'margin_call');
  await document('inbound', { arrivals: [arrival('0.001', { pledgeId: byGoods })] });
  t.equal((await standing(byGoods)).pledge.status, 'active');
  await scene.closeUntil('2026-07-13');
  t.match(await standing(byNobody), { pledge: { status: 'margin_call' }, marginCall: { dueOn: '2026-07-13' } });
  await scene.closeUntil('2026-07-14');
  t.equal((await standing(byNobody)).pledge.status, 'enforcing');
  const calls = (await bank.maker.get(`${path(byNobody)}/margin-calls`)).items;
  t.match(calls, [{ state: 'timed_out', endedOn: '2026-07-13' }]);
  await scene.closeUntil('2026-07-15');
  const [loan] = await sql(
    'select f.status, f.id from financing f join financing_item i on i.financing_id = f.id where i.item_id = $1',
    [byNobody],
  );
  t.equal(loan.status, 'overdue', 'the loan is due at once');

  const [sold] = (await bank.maker.get(`/v1/lots?pledgeId=${byNobody}`)).items;
  const sales = `${path(byNobody)}/sales`;
  const before = await sql('select posted from balance where book_id = $1 and path = $2', [
    bank.id,
    `2001/${pledgor.id}`,
  ]);
  const sale = await bank.maker.post(sales, {
    buyerId: scene.buyer.id,
    lots: [{ lotId: sold.id, quantity: '10.000' }],
    proceeds: '90000.00',
    cost: '500.00',
    bankReference: 'SALE-2',
  });
  const decided = await bank.checker.post(`${sales}/${sale.id}/decision`, { verdict: 'approve' }, sale.version);
  const owed = Number(decided.applied[0].amount);
  t.equal(decided.surplus, (89_500 - owed).toFixed(2), 'what the loan does not take is the pledgor’s');
  const after = await sql('select posted from balance where book_id = $1 and path = $2', [
    bank.id,
    `2001/${pledgor.id}`,
  ]);
  t.equal((Number(before[0].posted) - Number(after[0].posted)).toFixed(2), decided.surplus);
  t.match(await standing(byNobody), { pledge: { status: 'released', value: '0.00' } });
  t.ok(await scene.proof());
});

void t.test('A fall through the last line closes out at once', async (t) => {
  const id = await scene.pledge([await lot('10.000')]);
  await scene.draw(id, '65000.00');
  await scene.reprice('7600.00');
  t.match(await standing(id), { pledge: { status: 'enforcing' }, cover: { rung: 'close_out' } });
  await scene.reprice('10000.00');
});

void t.test('Quotations come by API and file, a correction is a row of its own, a stale one freezes', async (t) => {
  const prices = (items: Json) => bank.operator.post(scene.prices, { source: '现货', items });
  const now = scene.clock.now().toISOString();
  const moment = '2026-07-10T02:00:00.000Z';
  const line = { grade: 'AL/A00', price: '9000.00', quotedAt: moment };
  const answer = await prices([
    line,
    line,
    { ...line, price: '9100.00' },
    { ...line, price: '9200.00', correction: true },
    { ...line, grade: 'AL/B' },
  ]);
  t.match(answer.results, [
    { outcome: 'recorded' },
    { outcome: 'unchanged' },
    { outcome: 'refused', code: 'price-recorded' },
    { outcome: 'corrected' },
    { outcome: 'refused', code: 'not-found', field: '/items/4/grade' },
  ]);
  const csv = `grade,price,quoted_at,correction\nAL/A00,10000.00,${now},\nAL/A00,NaN,${now},\nAL/A00,1.00,2026-13-01T00:00:00Z,\n"broken\n`;
  const file = await bank.operator.post(`/v1/books/${bank.id}/price-files`, { source: '文件', csv });
  t.match(
    file.results.map((each: Json) => each.outcome),
    ['unchanged', 'refused', 'refused', 'refused'],
  );
  const bad = await bank.operator.call('POST', `/v1/books/${bank.id}/price-files`, {
    body: { source: '文件', csv: 'a,b\n1,2\n' },
  });
  t.match(bad, refused(422, 'malformed-file'));
  const id = await scene.pledge([await lot('10.000')]);
  const [{ id: lotId }] = (await bank.maker.get(`/v1/lots?pledgeId=${id}`)).items;
  scene.advance(41 * 86_400_000);
  t.match(await scene.release(id, lotId, '1.000'), refused(409, 'price-stale'));
  await scene.reprice('10000.00');
  t.equal((await scene.release(id, lotId, '1.000')).status, 201);
});

void t.test('A quotation that a person has typed values nothing until another person has approved it', async (t) => {
  const id = await scene.pledge([await lot('10.000')]);
  scene.advance(60_000);
  const quotedAt = scene.clock.now().toISOString();
  const item = { grade: 'AL/A00', price: '9500.00', quotedAt };
  const propose = (items: Json, by = bank.maker) =>
    by.call('POST', `/v1/books/${bank.id}/price-proposals`, {
      body: { source: '场外询价', reason: '行情源中断', items },
    });
  const decide = (proposal: Json, by = bank.checker, verdict = 'approve') =>
    by.call('POST', `/v1/price-proposals/${proposal.id}/decision`, {
      body: { verdict, ...(verdict === 'reject' && { reason: '偏离市场' }) },
      version: proposal.version,
    });
  const value = async () => (await standing(id)).pledge.value;
  t.match(await bank.maker.call('POST', scene.prices, { body: { source: '手工', items: [item] } }), { status: 403 });
  t.match(await propose([{ ...item, grade: 'AL/B' }]), refused(404, 'not-found'));
  t.match(await propose([{ ...item, correction: true }]), refused(409, 'nothing-to-correct'));
  t.match(
    await propose([item, { ...item, price: '9400.00' }]),
    refused(400, 'invalid-input', { field: '/items/1/quotedAt' }),
  );
  t.match(await propose([item], bank.checker), { status: 403 });
  const { status, json: proposal } = await propose([item]);
  t.match({ status, proposal }, { status: 201, proposal: { state: 'proposed', decidedBy: null } });
  await scene.service.work.revaluations();
  t.equal(await value(), '100000.00');
  t.match(await decide(proposal, bank.maker), { status: 403 });
  t.match(await pledgor.maker.call('POST', `/v1/price-proposals/${proposal.id}/decision`, { body: {} }), {
    status: 403,
  });
  t.match((await decide((await propose([item])).json, bank.checker, 'reject')).json, { state: 'rejected' });
  t.match(await decide(proposal), { status: 200, json: { state: 'approved' } });
  await scene.service.work.revaluations();
  t.equal(await value(), '95000.00');
  const [price] = (await bank.maker.get(scene.prices)).items;
  t.match(price, { price: '9500', proposalId: proposal.id, source: '场外询价' });
  t.match(await decide((await propose([item])).json), refused(409, 'price-recorded'), 'recorded already');
  await t.rejects(
    sql('update price_proposal set decided_by = proposed_by where id = $1', [proposal.id]),
    /price_proposal_two_people/,
  );
  await scene.reprice('10000.00');
});

void t.test('However many ask at once, no more leaves than lies above the line', async (t) => {
  const lotIds = [await lot('50.000'), await lot('50.000')];
  const id = await scene.pledge(lotIds);
  await scene.draw(id, '630000.00');
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => scene.release(id, lotIds[i % 2] as string, '0.700')),
  );
  t.equal(answers.filter(({ status }) => status === 201).length, 14, '14 × 0.7 t of the 10 t above the line');
  for (const { status, json } of answers) if (status !== 201) t.equal(json.code, 'cover-insufficient');
  t.match((await standing(id)).cover, { value: '902000.00', controlLine: '900000.00' });
  t.ok(await scene.proof());
});

void t.test('Nobody else sees a pledge, its goods or its prices', async (t) => {
  const lotId = await lot('1.000');
  const id = await scene.pledge([lotId]);
  const rival = await appearBank(scene.stage, '济源示范农商银行', '2026-07-08');
  for (const stranger of [scene.supplier.maker, rival.maker, scene.secondTier.maker]) {
    for (const url of [path(id), `${path(id)}/value?at=2026-07-09T00:00:00Z`, `/v1/lots/${lotId}`]) {
      t.equal((await stranger.call('GET', url)).status, 404, url);
    }
    for (const url of [scene.pledges, '/v1/lots', `${path(id)}/valuations`, `${path(id)}/releases`, scene.prices]) {
      t.same((await stranger.call('GET', url)).json.items ?? [], [], url);
    }
    const release = await stranger.call('POST', `${path(id)}/releases`, { body: { lotId, quantity: '0.001' } });
    t.ok([403, 404].includes(release.status));
  }
  t.equal(
    (
      await rival.operator.call('POST', scene.prices, {
        body: { source: 'x', items: [{ grade: 'AL/A00', price: '1.00', quotedAt: '2026-07-08T00:00:00Z' }] },
      })
    ).status,
    404,
  );
  t.equal((await keeper.maker.call('GET', path(id))).status, 200, 'the supervisor sees what it supervises');
});

void t.test('One loan in default makes every loan of its pledge due', async (t) => {
  const id = await scene.pledge([await lot('20.000')]);
  const [short, long] = [await scene.draw(id, '50000.00', '2026-07-16'), await scene.draw(id, '60000.00')];
  await scene.closeUntil('2026-07-17');
  t.equal((await standing(id)).pledge.status, 'enforcing');
  const rows = await sql(
    'select id, status, overdue_since::text as since from financing where id = any($1) order by id',
    [[short, long]],
  );
  t.same(
    rows.map(({ status, since }) => `${status} ${since}`),
    ['overdue 2026-07-16', 'overdue 2026-07-16'],
  );
  const told = (await pledgor.maker.get('/v1/events?limit=200')).items.filter(
    ({ kind, objectId }: Json) => kind === 'financing.accelerated' && objectId === long,
  );
  t.match(told, [{ data: { dueDate: '2026-07-16' } }]);
  t.ok(await scene.proof());
});
