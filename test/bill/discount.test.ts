import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { discountScene } from './discount-scene.ts';

const scene = await discountScene(t);
const { bank, otherBank, core, first, second, third, regulator, chainId, sql } = scene;
await scene.otherProgramme();
await scene.deposit(core, '1000000.00');

const codes = (findings: readonly Json[]) => findings.map(({ code, item }) => [item, code]);
const of = (answer: Json, party: { id: string }): Json => answer.banks.find(({ bookId }: Json) => bookId === party.id);
const refused = (status: number, code: string) => ({ status, json: { code } });

t.test('every bank of the chain quotes the same bills side by side in one call', async (t) => {
  const [one, two] = await scene.readyMany(2, '100000.00');
  const answer = await scene.ask(first, [{ holdingId: one?.holdingId, amount: '40000.00' }, { billId: two?.billId }]);
  t.equal(answer.banks.length, 2);
  const [here, there] = [of(answer, bank).quote, of(answer, otherBank).quote];
  t.match(here, { face: '140000.00', rate: '0.021500', requestId: answer.requestId });
  t.match(there, { face: '140000.00', rate: '0.018000' });
  t.ok(Number(there.interest) < Number(here.interest), 'the cheaper bank is seen at a glance');
  for (const quote of [here, there]) {
    const sum = (pick: (line: Json) => string) =>
      quote.lines.reduce((total: number, line: Json) => total + Math.round(Number(pick(line)) * 100), 0) / 100;
    t.equal(sum(({ interest }) => interest).toFixed(2), quote.interest, 'the lines make the total');
    t.equal((Number(quote.proceeds) + Number(quote.sellerInterest)).toFixed(2), quote.face);
    t.match(quote.lines[0], { range: '1-4000000', dueDate: '2026-12-28', movedDays: 0, days: 180 });
  }
  const [listed] = (await first.maker.get(`/v1/bill-discount-quotes?requestId=${answer.requestId}`)).items;
  t.equal(listed.requestId, answer.requestId);
  t.match(await bank.maker.call('GET', `/v1/bill-discount-quotes/${there.id}`), refused(404, 'not-found'));
  t.match(await second.maker.call('GET', `/v1/bill-discount-quotes/${here.id}`), refused(404, 'not-found'));
  t.match(await bank.maker.call('GET', `/v1/bill-discount-quotes/${here.id}`), { status: 200 });
  t.same(
    (await bank.maker.get('/v1/bill-discount-quotes')).items.filter((each: Json) => each.bookId !== bank.id),
    [],
    'a bank never sees what another has quoted',
  );
});

t.test('what cannot be discounted is named, with who can cure it and how; the rest is quoted', async (t) => {
  const good = await scene.ready();
  const silent = await scene.issue();
  const wrong = await scene.issue();
  await scene.disclose(wrong.billId, { amount: '999.00' });
  const pledged = await scene.ready();
  await scene.pledge(first, second, { holdingId: pledged.holdingId });
  const marked = await scene.ready({ transferable: false });
  const offered = await scene.ready();
  await first.maker.post('/v1/bill-endorsements', {
    items: [{ holdingId: offered.holdingId }],
    toId: second.id,
    evidence: 'HT-1',
  });
  const items = [good, silent, wrong, pledged, marked, offered].map(({ holdingId }) => ({ holdingId }));
  const answer = of(await scene.ask(first, items), bank);
  t.same(codes(answer.findings), [
    [1, 'not-disclosed'],
    [2, 'disclosure-inconsistent'],
    [3, 'bill-not-circulating'],
    [4, 'bill-not-circulating'],
    [5, 'bill-offer-pending'],
  ]);
  t.match(answer.findings[0], { who: 'acceptor', remedy: 'Disclose the bill.', field: '/items/1' });
  t.same(
    answer.quote.lines.map(({ holdingId }: Json) => holdingId),
    [good.holdingId],
  );

  await sql('update bill_acceptor set listed_from = $2 where org_id = $1', [core.id, '2026-07-01']);
  const listed = of(await scene.ask(first, [{ holdingId: good.holdingId }]), bank);
  t.same(codes(listed.findings), [[0, 'acceptor-listed']]);
  t.equal(listed.quote, null);
  t.match(
    await scene.tryTake(first, answer.quote.id),
    refused(409, 'acceptor-listed'),
    'a firm price does not lift the law',
  );
  await sql('update bill_acceptor set listed_from = null');
  await sql('update bill_background set released = true where bill_id = $1', [good.billId]);
  const bare = of(await scene.ask(first, [{ holdingId: good.holdingId }]), bank);
  t.same(codes(bare.findings), [[0, 'trade-insufficient']]);
  t.match(
    await first.maker.call('POST', `/v1/chains/${chainId}/bill-discount-quotes`, {
      body: { items: [{ holdingId: pledged.holdingId, amount: '1000000.01' }] },
    }),
    refused(422, 'out-of-range'),
  );
  t.match(
    await second.maker.call('POST', `/v1/chains/${chainId}/bill-discount-quotes`, {
      body: { items: [{ holdingId: good.holdingId }] },
    }),
    refused(404, 'not-found'),
    'nobody asks about a bill of others',
  );
});

