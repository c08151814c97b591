import t from 'tap';
import { growBranch, joinChain, openAccount, ordinaryTerms } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, core, supplier, sql, position } = scene;

/** Another supplier of the same tier, whose deposit is empty. */
const other = await joinChain({
  stage: scene.stage,
  core,
  chainId: scene.chainId,
  legalName: '济源示范轴承有限公司',
  tier: 1,
});
const [tree] = await sql("select id from limit_node where kind = 'programme'");
await growBranch({
  bank,
  treeId: tree.id,
  orgId: other.id,
  products: ['recourse_factoring'],
  expiresOn: '2099-12-31',
  amount: '10000000.00',
});

/** What a product's accrual journals put on each account in each month. */
const accrued = async (product: string): Promise<string[]> =>
  (
    await sql(
      `select to_char(j.business_date, 'YYYY-MM') || ' ' || e.path || ' ' || sum(e.amount)::numeric(20,2) as line
         from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
        where j.kind like 'accrual.%' and j.reason = $1
        group by to_char(j.business_date, 'YYYY-MM'), e.path order by 1`,
      [product],
    )
  ).map(({ line }) => line);

void t.test('The signed journals of a loan, of one bought back and of a purchase come out to the fen', async (t) => {
  const loan = await scene.finance({ product: 'pledge_loan', face: '1234567.89', dueDate: '2025-09-15' });
  const short = await scene.finance({ product: 'recourse_factoring', face: '1234567.89', dueDate: '2025-09-15' });
  t.match(loan.quote, {
    amount: '987654.31',
    rate: '0.042000',
    penaltyRate: '0.063000',
    referenceRate: '0.030000',
    referenceOn: '2025-05-20',
    days: 90,
    interest: '10370.37',
    fee: '987.65',
    feeNet: '931.75',
    feeTax: '55.90',
    netProceeds: '986666.66',
    dueAtMaturity: '998024.68',
  });
  t.same(await scene.journals(loan.application.id), [
    'financing.collateral_held 2025-06-17 9001 1234567.89, 9999 -1234567.89',
    `financing.disbursed 2025-06-17 1101 987654.31, 2001/${supplier.id} -987654.31`,
    `financing.fee_charged 2025-06-17 2001/${supplier.id} 987.65, 4004 -931.75, 2011 -55.90`,
  ]);

  await scene.closeUntil('2025-06-20');
  await scene.newTerms({
    nonrecourse_factoring: ordinaryTerms({
      pricing: { reference: 'lpr_1y', spreadBp: 65, fixedRate: null, debtorShare: '0.400000', feeRate: '0.000000' },
    }),
  });
  await scene.deposit(core.id, '2431.08');
  const purchase = await scene.finance({
    product: 'nonrecourse_factoring',
    face: '512345.67',
    dueDate: '2025-10-15',
  });
  t.match(purchase.quote, { days: 117, interest: '6077.70', debtorInterest: '2431.08', netProceeds: '508699.05' });
  t.same(await scene.journals(purchase.application.id), [
    'financing.collateral_held 2025-06-20 9001 512345.67, 9999 -512345.67',
    `financing.disbursed 2025-06-20 1102 512345.67, 2001/${core.id} 2431.08, 1103 -6077.70, 2001/${supplier.id} -508699.05`,
  ]);

  await scene.closeUntil('2025-09-15');
  t.equal((await position(loan.path)).due.total, loan.quote.dueAtMaturity, 'what was quoted is due');
  t.same(await accrued('pledge_loan'), [
    ...['2025-06 1131 1613.17', '2025-06 2011 -91.31', '2025-06 4001 -1521.86'],
    ...['2025-07 1131 3572.02', '2025-07 2011 -202.19', '2025-07 4001 -3369.83'],
    ...['2025-08 1131 3572.01', '2025-08 2011 -202.19', '2025-08 4001 -3369.82'],
    ...['2025-09 1131 1613.17', '2025-09 2011 -91.31', '2025-09 4001 -1521.86'],
  ]);
  const whole = await scene.collect(loan.held.id, '1234567.89');
  t.match(whole.json.applied, [
    {
      toFinancings: [{ financingId: loan.application.id, amount: '998024.68' }],
      toHolders: [{ holderId: supplier.id, amount: '236543.21' }],
    },
  ]);
  t.match((await scene.journals(loan.application.id)).slice(3), [
    `financing.repaid 2025-09-15 2003/${core.id} 998024.68, 1131 -10370.37, 1101 -987654.31`,
    'financing.collateral_released 2025-09-15 9999 1234567.89, 9001 -1234567.89',
  ]);
  t.equal((await position(loan.path)).financing.status, 'settled');

  await scene.collect(short.held.id, '900000.00');
  t.match((await scene.journals(short.application.id)).slice(3), [
    `financing.repaid 2025-09-15 2003/${core.id} 900000.00, 1131 -10370.37, 1101 -889629.63`,
  ]);
  await scene.closeUntil('2025-10-05');
  t.match((await position(short.path)).financing, { status: 'overdue', overdueSince: '2025-09-15' });
  const penalty = (await accrued('recourse_factoring')).filter((line) => /1132|4003/.test(line));
  t.same(
    await sql(
      `select sum(penalty)::text as penalty, sum(penalty_tax)::text as tax from accrual where financing_id = $1`,
      [short.application.id],
    ),
    [{ penalty: '343.09', tax: '19.42' }],
    penalty.join(),
  );
  const { financing, due } = await position(short.path);
  t.equal(due.total, '98367.77');
  const claim = await bank.maker.post(`${short.path}/recourse`, undefined, financing.version);
  t.match(claim, { taken: '98367.77', financing: { status: 'settled' } });
  t.match((await scene.journals(short.application.id)).slice(4), [
    'financing.fell_overdue 2025-09-15 1120 98024.68, 1101 -98024.68',
    `financing.repaid 2025-10-05 2001/${supplier.id} 98367.77, 1132 -343.09, 1120 -98024.68`,
    'financing.collateral_released 2025-10-05 9999 1234567.89, 9001 -1234567.89',
  ]);

  await scene.closeUntil('2025-10-15');
  t.same(await accrued('nonrecourse_factoring'), [
    ...['2025-06 1103 571.41', '2025-06 2011 -32.34', '2025-06 4002 -539.07'],
    ...['2025-07 1103 1610.33', '2025-07 2011 -91.15', '2025-07 4002 -1519.18'],
    ...['2025-08 1103 1610.33', '2025-08 2011 -91.16', '2025-08 4002 -1519.17'],
    ...['2025-09 1103 1558.38', '2025-09 2011 -88.21', '2025-09 4002 -1470.17'],
    ...['2025-10 1103 727.25', '2025-10 2011 -41.16', '2025-10 4002 -686.09'],
  ]);
  await scene.collect(purchase.held.id, '512345.67');
  t.equal((await position(purchase.path)).financing.status, 'settled');
  t.same(await scene.limits(), [], 'every limit is free');
  t.ok(await scene.proof(), 'the books are proven');
});

