import t from 'tap';
import { readAs, writeIn } from '../../src/platform/database.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { loadProgrammes, programmeInForce } from '../../src/programme/store.ts';
import { bankWorld } from '../harness/bank-world.ts';
import { exampleTerms } from '../programme/example-terms.ts';

const draft = { effectiveFrom: '2026-07-01', terms: exampleTerms };

const world = await bankWorld(t);
const { maker, checker, person, owner, bankId, otherBankId } = world;
type Chain = Awaited<ReturnType<typeof world.newChain>>;

const newProgramme = ({ chainId }: Chain) =>
  maker.must('POST', '/v1/programmes', { body: { chainId, name: '示范机械一企一策' } });

/** A programme with one approved version, in force from 2026-07-01. */
async function activeProgramme(chain: Chain) {
  const programme = await newProgramme(chain);
  await approvedVersion(programme.id, draft);
  return maker.must('GET', `/v1/programmes/${programme.id}`);
}

async function approvedVersion(programmeId: string, body: object) {
  const path = (id: string, step: string) => `/v1/programme-versions/${id}/${step}`;
  const { id, version } = await maker.must('POST', `/v1/programmes/${programmeId}/versions`, { body });
  const submitted = await maker.must('POST', path(id, 'submit'), { version });
  return checker.must('POST', path(id, 'approve'), { version: submitted.version, body: {} });
}

void t.test('Terms bind the bank when a second person has approved them, not before', async (t) => {
  const chain = await world.newChain();
  const programme = await newProgramme(chain);
  t.match(programme, { status: 'draft', currentVersion: null, coreId: chain.coreId, version: 1 });
  const version = await maker.must('POST', `/v1/programmes/${programme.id}/versions`, { body: draft });
  t.match(version, { number: 1, status: 'draft', terms: exampleTerms, checkerPersonId: null });
  const path = `/v1/programme-versions/${version.id}`;
  t.equal((await checker.call('POST', `${path}/approve`, { version: 1, body: {} })).status, 409, 'not submitted yet');

  const submitted = await maker.must('POST', `${path}/submit`, { version: version.version });
  t.equal(submitted.status, 'submitted');
  const both = { ...person(bankId, 'bank', 'maker', 'checker') };
  const otherMaker = await both.call('POST', `${path}/submit`, { version: submitted.version });
  t.match(otherMaker, { status: 409, json: { code: 'illegal-transition' } });

  const approved = await checker.must('POST', `${path}/approve`, {
    version: submitted.version,
    body: { reason: '同意' },
  });
  t.match(approved, { status: 'approved', checkerPersonId: checker.actor.personId, reason: '同意' });
  t.match(await maker.must('GET', `/v1/programmes/${programme.id}`), { status: 'active', currentVersion: 1 });
  const approval = await maker.must('GET', `/v1/approvals/${submitted.approvalId}`);
  t.match(approval, {
    state: 'approved',
    subjectKind: 'programme_version',
    subjectId: version.id,
    required: 1,
    decisions: [{ personId: checker.actor.personId, verdict: 'approve', reason: '同意' }],
  });
});

void t.test('Who drew the terms up or asked for their approval does not approve them, in whatever role', async (t) => {
  const chain = await world.newChain();
  const both = person(bankId, 'bank', 'maker', 'checker');
  const programme = await newProgramme(chain);
  const version = await both.must('POST', `/v1/programmes/${programme.id}/versions`, { body: draft });
  const path = `/v1/programme-versions/${version.id}`;

  const { version: present } = await both.must('POST', `${path}/submit`, { version: 1 });
  const own = await both.call('POST', `${path}/approve`, { version: present, body: {} });
  t.match(own, { status: 403, json: { code: 'same-person' } });

  const back = await maker.must('POST', `${path}/withdraw`, { version: present });
  t.match(back, { status: 'draft', approvalId: null });
  const again = await maker.must('POST', `${path}/submit`, { version: back.version });
  const drawnUp = await both.call('POST', `${path}/approve`, { version: again.version, body: {} });
  t.match(drawnUp, { status: 403, json: { code: 'same-person' } }, 'another person submitted what is its own draft');
  await t.rejects(
    owner.query(`update programme_version set status = 'approved', checker_person = maker_person where id = $1`, [
      version.id,
    ]),
    /violates check constraint/,
    'and the database keeps the two apart as well',
  );
});

