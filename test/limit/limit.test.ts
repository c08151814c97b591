import { randomUUID } from 'node:crypto';
import t from 'tap';
import { bankWorld } from '../harness/bank-world.ts';
import { exampleTerms } from '../programme/example-terms.ts';
import { type Draw, drift, run } from './bench.ts';

const world = await bankWorld(t);
const { maker, checker, person, bankId } = world;
const terms = { expiresOn: '2027-06-30', revolving: true, reason: '年度授信' };
const body = {};

type Opening = Readonly<Record<string, unknown>>;
const open = (opening: Opening) => maker.must('POST', '/v1/limits', { body: { ...terms, ...opening } });
const approve = ({ id, version }: { id: string; version: number }) =>
  checker.must('POST', `/v1/limits/${id}/approve`, { version, body });

/** An active programme with a whole path of approved limits for one supplier. */
async function wholePath(amounts = { group: '900.00', programme: '800.00', member: '700.00', product: '600.00' }) {
  const chain = await world.newChain();
  const programme = await maker.must('POST', '/v1/programmes', { body: { chainId: chain.chainId, name: '示范' } });
  const version = await maker.must('POST', `/v1/programmes/${programme.id}/versions`, {
    body: { effectiveFrom: '2026-07-01', terms: exampleTerms },
  });
  const submitted = await maker.must('POST', `/v1/programme-versions/${version.id}/submit`, { version: 1 });
  const decided = { version: submitted.version, body };
  await checker.must('POST', `/v1/programme-versions/${version.id}/approve`, decided);
  const group = await approve(await open({ kind: 'group', orgId: chain.coreId, amount: amounts.group }));
  const above = await approve(
    await open({ kind: 'programme', parentId: group.id, programmeId: programme.id, amount: amounts.programme }),
  );
  const member = await approve(
    await open({ kind: 'member', parentId: above.id, orgId: chain.supplierId, amount: amounts.member }),
  );
  const product = await approve(
    await open({ kind: 'product', parentId: member.id, product: 'pledge_loan', amount: amounts.product }),
  );
  const target: Draw['target'] = { programmeId: programme.id, orgId: chain.supplierId, product: 'pledge_loan' };
  const draw = (operation: Draw['operation'], amount: string) =>
    run(world.unitOfWork, bankId, { operation, target, amount, financingId: randomUUID() });
  const read = (id: string) => maker.must('GET', `/v1/limits/${id}`);
  return { chain, programme, group, above, member, product, target, draw, read };
}

void t.test('A limit stands at zero until a second person approves its amount', async (t) => {
  const { coreId } = await world.newChain();
  const opened = await open({ kind: 'group', orgId: coreId, amount: '5000000.00' });
  t.match(opened, { amount: '0.00', available: '0.00', status: 'active', approvalId: String, version: 1 });
  const approval = await checker.must('GET', `/v1/approvals/${opened.approvalId}`);
  t.match(approval, { state: 'open', amount: '5000000.00', payload: { change: { amount: '5000000.00' } } });

  const path = `/v1/limits/${opened.id}/approve`;
  const both = person(bankId, 'bank', 'maker', 'checker');
  t.equal((await maker.call('POST', path, { version: 1, body })).status, 403);
  const approved = await both.must('POST', path, { version: 1, body });
  t.match(approved, { amount: '5000000.00', available: '5000000.00', approvalId: null });
  const moves = await maker.must('GET', `/v1/limits/${opened.id}/moves`);
  t.match(moves.items, [{ kind: 'adjust', amount: '5000000.00', reason: '年度授信', financingId: null }]);

  const again = await maker.call('POST', '/v1/limits', {
    body: { ...terms, kind: 'group', orgId: coreId, amount: '1.00' },
  });
  t.match(again, { status: 409, json: { code: 'already-exists' } });
});

void t.test('Who opens a limit or asks for its change does not approve it', async (t) => {
  const { coreId } = await world.newChain();
  const both = person(bankId, 'bank', 'maker', 'checker');
  const opening = { ...terms, kind: 'group', orgId: coreId, amount: '100.00' };
  const opened = await both.must('POST', '/v1/limits', { body: opening });
  const own = await both.call('POST', `/v1/limits/${opened.id}/approve`, { version: 1, body });
  t.match(own, { status: 403, json: { code: 'same-person' } });
  const withdrawn = await both.must('POST', `/v1/limits/${opened.id}/withdraw`, { version: 1 });
  t.match(withdrawn, { amount: '0.00', approvalId: null });
  const nothing = await checker.call('POST', `/v1/limits/${opened.id}/approve`, { version: withdrawn.version, body });
  t.equal(nothing.status, 404);
});