void t.test('Who proposes does not approve, and two checkers are two people', async (t) => {
  await scene.newTerms({}, [
    { upTo: '100000.00', approval: 'auto', tag: null },
    { upTo: '500000.00', approval: 'one', tag: null },
    { upTo: null, approval: 'two', tag: null },
  ]);
  const dueDate = '2025-12-15';
  const { application, path } = await scene.apply({ face: '1000000.00', dueDate });
  const unproposed = await bank.checker.call('POST', `${path}/approval`, { body: {}, version: application.version });
  t.match(unproposed, { status: 409, json: { code: 'illegal-transition' } });
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, application.version);
  const decide = (who: typeof bank.maker, version: number) =>
    who.call('POST', `${path}/approval`, { body: {}, version });
  t.equal((await decide(bank.maker, proposed.version)).status, 403, 'a maker has not the role');
  const first = await decide(bank.checker, proposed.version);
  t.match(first, { status: 200, json: { status: 'submitted' } }, 'one of two');
  t.equal((await decide(bank.checker, first.json.version)).json.code, 'same-person');
  t.equal((await decide(bank.second, proposed.version)).status, 412, 'what the second saw has changed');
  t.equal((await decide(bank.second, first.json.version)).json.status, 'approved');
  const both = await sql(
    'select person_id from approval_decision d join approval_task k on k.id = d.task_id where k.subject_id = $1',
    [application.id],
  );
  t.equal(new Set(both.map(({ person_id }) => person_id)).size, 2);

  const small = await scene.apply({ face: '100000.00', dueDate });
  t.equal(small.application.status, 'approved');
  const task = await bank.maker.get(`/v1/approvals/${small.application.approvalId}`);
  t.match(task, { state: 'approved', level: 'auto', rule: /authority band 1, up to 100000\.00/ });
  for (const each of [application, small.application]) {
    const { financing } = await position(`/v1/financings/${each.id}`);
    await supplier.maker.post(`/v1/financings/${each.id}/cancellation`, { reason: '不再需要' }, financing.version);
  }
  t.same(await scene.limits(), []);
});