void t.test('Whoever ever wrote the terms does not approve them, though another changed them since', async (t) => {
  const chain = await world.newChain();
  const both = person(bankId, 'bank', 'maker', 'checker');
  const programme = await newProgramme(chain);
  const { id } = await both.must('POST', `/v1/programmes/${programme.id}/versions`, { body: draft });
  const path = `/v1/programme-versions/${id}`;
  const changed = await maker.must('PATCH', path, { version: 1, body: { effectiveFrom: '2026-07-02' } });
  t.match(changed, { authorPersonIds: [both.actor.personId, maker.actor.personId] });
  const { version } = await maker.must('POST', `${path}/submit`, { version: changed.version });
  const own = await both.call('POST', `${path}/approve`, { version, body: {} });
  t.match(own, { status: 403, json: { code: 'same-person' } });
  const forced = owner.query(`update programme_version set status = 'approved', checker_person = $2 where id = $1`, [
    id,
    both.actor.personId,
  ]);
  await t.rejects(forced, /programme_version_not_its_author/);
  t.match(await checker.must('POST', `${path}/approve`, { version, body: {} }), { status: 'approved' });
});

void t.test('A rejected or returned version does not bind; a returned one is worked on again', async (t) => {
  const chain = await world.newChain();
  const { id: programmeId } = await newProgramme(chain);
  const { id } = await maker.must('POST', `/v1/programmes/${programmeId}/versions`, { body: draft });
  const path = `/v1/programme-versions/${id}`;
  const second = await maker.call('POST', `/v1/programmes/${programmeId}/versions`, { body: draft });
  t.match(second, { status: 409, json: { code: 'already-exists' } }, 'one version at a time is worked on');

  let { version } = await maker.must('POST', `${path}/submit`, { version: 1 });
  t.equal((await checker.call('POST', `${path}/return`, { version, body: {} })).status, 400, 'a reason is needed');
  const returned = await checker.must('POST', `${path}/return`, { version, body: { reason: '期限过长' } });
  t.match(returned, { status: 'draft', reason: '期限过长', approvalId: null });
  const stale = await maker.call('PATCH', path, { version, body: { effectiveFrom: '2026-08-01' } });
  t.match(stale, { status: 412, json: { code: 'precondition-stale' } });
  const unsent = await maker.call('PATCH', path, { body: { effectiveFrom: '2026-08-01' } });
  t.match(unsent, { status: 428 });
  const changed = await maker.must('PATCH', path, {
    version: returned.version,
    body: { effectiveFrom: '2026-08-01' },
  });
  t.match(changed, { effectiveFrom: '2026-08-01', terms: exampleTerms });
  ({ version } = await maker.must('POST', `${path}/submit`, { version: changed.version }));
  const rejected = await checker.must('POST', `${path}/reject`, { version, body: { reason: '不予准入' } });
  t.equal(rejected.status, 'rejected');
  t.match(await maker.must('GET', `/v1/programmes/${programmeId}`), { status: 'draft', currentVersion: null });
  const next = await maker.must('POST', `/v1/programmes/${programmeId}/versions`, { body: draft });
  t.equal(next.number, 2, 'the number of a rejected version is not used again');
});

void t.test('A version takes effect on its day; one approved later overtakes what would begin after it', async (t) => {
  const chain = await world.newChain();
  const { id: programmeId } = await activeProgramme(chain);
  await approvedVersion(programmeId, { ...draft, effectiveFrom: '2026-10-01' });
  const inForce = (on: string) =>
    writeIn(world.database.writers, [bankId], async (tx) => {
      const loaded = await loadProgrammes(new Workspace(tx), [programmeId]);
      return programmeInForce(loaded, programmeId, on).version.number;
    });
  t.same([await inForce('2026-09-30'), await inForce('2026-10-01')], [1, 2]);

  await approvedVersion(programmeId, { ...draft, effectiveFrom: '2026-09-01' });
  t.same([await inForce('2026-08-31'), await inForce('2026-09-01'), await inForce('2026-12-01')], [1, 3, 3]);
  const { items } = await maker.must('GET', `/v1/programmes/${programmeId}/versions`);
  t.same(
    items.map(({ number, status }: { number: number; status: string }) => [number, status]),
    [
      [3, 'approved'],
      [2, 'superseded'],
      [1, 'approved'],
    ],
  );
  await t.rejects(inForce('2026-06-30'), { code: 'programme-not-in-force' });
});

