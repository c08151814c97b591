import t from 'tap';
import { judgeOverdue } from '../../src/bill/overdue-list.ts';
import type { Party } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(300_000);

const scene = await billScene(t);
const { bank, chainId, core, first, second, third, guarantor, stranger, operator, sql, invoice } = scene;

const register = (by: Party, ...items: readonly Json[]) =>
  by.maker.call('POST', `/v1/chains/${chainId}/bills`, { body: { items } });
const refused = (code: string, more: object = {}, status = 409) => ({ status, json: { code, ...more } });
const document = async (amount: string, seller = first, buyer = core): Promise<Json> => invoice(seller, buyer, amount);

void t.test('A bill runs six months at most from its issue, and within the limit of a package', async (t) => {
  const due = async (dueDate: string) => register(core, await scene.drawing({ face: '10.00', dueDate }));
  t.match(
    await due('2027-01-02'),
    refused('tenor-too-long', { field: '/items/0/dueDate', gate: 'tenor', accepted: /2027-01-01/ }, 422),
  );
  t.match(await due('2026-07-01'), refused('tenor-too-long', {}, 422), 'nor is it due on the day of its issue');
  t.match(await due('2027-01-01'), {
    status: 201,
    json: { bills: [{ maturityDate: '2027-01-04', provisional: true }] },
  });
  const huge = { ...(await scene.drawing({ face: '10.00' })), face: '1000000000.01' };
  t.match(await register(core, huge), refused('package-limit-exceeded', { field: '/items/0' }, 422));
});

void t.test('Real trade stands behind every bill, each fen of it once', async (t) => {
  const one = await document('1000.00');
  const backed = async (face: string, documents: readonly Json[], more: object = {}) =>
    register(core, { ...(await scene.drawing({ face: '0.01' })), face, documents, ...more });
  const of = (made: Json, amount: string) => ({ documentId: made.id, amount });
  t.match(
    await backed('1000.01', [of(one, '1000.00')]),
    refused('trade-insufficient', { field: '/items/0/documents', gate: 'trade-background', missing: '0.01' }),
  );
  t.equal((await backed('600.00', [of(one, '600.00')])).status, 201);
  t.match(
    await backed('400.01', [of(one, '400.01')]),
    refused('document-exhausted', { field: '/items/0/documents/0/amount', available: '400.00' }),
    'over all bills',
  );
  const other = await document('1000.00', second, first);
  t.match(
    await backed('10.00', [of(other, '10.00')]),
    refused('trade-missing', { field: '/items/0/documents/0', gate: 'trade-background' }),
    'the trade of others',
  );
  const both = await document('500.00');
  const [a, b] = [await scene.drawing({ face: '0.01' }), await scene.drawing({ face: '0.01' })];
  const race = await Promise.all(
    [a, b].map((item) => register(core, { ...item, face: '500.00', documents: [of(both, '500.00')] })),
  );
  t.same(race.map(({ status }) => status).sort(), [201, 409], 'of two at once one is drawn');
  const listed = await register(
    core,
    { ...a, face: '400.00', documents: [of(one, '400.00')] },
    { ...b, face: '1.00', documents: [of(one, '1.00')] },
  );
  t.match(listed, refused('document-exhausted', { field: '/items/1/documents/0/amount' }), 'nor twice in one list');
  t.equal((await backed('400.00', [of(one, '400.00')])).status, 201, 'and nothing of the refused list is kept');
});