t.test('limits, programme and consent are findings of the bank they concern', async (t) => {
  const { holdingId } = await scene.ready({ face: '6000000.00' });
  const answer = await scene.ask(first, [{ holdingId }]);
  t.same(codes(of(answer, bank).findings), []);
  t.same(codes(of(answer, otherBank).findings), [[null, 'limit-exceeded']]);
  t.match(of(answer, otherBank).findings[0], { accepted: 'at most 5000000.00' });
  const borne = await scene.ask(first, [{ holdingId }], { buyersBear: true });
  t.same(codes(of(borne, bank).findings), [[0, 'interest-consent-missing']]);
  t.match(of(borne, bank).findings[0], { who: 'drawer' });
  const held = await scene.endorse(second, third, {
    holdingId: await scene.endorse(first, second, { holdingId, amount: '1000.00' }),
  });
  const unknown = await scene.ask(third, [{ holdingId: held }]);
  t.same(codes(of(unknown, otherBank).findings), [[null, 'limit-missing']]);
});

t.test('a discount leaves no trace when the bank of the payee refuses the money', async (t) => {
  const { billId, holdingId } = await scene.ready();
  await scene.consent('1.000000');
  const before = await scene.limits();
  const tilesBefore = await scene.tiles(billId);
  const quoted = await scene.quote(first, [{ holdingId }], { buyersBear: true });
  t.match(quoted, { sellerInterest: '0.00', proceeds: '1000000.00', buyerInterest: quoted.interest }, 'the buyer pays');
  const closed = await scene.accountOf(first, `1602001009${scene.serial()}0004`);
  const taken = await scene.take(first, quoted.id, closed);
  t.notSame(await scene.limits(), before, 'limits are reserved');
  const [hold] = await sql('select held::numeric(20,2)::text as held from balance where path = $1', [
    `2001/${core.id}`,
  ]);
  t.equal(hold.held, quoted.interest, 'the buyer’s part is set aside');
  t.equal((await scene.tiles(billId))[0]?.standing, 'received.locked');
  await scene.approve(taken);
  await scene.settle();
  t.match(await bank.maker.get(`/v1/bill-discounts/${taken.id}`), { status: 'failed', note: 'AC04', settledOn: null });
  t.same(await scene.limits(), before);
  t.same(await scene.tiles(billId), tilesBefore);
  t.same(await scene.journals('subject_id', taken.id), []);
  const [free] = await sql('select held::numeric(20,2)::text as held from balance where path = $1', [
    `2001/${core.id}`,
  ]);
  t.equal(free.held, '0.00');
  t.match(await scene.tryTake(first, quoted.id), refused(409, 'quote-taken'), 'a quote is taken once');

  const again = await scene.discount(first, [{ holdingId }], { buyersBear: true });
  t.equal(again.status, 'settled');
  t.same(await scene.journals('subject_id', again.id), [
    `bill_discount.settled 2026-07-01 1107 1000000.00, 2001/core ${again.interest}, 1108 -${again.interest}, 2001/first -1000000.00`,
  ]);
  t.ok(await scene.proof());
});

