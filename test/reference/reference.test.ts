import t from 'tap';
import { addDays } from '../../src/money/dates.ts';
import { readAs, writeIn } from '../../src/platform/database.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { referenceFrom } from '../../src/reference/lookup.ts';
import { lprChanges, lprOn, placePeriod } from '../../src/reference/rules.ts';
import { loadReference, referenceOf } from '../../src/reference/store.ts';
import { bankWorld } from '../harness/bank-world.ts';

const world = await bankWorld(t);
const { person, operatorId, bankId, otherBankId } = world;
const proposer = person(operatorId, 'operator', 'operator');
const confirmer = person(operatorId, 'operator', 'operator');
const decide = (step: string, { id, version }: { id: string; version: number }, body?: object) =>
  [`/v1/reference-proposals/${id}/${step}`, { version, ...(body && { body }) }] as const;
const reference = () => readAs(world.database, { orgId: bankId, orgKind: 'bank' }, referenceOf);

const lpr = (publishedOn: string, rate: string) => ({
  code: 'lpr_1y',
  publishedOn,
  rate,
  source: '全国银行间同业拆借中心',
});
const vat = {
  code: 'vat.financial',
  effectiveFrom: '2027-01-01',
  effectiveTo: null,
  value: '0.05',
  unit: 'fraction',
  source: '示范公告',
};

async function record(path: string, body: object) {
  const proposal = await proposer.must('POST', path, { body });
  return confirmer.must('POST', ...decide('confirm', proposal));
}

void t.test('The loan prime rates that come with the service are those that were published', async (t) => {
  const { rate } = await reference();
  for (let day = '2019-08-20'; day <= '2026-09-30'; day = addDays(day, 13)) {
    t.equal(rate('lpr_1y', day).rate.times(100).toFixed(2), lprOn(lprChanges, day, '1Y').toFixed(2), day);
    t.equal(rate('lpr_5y', day).rate.times(100).toFixed(2), lprOn(lprChanges, day, '5Y').toFixed(2), day);
  }
  t.equal(rate('lpr_1y', '2026-09-19').publishedOn, '2026-08-20');
  t.equal(rate('lpr_1y', '2026-09-20').publishedOn, '2026-09-20', 'a Sunday that was a working day');
  t.throws(() => rate('lpr_1y', '2019-08-19'), { code: 'rate-missing' });
});

void t.test('A legal number is the one of the day, with its source, or none', async (t) => {
  const { parameter, requireParameter } = await reference();
  const value = (code: string, on: string) => parameter(code, on)?.value.toFixed() ?? null;
  t.equal(value('vat.financial', '2025-12-31'), '0.06');
  t.equal(parameter('vat.financial', '2025-12-31')?.source, '财税〔2016〕36号');
  t.match(parameter('vat.financial', '2026-01-01'), { effectiveFrom: '2026-01-01', source: /增值税法/ });
  t.equal(value('cert.maxTenorMonths', '2025-06-14'), null);
  t.equal(value('cert.maxTenorMonths', '2025-06-15'), '12');
  t.equal(value('cert.normalTenorMonths', '2026-11-23'), '6');
  t.equal(value('vat.smallLoanExempt.limit', '2027-12-31'), '10000000');
  t.equal(value('vat.smallLoanExempt.limit', '2028-01-01'), null, 'an exemption that ended exempts nothing');
  t.same(
    ['min', 'max'].map((end) => value(`loan.penaltyUplift.overdue.${end}`, '2026-07-01')),
    ['0.3', '0.5'],
  );
  t.same(
    ['substandard', 'doubtful', 'loss'].map((each) => value(`risk.${each}AfterDays`, '2026-07-01')),
    ['90', '270', '360'],
  );
  t.throws(() => requireParameter('no.such', '2026-07-01'), { code: 'parameter-missing' });
});

void t.test('A batch reads the same reference data as a reader does', async (t) => {
  const inBatch = await writeIn(world.database.writers, [bankId], (tx) => loadReference(new Workspace(tx)));
  t.same(inBatch.rate('lpr_5y', '2024-02-20'), (await reference()).rate('lpr_5y', '2024-02-20'));
  t.equal(inBatch.rollForward('2026-10-01').date, '2026-10-08');
});