void t.test('A rejected, returned or cancelled application gives parts and limits back', async (t) => {
  await scene.newTerms({});
  for (const [step, status] of [
    ['rejection', 'rejected'],
    ['return', 'returned'],
    ['cancellation', 'cancelled'],
  ] as const) {
    const { application, held, path } = await scene.apply({ dueDate: '2025-12-15' });
    t.same(await scene.limits(), [
      'group 800000.00 0.00',
      'member 800000.00 0.00',
      'product 800000.00 0.00',
      'programme 800000.00 0.00',
    ]);
    const proposed = await bank.maker.post(`${path}/proposal`, undefined, application.version);
    const who = step === 'cancellation' ? supplier.maker : bank.checker;
    const after = await who.post(`${path}/${step}`, { reason: '资料不全' }, proposed.version);
    t.match(after, { status, note: '资料不全' });
    t.same(await scene.limits(), [], `${step} frees the limits`);
    const [holding] = (await supplier.maker.get(`/v1/receivables/${held.id}/holdings`)).items;
    t.match(holding, { id: held.holdingId, state: 'live', legal: 'none', financingId: null });
    const open = await bank.checker.get('/v1/approvals?state=open');
    t.notOk(
      open.items.some(({ subjectId }: Json) => subjectId === application.id),
      'nobody is asked any more',
    );
  }
});

void t.test('A payment that the bank refuses books nothing, keeps the limits and can be tried again', async (t) => {
  for (const suffix of ['0001', '0004']) {
    const account = await openAccount(scene.stage, supplier, `622202000000${suffix}`);
    const { application, path } = await scene.apply({ dueDate: '2025-12-15', accountId: account.id });
    const approved = await scene.approve(application);
    const early = await bank.maker.call('POST', `${path}/disbursement`, { version: approved.version });
    t.match(early, { status: 409, json: { code: 'security-not-registered' } }, 'not before it is registered');
    await scene.settle();
    const disbursing = await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
    t.equal(disbursing.status, 'disbursing');
    await scene.settle();
    const { financing } = await position(path);
    t.match(financing, { status: 'approved', principal: '0.00', paymentId: null, note: /^AC0/ });
    t.same(await scene.journals(application.id), []);
    t.equal((await scene.limits()).length, 4);
    const again = await bank.maker.post(`${path}/disbursement`, undefined, financing.version);
    t.not(again.paymentId, disbursing.paymentId, 'another instruction');
    await scene.settle();
    const refused = (await position(path)).financing;
    t.equal(refused.status, 'approved');
    const given = await supplier.maker.post(`${path}/cancellation`, { reason: '改用其他账户' }, refused.version);
    t.equal(given.status, 'cancelled');
    t.same(await scene.limits(), []);
  }
});