t.test('the buyer’s part is refused before any money moves when its deposit lacks it', async (t) => {
  const { holdingId } = await scene.ready({ face: '900000000.00' });
  const quoted = await scene.quote(first, [{ holdingId }], { buyersBear: true });
  const answer = await scene.tryTake(first, quoted.id);
  t.match(answer, refused(409, 'insufficient-funds'));
  t.equal((await first.maker.get(`/v1/bill-holdings/${holdingId}`)).circulation, 'circulating');
  const [consent] = (await core.checker.get('/v1/bill-interest-consents')).items;
  await core.checker.post(`/v1/bill-interest-consents/${consent.id}/end`, undefined, consent.version);
  t.match(await scene.tryTake(first, quoted.id), refused(409, 'interest-consent-missing'));
});

t.test('the authority matrix pays at once by rule, or asks a maker and a checker', async (t) => {
  const { holdingId } = await scene.ready({ face: '100000.00' });
  const auto = await scene.quote(first, [{ holdingId, amount: '50000.00' }], {}, otherBank);
  t.match(await scene.take(first, auto.id), { status: 'paying', approvalLevel: 'auto' });
  const asked = await scene.take(first, (await scene.quote(first, [{ holdingId }])).id);
  const path = `/v1/bill-discounts/${asked.id}`;
  t.match(
    await otherBank.maker.call('POST', `${path}/proposal`, { body: {}, version: asked.version }),
    refused(404, 'not-found'),
  );
  t.match(
    await first.maker.call('POST', `${path}/proposal`, { body: {}, version: asked.version }),
    refused(403, 'forbidden'),
  );
  const proposed = await bank.maker.post(`${path}/proposal`, {}, asked.version);
  t.match(
    await bank.checker.call('POST', `${path}/rejection`, { body: {}, version: proposed.version }),
    refused(400, 'invalid-input'),
    'a rejection says why',
  );
  const rejected = await bank.checker.post(`${path}/rejection`, { reason: '票面瑕疵' }, proposed.version);
  t.match(rejected, { status: 'rejected', note: '票面瑕疵' });
  t.equal((await first.maker.get(`/v1/bill-holdings/${holdingId}`)).circulation, 'circulating');
  const cancelled = await scene.take(first, (await scene.quote(first, [{ holdingId }])).id);
  t.match(
    await first.maker.post(`/v1/bill-discounts/${cancelled.id}/cancellation`, { reason: '不贴了' }, cancelled.version),
    { status: 'cancelled' },
  );
  await scene.settle();
  t.ok(await scene.proof(otherBank));
});

t.test('a quote is firm for its time and its day', async (t) => {
  const { holdingId } = await scene.ready();
  const quoted = await scene.quote(first, [{ holdingId }]);
  scene.advance(31 * 60_000);
  t.match(await scene.tryTake(first, quoted.id), refused(409, 'quote-expired'));
  const fresh = await scene.quote(first, [{ holdingId, amount: '1000.00' }]);
  t.match(await scene.tryTake(second, fresh.id), refused(404, 'not-found'), 'for whoever was quoted');
});

