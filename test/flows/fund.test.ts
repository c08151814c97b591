import t from 'tap';
import { appear } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { creditScene, creditTerms, figures } from '../harness/credit-scene.ts';

const opened = '2025-06-17';
const scene = await creditScene(t, opened);
const { bank, supplier, programmeId, accountId, stage } = scene;
const treasury = await appear(stage, { kind: 'guarantor', legalName: '济源示范区财政金融局' });
const insurer = await appear(stage, { kind: 'guarantor', legalName: '示范保险股份有限公司' });

const auto = [{ upTo: null, approval: 'auto', tag: null }];
const pricing = { reference: 'lpr_1y', spreadBp: 120, fixedRate: null, debtorShare: '0.000000', feeRate: '0.000000' };
await scene.newTerms({ credit_loan: creditTerms({ pricing }, { referBelow: '0.300000' }) }, auto);
await scene.grantCredit(bank, programmeId, supplier.id);
for (const [from, to] of [
  ['2025-03-10', '2025-09-10'],
  ['2025-04-10', '2025-10-10'],
  ['2025-05-12', '2025-11-12'],
] as const) {
  await scene.traded('5000000.00', from, to);
}
await supplier.maker.post('/v1/credit-declarations', { year: 2024, figures: figures() });

const common = { ownerId: treasury.id, sponsor: 'fiscal' };
async function open(path: string, body: Json): Promise<Json> {
  const proposed = await bank.maker.post(path, body);
  return bank.checker.post(`/v1/funds/${proposed.id}/approval`, {}, proposed.version);
}
let references = 0;
const contribute = (fundId: string, amount: string, partyId = treasury.id, bankReference = `FC-${++references}`) =>
  bank.operator.call('POST', `/v1/funds/${fundId}/contributions`, { body: { partyId, amount, bankReference } });
const fund = (id: string): Promise<Json> => bank.maker.get(`/v1/funds/${id}`);
const financing = async (id: string): Promise<Json> => (await bank.maker.get(`/v1/financings/${id}`)).financing;
const apply = (amount: string, dueDate: string): Promise<Json> =>
  supplier.maker.post('/v1/credit-loans', { programmeId, dueDate, amount, payeeAccountId: accountId });
async function lend(amount: string, dueDate: string): Promise<Json> {
  const loan = await apply(amount, dueDate);
  await bank.maker.post(`/v1/financings/${loan.id}/disbursement`, undefined, loan.version);
  return loan;
}
const ask = async (kind: string, loanId: string, body: Json) =>
  bank.maker.call('POST', `/v1/financings/${loanId}/${kind}`, {
    body,
    version: (await financing(loanId)).version,
  });
const decide = (use: Json, path: string, version = use.version) =>
  bank.checker.call('POST', `/v1/fund-uses/${use.id}/${path}`, { body: {}, version });

const pool = await open('/v1/risk-pools', {
  ...common,
  name: '小微企业风险补偿资金池',
  programmeId,
  terms: { share: '0.400000', annualCap: '500000.00', stopLoss: '1.000000' },
});
const rollover = await open('/v1/rollover-funds', {
  ...common,
  name: '小微企业还贷周转金',
  terms: { dailyRate: '0.00015000', cap: '250000.00', useCap: '200000.00', windowDays: 5 },
});