void t.test('A payment that settles on a later day books what was paid, and interest from that day', async (t) => {
  await scene.newTerms({
    nonrecourse_factoring: ordinaryTerms({ minTenorDays: 61 }),
    recourse_factoring: ordinaryTerms({ minTenorDays: 61 }),
  });
  const applied = [];
  for (const product of ['nonrecourse_factoring', 'recourse_factoring'] as const) {
    const each = await scene.apply({ product, dueDate: '2025-12-15' });
    applied.push({ ...each, approved: await scene.approve(each.application) });
  }
  await scene.settle();
  for (const { path, approved } of applied) {
    await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
  }
  t.equal(applied[0]?.quote.days, 61);
  const [instructed, next] = [scene.today(), '2025-10-16'];
  await scene.closeUntil(next);
  await scene.settle();
  for (const { path, quote, application } of applied) {
    const { financing, due } = await position(path);
    t.match(financing, { status: 'active', valueDate: next, fee: quote.fee }, `instructed ${instructed}`);
    t.equal(due.interest, '0.00');
    const paid = await sql('select amount::text from payment where subject_id = $1', [application.id]);
    t.same(paid, [{ amount: quote.netProceeds }]);
    const [booked] = await sql(
      `select -sum(e.amount)::numeric(20,2) as net from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
        where j.subject_id = $1 and e.path = $2`,
      [application.id, `2001/${supplier.id}`],
    );
    t.equal(booked.net, quote.netProceeds, 'the deposit has what the bank has paid');
  }
  await scene.closeUntil('2025-12-15');
  const [purchase, loan] = applied as [Json, Json];
  const [sums] = await sql('select sum(discount)::numeric(20,2) as discount from accrual where financing_id = $1', [
    purchase.application.id,
  ]);
  t.equal(sums.discount, purchase.quote.interest, 'the discount is earned to the last fen');
  t.equal((await position(loan.path)).due.interest, '5600.00', '800,000.00 at 4.20 % for 60 days');
  for (const { held } of applied) t.equal((await scene.collect(held.id, '1000000.00')).status, 201);
  t.ok(await scene.proof());
});

void t.test('A borrower repays early and in part; interest is the closed form of its segments', async (t) => {
  const { application, path } = await scene.finance({ face: '1234567.89', dueDate: '2026-03-16' });
  const repay = (who: typeof supplier.maker, amount: string) =>
    who.call('POST', `${path}/repayments`, { body: { amount } });
  const from = scene.today();
  t.equal((await repay(other.maker, '1.00')).status, 404, 'a stranger does not know it');
  await scene.closeUntil('2026-01-08');
  const first = await repay(supplier.maker, '100000.01');
  t.match(
    first,
    { status: 201, json: { interest: '2765.43', principal: '97234.58', financing: { status: 'active' } } },
    from,
  );
  t.same((await scene.limits()).at(-1), 'programme 0.00 890419.73', 'principal repaid is available again');
  await scene.closeUntil('2026-01-19');
  const { due } = await position(path);
  // (987654.31 × 24 + 890419.73 × 11) × 4.20 % ÷ 360 = 3908.138…, rounded once.
  t.equal(due.interest, '1142.71');
  const over = await repay(supplier.maker, '1000000.00');
  t.match(over, { status: 409, json: { code: 'amount-exceeds-due' } });
  const total = due.total as string;
  t.match(await repay(supplier.maker, total), {
    status: 201,
    json: { financing: { status: 'settled', principal: '0.00' } },
  });
  t.equal((await repay(supplier.maker, '0.01')).json.code, 'illegal-transition');
  const [sum] = await sql('select sum(interest)::numeric(20,2) as interest from accrual where financing_id = $1', [
    application.id,
  ]);
  t.equal(sum.interest, '3908.14', 'the days add up to it');
  t.same(await scene.limits(), []);
});

