import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { bootstrapOperator } from '../../src/identity/bootstrap.ts';
import { registerOrganization } from '../../src/identity/commands.ts';
import type { Actor } from '../../src/platform/actor.ts';
import { assertRowSecurity } from '../../src/platform/database.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { asOwner, contact, identityService, masterKey, usccOf } from '../harness/identity-service.ts';

const HOUR = 3_600_000;

void t.test('Identity', async (t) => {
  const service = await identityService(t);
  const { advance, call, clock, database, enrol, form, log, must, onboard, operator, ownerUrl, tokenOf } = service;
  const core = await onboard('enterprise', '济源示范机械有限公司');
  const regulator = await onboard('regulator', '济源金融监管局');
  const tokenFor = (of: { clientId: string; clientSecret: string }) => tokenOf(of.clientId, of.clientSecret);

  void t.test('begins with an operator in an empty database, and beginning again changes nothing', async (t) => {
    const first = { legalName: '链融平台运营有限公司', contact, personName: '平台管理员', masterKey, clock };
    const again = await bootstrapOperator(database, { ...first, uscc: usccOf(1) });
    t.equal(again.clientId, operator.clientId);
    t.equal(again.clientSecret, operator.clientSecret);
    await t.rejects(bootstrapOperator(database, { ...first, uscc: usccOf(99) }), /another operator/);
    await t.resolves(assertRowSecurity(database));
  });

  void t.test('derives the scale of an enterprise when it is registered and when its figures change', async (t) => {
    const token = await operator.token();
    const body = { kind: 'enterprise', legalName: '沁阳软件科技有限公司', uscc: usccOf(50), contact };
    const software = { industry: 'software', employees: 99, annualRevenue: '9999999.99' };
    const registered = await call('POST', '/v1/organizations', { token, body: { ...body, ...software } });
    t.match(registered, {
      status: 201,
      json: { scale: 'small', status: 'active', version: 1 },
      headers: { etag: '"1"' },
    });
    const path = `/v1/organizations/${registered.json.id}`;
    const grown = { employees: 100, annualRevenue: '10000000.00' };
    t.match(await call('PATCH', path, { token, version: 1, body: grown }), { json: { scale: 'medium', version: 2 } });
    t.equal((await call('PATCH', path, { token, version: 1, body: grown })).status, 412);
    t.equal((await call('PATCH', path, { token, body: grown })).status, 428);

    const refused: [object, string][] = [
      [{ ...body, uscc: usccOf(51) }, '/industry'],
      [{ ...body, uscc: usccOf(51), industry: 'software', employees: 10 }, '/annualRevenue'],
      [{ ...body, ...software, uscc: usccOf(51).replace(/.$/, (c) => (c === '0' ? '1' : '0')) }, '/uscc'],
      [{ ...body, ...software, uscc: usccOf(51), cnaps: '105100000017' }, '/cnaps'],
      [{ ...body, ...software, uscc: usccOf(51), parentId: core.admin.personId }, '/parentId'],
      [{ ...body, ...software, uscc: usccOf(51), legalName: '示范\u202e公司' }, '/legalName'],
      [{ ...body, ...software, uscc: usccOf(51), legalName: '示范\u0000公司' }, '/legalName'],
      [{ ...body, ...software, uscc: usccOf(51), scale: 'micro' }, '/scale'],
    ];
    for (const [each, field] of refused) {
      t.match(await call('POST', '/v1/organizations', { token, body: each }), { status: 400, json: { field } }, field);
    }
    const named = await call('POST', '/v1/organizations', {
      token,
      body: { ...body, ...software, uscc: usccOf(51), contact: { ...contact, name: 'Rene\u0301' } },
    });
    t.equal(named.json.contact?.name, 'Ren\u00e9', 'names are kept in form C');
  });

  void t.test('knows groups of two levels', async (t) => {
    const token = await operator.token();
    const bank = { kind: 'bank', contact };
    const head = await must('POST', '/v1/organizations', {
      token,
      body: { ...bank, legalName: '甲行', uscc: usccOf(60) },
    });
    const body = { ...bank, legalName: '甲行分行', uscc: usccOf(61), parentId: head.id };
    const branch = await must('POST', '/v1/organizations', { token, body });
    const change = (id: string, parentId: string) =>
      call('PATCH', `/v1/organizations/${id}`, { token, version: 1, body: { parentId } });
    t.match(await change(head.id, core.id), { status: 400, json: { detail: /cannot join another/ } });
    t.match(await change(core.id, branch.id), { status: 400, json: { detail: /belongs to no group itself/ } });
    t.match(await change(head.id, head.id), { status: 400, json: { detail: /head of itself/ } });
    t.equal((await change(core.id, head.id)).status, 200);
  });

  void t.test('has each code once, and does not tell whose it is', async (t) => {
    const token = await operator.token();
    const body = { kind: 'warehouse', legalName: '任意仓储', uscc: core.uscc, contact };
    const twice = await call('POST', '/v1/organizations', { token, body });
    t.match(twice, { status: 409, json: { code: 'already-exists' } });
    t.notOk(twice.text.includes(core.id) || twice.text.includes('济源'));
    const other = { ...body, uscc: usccOf(70) };
    const racing = await Promise.all([1, 2, 3].map(() => call('POST', '/v1/organizations', { token, body: other })));
    t.strictSame(racing.map(({ status }) => status).sort(), [201, 409, 409]);
    const member = await tokenFor(core.admin);
    t.equal((await call('POST', '/v1/organizations', { token: member, body: other })).status, 403);
  });

  void t.test('has each code once, although two processes register it at the same moment', async (t) => {
    const watcher = new pg.Client({ connectionString: ownerUrl });
    await watcher.connect();
    t.teardown(() => watcher.end());
    let otherHasLoaded = false;
    const otherWaits = async () => {
      while (!otherHasLoaded && (await watcher.query('select from pg_locks where not granted')).rowCount === 0);
    };
    const processes = [
      (step: string) => (step === 'loaded' ? otherWaits() : undefined),
      (step: string) => {
        otherHasLoaded ||= step === 'loaded';
      },
    ].map((onStep) => createUnitOfWork({ database, maxWaiting: 9, maxBatch: 9, onWake: () => undefined, onStep }));
    const actor: Actor = {
      orgId: operator.organizationId,
      orgKind: 'operator',
      personId: operator.personId,
      clientId: operator.clientId,
      roles: ['operator'],
      scopes: ['write'],
      requestId: 'race',
    };
    const outcomes = await Promise.all(
      processes.map(({ run }, i) =>
        run(registerOrganization, {
          actor,
          key: `race ${i}`,
          requestHash: Buffer.alloc(32, i),
          now: clock.now(),
          input: { kind: 'warehouse', legalName: '同时仓储', uscc: usccOf(71), contact, id: randomUUID() },
        }),
      ),
    );
    t.strictSame(outcomes.map(({ status }) => status).sort(), [201, 409]);
  });

  void t.test('is managed by each organization itself, and begun by the operator only', async (t) => {
    const onboarding = await operator.token();
    const token = await tokenFor(core.admin);
    const person = (roles: string[]) => ({ name: '孙新人', roles });
    const add = (as: string, roles: string[], of = core) =>
      call('POST', `${of.path}/people`, { token: as, body: person(roles) });
    t.equal((await add(onboarding, ['admin'])).status, 403, 'a second administrator');
    t.equal((await add(onboarding, ['maker'], regulator)).status, 400, 'a role the organization has not');
    const client = { personId: core.admin.personId, name: 'operator', scopes: ['read'] };
    t.equal((await call('POST', `${core.path}/clients`, { token: onboarding, body: client })).status, 403);
    const rotate = `${core.path}/clients/${core.admin.clientId}/rotate`;
    t.equal((await call('POST', rotate, { token: onboarding, version: 1, body: {} })).status, 404);

    t.equal((await add(token, ['maker'])).status, 201);
    for (const pair of [
      ['admin', 'maker'],
      ['admin', 'checker'],
      ['maker', 'checker'],
    ]) {
      t.match(await add(token, pair), { status: 422, json: { code: 'conflicting-roles' } }, pair.join());
    }
    t.equal((await add(token, ['operator'])).status, 400);
    const bank = await onboard('bank', '济源示范银行');
    const both = await add(await tokenFor(bank.admin), ['admin', 'operator'], bank);
    t.match(both, { status: 422, json: { code: 'conflicting-roles' } }, 'who records collections grants no roles');
    const own = `${core.path}/people/${core.admin.personId}`;
    t.match(await call('PATCH', own, { token, version: 1, body: { roles: ['maker'] } }), {
      status: 403,
      json: { code: 'own-roles' },
    });
    t.equal((await call('PATCH', own, { token, version: 1, body: { name: '张改名' } })).status, 200);
    const profile = { token, version: 2 };
    t.equal(
      (await call('PATCH', core.path, { ...profile, body: { employees: 1 } })).status,
      403,
      'figures decide the scale',
    );
    t.equal((await call('PATCH', core.path, { ...profile, body: { region: '419001' } })).status, 200);
    const maker = await enrol(core.id, token, '赵制单', ['maker']);
    t.equal((await add(maker.token, ['viewer'])).status, 403);
  });

  void t.test('lets two people change a settlement account', async (t) => {
    const token = await tokenFor(core.admin);
    const maker = await enrol(core.id, token, '郑制单', ['maker']);
    const checker = await enrol(core.id, token, '冯复核', ['checker']);
    const path = `${core.path}/settlement-accounts`;
    const account = {
      holderName: '济源示范机械有限公司',
      accountNumber: '410501234567890123',
      bankName: '建行济源分行',
      cnaps: '105100000017',
      purpose: 'repayment',
    };
    const { id } = await must('POST', path, { token: maker.token, body: account });
    t.match(await call('POST', path, { token: maker.token, body: account }), { status: 409 });
    t.match(await call('POST', path, { token: maker.token, body: { ...account, holderName: '别人有限公司' } }), {
      status: 409,
      json: { code: 'legal-name-mismatch', field: '/holderName', accepted: account.holderName },
    });
    t.equal(
      (await call('POST', path, { token: maker.token, body: { ...account, cnaps: '105100000018' } })).status,
      400,
    );
    const step = (as: { token: string }, what: string, version: number) =>
      call('POST', `${path}/${id}/${what}`, { token: as.token, version });
    t.equal((await step(maker, 'verify', 1)).status, 403);
    await must('PATCH', `${core.path}/people/${maker.personId}`, { token, version: 1, body: { roles: ['checker'] } });
    advance(5000);
    t.match(await step(maker, 'verify', 1), { status: 403, json: { code: 'same-person' } }, 'with another role');
    t.match(await step(checker, 'verify', 1), {
      status: 200,
      json: { status: 'verified', checkerId: checker.personId },
    });
    t.match(await step(checker, 'close', 2), { status: 409, json: { code: 'illegal-transition' } });
    await must('PATCH', `${core.path}/people/${maker.personId}`, { token, version: 2, body: { roles: ['maker'] } });
    advance(5000);
    t.match(await step(maker, 'request-closure', 2), { status: 200, json: { status: 'closing' } });
    t.match(await step(maker, 'close', 3), { status: 403, json: { code: 'same-person' } });
    t.match(await step(checker, 'verify', 3), { json: { status: 'verified', closingMakerId: null } }, 'it is kept');
    await step(maker, 'request-closure', 4);
    t.match(await step(checker, 'close', 5), { json: { status: 'closed', closingCheckerId: checker.personId } });
    t.equal((await call('GET', `${path}/${id}`, { token: checker.token })).json.accountNumber, account.accountNumber);
    t.equal((await call('GET', `${path}/${id}`, { token })).json.accountNumber, '4105****0123');
  });

  void t.test('shows a secret when it is set and to a repetition within a day, and keeps it nowhere', async (t) => {
    const token = await tokenFor(core.admin);
    const { personId } = await enrol(core.id, token, '褚接口', ['viewer']);
    const body = { personId, name: 'ERP', scopes: ['read'] };
    const create = (as: string) => call('POST', `${core.path}/clients`, { token: as, body, key: 'create-erp' });
    const created = await create(token);
    const again = await create(token);
    t.equal(again.headers['idempotent-replayed'], 'true');
    t.equal(again.text, created.text);
    const colleague = await enrol(core.id, token, '卫管理', ['admin']);
    const lifted = await create(colleague.token);
    t.match(
      lifted,
      { status: 422, json: { code: 'idempotency-key-reused' } },
      'the key of another person gives nothing',
    );
    t.notOk('clientSecret' in lifted.json);
    const { id, clientSecret: first } = created.json;
    const viewer = await tokenOf(id, first);
    const rotation = { token: viewer, version: 1 };
    t.equal(
      (await call('POST', `${core.path}/clients/${id}/rotate`, { ...rotation, body: {} })).status,
      403,
      'it only reads',
    );
    const rotated = await call('POST', `${core.path}/clients/${id}/rotate`, {
      token,
      version: 1,
      body: { previousValidHours: 2 },
    });
    const second = rotated.json.clientSecret;
    t.not(second, first);
    const grant = (secret: string) => form({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
    t.equal((await grant(first)).status, 200);
    t.equal((await grant(second)).status, 200);
    advance(2 * HOUR);
    t.equal((await grant(first)).status, 401, 'the overlap is over');
    t.equal((await grant(second)).status, 200);
    advance(22 * HOUR);
    const later = await create(await tokenFor(core.admin));
    t.equal(later.headers['idempotent-replayed'], 'true');
    t.notOk('clientSecret' in later.json);
    const read = await call('GET', `${core.path}/clients/${id}`, { token: await tokenFor(core.admin) });
    t.ok(read.json.lastUsedAt > read.json.createdAt);
    t.notMatch(Object.keys(read.json), ['secretHash']);

    const secrets = [
      first,
      second,
      core.admin.clientSecret,
      operator.clientSecret,
      viewer,
      token,
      masterKey.toString('hex'),
    ];
    const spellings = secrets.flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
    ]);
    const stored = await asOwner(ownerUrl, async (client) => {
      const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
      const texts = await Promise.all(
        rows.map(({ tablename }) => client.query(`select t::text as text from "${tablename}" t`)),
      );
      return texts.flatMap((table) => table.rows.map(({ text }) => text)).join('\n');
    });
    t.ok(stored.includes(createHash('sha256').update(second).digest('hex')), 'the search finds what is stored');
    t.ok(
      log.some((line) => line.includes(core.id)),
      'the log is written',
    );
    for (const each of spellings) {
      t.notOk(stored.includes(each), 'in no table');
      t.notOk(
        log.some((line) => line.includes(each)),
        'in no line of the log',
      );
    }
    for (const name of ['济源示范', '张管理', contact.email, contact.phone, core.uscc, '410501234567890123']) {
      t.notOk(
        log.some((line) => line.includes(name)),
        `${name} in no line of the log`,
      );
    }
  });
});