void t.test('A fund is opened by two people and paid into from outside, each payment once', async (t) => {
  const again = await bank.maker.call('POST', '/v1/risk-pools', {
    body: { ...common, name: '第二资金池', programmeId, terms: { share: '0.1', annualCap: '1.00', stopLoss: '1' } },
  });
  t.match(again, { status: 409, json: { code: 'already-exists', field: '/programmeId' } });
  const proposed = await bank.maker.post('/v1/rollover-funds', {
    ...common,
    name: '商业缓释基金',
    sponsor: 'commercial',
    terms: { dailyRate: '0.0002', cap: '1.00', useCap: '1.00', windowDays: 1 },
  });
  t.match(await contribute(proposed.id, '1.00'), { status: 409, json: { code: 'illegal-transition' } });
  const path = `/v1/funds/${proposed.id}/rejection`;
  t.match(await bank.maker.call('POST', path, { body: {}, version: proposed.version }), { status: 403 });
  const dropped = await bank.checker.post(path, { reason: '条件不符' }, proposed.version);
  t.equal(dropped.state, 'rejected');

  t.match(await contribute(pool.id, '300.00', treasury.id, 'FC-A'), { status: 201, json: { balance: '300.00' } });
  const twice = await contribute(pool.id, '300.00', treasury.id, 'FC-A');
  t.match(twice, { status: 409, json: { code: 'duplicate-bank-reference' } });
  await contribute(pool.id, '20.00', insurer.id);
  t.same(await scene.journals(pool.id), [
    `fund.contributed ${opened} 1001 300.00, 2001/${pool.id} -300.00`,
    `fund.contributed ${opened} 1001 20.00, 2001/${pool.id} -20.00`,
  ]);
  t.match(await treasury.maker.get(`/v1/funds/${pool.id}`), { balance: '320.00' }, 'the sponsor sees its fund');
  t.match(await insurer.maker.call('GET', `/v1/funds/${pool.id}`), { status: 404 });
  t.match((await treasury.maker.get(`/v1/funds/${pool.id}/moves`)).items, [
    { kind: 'contribute', partyId: insurer.id, balanceAfter: '320.00' },
    { kind: 'contribute', balanceAfter: '300.00' },
  ]);
});

void t.test('A maturing loan is bridged until its renewal is paid out, for a fee by the day', async (t) => {
  const loan = await lend('150000.00', '2025-06-27');
  await scene.settle();
  const renewal = await apply('150000.00', '2025-09-26');
  const body = { fundId: rollover.id, renewalId: renewal.id, amount: '150000.00' };
  const early = await ask('rollovers', loan.id, body);
  t.match(early, { status: 409, json: { code: 'fund-rule-not-met', field: '/financingId' } });
  await scene.closeUntil('2025-06-25');
  const unpromised = await ask('rollovers', loan.id, { ...body, renewalId: loan.id });
  t.match(unpromised, { status: 409, json: { code: 'fund-rule-not-met', field: '/renewalId' } });
  const large = await ask('rollovers', loan.id, { ...body, amount: '150140.01' });
  t.match(large, { status: 409, json: { field: '/amount', accepted: 'at most 150140.00' } }, 'no more than is due');
  const { json: asked } = await ask('rollovers', loan.id, body);
  t.match(asked, { state: 'requested', kind: 'rollover' });
  t.match(await decide(asked, 'drawing'), { status: 409, json: { code: 'fund-exhausted' } }, 'the fund is empty');
  await contribute(rollover.id, '200000.00');
  const { json: drawn } = await decide(asked, 'drawing');
  t.match(drawn, { state: 'drawn', usedOn: '2025-06-25' });
  t.match(await fund(rollover.id), { balance: '50000.00', lent: '150000.00' });
  t.same((await scene.journals(loan.id)).slice(-2), [
    `fund.bridged 2025-06-25 2001/${rollover.id} 150000.00, 2001/${supplier.id} -150000.00`,
    `financing.repaid 2025-06-25 2001/${supplier.id} 150000.00, 1131 -140.00, 1110 -149860.00`,
  ]);
  const { json: twice } = await ask('rollovers', loan.id, { ...body, amount: '100.00' });
  t.equal(twice.code, 'already-exists');

  await scene.closeUntil('2025-06-27');
  await bank.maker.post(`/v1/financings/${renewal.id}/disbursement`, undefined, (await financing(renewal.id)).version);
  await scene.settle();
  const returned = await bank.maker.call('POST', `/v1/fund-uses/${drawn.id}/return`, {
    body: {},
    version: drawn.version,
  });
  t.match(returned, { status: 200, json: { state: 'returned', fee: '45.00' } }, '150,000.00 × 0.015 % × 2 days');
  t.match(await fund(rollover.id), { balance: '200045.00', lent: '0.00' });
  t.equal(
    (await scene.journals(loan.id)).at(-1),
    `fund.given_back 2025-06-27 2001/${supplier.id} 150045.00, 2001/${rollover.id} -150045.00`,
  );
});