void t.test('Overdue, penalty and compound interest run; recourse takes what the deposit has', async (t) => {
  await scene.newTerms({
    recourse_factoring: ordinaryTerms({ compound: true, penaltyUplift: '0.500000', graceDays: 0 }),
  });
  const { path, application, held } = await scene.finance({
    face: '1250000.00',
    dueDate: '2026-02-09',
    supplier: other,
  });
  const [deposit] = await sql('select (-posted)::text as held from balance where path = $1', [`2001/${other.id}`]);
  await scene.closeUntil('2026-02-09');
  const interest = (await position(path)).due.interest as string;
  t.equal(interest, '2450.00', '1,000,000.00 at 4.20 % for 21 days');
  await scene.closeUntil('2026-02-19');
  const { due, financing } = await position(path);
  t.match(financing, { status: 'overdue', overdueSince: '2026-02-09', riskClass: 'special_mention' });
  t.match(
    due,
    { interest: '2450.00', penalty: '1750.00', compound: '4.29' },
    '10 days at 6.30 %, on principal and on interest',
  );
  t.match(
    await other.maker.call('POST', `${path}/repayments`, { body: { amount: '4204.28' } }),
    { status: 201, json: { compound: '4.29', penalty: '1750.00', interest: '2449.99' } },
    'the order of the programme',
  );
  await scene.closeUntil('2026-02-20');
  const next = (await position(path)).due;
  t.match(next, { interest: '0.01', penalty: '175.00', compound: '0.00' }, 'compound interest runs on what is left');
  const left = (Number(deposit.held.replace('.', '')) - 420428) / 100;
  const version = (await position(path)).financing.version;
  const claim = await bank.maker.post(`${path}/recourse`, undefined, version);
  t.match(claim, { taken: left.toFixed(2), financing: { status: 'recovering' } });
  const none = await bank.maker.post(`${path}/recourse`, undefined, claim.financing.version);
  t.match(none, { taken: '0.00', journals: [], financing: { status: 'recovering' } });
  const paid = await scene.collect(held.id, '1250000.00');
  t.equal(paid.status, 201);
  t.match((await position(path)).financing, { status: 'settled', principal: '0.00' });
  const [sum] = await sql(
    `select (sum(a.interest) = max(f.interest_paid) and sum(a.penalty) = max(f.penalty_paid)
             and sum(a.compound) = max(f.compound_paid)) as same
       from accrual a join financing f on f.id = a.financing_id where f.id = $1`,
    [application.id],
  );
  t.ok(sum.same, 'what was accrued was paid');
  t.ok(await scene.proof());
});

void t.test('64 drawdowns at once on one limit stop at the limit, and are all answered', async (t) => {
  const answers: Awaited<ReturnType<typeof scene.asked>>[] = [];
  while (answers.length < 24) answers.push(await scene.asked({ face: '500000.00', dueDate: '2026-06-15' }));
  const calls = Array.from({ length: 64 }, (_, i) => {
    const { body, accountId } = answers[i % answers.length] as (typeof answers)[number];
    return supplier.maker.call('POST', '/v1/financings', { body: { ...body, payeeAccountId: accountId } });
  });
  const results = await Promise.all(calls);
  const taken = results.filter(({ status }) => status === 201);
  t.equal(taken.length, 24, 'each part once');
  t.equal(results.filter(({ json }) => json.code === 'already-financed').length, 40);
  const rest = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const { body, accountId } = await scene.asked({ face: '500000.00', dueDate: '2026-06-15' });
      return supplier.maker.call('POST', '/v1/financings', { body: { ...body, payeeAccountId: accountId } });
    }),
  );
  t.same(rest.map(({ json }) => json.code ?? json.status).sort(), ['limit-exceeded', 'limit-exceeded', 'submitted']);
  for (const { json } of [...taken, ...rest.filter(({ status }) => status === 201)]) {
    await supplier.maker.post(`/v1/financings/${json.id}/cancellation`, { reason: '不再需要' }, json.version);
  }
  t.same(await scene.limits(), []);
});