void t.test('An invoice stands for a receivable or behind a bill, never both', async (t) => {
  const claim = (made: Json) =>
    first.maker.call('POST', `/v1/chains/${chainId}/receivables`, {
      body: {
        ...{ debtorId: core.id, creditorId: first.id, reference: `JN-${made.number}`, invoiceNumber: made.number },
        ...{ face: made.amount, issueDate: '2026-07-01', dueDate: '2026-10-01' },
      },
    });
  const draw = async (made: Json) =>
    register(
      core,
      await scene.drawing({ face: made.amount, documents: [{ documentId: made.id, amount: made.amount }] }),
    );
  const one = await document('700.00');
  t.equal((await claim(one)).status, 201);
  t.match(await draw(one), refused('invoice-of-receivable', { gate: 'trade-background' }));
  const two = await document('700.00');
  t.equal((await draw(two)).status, 201);
  t.match(await claim(two), refused('duplicate-invoice'));
  for (let i = 0; i < 5; i += 1) {
    const made = await document('700.00');
    const outcomes = await Promise.all([claim(made), draw(made)]);
    t.equal(outcomes.filter(({ status }) => status === 201).length, 1, 'of both at once one is taken');
  }
});

void t.test('Who may accept, and how much', async (t) => {
  const present = (billId: string) =>
    core.maker.call('POST', '/v1/bill-acceptances', { body: { items: [{ billId }] } });
  const unnumbered = (await register(core, await scene.drawing({ face: '10.00' }))).json.bills[0].id;
  t.match(await present(unnumbered), refused('bill-not-registered', { field: '/items/0' }));
  const foreign = await scene.draw({ acceptorId: first.id, face: '10.00' });
  t.match(await present(foreign.billId), refused('acceptor-unknown', { gate: 'acceptor' }));

  const { billId, holdingId } = await scene.draw({ face: '10.00' });
  const part = { items: [{ holdingId, amount: '1.00' }] };
  t.match(
    await core.maker.call('POST', '/v1/bill-acceptances', { body: part }),
    refused('whole-package-only', {}, 422),
  );
  t.match(await core.maker.call('POST', '/v1/bill-voids', { body: part }), refused('whole-package-only', {}, 422));
  await sql("update bill_acceptor set listed_from = '2026-07-01' where org_id = $1", [core.id]);
  t.match(await present(billId), refused('acceptor-listed', { gate: 'persistent-overdue' }));
  await sql('update bill_acceptor set listed_from = null where org_id = $1', [core.id]);
  const { json } = await present(billId);
  const answer = () =>
    core.checker.call('POST', '/v1/bill-acceptances/answers', { body: { offerIds: [json.offers[0].id] } });
  await sql("update bill_acceptor set sustained_until = '2026-07-01' where org_id = $1", [core.id]);
  t.match(await answer(), refused('acceptor-listed', { field: '/offerIds/0' }), 'it is asked again at the answer');
  await sql("update bill_acceptor set sustained_until = '2026-06-30', acceptance_limit = accepted where org_id = $1", [
    core.id,
  ]);
  t.match(await answer(), refused('acceptance-limit-exceeded', { gate: 'acceptance-limit', available: '0.00' }));
  await sql('update bill_acceptor set acceptance_limit = 1e11 where org_id = $1', [core.id]);
  t.equal((await answer()).status, 200);
  await scene.exchange();

  await scene.deposit(core, '1000000.00');
  const ofBank = await scene.draw({ kind: 'bank', face: '1000.00' });
  const { offers } = await core.maker.post('/v1/bill-acceptances', { items: [{ billId: ofBank.billId }] });
  const body = { offerIds: [offers[0].id], programmeId: scene.programmeId };
  const byBank = () => bank.checker.call('POST', '/v1/bill-acceptances/answers', { body });
  const figures = (totalAssets: string, deposits: string) =>
    sql('update bill_acceptor set total_assets = $2, deposits = $3 where org_id = $1', [
      bank.id,
      totalAssets,
      deposits,
    ]);
  await figures('6666.66', '1e9');
  t.match(await byBank(), refused('acceptance-cap-exceeded', { gate: 'acceptance-to-assets', accepted: /999.99/ }));
  await figures('1e9', '2999.99');
  t.match(await byBank(), refused('acceptance-cap-exceeded', { gate: 'margin-to-deposits' }));
  await figures('6666.67', '3000.00');
  t.equal((await byBank()).status, 200, 'exactly at 15 % and 10 %');
  await scene.exchange();
  t.match(
    await bank.maker.call('POST', '/v1/bill-offers/acceptances', { body: { offerIds: body.offerIds } }),
    { status: 403 },
    'a maker answers nothing',
  );
});

