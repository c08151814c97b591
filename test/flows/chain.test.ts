import { randomUUID } from 'node:crypto';
import t from 'tap';
import { chainBench } from '../chain/bench.ts';
import { contact, usccOf } from '../harness/identity-service.ts';

t.setTimeout(240_000);

void t.test('An enterprise founds a chain and invites a supplier the platform does not know', async (t) => {
  const { at, call, core, must, operator, chain, count } = await chainBench(t);
  t.match(chain, { coreId: core.id, coreName: core.legalName, status: 'active', version: 1 });
  const body = {
    ...{ uscc: usccOf(7), legalName: '济源轴承有限公司', side: 'upstream', tier: 1, paymentTermDays: 60, contact },
    ...{ industry: 'industry', employees: 12, annualRevenue: '2000000.00' },
  };
  const key = randomUUID();
  const member = await must('POST', `${at}/members`, { by: core, body, key });
  t.match(member, { status: 'invited', tier: 1, counterpartyId: core.id, uscc: body.uscc, paymentTermDays: 60 });
  const again = await call('POST', `${at}/members`, { by: core, body, key });
  t.equal(again.headers['idempotent-replayed'], 'true');
  t.match(await call('POST', `${at}/members`, { by: core, body }), { status: 409, json: { code: 'already-exists' } });
  t.equal(await count(`organization where uscc = '${body.uscc}' and scale = 'micro'`), 1);
  t.equal(await count("event where kind in ('chain.created', 'organization.registered', 'member.invited')"), 3);

  const named = { ...body, uscc: core.uscc };
  t.match(await call('POST', `${at}/members`, { by: core, body: named }), {
    json: { code: 'invalid-input', field: '/uscc' },
  });
  const other = { ...body, legalName: '济源轴承股份有限公司', side: 'downstream' };
  t.match(await call('POST', `${at}/members`, { by: operator, body: other }), {
    status: 409,
    json: { code: 'legal-name-mismatch', field: '/legalName' },
  });
  const twin = await call('POST', '', { by: core, body: { coreId: core.id, name: '重工供应链' } });
  t.match(twin, { status: 409, json: { code: 'already-exists', field: '/name' } });
});

void t.test('Tags are for the operator to set; figures are declared until the member confirms them', async (t) => {
  const { at, call, core, must, operator, owner } = await chainBench(t);
  const body = (serial: number, more: object = {}) => ({
    ...{ uscc: usccOf(serial), legalName: `供应商${serial}有限公司`, side: 'upstream', tier: 1, contact },
    ...{ industry: 'industry', employees: 12, annualRevenue: '2000000.00', ...more },
  });
  const invite = (by: typeof core, sent: object) => call('POST', `${at}/members`, { by, body: sent });
  t.match(await invite(core, body(7, { tags: ['green_channel'] })), {
    status: 403,
    json: { code: 'forbidden', field: '/tags' },
  });
  t.match(await invite(operator, body(8, { tags: ['green_channel'] })), { status: 201 });
  const { json: invited } = await invite(core, body(7));
  const recorded = async (serial: number) =>
    (await owner.query('select figures, scale, tags from organization where uscc = $1', [usccOf(serial)])).rows[0];
  t.same(await recorded(8), { figures: 'confirmed', scale: 'micro', tags: ['green_channel'] });
  t.same(await recorded(7), { figures: 'declared', scale: 'micro', tags: [] });

  const member = { ...core, id: invited.organizationId };
  const register = (more: object, version = 1, chain = at, memberId = invited.id) =>
    call('POST', `${chain}/members/${memberId}/register`, { by: member, version, body: more });
  t.match(await register({ tags: ['green_channel'] }), { status: 400 });
  t.match(await register({ employees: 450, annualRevenue: '80000000.00' }), { status: 200 });
  t.same(await recorded(7), { figures: 'confirmed', scale: 'medium', tags: [] }, 'the scale follows what it corrects');

  const second = await must('POST', '', { by: core, body: { coreId: core.id, name: '备件链' } });
  const again = await must('POST', `/${second.id}/members`, { by: core, body: body(7) });
  const changed = await register({ employees: 12 }, 1, `/${second.id}`, again.id);
  t.match(
    changed,
    { status: 403, json: { code: 'forbidden', field: '/employees' } },
    'once confirmed, by evidence only',
  );
  t.match(await register({}, 1, `/${second.id}`, again.id), { status: 200 });
  t.match(await recorded(7), { scale: 'medium' });
});

