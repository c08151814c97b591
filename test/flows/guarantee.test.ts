import t from 'tap';
import { appear } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { creditScene, creditTerms, figures } from '../harness/credit-scene.ts';

const opened = '2025-06-17';
const scene = await creditScene(t, opened);
const { bank, supplier, secondTier, programmeId, accountId, stage } = scene;
const dueDate = '2025-06-27';

const guarantor = await appear(stage, { kind: 'guarantor', legalName: '济源示范融资担保有限公司' });
const reguarantor = await appear(stage, { kind: 'guarantor', legalName: '河南示范再担保有限公司' });
const treasury = await appear(stage, { kind: 'guarantor', legalName: '济源示范区财政风险补偿中心' });

const guaranteed = creditTerms({ guarantee: { minShare: '0.800000' } }, { referBelow: '0.500000' });
const greenChannel = [
  { upTo: '10000.00', approval: 'auto', tag: null },
  { upTo: null, approval: 'one', tag: null },
];
await scene.newTerms({ credit_loan: guaranteed }, greenChannel);
await scene.grantCredit(bank, programmeId, supplier.id);
for (const [from, to] of [
  ['2025-03-10', '2025-09-10'],
  ['2025-04-10', '2025-10-10'],
  ['2025-05-12', '2025-11-12'],
] as const) {
  await scene.traded('3000000.00', from, to);
}
await supplier.maker.post('/v1/credit-declarations', { year: 2024, figures: figures() });

/** Guarantor 40 %, re-guarantor 30 %, bank 20 %, treasury 10 %. */
const agreed = (changes: Json = {}): Json => ({
  guarantorId: guarantor.id,
  shares: [
    { partyId: guarantor.id, share: '0.400000' },
    { partyId: reguarantor.id, share: '0.300000' },
    { partyId: bank.id, share: '0.200000' },
    { partyId: treasury.id, share: '0.100000' },
  ],
  cap: '1000000.00',
  financingCap: '400000.00',
  feeRate: '0.010000',
  waitingDays: 5,
  stopLoss: '1.000000',
  settles: ['principal'],
  persons: 'one',
  expiresOn: '2026-12-31',
  ...changes,
});

async function agreement(changes: Json = {}): Promise<Json> {
  const proposed = await bank.maker.post('/v1/guarantee-agreements', agreed(changes));
  const path = `/v1/guarantee-agreements/${proposed.id}`;
  const offered = await bank.checker.post(`${path}/approval`, {}, proposed.version);
  return guarantor.checker.post(`${path}/acceptance`, {}, offered.version);
}

const apply = async (amount: string): Promise<Json> =>
  supplier.maker.post('/v1/credit-loans', { programmeId, dueDate, amount, payeeAccountId: accountId });
const request = (loan: Json, agreementId: string) =>
  bank.maker.call('POST', `/v1/financings/${loan.id}/guarantee-requests`, {
    body: { agreementId },
    version: loan.version,
  });
const financing = async (id: string): Promise<Json> => (await bank.maker.get(`/v1/financings/${id}`)).financing;
const grant = (guarantee: Json) =>
  guarantor.checker.call('POST', `/v1/guarantees/${guarantee.id}/approval`, { body: {}, version: guarantee.version });