void t.test('Before pledge and guarantee the disclosure is present and agrees in all eight fields', async (t) => {
  const { billId, holdingId } = await scene.issue({ face: '100.00' });
  const pledge = () =>
    first.maker.call('POST', '/v1/bill-pledges', {
      body: { items: [{ holdingId, amount: '1.00' }], toId: bank.id, purpose: '履约' },
    });
  const guarantee = () =>
    first.maker.call('POST', '/v1/bill-guarantees', { body: { items: [{ holdingId }], toId: guarantor.id } });
  for (const ask of [pledge, guarantee]) t.match(await ask(), refused('not-disclosed', { gate: 'disclosure' }));
  const wrong = {
    ...{ number: '7'.repeat(30), issueDate: '2026-06-30', acceptedOn: '2026-07-02', dueDate: '2026-12-27' },
    ...{ drawerName: '别家公司', acceptorName: '别家公司', acceptorUscc: '91350100M000100Y43', amount: '100.01' },
  };
  for (const [field, value] of Object.entries(wrong)) {
    await scene.disclose(billId, { [field]: value });
    t.match(await pledge(), refused('disclosure-inconsistent', { differing: [field] }), field);
  }
  t.match(await guarantee(), refused('disclosure-inconsistent', { differing: ['amount'] }));
  await scene.disclose(billId);
  t.equal((await pledge()).status, 201);
  await sql("update bill_acceptor set listed_from = '2026-07-01' where org_id = $1", [core.id]);
  for (const ask of [pledge, guarantee]) t.match(await ask(), refused('acceptor-listed'));
  await sql('update bill_acceptor set listed_from = null where org_id = $1', [core.id]);
  const body = { items: [{ billId, ...{} }] };
  t.match(await second.maker.call('POST', '/v1/bill-disclosures', { body }), { status: 400 });
});

void t.test('To whom a bill may go, and until when', async (t) => {
  const { holdingId } = await scene.issue({ face: '100.00' });
  const endorse = (more: object, item: object = {}) =>
    first.maker.call('POST', '/v1/bill-endorsements', {
      body: { items: [{ holdingId, ...item }], toId: second.id, evidence: 'HT', ...more },
    });
  t.match(await endorse({ toId: stranger.id }), refused('not-a-verified-supplier', { field: '/items/0/toId' }));
  t.match(await endorse({ toId: first.id }), refused('invalid-input', {}, 400));
  t.match(await endorse({}, { amount: '100.01' }), refused('out-of-range', { accepted: /100.00/ }, 422));
  t.match(await endorse({}, { range: { start: 9_999, end: 10_001 } }), refused('out-of-range', {}, 422));
  t.match(await endorse({}, { range: { start: 9, end: 8 } }), refused('out-of-range', {}, 422));
  t.match(await endorse({}, { amount: '1.00', range: { start: 1, end: 1 } }), refused('invalid-input', {}, 400));
  t.match(await endorse({ expiresOn: '2026-12-28' }), refused('invalid-input', {}, 400), 'not until the due date');
  const owing = (toId: string) =>
    first.maker.call('POST', '/v1/bill-guarantees', { body: { items: [{ holdingId }], toId } });
  t.match(await owing(core.id), refused('already-liable'), 'the acceptor is no guarantor of the bill');
  t.match(await owing(first.id), refused('already-liable'), 'nor is its holder');
  const list = {
    items: [
      { holdingId, amount: '1.00' },
      { holdingId, amount: '100.00' },
    ],
    toId: second.id,
    evidence: 'HT',
  };
  t.match(
    await first.maker.call('POST', '/v1/bill-endorsements', { body: list }),
    refused('out-of-range', { field: '/items/1' }, 422),
    'a list says which of its items is refused',
  );
  t.match(await scene.holding(first, holdingId), { amount: '100.00' }, 'and nothing of it was done');
  const two = {
    ...list,
    items: [
      { holdingId, amount: '40.00' },
      { holdingId, amount: '60.00' },
    ],
  };
  t.match(await first.maker.call('POST', '/v1/bill-endorsements', { body: two }), {
    status: 201,
    json: { offers: [{ range: '1-4000' }, { range: '4001-10000' }] },
  });

  const late = await scene.issue({ face: '100.00' });
  await scene.disclose(late.billId);
  await scene.jumpTo('2026-12-28');
  for (const [path, more] of [
    ['endorsements', { toId: second.id, evidence: 'HT' }],
    ['pledges', { toId: bank.id, purpose: '履约' }],
    ['guarantees', { toId: guarantor.id }],
  ] as const) {
    const body = { items: [{ holdingId: late.holdingId }], ...more };
    t.match(await first.maker.call('POST', `/v1/bill-${path}`, { body }), refused('bill-matured'), path);
  }
  await scene.jumpTo('2026-07-01');
  await sql('update bill_market set closing = true');
  t.match(await endorse({}), refused('market-closing', {}, 503));
  await sql('update bill_market set closing = false');
});

