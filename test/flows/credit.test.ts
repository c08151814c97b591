import { randomUUID } from 'node:crypto';
import t from 'tap';
import { joinChain, openAccount, type Party } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { creditScene, creditTerms, figures } from '../harness/credit-scene.ts';

const opened = '2025-06-17';
const dueDate = '2025-12-16';
const scene = await creditScene(t, opened);
const { bank, core, supplier, secondTier, programmeId, accountId, sql, stage, chainId } = scene;
const greenChannel = [
  { upTo: '500000.00', approval: 'auto', tag: null },
  { upTo: null, approval: 'one', tag: null },
];

await scene.newTerms({ credit_loan: creditTerms() }, greenChannel);
await scene.grantCredit(bank, programmeId, supplier.id);
const other = await scene.secondBank(creditTerms(), greenChannel);
await scene.grantCredit(other.bank, other.programmeId, supplier.id);

// Four months of trade: one receivable paid on its day, one diluted by a credit note, one disputed in part.
const paid = await scene.traded('1000000.00', '2025-03-10', opened);
const noted = await scene.traded('2000000.00', '2025-04-10', '2025-09-10');
const contested = await scene.traded('1000000.00', '2025-05-12', '2025-09-12');
await scene.traded('1000000.00', '2025-06-10', '2025-10-10');
await scene.collect(paid.id, '1000000.00');
await supplier.maker.post(
  `/v1/receivables/${noted.id}/credit-notes`,
  { number: 'CN-1', amount: '250000.00' },
  noted.version,
);
await core.checker.post(
  `/v1/receivables/${contested.id}/dispute`,
  { amount: '100000.00', reason: '部分货物不合格' },
  contested.version,
);

const limitPath = `/v1/programmes/${programmeId}/credit-limit`;
const ask = (body: Json = {}, party: Party = supplier) =>
  party.maker.call('POST', '/v1/credit-loans', {
    body: { programmeId, dueDate, payeeAccountId: accountId, ...body },
  });
const atOther = { programmeId: other.programmeId };
const declare = (changes: Json = {}, party: Party = supplier): Promise<Json> =>
  party.maker.post('/v1/credit-declarations', { year: 2024, figures: figures(changes) });

void t.test(
  'The limit tells every input, weight and contribution, and whoever reads it reckons the same',
  async (t) => {
    const { explanation, decision, findings } = await supplier.maker.get(limitPath);
    t.match(explanation, { volume: '5000000.00', annualVolume: '5000000.00', volumeShare: '0.300000' });
    t.same(
      explanation.factors.map((f: Json) => [f.input, f.value, f.score, f.weight, f.contribution].join(' ')),
      [
        'monthsOfTrade 4.000000 0.666667 0.300000 0.200000',
        'disputeRate 0.020000 0.800000 0.200000 0.160000',
        'dilutionRate 0.050000 0.750000 0.200000 0.150000',
        'onTimeRate 1.000000 1.000000 0.200000 0.200000',
        'concentration 1.000000 0.000000 0.100000 0.000000',
      ],
    );
    t.equal(explanation.score, '0.710000');
    t.equal(explanation.limit, '1065000.00', '5,000,000.00 × 0.3 × 0.71');
    t.equal(decision, 'decline');
    t.match(findings, [{ code: 'need-not-declared', who: 'borrower' }]);
  },
);

void t.test(
  'Nobody borrows without a declared need, nor beyond it; the need is reckoned as the annex says',
  async (t) => {
    t.match(await ask({ amount: '100000.00' }), { status: 409, json: { code: 'need-not-declared' } });
    const declared = await declare();
    t.match(declared, { workingCapital: '6600000.00', loanNeed: '2500000.00', outsideLoans: '0.00' });
    t.match((await supplier.maker.get('/v1/credit-declarations')).items, [{ id: declared.id }]);
    t.same((await bank.maker.get('/v1/credit-declarations')).items, [], 'not before it wants to borrow from this bank');
    const malformed = await supplier.maker.call('POST', '/v1/credit-declarations', {
      body: { year: 2024, figures: figures({ sales: '3e7' }) },
    });
    t.match(malformed, { status: 400, json: { code: 'invalid-input', field: '/figures/sales' } });
  },
);