void t.test('Each level stands below the one above it and is told what it is for', async (t) => {
  const { group, above, member, programme } = await wholePath();
  const fault = async (opening: Opening) =>
    (await maker.call('POST', '/v1/limits', { body: { ...terms, amount: '1.00', ...opening } })).json.field;
  t.equal(await fault({ kind: 'member', parentId: group.id, orgId: randomUUID() }), '/parentId');
  t.equal(await fault({ kind: 'group', parentId: group.id, orgId: randomUUID() }), '/parentId');
  t.equal(await fault({ kind: 'member', parentId: above.id }), '/orgId');
  t.equal(await fault({ kind: 'product', parentId: member.id, orgId: randomUUID(), product: 'pledge_loan' }), '/orgId');
  const unknown = { kind: 'programme', parentId: group.id, programmeId: randomUUID(), amount: '1.00' };
  t.equal((await maker.call('POST', '/v1/limits', { body: { ...terms, ...unknown } })).status, 404);
  const twice = { kind: 'programme', parentId: group.id, programmeId: programme.id, amount: '1.00' };
  t.equal((await maker.call('POST', '/v1/limits', { body: { ...terms, ...twice } })).status, 409);
  const { items } = await maker.must('GET', `/v1/limits?programmeId=${programme.id}`);
  t.same(items.map(({ kind }: { kind: string }) => kind).sort(), ['member', 'product', 'programme']);
});

void t.test('A limit is held by somebody of the chain who could draw on it', async (t) => {
  const { chain, above, programme } = await wholePath();
  const elsewhere = await wholePath();
  const send = async (opening: Opening) =>
    (await maker.call('POST', '/v1/limits', { body: { ...terms, amount: '1.00', ...opening } })).json;
  const nobody = (field: string) => ({ code: 'invalid-input', field, status: 400 });
  t.match(await send({ kind: 'group', orgId: randomUUID() }), nobody('/orgId'));
  t.match(await send({ kind: 'group', orgId: chain.supplierId }), nobody('/orgId'), 'a member is no core enterprise');
  const strange = await world.newChain();
  await world.owner.query('delete from chain_bank where chain_id = $1', [strange.chainId]);
  t.match(await send({ kind: 'group', orgId: strange.coreId }), nobody('/orgId'), 'the bank is not admitted there');

  const below = { kind: 'member', parentId: above.id };
  t.match(await send({ ...below, orgId: randomUUID() }), nobody('/orgId'));
  t.match(await send({ ...below, orgId: elsewhere.chain.supplierId }), nobody('/orgId'), 'a member of another chain');
  await world.owner.query("update member set status = 'exited' where org_id = $1", [chain.supplierId]);
  t.match(await send({ ...below, orgId: chain.supplierId }), nobody('/orgId'), 'it has left');
  const [limit] = (await maker.must('GET', `/v1/limits?parentId=${above.id}`)).items;
  t.match(await send({ kind: 'product', parentId: limit.id, product: 'payables_finance' }), nobody('/parentId'));

  const foreign = { kind: 'programme', parentId: elsewhere.group.id, programmeId: programme.id };
  t.match(await send(foreign), nobody('/parentId'), 'below the group of another core enterprise');
  const head = await world.organization('enterprise', '集团总部');
  const third = await world.newChain();
  await world.owner.query('update organization set parent_id = $2 where id = $1', [third.coreId, head]);
  t.match(await send({ kind: 'group', orgId: head }), { kind: 'group', orgId: head }, 'the head of the group');
});

void t.test('A drawdown takes of every level, and names the one that refuses it', async (t) => {
  const { product, group, draw, read, target } = await wholePath({
    group: '500.00',
    programme: '800.00',
    member: '700.00',
    product: '600.00',
  });
  t.equal(await draw('reserve', '400.00'), 'ok');
  t.match(await read(group.id), { reserved: '400.00', used: '0.00', available: '100.00' });
  t.equal(await draw('use', '400.00'), 'ok');
  t.match(await read(product.id), { reserved: '0.00', used: '400.00', available: '200.00' });
  t.equal(await draw('reserve', '100.01'), 'limit-exceeded', 'the group has 100.00 left');
  t.match(await read(product.id), { reserved: '0.00' }, 'and no level below it keeps anything');
  t.equal(await draw('reserve', '100.00'), 'ok');
  const elsewhere = { ...target, product: 'payables_finance' as const };
  const missing = { operation: 'reserve' as const, target: elsewhere, amount: '1.00', financingId: randomUUID() };
  t.equal(await run(world.unitOfWork, bankId, missing), 'limit-missing');
  t.same(await drift(world), []);
});

