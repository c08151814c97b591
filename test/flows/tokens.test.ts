import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import t from 'tap';
import { createIdentity } from '../../src/identity/identity.ts';
import { asOwner, identityService, issuer } from '../harness/identity-service.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

void t.test('Tokens', async (t) => {
  const service = await identityService(t);
  const { advance, call, clock, form, identity, must, onboard, operator, settings, tokenOf } = service;
  const core = await onboard('enterprise', '济源示范机械有限公司');
  const { admin } = core;
  const credentials = { client_id: admin.clientId, client_secret: admin.clientSecret };
  const grant = { grant_type: 'client_credentials' };
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  });
  const statusWith = async (token: string) => (await call('GET', '/v1/me', { token })).status;

  void t.test('are given for credentials in the header or in the form, and are not to be kept', async (t) => {
    const inForm = await form({ ...grant, ...credentials });
    t.equal(inForm.status, 200);
    t.match(inForm.json, { token_type: 'Bearer', expires_in: 600, scope: 'read write' });
    t.equal(inForm.headers['cache-control'], 'no-store');
    t.equal(inForm.headers.pragma, 'no-cache');
    t.equal((await form(grant, basic(admin.clientId, admin.clientSecret))).status, 200);
    const me = await call('GET', '/v1/me', { token: inForm.json.access_token });
    t.equal(me.status, 200);
    t.match(me.json, {
      organization: { id: core.id, kind: 'enterprise' },
      person: { id: admin.personId, roles: ['admin'] },
    });
    t.ok(me.json.permissions.includes('person:manage'));
    t.notOk(me.json.permissions.includes('organization:register'));
  });

  void t.test('are refused in the words of RFC 6749', async (t) => {
    const wrong = { client_id: admin.clientId, client_secret: `${admin.clientSecret.slice(0, -1)}_` };
    const refusals: [object | string, Record<string, string>, number, string][] = [
      [{ ...grant, ...wrong }, {}, 401, 'invalid_client'],
      [{ ...grant, ...credentials, client_id: '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10' }, {}, 401, 'invalid_client'],
      [{ ...grant, ...credentials, client_id: "' or 1=1 --" }, {}, 401, 'invalid_client'],
      [grant, basic(admin.clientId, 'wrong'), 401, 'invalid_client'],
      [{ ...grant, ...credentials }, basic(admin.clientId, admin.clientSecret), 400, 'invalid_request'],
      [{ ...grant, client_id: operator.clientId }, basic(admin.clientId, admin.clientSecret), 400, 'invalid_request'],
      [grant, { authorization: 'Basic %%%' }, 400, 'invalid_request'],
      [grant, { authorization: `Basic ${Buffer.from('no colon').toString('base64')}` }, 400, 'invalid_request'],
      [grant, {}, 400, 'invalid_request'],
      [credentials, {}, 400, 'invalid_request'],
      ['grant_type=client_credentials&grant_type=client_credentials', {}, 400, 'invalid_request'],
      [{ ...grant, ...credentials }, { 'content-type': 'application/xml' }, 400, 'invalid_request'],
      [{ grant_type: 'password', ...credentials }, {}, 400, 'unsupported_grant_type'],
      [{ ...grant, ...credentials, scope: 'read admin' }, {}, 400, 'invalid_scope'],
      [{ ...grant, ...credentials, scope: '' }, {}, 400, 'invalid_scope'],
    ];
    for (const [parameters, headers, status, error] of refusals) {
      const answer = await form(parameters as never, headers);
      t.match(
        { status: answer.status, error: answer.json.error },
        { status, error },
        JSON.stringify([parameters, headers]),
      );
      t.strictSame(Object.keys(answer.json), ['error', 'error_description']);
      if (status === 401) t.match(answer.headers['www-authenticate'], /^Basic/);
    }
  });

  void t.test('can be asked for fewer scopes, and then do less', async (t) => {
    const { json } = await form({ ...grant, ...credentials, scope: 'read' });
    t.equal(json.scope, 'read');
    t.equal(await statusWith(json.access_token), 200);
    const body = { name: '赵制单', roles: ['maker'] };
    t.equal((await call('POST', `${core.path}/people`, { token: json.access_token, body })).status, 403);
  });

  void t.test('end ten minutes after they were given', async (t) => {
    const token = await tokenOf(admin.clientId, admin.clientSecret);
    advance(10 * MINUTE - 1000);
    t.equal(await statusWith(token), 200);
    advance(1000);
    const expired = await call('GET', '/v1/me', { token });
    t.equal(expired.status, 401);
    t.match(expired.json, { code: 'unauthenticated', detail: 'the token has expired' });
    t.match(expired.headers['www-authenticate'], /^Bearer/);
  });

  void t.test('of others, altered ones and unsigned ones are refused', async (t) => {
    const token = await tokenOf(admin.clientId, admin.clientSecret);
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    const claims = decoded(payload);
    const { kid } = decoded(head);
    const foreign = await generateKeyPair('ES256');
    const ours = await identity.keys.signer();
    const signed = (over: object, header: object = {}, key: unknown = ours.privateKey) =>
      new SignJWT({ ...claims, ...over })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
        .sign(key as never);
    const publicText = new TextEncoder().encode(await exportSPKI(ours.publicKey));

    t.equal(await statusWith(await signed({})), 200, 'the forger of this test forges well');
    const forged: Record<string, string> = {
      'altered claims': `${head}.${encoded({ ...claims, org: operator.organizationId })}.${signature}`,
      'altered signature': `${head}.${payload}.${signature.replace(/.$/, (c) => (c === 'A' ? 'Q' : 'A'))}`,
      'alg none': `${encoded({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      'no signature': `${head}.${payload}.`,
      'HS256 with the public key': await signed({}, { alg: 'HS256' }, publicText),
      'another key of the same name': await signed({}, {}, foreign.privateKey),
      'another key': await signed({}, { kid: 'x' }, foreign.privateKey),
      'a key in the header': await signed({}, { kid: undefined, jwk: ours.publicJwk }),
      'another audience': await signed({ aud: 'https://other.test' }),
      'another issuer': await signed({ iss: 'https://other.test' }),
      'no end': await signed({ exp: undefined }),
      'no organization': await signed({ org: undefined }),
      'another type': await signed({}, { typ: 'JWT' }),
      'not a token': 'abc',
      'a very long one': 'a'.repeat(5000),
    };
    for (const [what, each] of Object.entries(forged)) t.equal(await statusWith(each), 401, what);
    // Signed with our own key and yet of another organization: the client is not there.
    t.equal(await statusWith(await signed({ org: operator.organizationId })), 401);
    for (const authorization of ['', 'Bearer', `Basic ${token}`, `Bearer ${token} x`, token]) {
      const answer = await service.app.inject({ url: '/v1/me', headers: { authorization } });
      t.equal(answer.statusCode, 401, authorization.slice(0, 12));
    }
    t.equal(claims.iss, issuer);
  });

  void t.test('stop counting within five seconds of a change', async (t) => {
    const at = await onboard('bank', '济源示范银行股份有限公司');
    const token = await service.tokenOf(at.admin.clientId, at.admin.clientSecret);
    const viewer = await service.enrol(at.id, token, '周查阅', ['viewer']);
    const settle = `${at.path}/settlement-accounts`;
    const account = {
      holderName: '济源示范银行股份有限公司',
      accountNumber: '6222000011112222',
      bankName: '济源示范银行',
      cnaps: '105100000017',
      purpose: 'operating',
    };
    t.equal((await call('POST', settle, { token: viewer.token, body: account })).status, 403);

    const person = `${at.path}/people/${viewer.personId}`;
    await must('PATCH', person, { token, version: 1, body: { roles: ['maker'] } });
    advance(5000);
    t.equal((await call('POST', settle, { token: viewer.token, body: account })).status, 201, 'a role is given');
    await must('PATCH', person, { token, version: 2, body: { roles: ['viewer'] } });
    advance(5000);
    const again = { ...account, purpose: 'margin' };
    t.equal((await call('POST', settle, { token: viewer.token, body: again })).status, 403, 'a role is taken');

    await must('POST', `${person}/leave`, { token, version: 3 });
    advance(5000);
    t.equal(await statusWith(viewer.token), 401, 'a person has left');
    t.equal((await form({ ...grant, client_id: viewer.clientId, client_secret: viewer.clientSecret })).status, 401);

    const checker = await service.enrol(at.id, token, '钱复核', ['checker']);
    t.equal(await statusWith(checker.token), 200);
    await must('POST', `${at.path}/clients/${checker.clientId}/revoke`, { token, version: 1 });
    advance(5000);
    t.equal(await statusWith(checker.token), 401, 'a client is revoked');

    const operatorToken = await operator.token();
    t.equal(await statusWith(token), 200);
    await must('POST', `${at.path}/suspend`, { token: operatorToken, version: 1 });
    advance(5000);
    t.equal(await statusWith(token), 401, 'an organization is suspended');
    await must('POST', `${at.path}/reinstate`, { token: operatorToken, version: 2 });
    advance(5000);
    t.equal(await statusWith(token), 200, 'and reinstated');
  });

  void t.test('are signed by keys that change every thirty days; the key before verifies for an hour', async (t) => {
    const keysNow = async () => (await call('GET', '/.well-known/jwks.json')).json as { keys: { kid: string }[] };
    const kidsNow = async () => (await keysNow()).keys.map(({ kid }) => kid);
    const before = (await identity.keys.signer()).kid;
    t.strictSame(await kidsNow(), [before]);
    t.notOk(JSON.stringify(await keysNow()).includes('"d"'));

    const retires = Date.parse((await identity.keys.signer()).retiresAt);
    advance(retires - clock.now().getTime() - 1000);
    const old = await tokenOf(admin.clientId, admin.clientSecret);
    advance(2000);
    const fresh = await tokenOf(admin.clientId, admin.clientSecret);
    const after = (await identity.keys.signer()).kid;
    t.not(after, before);
    t.strictSame(await kidsNow(), [before, after]);
    t.equal(await statusWith(old), 200);
    t.equal(await statusWith(fresh), 200);

    const other = await createIdentity(settings);
    t.equal((await other.keys.signer()).kid, after, 'another process signs with the same key');
    advance(60 * MINUTE - 11_000);
    t.strictSame(await kidsNow(), [before, after]);
    advance(10_000);
    t.strictSame(await kidsNow(), [after], 'to the second, although keys are read once a minute');
  });

  void t.test('need the master key that sealed the signing keys', async (t) => {
    const wrong = { ...settings, masterKey: Buffer.alloc(32, 8) };
    await t.rejects(createIdentity(wrong), /the master key does not open the signing key/);
    const { rows } = await asOwner(service.ownerUrl, (owner) => owner.query('select private_key from signing_key'));
    t.ok(rows.length > 0);
    for (const { private_key } of rows) t.notOk(private_key.toString('latin1').includes('"d"'));
  });

  void t.test('are refused for a while to an address that guesses secrets', async (t) => {
    const guess = { ...grant, client_id: admin.clientId, client_secret: 'guess' };
    for (let i = 0; i < 10; i += 1) t.equal((await form(guess)).status, 401);
    const blocked = await form({ ...grant, ...credentials });
    t.equal(blocked.status, 429);
    t.equal(blocked.headers['retry-after'], '300');
    t.equal((await form({ ...grant, client_id: operator.clientId, client_secret: operator.clientSecret })).status, 200);
    advance(5 * MINUTE);
    t.equal((await form({ ...grant, ...credentials })).status, 200);
  });

  void t.test('are not given for a client that has expired', async (t) => {
    advance(90 * DAY);
    t.equal((await form({ ...grant, ...credentials })).status, 401);
    t.equal((await form({ ...grant, client_id: operator.clientId, client_secret: operator.clientSecret })).status, 200);
  });
});