void t.test(
  'Inside the green channel the rule approves at once and says which; money follows the shared lifecycle',
  async (t) => {
    const quote = await supplier.maker.post('/v1/credit-loans/quotes', { programmeId, dueDate, amount: '400000.00' });
    const { status, json: loan } = await ask({ amount: '400000.00' });
    t.match({ status, loan }, { status: 201, loan: { status: 'approved', product: 'credit_loan', face: '400000.00' } });
    const approval = await bank.maker.get(`/v1/approvals/${loan.approvalId}`);
    t.match(approval, { level: 'auto', state: 'approved', rule: /programme version 2: authority band 1/ });
    await bank.maker.post(`/v1/financings/${loan.id}/disbursement`, undefined, loan.version);
    await scene.settle();
    t.same((await scene.journals(loan.id)).slice(0, 1), [
      `financing.disbursed ${opened} 1110 400000.00, 2001/${supplier.id} -400000.00`,
    ]);
    t.match((await scene.position(`/v1/financings/${loan.id}`)).financing, { status: 'active', fee: quote.fee });
    const [assessment] = (await bank.maker.get(`/v1/credit-assessments?financingId=${loan.id}`)).items;
    t.match(assessment, {
      programmeVersion: 2,
      decision: 'approve',
      score: '0.710000',
      creditLimit: '1065000.00',
      drawn: '0.00',
      borrowed: '0.00',
      needed: '2500000.00',
      amount: '400000.00',
      reasons: [],
      explanation: { limit: '1065000.00' },
    });
    t.match(await bank.maker.get(`/v1/credit-assessments/${assessment.id}`), assessment);
  },
);