void t.test('Terms cannot begin in the past, be approved too late, or be rewritten once approved', async (t) => {
  const chain = await world.newChain();
  const { id: programmeId } = await newProgramme(chain);
  const past = { ...draft, effectiveFrom: '2026-06-30' };
  const early = await maker.call('POST', `/v1/programmes/${programmeId}/versions`, { body: past });
  t.match(early, { status: 422, json: { code: 'effective-date-past', field: '/effectiveFrom' } });

  const { id } = await maker.must('POST', `/v1/programmes/${programmeId}/versions`, { body: draft });
  const { version } = await maker.must('POST', `/v1/programme-versions/${id}/submit`, { version: 1 });
  await world.moveBook(bankId, '2026-07-02');
  const late = await checker.call('POST', `/v1/programme-versions/${id}/approve`, { version, body: {} });
  t.match(late, { status: 422, json: { code: 'effective-date-past' } });
  await world.moveBook(bankId, '2026-07-01');
  await checker.must('POST', `/v1/programme-versions/${id}/approve`, { version, body: {} });
  await t.rejects(owner.query(`update programme_version set effective_from = '2026-08-01' where id = $1`, [id]), {
    code: '23000',
  });
});

void t.test('Terms that are no terms are refused at the field at fault', async (t) => {
  const chain = await world.newChain();
  const { id } = await newProgramme(chain);
  const { pledge_loan: loan } = exampleTerms.products;
  const send = (change: object) =>
    maker.call('POST', `/v1/programmes/${id}/versions`, {
      body: { ...draft, terms: { ...exampleTerms, products: { pledge_loan: { ...loan, ...change } } } },
    });
  const faults: [object, string][] = [
    [{ penaltyUplift: '0.600000' }, '/terms/products/pledge_loan/penaltyUplift'],
    [{ advanceRatio: 0.8 }, '/terms/products/pledge_loan/advanceRatio'],
    [{ waterfall: ['fees', 'interest', 'principal'] }, '/terms/products/pledge_loan/waterfall'],
    [{ waterfall: Array(5).fill('fees') }, '/terms/products/pledge_loan/waterfall'],
    [{ marginCall: '0.100000' }, '/terms/products/pledge_loan/marginCall'],
  ];
  for (const [change, field] of faults) t.match(await send(change), { status: 400, json: { field } }, field);
});

void t.test('A foreign bank finds nothing of a programme, and changes nothing', async (t) => {
  const chain = await world.newChain();
  const programme = await activeProgramme(chain);
  const draftOfNext = await maker.must('POST', `/v1/programmes/${programme.id}/versions`, {
    body: { ...draft, effectiveFrom: '2026-09-01' },
  });
  const foreign = person(otherBankId, 'bank', 'maker', 'checker');
  const version = `/v1/programme-versions/${draftOfNext.id}`;
  t.equal((await foreign.get(`/v1/programmes/${programme.id}`)).status, 404);
  t.equal((await foreign.get(`/v1/programmes/${programme.id}/versions`)).status, 404);
  t.equal((await foreign.get(version)).status, 404);
  t.same((await foreign.must('GET', '/v1/programmes')).items, []);
  t.equal((await foreign.call('PATCH', version, { version: 1, body: { effectiveFrom: '2026-09-02' } })).status, 404);
  t.equal((await foreign.call('POST', `${version}/submit`, { version: 1 })).status, 404);
  t.equal((await foreign.call('POST', `${version}/approve`, { version: 1, body: {} })).status, 404);
  const suspend = { version: programme.version, body: { reason: '试探' } };
  t.equal((await foreign.call('POST', `/v1/programmes/${programme.id}/suspend`, suspend)).status, 404);
  t.equal((await foreign.call('POST', `/v1/programmes/${programme.id}/versions`, { body: draft })).status, 404);
  t.match(await maker.must('GET', version), { status: 'draft', version: 1 });
  t.equal((await foreign.must('GET', '/v1/approvals')).items.length, 0);
});

void t.test('The core enterprise reads approved terms, a verified member that there is a programme', async (t) => {
  const chain = await world.newChain();
  const programme = await activeProgramme(chain);
  const next = await maker.must('POST', `/v1/programmes/${programme.id}/versions`, {
    body: { ...draft, effectiveFrom: '2026-09-01' },
  });
  const path = `/v1/programmes/${programme.id}`;
  const numbers = async ({ must }: ReturnType<typeof person>) =>
    (await must('GET', `${path}/versions`)).items.map((each: { number: number }) => each.number);

  const core = person(chain.coreId, 'enterprise', 'viewer');
  t.same(await numbers(core), [1], 'what is still being worked on is the bank’s own');
  t.equal((await core.get(`/v1/programme-versions/${next.id}`)).status, 404);
  t.same(await numbers(person(world.regulatorId, 'regulator', 'regulator')), [2, 1]);

  const supplier = person(chain.supplierId, 'enterprise', 'viewer');
  t.match(await supplier.must('GET', path), { name: '示范机械一企一策', status: 'active' });
  t.same(await numbers(supplier), [], 'prices reach a member through quotes alone');
  const invited = person(chain.invitedId, 'enterprise', 'viewer');
  t.equal((await invited.get(path)).status, 404);
  const stranger = person(await world.organization('enterprise', '无关企业'), 'enterprise', 'viewer');
  t.equal((await stranger.get(path)).status, 404);
  t.match(await supplier.call('POST', `${path}/versions`, { body: draft }), { status: 403 });
});