void t.test('Both sides consent, another verifies, and each state allows only its own events', async (t) => {
  const { at, admit, bank, call, core, join, must, organization, operator } = await chainBench(t);
  const supplier = await organization('济源铸件有限公司');
  const member = await join(supplier, {}, 'invited');
  const path = `${at}/members/${member.id}`;
  const does = (event: string, by: typeof core, version: number) =>
    call('POST', `${path}/${event}`, { by, version, body: {} });
  t.match(
    await does('register', core, 1),
    { status: 403, json: { code: 'not-a-party' } },
    'nobody consents for another',
  );
  t.match(await does('verify', operator, 1), {
    status: 409,
    json: { code: 'illegal-transition', accepted: /register/ },
  });
  t.match(await does('register', supplier, 1), { status: 200, json: { status: 'registered', version: 2 } });
  t.match(await does('verify', bank, 2), { status: 404 }, 'a bank without a programme does not see the chain');
  await admit(bank);
  t.match(await does('verify', bank, 2), { status: 200, json: { status: 'verified' } });
  t.match(await does('suspend', supplier, 3), { status: 403, json: { code: 'not-a-party' } });
  t.match(await does('suspend', core, 2), { status: 412 }, 'decided on a state that has passed');
  t.match(await does('suspend', core, 3), { json: { status: 'suspended' } });
  t.match(await does('reinstate', core, 4), { json: { status: 'registered' } }, 'to be verified anew');
  t.match(await does('exit', supplier, 5), { json: { status: 'exited' } });
  const back = await must('POST', `${at}/members`, {
    by: core,
    body: { uscc: supplier.uscc, legalName: supplier.legalName, side: 'upstream', tier: 1 },
  });
  t.match(back, { id: member.id, status: 'invited', version: 7 }, 'who has left may be invited again');
});

void t.test('Tiers hang on tiers: no gap, no circle, and nobody leaves from above others', async (t) => {
  const { at, call, core, join, must, organization, owner } = await chainBench(t);
  const [first, second, third] = [
    await organization('甲公司'),
    await organization('乙公司'),
    await organization('丙公司'),
  ];
  const one = await join(first);
  const two = await join(second, { tier: 2, parentMemberId: one.id });
  t.equal(two.counterpartyId, first.id);
  const place = (tier: number, parentMemberId: string | null, side = 'upstream') =>
    call('POST', `${at}/members`, {
      by: core,
      body: { uscc: third.uscc, legalName: third.legalName, side, tier, parentMemberId },
    });
  const wrong = [
    place(1, one.id),
    place(2, null),
    place(3, one.id),
    place(2, one.id, 'downstream'),
    place(2, randomUUID()),
  ];
  for (const answer of await Promise.all(wrong)) t.match(answer, { status: 422, json: { code: 'parent-mismatch' } });
  t.match(await call('POST', `${at}/members/${one.id}/exit`, { by: core, version: one.version, body: {} }), {
    status: 409,
    json: { code: 'member-has-children' },
  });
  const three = await join(third, { tier: 3, parentMemberId: two.id }, 'invited');
  const move = (body: object, version: number) =>
    call('PATCH', `${at}/members/${three.id}`, { by: core, version, body });
  t.match(await move({ place: { tier: 4, parentMemberId: three.id } }, 1), {
    status: 422,
    json: { code: 'parent-mismatch' },
  });
  t.match(await move({ place: { tier: 2, parentMemberId: one.id }, paymentTermDays: 30 }, 1), {
    status: 200,
    json: { tier: 2, counterpartyId: first.id, paymentTermDays: 30 },
  });
  await must('POST', `${at}/members/${three.id}/register`, { by: third, version: 2, body: {} });
  t.match(await move({ paymentTermDays: 90 }, 3), { status: 409, json: { code: 'terms-agreed' } });
  t.match(await call('PATCH', `${at}/members/${three.id}`, { by: third, version: 3, body: { paymentTermDays: 10 } }), {
    status: 403,
    json: { code: 'forbidden' },
  });
  await t.rejects(
    owner.query('update member set parent_member_id = $1, tier = 2, counterparty_id = $2 where id = $3', [
      ...[two.id, second.id, one.id],
    ]),
    /violates/,
    'the database refuses a circle by itself',
  );
});