void t.test('A change needs a second person, and never goes below what is reserved and used', async (t) => {
  const { member, draw } = await wholePath();
  await draw('reserve', '300.00');
  await draw('use', '200.00');
  const path = `/v1/limits/${member.id}`;
  const send = (change: object, version = member.version) =>
    maker.call('PATCH', path, { version, body: { reason: '调整额度', ...change } });
  t.match(await send({ amount: '299.99' }), {
    status: 409,
    json: { code: 'limit-below-use', accepted: 'at least 300.00' },
  });
  t.equal((await send({ amount: '700.00' })).status, 400, 'nothing would change');
  t.equal((await send({ expiresOn: '2026-06-30' })).status, 422);
  t.equal((await send({ amount: '350.00' }, member.version - 1)).status, 412);
  t.equal((await maker.call('PATCH', path, { body: { amount: '350.00', reason: '调整' } })).status, 428);

  const asked = (await send({ amount: '350.00', expiresOn: '2026-12-31' })).json;
  t.match(asked, { amount: '700.00', approvalId: String });
  await draw('reserve', '100.00');
  const tooLate = await checker.call('POST', `${path}/approve`, { version: asked.version, body });
  t.match(tooLate, { status: 409, json: { code: 'limit-below-use' } }, 'drawn on meanwhile');
  await draw('release', '100.00');
  const changed = await checker.must('POST', `${path}/approve`, { version: asked.version, body });
  t.match(changed, { amount: '350.00', available: '50.00', expiresOn: '2026-12-31', approvalId: null });
  t.equal(await draw('reserve', '50.01'), 'limit-exceeded');
  t.same(await drift(world), []);
});

void t.test('One person freezes at once; what was reserved may still be used; two lift the freeze', async (t) => {
  const { above, draw } = await wholePath();
  t.equal(await draw('reserve', '100.00'), 'ok');
  const frozen = await checker.must('POST', `/v1/limits/${above.id}/freeze`, {
    version: above.version,
    body: { reason: '核心企业舆情' },
  });
  t.equal(frozen.status, 'frozen');
  t.equal(await draw('reserve', '1.00'), 'limit-frozen');
  t.equal(await draw('use', '100.00'), 'ok');
  t.equal(await draw('free', '100.00'), 'ok');
  const change = { version: frozen.version, body: { status: 'active', reason: '风险解除' } };
  const asked = await maker.must('PATCH', `/v1/limits/${above.id}`, change);
  t.equal(await draw('reserve', '1.00'), 'limit-frozen');
  t.match(await approve(asked), { status: 'active' });
  t.equal(await draw('reserve', '1.00'), 'ok');
});

void t.test('A freeze after a change was asked for makes that approval stale; it can only be rejected', async (t) => {
  const { above } = await wholePath();
  const path = `/v1/limits/${above.id}`;
  const asked = await maker.must('PATCH', path, { version: above.version, body: { amount: '900.00', reason: '增额' } });
  const frozen = await maker.must('POST', `${path}/freeze`, { version: asked.version, body: { reason: '预警' } });
  const stale = await checker.call('POST', `${path}/approve`, { version: frozen.version, body });
  t.match(stale, { status: 409, json: { code: 'approval-stale' } });
  const rejected = await checker.must('POST', `${path}/reject`, {
    version: frozen.version,
    body: { reason: '已冻结' },
  });
  t.match(rejected, { amount: '800.00', status: 'frozen', approvalId: null });
});

void t.test('After its last day a limit grants nothing', async (t) => {
  const { member, draw } = await wholePath();
  const path = `/v1/limits/${member.id}`;
  const change = { version: member.version, body: { expiresOn: '2026-07-01', reason: '到期' } };
  await approve(await maker.must('PATCH', path, change));
  t.equal(await draw('reserve', '1.00'), 'ok', 'the last day counts');
  await world.owner.query(`update limit_node set expires_on = '2026-06-30' where id = $1`, [member.id]);
  t.equal(await draw('reserve', '1.00'), 'limit-expired');
});

void t.test(
  'A member sees its own limits, the core enterprise its group, a foreign bank and other members none',
  async (t) => {
    const { chain, member, product, group, above } = await wholePath();
    const ids = async (orgId: string, kind: 'enterprise' | 'bank') =>
      (await person(orgId, kind, 'viewer').must('GET', '/v1/limits')).items.map(({ id }: { id: string }) => id).sort();
    t.same(await ids(chain.supplierId, 'enterprise'), [member.id, product.id].sort());
    t.same(await ids(chain.coreId, 'enterprise'), [group.id]);
    t.same(await ids(chain.invitedId, 'enterprise'), []);
    t.same(await ids(world.otherBankId, 'bank'), []);
    const foreign = person(world.otherBankId, 'bank', 'maker', 'checker');
    const path = `/v1/limits/${above.id}`;
    t.equal((await foreign.get(path)).status, 404);
    t.equal((await foreign.get(`${path}/moves`)).status, 404);
    const { version } = above;
    t.equal((await foreign.call('POST', `${path}/freeze`, { version, body: { reason: '试探' } })).status, 404);
    t.equal((await foreign.call('PATCH', path, { version, body: { amount: '1.00', reason: '试探' } })).status, 404);
    const below = { ...terms, kind: 'member', parentId: above.id, orgId: chain.invitedId, amount: '1.00' };
    t.equal((await foreign.call('POST', '/v1/limits', { body: below })).status, 404);
    const supplier = person(chain.supplierId, 'enterprise', 'viewer');
    t.same((await supplier.must('GET', `/v1/limits/${member.id}/moves`)).items, [], 'the moves are for the bank');
    t.equal((await supplier.must('GET', `/v1/limits/${member.id}`)).approvalId, null);
  },
);