void t.test('Sixty-four clients at once take from a pool what it has, and never a fen more', async (t) => {
  const loans = await Promise.all(Array.from({ length: 64 }, () => lend('20.00', '2025-06-30')));
  await scene.settle();
  await scene.closeUntil('2025-07-01');
  const requests = await Promise.all(loans.map(({ id }) => ask('compensations', id, { fundId: pool.id })));
  t.ok(requests.every(({ status }) => status === 201));
  const answers = await Promise.all(requests.map(({ json }) => decide(json, 'payment')));
  const paid = answers.filter(({ status }) => status === 200);
  t.equal(paid.length, 40, '320.00 are forty times 8.00');
  t.ok(answers.every(({ status, json }) => status === 200 || json.code === 'fund-exhausted'));
  t.match(await fund(pool.id), { balance: '0.00' });
  const { items } = await bank.maker.get(`/v1/funds/${pool.id}/moves?limit=200`);
  const out = items.filter(({ kind }: Json) => kind === 'compensate');
  t.equal(out.length, 40);
  t.ok(items.every(({ balanceAfter }: Json) => !balanceAfter.startsWith('-')));
  t.ok(await scene.proof(), 'the books are proven');
});

void t.test('A pool shares the loss of its programme, and what comes back goes back in proportion', async (t) => {
  await contribute(pool.id, '100000.00');
  const loan = await lend('10000.00', '2025-07-04');
  await scene.settle();
  const early = await ask('compensations', loan.id, { fundId: pool.id });
  t.match(early, { status: 409, json: { code: 'illegal-transition' } }, 'a loss is what has fallen overdue');
  await scene.closeUntil('2025-07-07');
  const foreign = await ask('compensations', loan.id, { fundId: rollover.id });
  t.match(foreign, { status: 409, json: { code: 'fund-rule-not-met', field: '/fundId' } });
  const { json: asked } = await ask('compensations', loan.id, { fundId: pool.id });
  t.match(asked, { loss: '10000.00', amount: '4000.00' });
  t.match(await bank.maker.call('POST', `/v1/fund-uses/${asked.id}/payment`, { body: {}, version: 1 }), {
    status: 403,
  });
  t.match(await decide(asked, 'drawing'), { status: 404 }, 'a compensation is no rollover');
  const { json: paid } = await decide(asked, 'payment');
  t.match(paid, { state: 'paid', amount: '4000.00' });
  t.equal((await scene.journals(loan.id)).at(-1), `financing.repaid 2025-07-07 2001/${pool.id} 4000.00, 1120 -4000.00`);
  await scene.deposit(supplier.id, '20000.00');
  const recovered = await bank.maker.post(`/v1/fund-uses/${paid.id}/recoveries`, { amount: '1000.00' });
  t.match(recovered, { recovered: '400.00' });
  t.match((await scene.journals(loan.id)).at(-2), /fund.recovered .* 400.00, 2001\/.* -400.00/);
  t.match(await fund(pool.id), { balance: '96400.00' });
  const beyond = await bank.maker.call('POST', `/v1/fund-uses/${paid.id}/recoveries`, { body: { amount: '90000.00' } });
  t.match(beyond, { status: 409, json: { code: 'amount-exceeds-due' } });

  const declined = await lend('10.00', '2025-07-08');
  await scene.settle();
  await scene.closeUntil('2025-07-09');
  const { json: use } = await ask('compensations', declined.id, { fundId: pool.id });
  const rejected = await bank.checker.call('POST', `/v1/fund-uses/${use.id}/rejection`, {
    body: { reason: '贷后管理不到位' },
    version: use.version,
  });
  t.match(rejected, { status: 200, json: { state: 'rejected' } });
  t.match(await ask('compensations', declined.id, { fundId: pool.id }), { status: 201 }, 'and may be asked for again');
  t.match((await supplier.maker.get('/v1/fund-uses?kind=compensation&limit=200')).items[0], {
    borrowerId: supplier.id,
  });
  t.ok(await scene.proof(), 'the books are proven');
});