void t.test('A bill of the old system is handed on whole', async (t) => {
  const { billId, holdingId } = await scene.issue({ face: '100.00' });
  await sql('alter table bill disable trigger user; alter table bill_holding disable trigger user');
  await sql('update bill set first_unit = 0, last_unit = 0 where id = $1', [billId]);
  await sql('update bill_holding set first_unit = 0, last_unit = 0 where id = $1', [holdingId]);
  await sql('alter table bill enable trigger user; alter table bill_holding enable trigger user');
  const endorse = (item: object) =>
    first.maker.call('POST', '/v1/bill-endorsements', {
      body: { items: [{ holdingId, ...item }], toId: second.id, evidence: 'HT' },
    });
  t.match(await endorse({ amount: '50.00' }), refused('bill-indivisible', {}, 422));
  t.match(await endorse({ range: { start: 1, end: 5 } }), refused('bill-indivisible', {}, 422));
  t.match(await endorse({}), { status: 201, json: { offers: [{ range: '0', amount: '100.00' }] } });
});

void t.test('The list of the persistently overdue follows the events of six months', async (t) => {
  const event = (occurredOn: string, settledOn: string | null = null) => ({
    ...{ amount: new Decimal('100.00'), occurredOn, settledOn },
  });
  const judge = (...events: readonly ReturnType<typeof event>[]) =>
    judgeOverdue(events, '2026-07-31', { least: 3, listings: 3 });
  t.match(judge(event('2026-05-02'), event('2026-06-02')), { listed: false }, 'two events');
  t.match(judge(event('2026-05-02'), event('2026-05-03'), event('2026-06-02')), { listed: true, sustained: false });
  t.match(
    judge(event('2026-05-02', '2026-07-30'), event('2026-05-03', '2026-07-31'), event('2026-06-02', '2026-06-03')),
    { listed: false },
    'all settled by the end of the month, none in it',
  );
  t.match(
    judge(event('2026-05-02', '2026-07-30'), event('2026-05-03', '2026-07-31'), event('2026-07-02', '2026-07-03')),
    { listed: true },
    'all settled, but one in the month',
  );
  t.match(
    judge(event('2026-03-02'), event('2026-03-03'), event('2026-04-02')),
    { listed: true, sustained: true },
    'listed in four months of six',
  );
  t.match(judge(event('2025-11-02'), event('2025-11-03'), event('2026-01-31')), { listed: false }, 'too long ago');

  const { billId, holdingId } = await scene.issue({ face: '3.00' });
  for (const day of ['2026-06-02', '2026-06-03', '2026-07-04']) {
    await sql(
      `insert into bill_overdue_event (id, acceptor_id, chain_id, bill_id, holding_id, amount, occurred_on, created_at)
       values (gen_random_uuid(), $1, $2, $3, $4, 1.00, $5, now())`,
      [core.id, chainId, billId, holdingId, day],
    );
  }
  await scene.exchange();
  await scene.jumpTo('2026-07-31');
  await scene.closeUntil('2026-08-01');
  t.match(await operator.get(`/v1/bill-acceptors/${core.id}`), { listedFrom: '2026-08-01' });
  t.match(await core.maker.get('/v1/bill-acceptors'), { items: [{ orgId: core.id }] }, 'others do not see whose list');
  await sql("update bill_overdue_event set settled_on = '2026-08-02'");
  await scene.jumpTo('2026-08-31');
  await scene.closeUntil('2026-09-01');
  t.match(await operator.get(`/v1/bill-acceptors/${core.id}`), { listedFrom: null }, 'restored when all is settled');
  await scene.jumpTo('2026-07-01');
});