void t.test('64 repayments at once never over-repay; one key 64 times pays out once', async (t) => {
  await scene.newTerms({});
  const { application, path } = await scene.apply({ face: '125000.00', dueDate: '2026-06-15' });
  const approved = await scene.approve(application);
  await scene.settle();
  const same = await Promise.all(
    Array.from({ length: 64 }, () =>
      bank.maker.call('POST', `${path}/disbursement`, { version: approved.version, key: `out-${application.id}` }),
    ),
  );
  t.same([...new Set(same.map(({ status, json }) => `${status} ${json.paymentId}`))].length, 1);
  t.equal(same.filter(({ headers }) => headers['idempotent-replayed'] !== undefined).length, 63);
  await scene.settle();
  t.equal((await sql('select id from payment where subject_id = $1', [application.id])).length, 1);
  const paid = await Promise.all(
    Array.from({ length: 64 }, () =>
      supplier.maker.call('POST', `${path}/repayments`, { body: { amount: '3000.00' } }),
    ),
  );
  t.equal(paid.filter(({ status }) => status === 201).length, 33, '33 × 3,000.00 of 100,000.00');
  t.equal(paid.filter(({ json }) => json.code === 'amount-exceeds-due').length, 31);
  const { due } = await position(path);
  t.equal(due.total, '1000.00');
  t.equal((await supplier.maker.call('POST', `${path}/repayments`, { body: { amount: due.total } })).status, 201);
  t.same(await scene.limits(), []);
  t.ok(await scene.proof());
});

void t.test('What the bank has returned is submitted again, with the same parts and assessed anew', async (t) => {
  const { application, held, path } = await scene.apply({ face: '125000.00', dueDate: '2026-06-15' });
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, application.version);
  const returned = await bank.checker.post(`${path}/return`, { reason: '补充发票' }, proposed.version);
  const submit = (who: typeof supplier.maker, version: number) => who.call('POST', `${path}/submission`, { version });
  t.equal((await submit(other.maker, returned.version)).status, 404);
  t.equal((await submit(bank.maker, returned.version)).status, 403);

  const body = { programmeId: scene.programmeId, product: 'recourse_factoring' };
  const items = [{ receivableId: held.id, holdingId: held.holdingId, amount: '125000.00' }];
  const meanwhile = await supplier.maker.post('/v1/financings', { ...body, items, payeeAccountId: scene.accountId });
  t.equal((await submit(supplier.maker, returned.version)).json.code, 'already-financed');
  await supplier.maker.post(`/v1/financings/${meanwhile.id}/cancellation`, { reason: '重复' }, meanwhile.version);

  const again = await submit(supplier.maker, returned.version);
  t.match(again, { status: 200, json: { status: 'submitted', note: null, approvalId: null, amount: '100000.00' } });
  t.equal((await scene.limits()).length, 4, 'limits are reserved again');
  const [holding] = (await supplier.maker.get(`/v1/receivables/${held.id}/holdings`)).items;
  t.equal(holding.financingId, application.id);
  t.equal((await submit(supplier.maker, again.json.version)).json.code, 'illegal-transition');
  const approved = await scene.approve(again.json);
  await scene.settle();
  await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
  await scene.settle();
  t.equal((await position(path)).financing.status, 'active');
  await supplier.maker.post(`${path}/repayments`, { amount: '100000.00' });

  const second = await scene.apply({ face: '125000.00', dueDate: '2026-06-15' });
  const asked = await bank.maker.post(`${second.path}/proposal`, undefined, second.application.version);
  const back = await bank.checker.post(`${second.path}/return`, { reason: '补充发票' }, asked.version);
  await scene.newTerms({}, [{ upTo: null, approval: 'auto', tag: null }]);
  const stale = await supplier.maker.call('POST', `${second.path}/submission`, { version: back.version });
  t.match(stale, { status: 409, json: { code: 'terms-superseded' } });
  await supplier.maker.post(`${second.path}/cancellation`, { reason: '重新申请' }, back.version);
  t.same(await scene.limits(), []);
});

