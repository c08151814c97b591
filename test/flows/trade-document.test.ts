import { randomUUID } from 'node:crypto';
import t from 'tap';
import { chainBench, type Json, type Party } from '../chain/bench.ts';

t.setTimeout(240_000);

const sha256 = 'ab'.repeat(32);
const digital = (serial: number): string => `2637${String(serial).padStart(16, '0')}`;

const invoice = (seller: Party, buyer: Party, more: object = {}) => ({
  ...{ kind: 'invoice', number: digital(1), sellerId: seller.id, buyerId: buyer.id, issuedOn: '2026-06-30', sha256 },
  ...{ amount: '113.00', taxAmount: '13.00', netAmount: '100.00' },
  ...more,
});

void t.test('Seller and buyer record the documents of their trade; each invoice adds up to the fen', async (t) => {
  const { at, call, core, join, must, organization, operator } = await chainBench(t);
  const [supplier, other, buyer] = [
    await organization('甲公司'),
    await organization('乙公司'),
    await organization('丙公司'),
  ];
  await join(supplier);
  await join(other, {}, 'invited');
  await join(buyer, { side: 'downstream' }, 'registered');
  const record = (by: Party, body: object) => call('POST', `${at}/documents`, { by, body });
  const contract = {
    ...{
      kind: 'contract',
      number: 'HT-2026-01',
      sellerId: supplier.id,
      buyerId: core.id,
      issuedOn: '2026-01-05',
      sha256,
    },
    storageReference: 'oss://contracts/HT-2026-01.pdf',
  };
  const { json: agreed, status } = await record(core, contract);
  t.equal(status, 201);
  t.match(agreed, { kind: 'contract', amount: null, status: 'recorded', recordedBy: core.id });
  t.match(await record(supplier, contract), { status: 409, json: { code: 'already-exists', field: '/number' } });
  const first = await record(supplier, invoice(supplier, core, { contractId: agreed.id }));
  t.match(first, { status: 201, json: { amount: '113.00', taxAmount: '13.00', netAmount: '100.00' } });
  t.match(
    await record(core, invoice(core, buyer, { number: digital(2) })),
    { status: 201 },
    'the core sells downstream',
  );

  const refused: [Party, object, string, string?][] = [
    [supplier, invoice(supplier, core, { number: digital(3), amount: '113.01' }), 'invoice-does-not-add-up', '/amount'],
    [supplier, invoice(supplier, core, { number: digital(3), taxAmount: undefined }), 'invalid-input', '/taxAmount'],
    [supplier, invoice(supplier, core, { number: '12345678' }), 'invalid-input', '/invoiceCode'],
    [supplier, invoice(supplier, core, { number: '123456789' }), 'invalid-input', '/number'],
    [supplier, invoice(supplier, core, { number: digital(3), issuedOn: '2026-07-02' }), 'invalid-input', '/issuedOn'],
    [
      supplier,
      invoice(supplier, core, { number: digital(3), contractId: randomUUID() }),
      'invalid-input',
      '/contractId',
    ],
    [supplier, invoice(core, supplier, { number: digital(3) }), 'no-trade-between', '/buyerId'],
    [core, invoice(other, core, { number: digital(3) }), 'member-not-active', '/sellerId'],
    [core, invoice(supplier, other, { number: digital(3) }), 'not-a-party'],
    [
      other,
      { ...contract, number: 'HT-9', amount: '5.00', taxAmount: '1.00', sellerId: other.id },
      'member-not-active',
    ],
    [core, { ...contract, number: 'HT-9', amount: '5.00', taxAmount: '1.00' }, 'invalid-input', '/taxAmount'],
    [core, { ...contract, kind: 'order', number: 'PO-1' }, 'invalid-input', '/amount'],
  ];
  for (const [by, body, code, field] of refused)
    t.match((await record(by, body)).json, field ? { code, field } : { code });
  t.equal((await call('GET', `${at}/documents`, { by: operator })).status, 403, 'trade is no business of the operator');

  const numbers = async (by: Party, filter = '') =>
    (await must('GET', `${at}/documents${filter}`, { by })).items.map(({ number }: Json) => number).sort();
  t.same(await numbers(core), [digital(1), digital(2), 'HT-2026-01']);
  t.same(await numbers(supplier), [digital(1), 'HT-2026-01']);
  t.same(await numbers(buyer), [digital(2)]);
  t.same(await numbers(other), []);
  t.same(await numbers(core, `?kind=invoice&sellerId=${supplier.id}&issuedFrom=2026-06-30&sort=issuedOn`), [
    digital(1),
  ]);
  t.same(await numbers(core, `?contractId=${agreed.id}`), [digital(1)]);
  t.equal((await call('GET', `${at}/documents/${agreed.id}`, { by: buyer })).status, 404);
});