void t.test('A chain does not exist for a bank that its core enterprise has not admitted', async (t) => {
  const { chainId } = await world.newChain();
  await owner.query('delete from chain_bank where chain_id = $1', [chainId]);
  const nowhere = '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10';
  const [real, made] = await Promise.all(
    [chainId, nowhere].map((each) =>
      maker.call('POST', '/v1/programmes', { body: { chainId: each, name: '不请自来' } }),
    ),
  );
  t.match(real, { status: 404, json: { code: 'not-found', field: '/chainId' } });
  const shown = ({ json }: NonNullable<typeof real>) =>
    JSON.stringify({ ...json, requestId: '' }).replaceAll(chainId, nowhere);
  t.equal(shown(real as never), shown(made as never), 'answered as if there were none');
  const seen = await readAs(world.database, { orgId: bankId, orgKind: 'bank' }, (db) =>
    db.selectFrom('member').select('id').where('chain_id', '=', chainId).execute(),
  );
  t.same(seen, []);
});

void t.test('A bank that is withdrawn keeps its programme and takes no new business under it', async (t) => {
  const chain = await world.newChain();
  const { id } = await activeProgramme(chain);
  await owner.query(`update chain_bank set status = 'withdrawn' where chain_id = $1 and bank_id = $2`, [
    chain.chainId,
    bankId,
  ]);
  const usable = writeIn(world.database.writers, [bankId], async (tx) =>
    programmeInForce(await loadProgrammes(new Workspace(tx), [id]), id, '2026-07-01'),
  );
  await t.rejects(usable, { code: 'programme-not-in-force' });
  t.match(await maker.must('GET', `/v1/programmes/${id}`), { status: 'active' });
});

void t.test('One person suspends new business at once; two resume it or close the programme', async (t) => {
  const chain = await world.newChain();
  const active = await activeProgramme(chain);
  const path = `/v1/programmes/${active.id}`;
  const usable = () =>
    writeIn(world.database.writers, [bankId], async (tx) =>
      programmeInForce(await loadProgrammes(new Workspace(tx), [active.id]), active.id, '2026-07-01'),
    );
  await usable();
  const suspended = await checker.must('POST', `${path}/suspend`, {
    version: active.version,
    body: { reason: '核心企业逾期' },
  });
  t.equal(suspended.status, 'suspended');
  await t.rejects(usable(), { code: 'programme-not-in-force' });

  const body = { reason: '风险解除' };
  const asked = await maker.must('POST', `${path}/resume`, { version: suspended.version, body });
  t.match(asked, { status: 'suspended', approvalId: String });
  const twice = await maker.call('POST', `${path}/close`, { version: asked.version, body });
  t.match(twice, { status: 409, json: { code: 'already-exists' } });
  const resumed = await checker.must('POST', `${path}/approve`, { version: asked.version, body: {} });
  t.match(resumed, { status: 'active', approvalId: null });
  await usable();

  const closing = await maker.must('POST', `${path}/close`, { version: resumed.version, body });
  const kept = await checker.must('POST', `${path}/reject`, { version: closing.version, body });
  t.match(kept, { status: 'active', approvalId: null });
  const again = await maker.must('POST', `${path}/close`, { version: kept.version, body });
  t.equal((await checker.must('POST', `${path}/approve`, { version: again.version, body: {} })).status, 'closed');
  const versions = await maker.call('POST', `${path}/versions`, { body: draft });
  t.match(versions, { status: 409, json: { code: 'illegal-transition' } });
});

void t.test('A bank has one living programme on a chain; each bank has its own', async (t) => {
  const chain = await world.newChain();
  await newProgramme(chain);
  const second = await maker.call('POST', '/v1/programmes', { body: { chainId: chain.chainId, name: '第二个' } });
  t.match(second, { status: 409, json: { code: 'already-exists', field: '/chainId' } });
  const other = person(otherBankId, 'bank', 'maker');
  t.equal(
    (await other.call('POST', '/v1/programmes', { body: { chainId: chain.chainId, name: '另一家' } })).status,
    201,
  );
  const nowhere = { chainId: '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10', name: '无此链' };
  t.equal((await maker.call('POST', '/v1/programmes', { body: nowhere })).status, 404);
  t.equal((await checker.call('POST', '/v1/programmes', { body: nowhere })).status, 403);
});