void t.test(
  'A pool is wound up by two people: what is in it goes back by what each has paid in, to the fen',
  async (t) => {
    await contribute(pool.id, '33333.33', insurer.id);
    const path = `/v1/funds/${pool.id}/closing`;
    const propose = async (by = bank.maker) => by.call('POST', path, { version: (await fund(pool.id)).version });
    const conclude = async (verdict: string, by = bank.checker) =>
      by.call('POST', `${path}/decision`, {
        body: { verdict, ...(verdict === 'reject' && { reason: '仍有在途业务' }) },
        version: (await fund(pool.id)).version,
      });
    t.match(await propose(), { status: 409, json: { code: 'fund-in-use' } }, 'something is asked of it still');
    const uses = (await bank.maker.get('/v1/fund-uses?kind=compensation&limit=200')).items;
    const [asked, ...others] = uses.filter(({ state }: Json) => state === 'requested');
    t.equal((await decide(asked, 'payment')).status, 200);
    for (const { id, version } of others) {
      await bank.checker.post(`/v1/fund-uses/${id}/rejection`, { reason: '资金池清算' }, version);
    }
    t.match(await propose(bank.checker), { status: 403 });
    t.match(await propose(), { status: 200, json: { state: 'active', closingTaskId: /./ } });
    t.match(await propose(), { status: 409, json: { code: 'already-exists' } });
    t.match(await conclude('approve', bank.maker), { status: 403 });
    t.match(await conclude('reject'), { status: 200, json: { state: 'active', closingTaskId: null } });
    t.match(await conclude('approve'), { status: 404 }, 'nothing waits for a decision');

    const { balance } = await fund(pool.id);
    const moves = (await bank.maker.get(`/v1/funds/${pool.id}/moves?limit=200`)).items;
    const fen = (text: string) => BigInt(text.replace('.', ''));
    const paidIn = (partyId: string): bigint =>
      moves
        .filter((move: Json) => move.kind === 'contribute' && move.partyId === partyId)
        .reduce((sum: bigint, { amount }: Json) => sum + fen(amount), 0n);
    await propose();
    const closed = await conclude('approve');
    t.match(closed, { status: 200, json: { state: 'closed', balance: '0.00' } });
    const given = (await bank.maker.get(`/v1/funds/${pool.id}/moves?limit=2`)).items;
    const whole = fen(balance);
    const share = (whole * paidIn(insurer.id)) / (paidIn(insurer.id) + paidIn(treasury.id));
    const toInsurer = fen(given.find(({ partyId }: Json) => partyId === insurer.id).amount);
    t.ok(toInsurer === share || toInsurer === share + 1n, 'its part of what is in the fund');
    t.equal(fen(given[0].amount) + fen(given[1].amount), whole, 'and no fen stays');
    const line = (await scene.journals(pool.id)).at(-1);
    t.match(line, new RegExp(`^fund.distributed .* 2001/${pool.id} ${balance}, 2001/.* -.*, 2001/.* -`));

    t.match(await contribute(pool.id, '1.00'), { status: 409, json: { code: 'illegal-transition' } });
    t.match(await propose(), { status: 409, json: { code: 'illegal-transition' } }, 'nothing is left to share out');
    const back = await bank.maker.post(`/v1/fund-uses/${asked.id}/recoveries`, { amount: '5.00' });
    t.match(back, { recovered: '2.00' });
    t.match(await fund(pool.id), { state: 'closed', balance: '2.00' }, 'what comes back later comes in still');
    await propose();
    t.match((await conclude('approve')).json, { state: 'closed', balance: '0.00' });
    const terms = { share: '0.100000', annualCap: '1.00', stopLoss: '1.000000' };
    const next = await bank.maker.call('POST', '/v1/risk-pools', {
      body: { ...common, name: '第二资金池', programmeId, terms },
    });
    t.match(next, { status: 201 }, 'the programme may have another pool');
    t.ok(await scene.proof(), 'the books are proven');
  },
);
