import t from 'tap';
import { joinChain } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { post, receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { at, draft, holdingsOf, register, scene, sql, stage } = bench;
const { bank, chainId, core, secondTier, supplier } = scene;
const on = (id: string, step: string): string => `/v1/receivables/${id}/${step}`;

void t.test('A supplier registers a receivable on its debtor, or the debtor uploads it', async (t) => {
  const mine = await register({ face: '1234567.89', goodsAcceptedOn: '2026-07-01', dueDate: '2026-08-30' });
  t.match(mine, { stage: 'registered', payment: 'open', face: '1234567.89', confirmed: '0.00', outstanding: '0.00' });
  t.match(mine, { debtorId: core.id, creditorId: supplier.id, warnings: [], version: 1, confirmedAt: null });
  t.same(await supplier.maker.get(`/v1/receivables/${mine.id}`), mine, 'what was answered is what is kept');
  t.same(await holdingsOf(mine.id), [], 'nobody holds a part of what is not confirmed');
  const uploaded = await core.maker.post(at, draft());
  t.equal((await supplier.maker.get(`/v1/receivables/${uploaded.id}`)).stage, 'registered');
  const below = await secondTier.maker.post(at, draft({ debtorId: supplier.id, creditorId: secondTier.id }));
  t.equal(below.debtorId, supplier.id, 'a supplier of the second tier has its claim on the first');
});

void t.test('Only parties that trade with each other register, and a third never for others', async (t) => {
  const by = (client: Client, changes: Json): Promise<Answer> => post(client, at, draft(changes));
  t.match(await by(secondTier.maker, {}), refused(403, 'not-a-party', '/creditorId'), 'a foreign creditor');
  t.match(
    await by(secondTier.maker, { creditorId: secondTier.id }),
    refused(409, 'no-trade-between', '/debtorId'),
    'the second tier does not supply the core enterprise',
  );
  t.match(
    await by(supplier.maker, { debtorId: secondTier.id }),
    refused(409, 'no-trade-between'),
    'claims run up the chain',
  );
  t.match(await by(supplier.maker, { debtorId: supplier.id }), refused(409, 'no-trade-between'), 'on oneself');
  t.match(await by(core.maker, { creditorId: bank.id }), refused(409, 'not-a-verified-supplier', '/creditorId'));
  t.match(await by(supplier.checker, {}), refused(403, 'forbidden'), 'a checker registers nothing');
  t.match(await by(bank.maker, {}), refused(403, 'forbidden'));
  const foreign = `/v1/chains/${supplier.id}/receivables`;
  t.match(await post(supplier.maker, foreign, draft()), refused(404, 'not-found'), 'no such chain');
  const invited = await core.maker.post(`/v1/chains/${chainId}/members`, {
    ...{ uscc: '91350100M000100Y43', legalName: '福建示范五金有限公司', side: 'upstream', tier: 1 },
    ...{ contact: { name: '财务部', phone: '0391-6630000' }, industry: 'industry', employees: 80 },
    annualRevenue: '18000000.00',
  });
  t.match(
    await by(core.maker, { creditorId: invited.organizationId }),
    refused(409, 'not-a-verified-supplier', '/creditorId'),
    'invited is not verified',
  );
});

void t.test('A supplier has claims on the one it trades with, not on every firm of the tier above', async (t) => {
  const other = await joinChain({ stage, core, chainId, legalName: '济源示范轴承有限公司', tier: 1 });
  const claim = draft({ debtorId: other.id, creditorId: secondTier.id });
  t.match(await post(secondTier.maker, at, claim), refused(409, 'no-trade-between', '/debtorId'));
  t.match(await post(other.maker, at, claim), refused(409, 'no-trade-between', '/debtorId'));
});

void t.test('Dates, amounts and invoice numbers must be possible; long terms are warned of or refused', async (t) => {
  const by = (changes: Json): Promise<Answer> => post(supplier.maker, at, draft(changes));
  for (const dueDate of ['2026-06-30', '2026-07-01']) {
    t.match(await by({ dueDate }), refused(400, 'invalid-input', '/dueDate'), `issued 2026-07-01, due ${dueDate}`);
  }
  t.match(await by({ dueDate: '2026-02-30' }), refused(400, 'invalid-input', '/dueDate'));
  for (const face of ['0.00', '-1.00', '1.005', '1', '1e3', '1000000000000000.00']) {
    t.match(await by({ face }), refused(400, 'invalid-input', '/face'), `a face of ${face}`);
  }
  const warned = async (changes: Json) => (await register(changes)).warnings;
  t.same(await warned({ dueDate: '2026-08-30' }), [], 'sixty days');
  t.same(await warned({ dueDate: '2026-08-31' }), ['payment-term-too-long'], 'sixty-one days');
  t.same(
    await warned({ dueDate: '2026-08-31', goodsAcceptedOn: '2026-07-02' }),
    [],
    'from the acceptance of the goods',
  );
  t.same(await warned({ dueDate: '2027-01-01' }), ['payment-term-too-long'], 'six months');
  t.same(await warned({ dueDate: '2027-01-02' }), ['tenor-above-normal', 'payment-term-too-long']);
  t.same(await warned({ dueDate: '2027-07-01' }), ['tenor-above-normal', 'payment-term-too-long'], 'twelve months');
  t.match(await by({ dueDate: '2027-07-02' }), {
    status: 422,
    json: { code: 'tenor-too-long', field: '/dueDate', accepted: 'not after 2027-07-01' },
  });

  const digital = '26372000000123456789';
  t.equal((await by({ invoiceNumber: digital })).status, 201, '20 digits');
  t.equal((await by({ invoiceNumber: '12345678', invoiceCode: '0370023001' })).status, 201, 'code of 10');
  t.equal((await by({ invoiceNumber: '12345678', invoiceCode: '037002300111' })).status, 201, 'code of 12');
  const impossible: readonly (readonly [Json, string])[] = [
    [{ invoiceNumber: '12345678' }, '/invoiceCode'],
    [{ invoiceNumber: '26372000000123456780', invoiceCode: '037002300111' }, '/invoiceCode'],
    [{ invoiceCode: '037002300111' }, '/invoiceNumber'],
    [{ invoiceNumber: '123456789' }, '/invoiceNumber'],
    [{ invoiceNumber: '２６３７２０００' }, '/invoiceNumber'],
    [{ invoiceNumber: '12345678', invoiceCode: '03700230011' }, '/invoiceCode'],
  ];
  for (const [invoice, field] of impossible)
    t.match(await by(invoice), refused(400, 'invalid-input', field), JSON.stringify(invoice));
});

void t.test('One invoice stands for one receivable on the whole platform, until that is rejected', async (t) => {
  const invoiceNumber = '26372000000000000001';
  const { id, version } = await register({ invoiceNumber });
  const again = () => post(supplier.maker, at, draft({ invoiceNumber }));
  t.match(await again(), refused(409, 'duplicate-invoice', '/invoiceNumber'));
  t.match(
    await post(core.maker, `${at}/bulk`, { items: [draft({ invoiceNumber })] }),
    { status: 200, json: { registered: 0, results: [{ code: 'duplicate-invoice' }] } },
    'uploaded by the debtor as well',
  );

  const second = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁备件链' });
  const member = await core.maker.post(`/v1/chains/${second.id}/members`, {
    ...{ uscc: supplier.uscc, legalName: supplier.name, side: 'upstream', tier: 1 },
  });
  const path = `/v1/chains/${second.id}/members/${member.id}`;
  const joined = await supplier.maker.post(`${path}/register`, {}, member.version);
  await stage.operator.post(`${path}/verify`, {}, joined.version);
  const elsewhere = () => post(supplier.maker, `/v1/chains/${second.id}/receivables`, draft({ invoiceNumber }));
  t.match(await elsewhere(), refused(409, 'duplicate-invoice'), 'on another chain');
  const rejected = await core.checker.post(on(id, 'rejection'), { code: 'other', reason: '数量不符' }, version);
  t.match(rejected, { stage: 'rejected', note: '数量不符' });
  t.equal((await elsewhere()).status, 201, 'free again');

  const plain = draft();
  t.equal((await post(supplier.maker, at, plain)).status, 201);
  t.match(await post(supplier.maker, at, plain), refused(409, 'duplicate-invoice', '/reference'), 'without an invoice');
});

void t.test('A bulk registers what it can: each line on its own, in order', async (t) => {
  const twice = draft({ invoiceNumber: '26372000000000000002' });
  const taken = draft();
  await supplier.maker.post(at, taken);
  const items = [
    ...Array.from({ length: 40 }, () => draft()),
    draft({ dueDate: '2026-07-01' }),
    twice,
    { ...twice, reference: 'JN-again' },
    taken,
    draft({ debtorId: secondTier.id }),
    draft({ invoiceNumber: '12345678' }),
    draft({ dueDate: '2027-07-02' }),
    draft({ dueDate: '2026-12-01' }),
  ];
  const { status, json } = await post(supplier.maker, `${at}/bulk`, { items });
  t.equal(status, 200);
  t.match(json, { registered: 42, refused: 6 });
  t.same(
    json.results.map(({ line }: Json) => line),
    items.map((_, line) => line),
  );
  t.match(json.results.slice(40), [
    { outcome: 'refused', code: 'invalid-input', field: '/items/40/dueDate' },
    { outcome: 'registered' },
    { outcome: 'refused', code: 'duplicate-invoice', field: '/items/42/invoiceNumber' },
    { outcome: 'refused', code: 'duplicate-invoice', field: '/items/43/reference' },
    { outcome: 'refused', code: 'no-trade-between', field: '/items/44/debtorId' },
    { outcome: 'refused', code: 'invalid-input', field: '/items/45/invoiceCode' },
    { outcome: 'refused', code: 'tenor-too-long', field: '/items/46/dueDate' },
    { outcome: 'registered', warnings: ['payment-term-too-long'] },
  ]);
  const ids = json.results.flatMap(({ id }: Json) => (id === undefined ? [] : [id]));
  const [{ count }] = await sql('select count(*)::int as count from receivable where id = any($1)', [ids]);
  t.equal(count, 42, 'each that was answered is there');
  const [{ events }] = await sql(
    "select count(*)::int as events from event where kind = 'receivable.registered' and object_id = any($1)",
    [ids],
  );
  t.equal(events, 42, 'and has its trail');
  t.match(await post(supplier.maker, `${at}/bulk`, { items: [] }), refused(400, 'invalid-input', '/items'));
});

void t.test('Of 64 that register one invoice at the same time, one wins', async (t) => {
  const invoiceNumber = '26372000000000000064';
  const answers = await Promise.all(
    Array.from({ length: 64 }, async (_, i) => {
      const client = i % 2 === 0 ? supplier.maker : core.maker;
      if (i % 4 < 2) return (await post(client, at, draft({ invoiceNumber }))).json.code ?? 'registered';
      const { json } = await post(client, `${at}/bulk`, { items: [draft({ invoiceNumber })] });
      return json.results[0].code ?? 'registered';
    }),
  );
  t.same(answers.filter((each) => each === 'registered').length, 1);
  t.same(answers.filter((each) => each === 'duplicate-invoice').length, 63);
  const [{ count }] = await sql('select count(*)::int as count from receivable where invoice_key = $1', [
    invoiceNumber,
  ]);
  t.equal(count, 1);
});

void t.test('A suspended chain takes no new receivables', async (t) => {
  const chain = await core.maker.get(`/v1/chains/${chainId}`);
  const { version } = await core.maker.post(`/v1/chains/${chainId}/suspend`, {}, chain.version);
  t.match(await post(supplier.maker, at, draft()), refused(409, 'chain-suspended', '/chainId'));
  await stage.operator.post(`/v1/chains/${chainId}/resume`, {}, version);
  t.equal((await post(supplier.maker, at, draft())).status, 201);
});

void t.test('The cap that counts is the one in force on the day', async (t) => {
  await sql("update policy_parameter set effective_to = '2026-07-31' where code = 'cert.maxTenorMonths'");
  await sql(
    `insert into policy_parameter (id, code, effective_from, value, unit, source, created_at)
     values (gen_random_uuid(), 'cert.maxTenorMonths', '2026-08-01', '6', 'months', 'example', now())`,
  );
  const long = (): Promise<Answer> => post(supplier.maker, at, draft({ dueDate: '2027-01-02' }));
  t.equal((await long()).status, 201, 'in July');
  bench.advance(31 * 86_400_000);
  t.match(
    await long(),
    { status: 422, json: { code: 'tenor-too-long', accepted: 'not after 2027-01-01' } },
    'in August',
  );
});