void t.test('An application that the register refused can be taken back', async (t) => {
  const { application, path } = await scene.apply({ face: '125000.00', dueDate: '2026-06-15' });
  t.equal(application.status, 'approved', 'the matrix asks nobody');
  await sql("update registration set state = 'refused', awaiting = null where id = $1", [application.registrationId]);
  const { financing } = await position(path);
  const cancelled = await supplier.maker.call('POST', `${path}/cancellation`, {
    body: { reason: '登记被拒' },
    version: financing.version,
  });
  t.match(cancelled, { status: 200, json: { status: 'cancelled' } });
  t.same(await scene.limits(), []);
});

void t.test('The debtor’s share of a discount is set aside when the payment is instructed', async (t) => {
  const pricing = { reference: 'lpr_1y', spreadBp: 65, fixedRate: null, debtorShare: '0.400000', feeRate: '0.000000' };
  await scene.newTerms({ nonrecourse_factoring: ordinaryTerms({ pricing }) });
  const { application, quote, path } = await scene.apply({
    product: 'nonrecourse_factoring',
    face: '500000.00',
    dueDate: '2026-06-15',
  });
  const approved = await scene.approve(application);
  await scene.settle();
  const pay = () => bank.maker.call('POST', `${path}/disbursement`, { version: approved.version });
  const [before] = await sql('select -posted - held as free from balance where path = $1', [`2001/${core.id}`]);
  t.ok(before === undefined || Number(before.free) < Number(quote.debtorInterest));
  t.match(await pay(), { status: 409, json: { code: 'insufficient-funds' } }, 'before the bank is told');
  await scene.deposit(core.id, quote.debtorInterest);
  t.equal((await pay()).status, 202);
  const [held] = await sql('select held::numeric(20,2) from balance where path = $1', [`2001/${core.id}`]);
  t.equal(held.held, quote.debtorInterest);
  await scene.settle();
  const [after] = await sql('select held::numeric(20,2), path from balance where path = $1', [`2001/${core.id}`]);
  t.equal(after.held, '0.00');
  t.equal((await position(path)).financing.status, 'active');
  t.ok(await scene.proof());
});

void t.test('Every receivable behind a financing is registered with a rank of its own, and discharged', async (t) => {
  await scene.newTerms({});
  const held = [await scene.receivable('60000.00', '2026-06-15'), await scene.receivable('40000.00', '2026-06-15')];
  const application = await supplier.maker.post('/v1/financings', {
    programmeId: scene.programmeId,
    product: 'pledge_loan',
    items: held.map(({ id, holdingId }, index) => ({
      receivableId: id,
      holdingId,
      amount: index === 0 ? '60000.00' : '40000.00',
    })),
    payeeAccountId: scene.accountId,
  });
  const approved = await scene.approve(application);
  const path = `/v1/financings/${application.id}`;
  const registered = async () => (await bank.maker.get(`/v1/registrations?financingId=${application.id}`)).items;
  t.same(
    (await registered()).map(({ subjectId, amount }: Json) => `${subjectId} ${amount}`).sort(),
    [`${held[0]?.id} 60000.00`, `${held[1]?.id} 40000.00`].sort(),
  );
  await scene.settle();
  await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
  await scene.settle();
  const { due } = await position(path);
  await scene.deposit(supplier.id, '1000.00');
  await supplier.maker.post(`${path}/repayments`, { amount: due.total });
  t.same(
    (await registered()).map(({ state }: Json) => state),
    ['discharged', 'discharged'],
  );
});