const approve = async (id: string): Promise<Json> => {
  const { version } = await financing(id);
  const path = `/v1/financings/${id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, version);
  return bank.checker.post(`${path}/approval`, {}, proposed.version);
};

const main = await agreement();

void t.test('Bank and guarantor approve side by side: whoever is last completes the approval', async (t) => {
  const first = await apply('50000.00');
  t.equal((await approve(first.id)).status, 'submitted', 'the programme wants a guarantor, and nobody was asked');
  const asked = await request(await financing(first.id), main.id);
  t.match(asked, { status: 201, json: { state: 'requested', cover: '40000.00', amount: '50000.00' } });
  t.match(await grant(asked.json), { status: 200, json: { state: 'granted' } });
  t.equal((await financing(first.id)).status, 'approved', 'the guarantor was last');

  const second = await apply('50000.00');
  const requested = await request(second, main.id);
  await grant(requested.json);
  t.equal((await financing(second.id)).status, 'submitted');
  t.equal((await approve(second.id)).status, 'approved', 'the bank was last');

  const auto = await apply('5000.00');
  t.match(auto, { status: 'submitted', approvalId: /./ }, 'the green channel does not pass the guarantor by');
  await grant((await request(auto, main.id)).json);
  t.equal((await financing(auto.id)).status, 'approved');
  const [task] = (await guarantor.checker.get('/v1/approvals?state=approved')).items;
  t.match(task, { action: 'guarantee', deciderId: guarantor.id, rule: `guarantee agreement ${main.id}` });
});

void t.test(
  'A guarantor sees what it is asked for and no more, decides for itself only, and by its own people',
  async (t) => {
    const loan = await apply('20000.00');
    const { json: asked } = await request(loan, main.id);
    t.match(await guarantor.maker.get(`/v1/guarantees/${asked.id}`), { number: loan.number, cover: '16000.00' });
    t.match(await guarantor.maker.call('GET', `/v1/financings/${loan.id}`), { status: 404 });
    t.match(await reguarantor.checker.call('GET', `/v1/guarantees/${asked.id}`), { status: 404 });
    const path = `/v1/guarantees/${asked.id}/approval`;
    t.match(await reguarantor.checker.call('POST', path, { body: {}, version: asked.version }), { status: 404 });
    t.match(await guarantor.maker.call('POST', path, { body: {}, version: asked.version }), { status: 403 });
    t.match(await bank.checker.call('POST', path, { body: {}, version: asked.version }), { status: 403 });
    t.match(await secondTier.maker.call('GET', `/v1/guarantees/${asked.id}`), { status: 404 });

    const declined = await guarantor.checker.post(
      `/v1/guarantees/${asked.id}/declination`,
      { reason: '反担保不足' },
      asked.version,
    );
    t.equal(declined.state, 'declined');
    t.equal((await approve(loan.id)).status, 'submitted', 'without the guarantor it is not approved');
    const again = await request(await financing(loan.id), main.id);
    t.match(again, { status: 201 }, 'another may be asked then');
    t.match(await request(await financing(loan.id), main.id), { status: 409, json: { code: 'already-exists' } });
    const { version } = await financing(loan.id);
    await bank.maker.post(`/v1/financings/${loan.id}/cancellation`, { reason: '客户撤回' }, version);
    t.match(await bank.maker.get(`/v1/guarantees/${again.json.id}`), { state: 'withdrawn' });
  },
);

void t.test('A guarantee stays within share, cap and term of its agreement', async (t) => {
  const loan = await apply('500000.01');
  const big = await request(loan, main.id);
  t.match(big, { status: 409, json: { code: 'guarantee-cap-reached', accepted: 'at most 400000.00' } });
  const low = await agreement({
    shares: [
      { partyId: guarantor.id, share: '0.700000' },
      { partyId: bank.id, share: '0.300000' },
    ],
  });
  t.match(await request(loan, low.id), { status: 409, json: { code: 'guarantee-share-too-low' } });
  const offered = await bank.maker.post('/v1/guarantee-agreements', agreed());
  t.match(await request(loan, offered.id), { status: 409, json: { code: 'illegal-transition' } });
  const narrow = await agreement({ cap: '50000.00', financingCap: '50000.00' });
  const loans = await Promise.all(Array.from({ length: 8 }, () => apply('15000.00')));
  const answers = await Promise.all(loans.map((each) => request(each, narrow.id)));
  t.equal(answers.filter(({ status }) => status === 201).length, 4, 'four times 12,000.00 fit 50,000.00');
  t.ok(answers.every(({ status, json }) => status === 201 || json.code === 'guarantee-cap-reached'));
  const wider = scene.sql('update guarantee set cover = 15000 where agreement_id = $1', [narrow.id]);
  await t.rejects(wider, /would stand for 60000/, 'the database says the same');
});

void t.test('An agreement that makes no sense is refused, and both sides must want it', async (t) => {
  const wrong: readonly [string, Json][] = [
    ['/shares', { shares: [{ partyId: guarantor.id, share: '0.900000' }] }],
    [
      '/shares/1/partyId',
      {
        shares: [
          { partyId: guarantor.id, share: '0.5' },
          { partyId: guarantor.id, share: '0.5' },
        ],
      },
    ],
    [
      '/shares/1/partyId',
      {
        shares: [
          { partyId: guarantor.id, share: '0.5' },
          { partyId: supplier.id, share: '0.5' },
        ],
      },
    ],
    ['/guarantorId', { shares: [{ partyId: reguarantor.id, share: '1' }] }],
    ['/financingCap', { financingCap: '1000000.01' }],
    ['/expiresOn', { expiresOn: opened }],
  ];
  for (const [field, changes] of wrong) {
    const { status, json } = await bank.maker.call('POST', '/v1/guarantee-agreements', { body: agreed(changes) });
    t.equal(json.field, field, `${status} ${json.detail}`);
  }
  const proposed = await bank.maker.post('/v1/guarantee-agreements', agreed());
  const path = `/v1/guarantee-agreements/${proposed.id}`;
  const early = await guarantor.checker.call('POST', `${path}/acceptance`, { body: {}, version: 1 });
  t.match(early, { status: 409, json: { code: 'illegal-transition' } });
  const offered = await bank.checker.post(`${path}/approval`, {}, proposed.version);
  const foreign = await reguarantor.checker.call('POST', `${path}/acceptance`, { body: {}, version: offered.version });
  t.match(foreign, { status: 403, json: { code: 'not-a-party' } });
  const declined = await guarantor.checker.post(`${path}/declination`, { reason: '费率过低' }, offered.version);
  t.equal(declined.state, 'rejected');
  const active = await agreement();
  const ended = await guarantor.checker.post(`/v1/guarantee-agreements/${active.id}/end`, {}, active.version);
  t.equal(ended.state, 'ended');
});

void t.test(
  'Guarantors pay for a default by their shares, and what comes back later is shared to the fen',
  async (t) => {
    const loan = await apply('164848.48');
    const guarantee = (await grant((await request(loan, main.id)).json)).json;
    const approved = await approve(loan.id);
    const path = `/v1/financings/${loan.id}`;
    await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
    await scene.settle();
    const fee = await bank.maker.post(`/v1/guarantees/${guarantee.id}/fee`);
    t.equal(fee.fee, '45.79', '164,848.48 × 1 % × 10 ÷ 360');
    t.match(await bank.maker.call('POST', `/v1/guarantees/${guarantee.id}/fee`), { status: 409 });

    const claim = async (evidence = '逾期通知书') =>
      bank.maker.call('POST', `${path}/guarantee-claims`, {
        body: { evidence },
        version: (await financing(loan.id)).version,
      });
    t.match(await claim(), { status: 409, json: { code: 'illegal-transition' } }, 'not before it is overdue');
    await scene.closeUntil('2025-07-01');
    t.match(await claim(), { status: 409, json: { code: 'waiting-period' } });
    await scene.closeUntil('2025-07-02');
    const { json: drafted } = await claim();
    t.match(drafted, {
      state: 'opened',
      loss: '164848.48',
      bankBears: '32969.70',
      parts: [{ amount: '65939.39' }, { amount: '49454.54' }, { amount: '16484.85' }],
    });
    t.match(await claim(), { status: 409, json: { code: 'already-exists' } });
    const claimPath = `/v1/guarantee-claims/${drafted.id}`;
    const called = await bank.checker.post(`${claimPath}/call`, {}, drafted.version);
    t.equal((await financing(loan.id)).status, 'recovering');
    const contested = await guarantor.checker.post(`${claimPath}/contest`, { reason: '材料不全' }, called.version);
    const pay = (partyId: string, amount: string, bankReference: string) =>
      bank.maker.call('POST', `${claimPath}/payments`, { body: { partyId, amount, bankReference } });
    t.match(await pay(guarantor.id, '1.00', 'DC-0'), { status: 409, json: { code: 'illegal-transition' } });
    await guarantor.checker.post(`${claimPath}/acceptance`, {}, contested.version);

    t.match(await pay(guarantor.id, '65939.40', 'DC-1'), { status: 409, json: { accepted: 'at most 65939.39' } });
    t.match(await pay(guarantor.id, '65939.39', 'DC-1'), { status: 201, json: { claim: { state: 'part_paid' } } });
    t.match(await pay(reguarantor.id, '1.00', 'DC-1'), { status: 409, json: { code: 'duplicate-bank-reference' } });
    t.match(await pay(supplier.id, '1.00', 'DC-2'), { status: 404, json: { field: '/partyId' } });
    await pay(reguarantor.id, '49454.54', 'DC-2');
    const last = await pay(treasury.id, '16484.85', 'DC-3');
    t.match(last.json.claim, { state: 'paid', bankBears: '32969.70' });
    t.same((await scene.journals(loan.id)).slice(-3), [
      'financing.repaid 2025-07-02 1001 65939.39, 1120 -65939.39',
      'financing.repaid 2025-07-02 1001 49454.54, 1120 -49454.54',
      'financing.repaid 2025-07-02 1001 16484.85, 1120 -16484.85',
    ]);
    t.equal((await financing(loan.id)).principal, '32969.70');
    t.match(
      await reguarantor.maker.get(claimPath),
      { parts: [{}, { paid: '49454.54' }, {}] },
      'each party sees the claim',
    );
    const subrogated = await bank.checker.post(`${claimPath}/subrogation`, {}, last.json.claim.version);
    t.equal(subrogated.state, 'subrogated');

    await scene.deposit(supplier.id, '20000.00');
    const recovered = await bank.maker.post(`${claimPath}/recoveries`, { amount: '10000.01' });
    t.same(recovered.shared, [
      { partyId: guarantor.id, amount: '4000.01' },
      { partyId: reguarantor.id, amount: '3000.00' },
      { partyId: treasury.id, amount: '1000.00' },
      { partyId: bank.id, amount: '2000.00' },
    ]);
    t.match((await scene.journals(loan.id)).slice(-2), [
      `guarantee.recovery_shared 2025-07-02 2001/${supplier.id} 8000.01, 2001/${guarantor.id} -4000.01, 2001/${reguarantor.id} -3000.00, 2001/${treasury.id} -1000.00`,
      /^financing.repaid 2025-07-02 2001/,
    ]);
    const { version } = await financing(loan.id);
    const loss = await bank.maker.post(`${path}/changes`, { action: 'reclassify', riskClass: 'loss' }, version);
    const written = await bank.maker.post(`${path}/changes`, { action: 'write_off' }, loss.version);
    await bank.checker.post(`${path}/changes/decision`, { verdict: 'approve' }, written.version);
    const { principal } = await financing(loan.id);
    t.match((await scene.journals(loan.id)).slice(-3), [/5002/, new RegExp(`1120 -${principal}`), /9008/]);
    const after = await bank.maker.post(`${claimPath}/recoveries`, { amount: '5000.00' });
    t.match(
      after.shared[3],
      { partyId: bank.id, amount: '1000.00' },
      'what was written off comes back by the same shares',
    );
    t.match((await scene.journals(loan.id)).at(-1), /4006 -1000.00/);
    const beyond = await bank.maker.call('POST', `${claimPath}/recoveries`, { body: { amount: '900000.00' } });
    t.match(beyond, { status: 409, json: { code: 'amount-exceeds-due' } });
    t.ok(await scene.proof(), 'the books are proven');
  },
);