t.test('two deals on one holding, and one quote taken twice at once: one of each comes about', async (t) => {
  const { billId, holdingId } = await scene.ready();
  const quotes = await Promise.all([
    scene.quote(first, [{ holdingId }]),
    scene.quote(first, [{ holdingId, amount: '700000.00' }], {}, otherBank),
  ]);
  const both = await Promise.all(quotes.map(({ id }) => scene.tryTake(first, id)));
  t.same(both.map(({ status }) => status).sort(), [201, 409]);

  const { holdingId: another } = await scene.ready();
  const { id } = await scene.quote(first, [{ holdingId: another }]);
  const many = await Promise.all(Array.from({ length: 16 }, () => scene.tryTake(first, id)));
  t.equal(many.filter(({ status }) => status === 201).length, 1);
  t.same([...new Set(many.filter(({ status }) => status !== 201).map(({ json }) => json.code))], ['quote-taken']);
  const third = await scene.quote(first, [{ holdingId: (await scene.ready()).holdingId }]);
  const replayed = await Promise.all([1, 2].map(() => scene.tryTake(first, third.id, undefined, 'take-once')));
  t.same(
    replayed.map(({ status }) => status),
    [201, 201],
    'the same key is given the first answer',
  );
  t.equal(replayed[0]?.json.id, replayed[1]?.json.id);
  const [sum] = await sql(
    'select sum(amount)::numeric(20,2)::text as face from bill_holding where bill_id = $1 and live',
    [billId],
  );
  t.equal(sum.face, '1000000.00');
});

t.test('a discount is answered by its own operations, not as a plain offer', async (t) => {
  const { holdingId } = await scene.ready();
  const taken = await scene.take(first, (await scene.quote(first, [{ holdingId }])).id);
  const { items } = await bank.maker.get('/v1/bill-offers?kind=discount&side=to&limit=200');
  const offer = items.find((each: Json) => each.batchId === taken.id);
  for (const [by, path] of [
    [bank.checker, 'acceptances'],
    [bank.checker, 'refusals'],
    [first.maker, 'withdrawals'],
  ] as const) {
    t.match(
      await by.call('POST', `/v1/bill-offers/${path}`, { body: { offerIds: [offer.id] } }),
      { json: { code: 'wrong-answer-route' } },
      path,
    );
  }
});

t.test('the regulator reads every discount, a stranger none', async (t) => {
  const all = (await regulator.get('/v1/bill-discounts?limit=200')).items;
  t.ok(all.length > 3);
  t.same([...new Set(all.map(({ bookId }: Json) => bookId))].sort(), [bank.id, otherBank.id].sort());
  for (const party of [third, scene.stranger, otherBank]) {
    const seen = (await party.maker.get('/v1/bill-discounts?limit=200')).items;
    t.ok(seen.every(({ bookId, sellerId }: Json) => [bookId, sellerId].includes(party.id)));
    t.match(
      await party.maker.call('GET', `/v1/bill-discounts/${all.find(({ bookId }: Json) => bookId === bank.id).id}`),
      {
        status: 404,
      },
    );
  }
  const borne = (await core.maker.get('/v1/discounted-bills?limit=200')).items;
  t.ok(borne.every(({ buyerId }: Json) => buyerId === core.id));
});

t.test('what nobody has paid by the end of its day lapses, and the day proves', async (t) => {
  const { holdingId } = await scene.ready();
  const taken = await scene.take(first, (await scene.quote(first, [{ holdingId }])).id);
  const other = await scene.take(
    first,
    (await scene.quote(first, [{ holdingId: (await scene.ready()).holdingId }])).id,
  );
  await bank.maker.post(`/v1/bill-discounts/${other.id}/proposal`, {}, other.version);
  await scene.closeBookUntil('2026-07-02');
  for (const { id } of [taken, other]) t.equal((await bank.maker.get(`/v1/bill-discounts/${id}`)).status, 'lapsed');
  t.equal((await first.maker.get(`/v1/bill-holdings/${holdingId}`)).circulation, 'circulating');
  t.ok(
    (await scene.limits()).every((line) => / 0\.00 /.test(line)),
    'nothing stays reserved',
  );
  t.ok(await scene.proof());
});