void t.test('A rate is in force once a second person has confirmed it', async (t) => {
  const proposal = await proposer.must('POST', '/v1/rates', { body: lpr('2026-06-30', '0.029000') });
  t.match(proposal, { state: 'proposed', content: { kind: 'rate', rate: '0.029000' }, checkerPersonId: null });
  t.equal((await reference()).rate('lpr_1y', '2026-07-01').rate.toFixed(6), '0.030000');
  const own = await proposer.call('POST', ...decide('confirm', proposal));
  t.match(own, { status: 403, json: { code: 'same-person' } });
  t.match(await confirmer.must('POST', ...decide('confirm', proposal)), {
    state: 'confirmed',
    checkerPersonId: confirmer.actor.personId,
  });
  t.match((await reference()).rate('lpr_1y', '2026-07-01'), { publishedOn: '2026-06-30' });
  const twice = await confirmer.call('POST', ...decide('confirm', { ...proposal, version: proposal.version + 1 }));
  t.match(twice, { status: 409, json: { code: 'illegal-transition' } });

  await record('/v1/rates', lpr('2026-06-30', '0.029500'));
  const corrected = (await reference()).rate('lpr_1y', '2026-07-01').rate.toFixed(6);
  t.equal(corrected, '0.029500', 'the same day corrects what was recorded');
  const { items } = await proposer.must('GET', '/v1/rates?code=lpr_1y&limit=200');
  t.equal(items.filter((each: { publishedOn: string }) => each.publishedOn === '2026-06-30').length, 1);
});

void t.test('A rate is recorded once it is published, and above zero', async (t) => {
  const tomorrow = await proposer.call('POST', '/v1/rates', { body: lpr('2026-07-02', '0.030000') });
  t.match(tomorrow, { status: 400, json: { field: '/publishedOn' } });
  t.match(await proposer.call('POST', '/v1/rates', { body: lpr('2026-07-01', '0.000000') }), {
    status: 400,
    json: { field: '/rate' },
  });
});

void t.test('A bank proposes rates, but confirms only what another organization proposed', async (t) => {
  const maker = person(bankId, 'bank', 'maker');
  const checker = person(bankId, 'bank', 'checker');
  const proposal = await maker.must('POST', '/v1/rates', { body: lpr('2026-06-29', '0.030000') });
  const own = await checker.call('POST', ...decide('confirm', proposal));
  t.match(own, { status: 403, json: { code: 'not-a-party' } });
  const other = person(otherBankId, 'bank', 'checker');
  t.match(await other.must('POST', ...decide('confirm', proposal)), { state: 'confirmed' });
  t.equal((await maker.call('POST', '/v1/parameters', { body: vat })).status, 403);
  const parameter = await proposer.must('POST', '/v1/parameters', { body: vat });
  t.equal((await other.call('POST', ...decide('confirm', parameter))).status, 403);
  t.equal((await maker.call('POST', ...decide('withdraw', parameter))).status, 403);
  t.match(await proposer.must('POST', ...decide('withdraw', parameter)), { state: 'withdrawn' });
});