void t.test('Everyone sees their own part of a chain, and of other chains nothing', async (t) => {
  const { at, admit, bank, call, chain, core, join, must, operator, organization } = await chainBench(t);
  const parties = await Promise.all(['甲公司', '乙公司', '丙公司', '丁公司'].map((name) => organization(name)));
  const [first, second, third, stranger] = parties as [typeof core, typeof core, typeof core, typeof core];
  const one = await join(first, { contact, paymentTermDays: 60 });
  const two = await join(second, { tier: 2, parentMemberId: one.id, contact });
  const three = await join(third, { tier: 3, parentMemberId: two.id });
  const other = await must('POST', '', { by: stranger, body: { coreId: stranger.id, name: '另一条链' } });
  const seen = async (by: typeof core) =>
    (await must('GET', `${at}/members`, { by })).items.map(({ id }: { id: string }) => id).sort();
  t.same(await seen(core), [one.id, two.id, three.id].sort());
  t.same(await seen(operator), [one.id, two.id, three.id].sort());
  t.same(await seen(first), [one.id, two.id].sort(), 'itself and the tier below');
  t.same(await seen(second), [one.id, two.id, three.id].sort(), 'itself and the tiers next to it');
  t.same(await seen(third), [two.id, three.id].sort());
  const above = await must('GET', `${at}/members/${one.id}`, { by: second });
  t.match(above, { legalName: '甲公司', contact: null, paymentTermDays: null });
  t.match(await must('GET', `${at}/members/${one.id}`, { by: first }), { contact, paymentTermDays: 60 });
  t.equal((await must('GET', at, { by: third })).name, chain.name);
  t.match(await call('GET', `${at}/members/${one.id}`, { by: third }), { status: 404 });
  t.match(await call('GET', `${at}/members`, { by: bank }), { status: 404 });
  await admit(bank);
  t.equal((await seen(bank)).length, 3);

  const random = randomUUID();
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/members'],
    ['GET', `/members/${one.id}`],
    ['POST', `/members/${one.id}/verify`],
    ['POST', `/members/${one.id}/suspend`],
    ['POST', `/members/${one.id}/register`],
    ['PATCH', `/members/${one.id}`],
    ['POST', '/suspend'],
    ['GET', '/documents'],
    ['GET', '/member-imports'],
  ] as const) {
    const bodies: Record<string, unknown> = { POST: path === '/suspend' ? undefined : {}, PATCH: { contact: null } };
    const ask = (chainId: string, by: typeof core) =>
      call(method, `/${chainId}${path}`, { by, version: 1, ...(bodies[method] ? { body: bodies[method] } : {}) });
    const [real, made] = [await ask(chain.id, stranger), await ask(random, stranger)];
    t.equal(real.status, path.endsWith('/verify') ? 403 : 404, `${method} ${path}`);
    if (real.status === 404 && !path.includes(one.id)) {
      const shown = ({ json }: typeof real) => JSON.stringify({ ...json, requestId: '' }).replaceAll(chain.id, random);
      t.equal(shown(real), shown(made), 'answered as if there were none');
    }
    const cross = await ask(other.id, core);
    t.ok(cross.status === 404 || cross.status === 403, `${method} ${path} under a chain of others`);
  }
  t.same(
    (await must('GET', '', { by: stranger })).items.map(({ id }: { id: string }) => id),
    [other.id],
  );
  const founded = await call('POST', '', { by: stranger, body: { coreId: core.id, name: '冒名' } });
  t.match(founded, { status: 403, json: { code: 'not-a-party' } });
});

