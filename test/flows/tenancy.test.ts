import type pg from 'pg';
import t from 'tap';
import { asOwner, identityService } from '../harness/identity-service.ts';

void t.test('An organization', async (t) => {
  const service = await identityService(t);
  const { call, enrol, must, onboard, operator, ownerUrl, tokenOf } = service;
  const core = await onboard('enterprise', '济源示范机械有限公司');
  const rival = await onboard('enterprise', '洛阳对手轴承有限公司');
  const regulator = await onboard('regulator', '济源金融监管局');
  const tokenFor = (of: { clientId: string; clientSecret: string }) => tokenOf(of.clientId, of.clientSecret);

  void t.test('sees nothing of what belongs to another', async (t) => {
    const mine = await tokenFor(core.admin);
    const maker = await enrol(rival.id, await tokenFor(rival.admin), '吴制单', ['maker']);
    const account = {
      holderName: '洛阳对手轴承有限公司',
      accountNumber: '6217001234567890',
      bankName: '工行洛阳分行',
      cnaps: '105100000017',
      purpose: 'collection',
    };
    const proposed = await must('POST', `${rival.path}/settlement-accounts`, { token: maker.token, body: account });
    const random = '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10';
    const inner = (id: string) => [
      `/people/${id === random ? id : rival.admin.personId}`,
      `/clients/${id === random ? id : rival.admin.clientId}`,
      `/settlement-accounts/${id === random ? id : proposed.id}`,
    ];
    const masked = (text: string, ids: string[]) =>
      ids.reduce((rest, id) => rest.replaceAll(id, 'ID'), text).replace(/"requestId":"[^"]*"/, '');
    const secretIds = [rival.id, rival.admin.personId, rival.admin.clientId, proposed.id, random];
    const paths = ['', ...inner(rival.id)].map((rest) => rival.path + rest);
    const nowhere = ['', ...inner(random)].map((rest) => `/v1/organizations/${random}${rest}`);
    for (const [i, url] of paths.entries()) {
      const foreign = await call('GET', url, { token: mine });
      const missing = await call('GET', nowhere[i] as string, { token: mine });
      t.equal(foreign.status, 404, url);
      t.equal(masked(foreign.text, secretIds), masked(missing.text, secretIds), 'as if it did not exist');
    }
    for (const list of ['people', 'clients', 'settlement-accounts']) {
      t.strictSame((await call('GET', `${rival.path}/${list}`, { token: mine })).json, { items: [], nextCursor: null });
    }
    const changes: ['POST' | 'PATCH', string, object | undefined][] = [
      ['PATCH', '', { region: '419001' }],
      ['PATCH', `/people/${rival.admin.personId}`, { name: '改' }],
      ['POST', `/people/${rival.admin.personId}/leave`, undefined],
      ['POST', `/clients/${rival.admin.clientId}/rotate`, {}],
      ['POST', `/clients/${rival.admin.clientId}/revoke`, undefined],
    ];
    for (const [method, rest, body] of changes) {
      for (const of of [rival.path, core.path]) {
        if (rest === '' && of === core.path) continue;
        t.equal(
          (await call(method, of + rest, { token: mine, version: 1, body })).status,
          404,
          `${method} ${of}${rest}`,
        );
      }
    }
    const joining = { name: '客', roles: ['viewer'] };
    t.equal((await call('POST', `${rival.path}/people`, { token: mine, body: joining })).status, 404);
    const borrowed = { personId: rival.admin.personId, name: 'borrowed', scopes: ['read'] };
    t.equal((await call('POST', `${core.path}/clients`, { token: mine, body: borrowed })).status, 404);
    t.equal((await call('GET', '/v1/organizations', { token: mine })).json.items.length, 1);
    t.equal((await call('GET', `/v1/organizations?q=${rival.uscc}`, { token: mine })).json.items.length, 0);

    const watching = await tokenFor(regulator.admin);
    t.equal((await call('GET', '/v1/organizations', { token: watching })).json.items.length, 4);
    t.strictSame((await call('GET', `${rival.path}/people`, { token: watching })).json.items, []);
    const seen = await call('GET', `${rival.path}/people`, { token: await operator.token() });
    t.equal(seen.json.items.at(-1).name, '张*', 'names of others are masked');
  });

  void t.test('keeps its accounts from another whose command shares the transaction', async (t) => {
    const owner = await tokenFor(core.admin);
    const maker = await enrol(core.id, owner, '王制单', ['maker']);
    const checker = await enrol(core.id, owner, '赵复核', ['checker']);
    const intruder = await enrol(rival.id, await tokenFor(rival.admin), '吴复核', ['checker']);
    const path = `${core.path}/settlement-accounts`;
    const account = {
      holderName: '济源示范机械有限公司',
      accountNumber: '410501234567890123',
      bankName: '建行济源分行',
      cnaps: '105100000017',
      purpose: 'payout',
    };
    const { id } = await must('POST', path, { token: maker.token, body: account });
    const step = (as: { token: string }, what: string, version: number) =>
      call('POST', `${path}/${id}/${what}`, { token: as.token, version });
    await step(checker, 'verify', 1);
    t.equal((await step(maker, 'request-closure', 2)).status, 200);
    await step(intruder, 'verify', 3);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? step(checker, 'verify', 1) : step(intruder, 'verify', 3))),
    );
    t.strictSame(
      answers.map(({ status }) => status),
      Array.from({ length: 8 }, () => [412, 404]).flat(),
    );
    t.match((await call('GET', `${path}/${id}`, { token: owner })).json, { status: 'closing', version: 3 });
  });

  void t.test('finds nothing of another, in one batch with its commands as little as alone', async (t) => {
    const [mine, theirs] = [await tokenFor(core.admin), await tokenFor(rival.admin)];
    const reader = await enrol(core.id, mine, '钱查询', ['viewer']);
    const attempts: ['POST' | 'PATCH', string, object | undefined, number][] = [
      ['POST', '/people', { name: '客', roles: ['viewer'] }, 201],
      ['PATCH', `/people/${reader.personId}`, { name: '钱查阅' }, 412],
      ['POST', `/people/${reader.personId}/leave`, undefined, 412],
      ['POST', '/clients', { personId: reader.personId, name: 'borrowed', scopes: ['read'] }, 201],
      ['POST', `/clients/${reader.clientId}/rotate`, {}, 412],
      ['POST', `/clients/${reader.clientId}/revoke`, undefined, 412],
      ['PATCH', '', { region: '419001' }, 412],
    ];
    for (const [method, rest, body, own] of attempts) {
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          call(method, core.path + rest, {
            token: i % 2 === 0 ? mine : theirs,
            body,
            ...(own === 412 && { version: 9 }),
          }),
        ),
      );
      t.strictSame(
        answers.map(({ status }) => status),
        Array.from({ length: 8 }, () => [own, 404]).flat(),
        `${method} ${rest}`,
      );
    }
  });

  void t.test('sees of its partners a name and a code only, and finds them by nothing else', async (t) => {
    await asOwner(ownerUrl, (client) =>
      client.query('create policy all_partners on organization for select using (true)'),
    );
    const token = await tokenFor(core.admin);
    t.strictSame((await call('GET', rival.path, { token })).json, {
      id: rival.id,
      kind: 'enterprise',
      legalName: '洛阳对手轴承有限公司',
      uscc: rival.uscc,
    });
    const found = async (query: string) =>
      (await call('GET', `/v1/organizations?${query}`, { token })).json.items.map(({ id }: { id: string }) => id);
    t.strictSame(await found(`q=${encodeURIComponent('洛阳')}`), [rival.id]);
    t.strictSame(await found('q=%25'), [], 'a wildcard is a character like any other');
    t.strictSame(await found('scale=small'), [core.id]);
    t.strictSame(await found('status=active'), [core.id]);
    await asOwner(ownerUrl, (client) => client.query('drop policy all_partners on organization'));
  });

  void t.test(
    'is walled in by the database as well: each table shows and takes rows of the transaction alone',
    async (t) => {
      const tables = ['organization', 'person', 'client', 'settlement_account'];
      await asOwner(ownerUrl, async (client) => {
        await client.query('set role lianrong_app');
        const count = async (table: string, settings: Record<string, string>) => {
          await client.query('begin');
          for (const [name, value] of Object.entries(settings))
            await client.query('select set_config($1, $2, true)', [name, value]);
          const column = table === 'organization' ? 'id' : 'org_id';
          const { rows } = await client.query(
            `select count(*)::int as n, bool_and(${column} = $1) as own from ${table}`,
            [core.id],
          );
          await client.query('commit');
          return rows[0];
        };
        for (const table of tables) {
          t.strictSame(await count(table, {}), { n: 0, own: null }, `${table} without a setting`);
          const mine = await count(table, { 'app.org': core.id });
          t.ok(mine.own ?? mine.n === 0, `${table} of the asking organization`);
          const scope = await count(table, { 'app.scope': `{${core.id}}` });
          t.ok(scope.own ?? scope.n === 0, `${table} in the scope`);
        }
        t.strictSame(await count('client', { 'app.client': core.admin.clientId }), { n: 1, own: true });
        t.equal((await count('client', { 'app.client': rival.admin.personId })).n, 0);
        t.equal((await client.query('select from signing_key')).rowCount, 0);
        t.equal(await client.query('delete from signing_key').catch((e: pg.DatabaseError) => e.code), '42501');

        const tryTo = async (statement: string, values: string[]) => {
          await client.query('begin');
          await client.query('select set_config($1, $2, true)', ['app.scope', `{${core.id}}`]);
          const outcome = await client.query(statement, values).then(
            ({ rowCount }) => `${rowCount} rows`,
            (error: pg.DatabaseError) => error.code,
          );
          await client.query('rollback');
          return outcome;
        };
        const suspend = "update organization set status = 'suspended' where id = $1";
        t.equal(await tryTo(suspend, [core.id]), '1 rows');
        t.equal(await tryTo(suspend, [rival.id]), '0 rows');
        t.equal(await tryTo('update person set org_id = $1 where org_id <> $1', [rival.id]), '42501');
        t.equal(await tryTo('delete from person where org_id = $1', [core.id]), '42501');
        const client0 = `insert into client (id, org_id, person_id, name, secret_salt, secret_number, secret_hash, secret_set_at,
        scopes, status, expires_at, created_at) select gen_random_uuid(), $1, $2, 'x', s, 1, s, now(), '[]', 'active', now(), now()
        from (select decode(repeat('00', 32), 'hex') as s)`;
        t.equal(await tryTo(client0, [core.id, core.admin.personId]), '1 rows');
        t.equal(await tryTo(client0, [core.id, rival.admin.personId]), '23503', 'a person of another organization');
        t.equal(await tryTo(client0, [rival.id, rival.admin.personId]), '42501');
      });
    },
  );
});