void t.test('A new number ends the one before it the day before; past days keep theirs', async (t) => {
  await record('/v1/parameters', vat);
  const after = await reference();
  t.equal(after.parameter('vat.financial', '2026-12-31')?.value.toFixed(), '0.06');
  t.equal(after.parameter('vat.financial', '2027-01-01')?.value.toFixed(), '0.05');
  const { items } = await proposer.must('GET', '/v1/parameters?code=vat.financial');
  t.same(
    items.map((each: { effectiveFrom: string; effectiveTo: string | null }) => [each.effectiveFrom, each.effectiveTo]),
    [
      ['2016-05-01', '2025-12-31'],
      ['2026-01-01', '2026-12-31'],
      ['2027-01-01', null],
    ],
  );
  const onDay = await proposer.must('GET', '/v1/parameters?code=vat.financial&on=2026-07-01');
  t.equal(onDay.items.length, 1);
  const into = await proposer.must('POST', '/v1/parameters', { body: { ...vat, effectiveFrom: '2026-06-01' } });
  t.match(await confirmer.call('POST', ...decide('confirm', into)), {
    status: 409,
    json: { code: 'parameter-overlap', accepted: 'a day before 2027-01-01' },
  });
  const overlapping = `insert into policy_parameter (id, code, effective_from, value, unit, source, created_at)
    values (gen_random_uuid(), 'vat.financial', '2030-01-01', '1', 'fraction', 'x', now())`;
  await t.rejects(world.owner.query(overlapping), /policy_parameter_one_at_a_time/);
});

void t.test('A calendar day overrules the notice, and ends the doubt about a year without one', async (t) => {
  const read = (day: string) => proposer.must('GET', `/v1/calendar/${day}`);
  t.match(await read('2027-02-08'), { isBusinessDay: true, provisional: true });
  await record('/v1/calendar-days', { date: '2027-02-08', kind: 'holiday', source: '国办通知' });
  await record('/v1/calendar-days', { date: '2027-02-09', kind: 'business', source: '国办通知' });
  t.match(await read('2027-02-08'), { isBusinessDay: false, movesTo: '2027-02-09', provisional: false });
  await record('/v1/calendar-days', { date: '2027-02-08', kind: 'business', source: '更正' });
  t.match(await read('2027-02-08'), { isBusinessDay: true, movesTo: '2027-02-08' });
  t.equal((await proposer.must('GET', '/v1/calendar-days')).items.length, 2);
  t.match(await read('2026-10-01'), { isBusinessDay: false, movesTo: '2026-10-08', provisional: false });
  t.equal((await proposer.call('GET', '/v1/calendar/2026-02-30')).status, 400);
});

void t.test('A rejected proposal changes nothing', async (t) => {
  const proposal = await proposer.must('POST', '/v1/rates', { body: lpr('2026-06-28', '0.010000') });
  t.equal((await confirmer.call('POST', ...decide('reject', proposal, {}))).status, 400, 'without a reason');
  await confirmer.must('POST', ...decide('reject', proposal, { reason: '与公告不符' }));
  t.equal((await reference()).rate('lpr_1y', '2026-06-28').rate.toFixed(6), '0.030000');
});

void t.test('A period finds its place among the others', async (t) => {
  const row = (id: string, effectiveFrom: string, effectiveTo: string | null) => ({ id, effectiveFrom, effectiveTo });
  const present = [row('a', '2020-01-01', '2021-12-31'), row('b', '2024-01-01', null)];
  const place = (from: string, to: string | null) => placePeriod(present, { effectiveFrom: from, effectiveTo: to });
  t.same(place('2025-01-01', null), { corrects: null, ends: { id: 'b', on: '2024-12-31' } });
  t.same(place('2022-06-01', '2023-12-31'), { corrects: null, ends: null }, 'into the gap');
  t.same(place('2021-01-01', '2023-12-31'), { corrects: null, ends: { id: 'a', on: '2020-12-31' } });
  t.same(place('2024-01-01', '2024-06-30'), { corrects: 'b', ends: null });
  t.throws(() => place('2022-01-01', null), { code: 'parameter-overlap' });
  t.throws(() => place('2020-01-01', '2024-01-01'), { code: 'parameter-overlap' });
});

void t.test('Reference data does not depend on the order in which it was recorded', async (t) => {
  const fact = (from: string, value: string) =>
    ({ kind: 'rate', code: 'lpr_1y', from, to: null, value, source: 's' }) as const;
  const facts = [fact('2026-01-20', '0.030000'), fact('2026-05-20', '0.029000'), fact('2025-05-20', '0.031000')];
  for (const order of [facts, [...facts].reverse()]) {
    t.equal(referenceFrom(order).rate('lpr_1y', '2026-05-19').rate.toFixed(6), '0.030000');
  }
});