void t.test('Above it people decide; what is drawn counts against the limit of the record', async (t) => {
  const { json: loan } = await ask({ amount: '600000.00' });
  t.equal(loan.status, 'submitted');
  const beyond = await ask({ amount: '65000.01' });
  t.match(beyond, { status: 409, json: { code: 'credit-limit-exceeded', accepted: 'at most 65000.00' } });
  const path = `/v1/financings/${loan.id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, loan.version);
  const returned = await bank.checker.post(`${path}/return`, { reason: '请补充合同' }, proposed.version);
  const again = (maker = supplier.maker) =>
    maker.call('POST', `/v1/credit-loans/${loan.id}/submission`, { version: returned.version });
  t.match(await again(secondTier.maker), { status: 404 });
  const submitted = await again();
  t.match(submitted, { status: 200, json: { status: 'submitted', amount: '600000.00' } });
  t.match(await scene.approve(submitted.json), { status: 'approved', registrationId: null });
});

void t.test('Banks together lend no more than firm and group need, and learn the sum only', async (t) => {
  await declare({ outsideLoans: '900000.00' });
  const refused = await ask({ ...atOther, amount: '600000.01' });
  t.match(refused, { status: 409, json: { code: 'over-credited', accepted: 'at most 600000.00' } });
  t.match(refused.json.detail, /need 2500000.00 and have borrowed 1900000.00/);
  const { json: loan } = await ask({ ...atOther, amount: '600000.00' });
  t.equal(loan.status, 'submitted');

  const [seen] = (await other.bank.maker.get('/v1/credit-assessments')).items;
  t.match(seen, { borrowed: '1900000.00', needed: '2500000.00', financingId: loan.id });
  const [mine] = (await bank.maker.get('/v1/credit-assessments')).items;
  const answers = JSON.stringify([
    seen,
    refused.json,
    (await other.bank.maker.get('/v1/financings')).items,
    (await other.bank.maker.get('/v1/events?limit=200')).items,
    (await other.bank.maker.get('/v1/credit-declarations')).items,
  ]);
  for (const secret of [bank.id, bank.name, programmeId, mine.financingId, mine.id]) {
    t.notOk(answers.includes(secret), 'nothing of the first bank is in what the second one reads');
  }
  for (const path of [`/v1/credit-assessments/${mine.id}`, `/v1/financings/${mine.financingId}`]) {
    t.match(await other.bank.maker.call('GET', path), { status: 404 });
  }
});

/** Another supplier of the first tier with a record, a need, an account and room at both banks. */
async function newcomer(legalName: string, changes: Json = {}) {
  const party = await joinChain({ stage, core, chainId, legalName, tier: 1 });
  for (const [from, to] of [
    ['2025-01-10', '2025-07-10'],
    ['2025-02-10', '2025-08-10'],
    ['2025-03-11', '2025-09-11'],
    ['2025-04-11', '2025-10-11'],
  ] as const) {
    await scene.traded('2000000.00', from, to, party);
  }
  await declare(changes, party);
  await scene.grantCredit(bank, programmeId, party.id);
  await scene.grantCredit(other.bank, other.programmeId, party.id);
  return { party, payeeAccountId: (await openAccount(stage, party)).id as string };
}

void t.test('Two banks at once do not both lend what a firm needs once', async (t) => {
  const { party, payeeAccountId } = await newcomer('济源示范轴承有限公司', { ownFunds: '5000000.00' });
  const amount = '300000.00';
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, i) => ask({ amount, payeeAccountId, ...(i % 2 === 0 ? {} : atOther) }, party)),
  );
  const outcomes = answers.map(({ status, json }) => (status === 201 ? 'lent' : json.code)).sort();
  t.equal(outcomes.filter((outcome) => outcome === 'lent').length, 1, 'the need is 500,000.00');
  t.ok(
    outcomes.every((outcome) => outcome === 'lent' || outcome === 'over-credited'),
    outcomes.join(),
  );
});

void t.test('Loans of a sister firm count for the group, as does her need', async (t) => {
  const first = await newcomer('济源示范弹簧有限公司', { ownFunds: '5200000.00' });
  const sister = await newcomer('济源示范紧固件有限公司', { ownFunds: '5200000.00' });
  await sql('update organization set parent_id = $1 where id = $2', [first.party.id, sister.party.id]);
  t.match(await ask({ amount: '500000.00', payeeAccountId: first.payeeAccountId }, first.party), { status: 201 });
  const asked = { ...atOther, payeeAccountId: sister.payeeAccountId };
  const refused = await ask({ ...asked, amount: '100000.01' }, sister.party);
  t.match(refused, { status: 409, json: { code: 'over-credited', accepted: 'at most 100000.00' } });
  t.notOk(JSON.stringify(refused.json).includes(first.party.id), 'the sister is not named');
  t.match(await ask({ ...asked, amount: '100000.00' }, sister.party), { status: 201 });
});

void t.test(
  'What the score refers to a person is never approved by rule, and what it declines not at all',
  async (t) => {
    const { party, payeeAccountId } = await newcomer('济源示范模具有限公司');
    const asked = { amount: '10000.00', payeeAccountId };
    await scene.newTerms({ credit_loan: creditTerms({}, { referBelow: '0.900000' }) }, greenChannel);
    const referred = await ask(asked, party);
    t.match(referred, { status: 201, json: { status: 'submitted' } });
    const [assessment] = (await party.maker.get('/v1/credit-assessments')).items;
    t.match(assessment, { decision: 'refer', reasons: [{ code: 'score-needs-a-person' }] });
    await scene.newTerms(
      { credit_loan: creditTerms({}, { declineBelow: '0.800000', referBelow: '0.900000' }) },
      greenChannel,
    );
    t.match(await ask(asked, party), { status: 409, json: { code: 'credit-score-too-low' } });
    await scene.newTerms({ credit_loan: creditTerms() }, greenChannel);
  },
);

void t.test('Terms whose formula contradicts itself are refused', async (t) => {
  const [factor] = (creditTerms() as Json).credit.factors;
  const wrong: readonly [string, Json][] = [
    ['/credit/factors', { factors: [{ ...factor, weight: '0.900000' }] }],
    [
      '/credit/factors/1',
      {
        factors: [
          { ...factor, weight: '0.500000' },
          { ...factor, weight: '0.500000' },
        ],
      },
    ],
    ['/credit/factors/0/best', { factors: [{ ...factor, weight: '1', best: '0' }] }],
    ['/credit/declineBelow', { declineBelow: '0.700000' }],
  ];
  for (const [field, changes] of wrong) {
    const refusal = scene.newTerms({ credit_loan: creditTerms({}, changes) });
    await t.rejects(refusal, new RegExp(`"field":"/terms/products/credit_loan${field}"`), field);
  }
});

void t.test('A loan asks for a member, an account of its own and a programme that offers it', async (t) => {
  await declare({ ownFunds: '0.00' });
  const { json } = await ask({ amount: '1000.00', payeeAccountId: randomUUID() });
  t.equal(json.code, 'account-not-verified');
  t.match(await ask({ programmeId: randomUUID() }), { status: 404, json: { field: '/programmeId' } });
  t.match(await ask({ amount: '0.00' }), { status: 400 });
  t.match(await bank.maker.call('GET', limitPath), { status: 403 });
  t.match(await scene.beginClose(), { status: 202 });
  t.match(await ask({ amount: '1000.00' }), { status: 503, json: { code: 'book-closing' } });
  await scene.runClose();
  t.ok(await scene.proof(), 'the books are proven');
});