void t.test('An invoice is recorded once on the platform, however it is shown and whoever asks', async (t) => {
  const { at, call, core, join, must, organization, owner } = await chainBench(t);
  const [supplier, elsewhere] = [await organization('甲公司'), await organization('乙集团')];
  await join(supplier);
  const { id: otherChain } = await must('POST', '', { by: elsewhere, body: { coreId: elsewhere.id, name: '乙链' } });
  const body = { uscc: supplier.uscc, legalName: supplier.legalName, side: 'upstream', tier: 1 };
  const place = await must('POST', `/${otherChain}/members`, { by: elsewhere, body });
  await must('POST', `/${otherChain}/members/${place.id}/register`, { by: supplier, version: 1, body: {} });
  const mine = await must('POST', `${at}/documents`, { by: supplier, body: invoice(supplier, core) });
  const there = await call('POST', `/${otherChain}/documents`, { by: elsewhere, body: invoice(supplier, elsewhere) });
  t.match(there, { status: 409, json: { code: 'duplicate-invoice', field: '/number' } });
  const own = await call('POST', `${at}/documents`, { by: core, body: invoice(supplier, core) });
  const shown = ({ json }: typeof own) => ({ ...json, requestId: '' });
  t.same(shown(own), shown(there), 'the answer does not tell whose it is');
  t.notMatch(there.text, mine.id);
  const disguised = { number: digital(1).slice(12), invoiceCode: digital(1).slice(0, 12) };
  t.match(
    await call('POST', `/${otherChain}/documents`, { by: elsewhere, body: invoice(supplier, elsewhere, disguised) }),
    {
      json: { code: 'duplicate-invoice' },
    },
  );

  t.match(await call('POST', `${at}/documents/${mine.id}/void`, { by: core, version: 1, body: { reason: '红冲' } }), {
    status: 403,
  });
  await must('POST', `${at}/documents/${mine.id}/void`, { by: supplier, version: 1, body: { reason: '红冲' } });
  t.match(
    await call('POST', `${at}/documents/${mine.id}/void`, { by: supplier, version: 2, body: { reason: '红冲' } }),
    {
      status: 409,
      json: { code: 'illegal-transition' },
    },
  );
  const again = await must('POST', `/${otherChain}/documents`, { by: elsewhere, body: invoice(supplier, elsewhere) });
  t.equal(again.status, 'recorded', 'a number given back may be used again');
  await t.rejects(
    owner.query("update trade_document set status = 'recorded', void_reason = null where id = $1", [mine.id]),
    /trade_document_invoice_once/,
    'the database holds the line by itself',
  );
});

void t.test('Of 64 who record one invoice at once, on several chains, one wins', async (t) => {
  const { at, call, core, count, join, must, organization } = await chainBench(t);
  const supplier = await organization('甲公司');
  await join(supplier);
  const chains = [{ path: at, buyer: core }];
  for (const name of ['乙集团', '丙集团', '丁集团']) {
    const buyer = await organization(name);
    const { id } = await must('POST', '', { by: buyer, body: { coreId: buyer.id, name } });
    const body = { uscc: supplier.uscc, legalName: supplier.legalName, side: 'upstream', tier: 1 };
    const place = await must('POST', `/${id}/members`, { by: buyer, body });
    await must('POST', `/${id}/members/${place.id}/register`, { by: supplier, version: 1, body: {} });
    chains.push({ path: `/${id}`, buyer });
  }
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, i) => {
      const { path, buyer } = chains[i % 4] as (typeof chains)[number];
      return call('POST', `${path}/documents`, { by: i % 8 < 4 ? supplier : buyer, body: invoice(supplier, buyer) });
    }),
  );
  const statuses = answers.map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 201).length, 1);
  t.equal(answers.filter(({ json }) => json.code === 'duplicate-invoice').length, 63);
  t.equal(await count('trade_document'), 1);
  t.equal(await count('trade_document_claim'), 1);
  t.equal(await count("event where kind = 'trade_document.recorded'"), 1);
  t.equal(await count("event where kind !~ '^[a-z_]+[.][a-z_]+$'"), 0, 'webhooks can ask for every kind');
});

void t.test('Ten thousand documents in one call are recorded or refused one by one, in their order', async (t) => {
  const { at, call, core, count, join, organization } = await chainBench(t);
  const supplier = await organization('甲公司');
  await join(supplier);
  const items: object[] = Array.from({ length: 10_000 }, (_, i) => invoice(supplier, core, { number: digital(i) }));
  items[1] = invoice(supplier, core, { number: digital(0) });
  items[4_999] = invoice(supplier, core, { number: digital(4_999), netAmount: '99.99' });
  items[9_999] = invoice(supplier, supplier, { number: digital(9_999) });
  const key = randomUUID();
  const { status, json } = await call('POST', `${at}/document-batches`, { by: supplier, body: { items }, key });
  t.match({ status, ...json, results: undefined }, { status: 200, recorded: 9_997, refused: 3 });
  t.same(
    json.results.map(({ line }: Json) => line),
    items.map((_, i) => i + 1),
  );
  t.match(json.results[1], { outcome: 'refused', code: 'duplicate-invoice', field: '/items/1/number' });
  t.match(json.results[4_999], { code: 'invoice-does-not-add-up', field: '/items/4999/amount', accepted: '112.99' });
  t.match(json.results[9_999], { code: 'no-trade-between' });
  t.match(json.results[9_998], { outcome: 'recorded', id: String });
  const again = await call('POST', `${at}/document-batches`, { by: supplier, body: { items }, key });
  t.same([again.headers['idempotent-replayed'], again.text], ['true', JSON.stringify(json)]);
  t.equal(await count('trade_document'), 9_997);
  t.equal(await count('trade_document_claim'), 9_997, 'numbers of refused documents are free');
  t.equal(
    (await call('POST', `${at}/document-batches`, { by: supplier, body: { items: [...items, items[0]] } })).status,
    400,
  );
});