void t.test(
  'Only the core enterprise, or the operator for it, admits a bank to a chain and withdraws it',
  async (t) => {
    const { at, bank, call, core, join, must, operator, organization, owner } = await chainBench(t);
    const supplier = await organization('甲公司');
    await join(supplier);
    const [stranger, foreign] = [await organization('别家核心'), await organization('外地银行', 'bank')];
    const admit = (by: typeof core, bankId: string, role?: 'admin' | 'checker') =>
      call('POST', `${at}/banks`, { by, body: { bankId }, ...(role && { role }) });
    t.match(await admit(bank, bank.id), { status: 403, json: { code: 'forbidden' } }, 'no bank admits itself');
    t.match(await admit(supplier, bank.id), { status: 403, json: { code: 'not-a-party' } });
    t.match(await admit(stranger, bank.id), { status: 404 });
    t.match(await admit(core, bank.id, 'checker'), { status: 403, json: { code: 'forbidden' } });
    t.match(await admit(core, supplier.id), { status: 400, json: { code: 'invalid-input', field: '/bankId' } });
    t.match(await admit(core, randomUUID()), { status: 400, json: { code: 'invalid-input', field: '/bankId' } });

    t.match(await call('GET', at, { by: bank }), { status: 404 });
    t.match(await admit(core, bank.id, 'admin'), {
      status: 201,
      json: { bankId: bank.id, status: 'admitted', version: 1 },
    });
    t.match(await admit(operator, foreign.id), { status: 201 });
    t.match(await admit(core, bank.id), { status: 409, json: { code: 'already-exists', field: '/bankId' } });
    t.match(await call('GET', at, { by: bank }), { status: 200 });
    const listed = async (by: typeof core) =>
      (await must('GET', `${at}/banks`, { by })).items.map(({ bankId }: { bankId: string }) => bankId).sort();
    t.same(await listed(core), [bank.id, foreign.id].sort());
    t.same(await listed(bank), [bank.id], 'a bank learns of no other');
    t.same(await listed(supplier), []);
    t.match(await call('GET', `${at}/banks`, { by: stranger }), { status: 404 });

    const withdraw = (by: typeof core, version: number) =>
      call('POST', `${at}/banks/${bank.id}/withdraw`, { by, version });
    t.match(await withdraw(bank, 1), { status: 403 });
    t.match(await withdraw(stranger, 1), { status: 404 });
    t.match(await withdraw(core, 2), { status: 412 });
    t.match(await withdraw(core, 1), { status: 200, json: { status: 'withdrawn', version: 2 } });
    t.match(await withdraw(core, 2), { status: 409, json: { code: 'illegal-transition' } });
    t.match(await call('GET', at, { by: bank }), { status: 200 }, 'what it has there is run off');
    t.match(await admit(core, bank.id), { status: 201, json: { status: 'admitted', version: 3 } });
    const { rows } = await owner.query("select kind, parties from event where object_kind = 'chain_bank' order by id");
    t.same(
      rows.map(({ kind }) => kind),
      ['admitted', 'admitted', 'withdrawn', 'admitted'].map((event) => `chain.bank_${event}`),
    );
    t.same(rows[0].parties.sort(), [core.id, bank.id].sort());
  },
);

void t.test('A suspended chain takes no new business until the operator resumes it', async (t) => {
  const { at, call, core, must, operator, organization } = await chainBench(t);
  const supplier = await organization('甲公司');
  const body = { uscc: supplier.uscc, legalName: supplier.legalName, side: 'upstream', tier: 1 };
  await must('POST', `${at}/suspend`, { by: core, version: 1 });
  t.match(await call('POST', `${at}/members`, { by: core, body }), { status: 409, json: { code: 'chain-suspended' } });
  t.match(await call('POST', `${at}/resume`, { by: core, version: 2 }), { status: 403, json: { code: 'not-a-party' } });
  t.match(await must('POST', `${at}/resume`, { by: operator, version: 2 }), { status: 'active' });
  t.match(await must('PATCH', at, { by: core, version: 3, body: { name: '新名' } }), { name: '新名', version: 4 });
  t.match(await must('POST', `${at}/members`, { by: core, body }), { status: 'invited' });
  t.match(await must('POST', `${at}/close`, { by: core, version: 4 }), { status: 'closed' });
  t.match(await call('POST', `${at}/resume`, { by: operator, version: 5 }), { json: { code: 'illegal-transition' } });
});