void t.test('Nobody sees or touches the bills of others', async (t) => {
  const { billId, holdingId } = await scene.issue({ face: '100.00' });
  const part = await scene.endorse(first, second, { holdingId, amount: '40.00' });
  const { offers } = await second.maker.post('/v1/bill-endorsements', {
    items: [{ holdingId: part, amount: '10.00' }],
    toId: third.id,
    evidence: 'HT',
  });
  const offerId = offers[0].id;
  for (const other of [stranger, scene.otherBank, guarantor]) {
    for (const path of [
      `bills/${billId}`,
      `bills/${billId}/holdings`,
      `bill-holdings/${part}`,
      `bill-offers/${offerId}`,
    ]) {
      t.match(await other.maker.call('GET', `/v1/${path}`), { status: 404 }, path);
    }
    for (const path of ['bills', 'bill-holdings', 'bill-offers', 'bill-messages', 'bill-acceptors']) {
      t.same((await other.maker.get(`/v1/${path}`)).items, [], path);
    }
    const body = { items: [{ holdingId: part }], toId: first.id, evidence: 'HT' };
    t.match(await other.maker.call('POST', '/v1/bill-endorsements', { body }), { status: 404 });
    for (const path of ['acceptances', 'refusals']) {
      const answer = await other.checker.call('POST', `/v1/bill-offers/${path}`, { body: { offerIds: [offerId] } });
      t.match(answer, { status: 404, json: { field: '/offerIds/0' } });
    }
  }
  const seen = async (by: Party) =>
    (await by.maker.get(`/v1/bills/${billId}/holdings`)).items.map(({ range }: Json) => range);
  t.same(await seen(core), ['4001-10000'], 'the drawer sees what it handed on, not what became of the rest');
  t.same(await seen(first), ['1-1000', '1001-4000', '4001-10000'], 'a holder sees its own and what it handed on');
  t.same(await seen(second), ['1-1000', '1001-4000']);
  t.same(await seen(third), ['1-1000'], 'who is asked sees what it is asked about');
  t.equal((await scene.regulator.get(`/v1/bills/${billId}/holdings`)).items.length, 3);
  t.match(
    await first.checker.call('POST', '/v1/bill-offers/refusals', { body: { offerIds: [offerId] } }),
    { status: 404 },
    'nor does an earlier holder see the offers of later ones',
  );
  const body = { items: [{ holdingId: part }], toId: second.id, evidence: 'HT' };
  t.match(await first.maker.call('POST', '/v1/bill-endorsements', { body }), refused('not-a-party', {}, 403));
  t.match(await core.maker.call('POST', '/v1/bill-freezes', { body: { items: [{ holdingId: part }], order: '1' } }), {
    status: 403,
  });
});
