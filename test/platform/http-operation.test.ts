import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyPluginAsync, RouteOptions } from 'fastify';
import t from 'tap';
import { writeOpenapi } from '../../src/platform/http/openapi.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import { object } from '../../src/platform/http/schemas.ts';
import { refusals } from '../../src/platform/refusals.ts';
import { maker, openRaw, parcelDatabase, parcelServer } from './http-bench.ts';

const parcel = { name: '济南示范机械有限公司', amount: '1.00', dueOn: '2026-09-30', sender: '91350100M000100Y43' };

/** No server of a database listens there. */
const nowhere = 'postgres://127.0.0.1:9/nothing';

const url = await parcelDatabase(t);
const { app, lines, log } = await parcelServer(t, url);

void t.test('A failure shows nothing of its inside and is logged under the request id', async (t) => {
  const answer = await app.inject({ url: '/failure', headers: { 'x-request-id': 'order-4711' } });
  t.match(answer.json(), { status: 500, code: 'internal-error', requestId: 'order-4711' });
  t.equal(answer.headers['x-request-id'], 'order-4711');
  t.notMatch(answer.body, /secret|uscc|9135|at Object/);
  const [failed] = lines().filter(({ msg }) => msg === 'request failed');
  t.match(failed, { level: 'error', requestId: 'order-4711', err: { sqlState: '23505', frames: Array } });
  t.notMatch(log(), /91350100M000100Y43/);
});

void t.test('The log names who did what, without bodies, names, codes, tokens and keys', async (t) => {
  await app.inject({
    method: 'POST',
    url: '/parcels',
    headers: { authorization: maker, 'idempotency-key': 'invoice-20260701-0001' },
    payload: parcel,
  });
  await app.inject({ url: `/parcels?name=${encodeURI(parcel.name)}`, headers: { authorization: maker } });
  for (const each of ['1602001009014412345', encodeURI(parcel.name)]) await app.inject({ url: `/accounts/${each}` });
  app.log.info(
    {
      uscc: parcel.sender,
      account: { accountNumber: '1602001009014412345', holderName: parcel.name, holder: { name: parcel.name } },
      organization: { legalName: parcel.name, contact: { name: parcel.name } },
      token: maker,
    },
    'said',
  );
  t.match(
    lines().find(({ msg, status }) => msg === 'answered' && status === 201),
    {
      method: 'POST',
      route: '/parcels',
      org: String,
      person: String,
      client: String,
      milliseconds: Number,
      keyDigest: /^[0-9a-f]{12}$/,
    },
  );
  t.match(
    lines().find(({ msg }) => msg === 'said'),
    { uscc: '[withheld]', token: '[withheld]' },
  );
  t.notMatch(log(), /济南|%E6%B5%8E|91350100M000100Y43|1602001009014412345|invoice-20260701|Bearer/);
});

void t.test('A request id of the caller is taken when it is well formed', async (t) => {
  const idOf = async (given?: string) =>
    (await app.inject({ url: '/health/live', headers: given === undefined ? {} : { 'x-request-id': given } })).headers[
      'x-request-id'
    ];
  t.equal(await idOf('erp:2026/07-0001'), 'erp:2026/07-0001');
  for (const given of [undefined, '', 'a b', 'x'.repeat(65), 'a\u00e9']) t.match(await idOf(given), /^[0-9a-f-]{36}$/);
});

void t.test('The description of the interface', async (t) => {
  const document = (await app.inject({ url: '/openapi.json' })).json();

  await t.test('names its schemas and says what commands need', async (t) => {
    t.equal(document.openapi, '3.1.0');
    const names = Object.keys(document.components.schemas);
    t.ok(names.includes('Money') && names.includes('Parcel') && names.includes('Problem'));
    t.notOk(names.some((name) => /^def-|^Unnamed/.test(name)));
    t.notOk(names.includes('Cnaps'), 'a schema that no operation reaches is left out');
    const change = document.paths['/parcels/{id}'].put;
    t.strictSame(
      change.parameters.map(({ name, required }: { name: string; required: boolean }) => [name, required]),
      [
        ['id', true],
        ['Idempotency-Key', true],
        ['If-Match', true],
      ],
    );
    t.ok(
      ['400', '401', '403', '404', '409', '412', '413', '415', '422', '428', '429', '500', '503'].every(
        (s) => change.responses[s],
      ),
    );
    t.strictSame(document.paths['/failure'].get.security, []);
  });

  await t.test('is written once and compared afterwards', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'lianrong-openapi-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'openapi.json');
    t.equal(await writeOpenapi(app, file, { check: true }), false, 'a missing file is a difference');
    t.equal(await writeOpenapi(app, file, { check: false }), false);
    t.equal(await writeOpenapi(app, file, { check: true }), true);
    t.strictSame(JSON.parse(readFileSync(file, 'utf8')), document);
  });

  await t.test('is shown by a page that loads nothing from elsewhere', async (t) => {
    const page = await app.inject({ url: '/docs/' });
    t.equal(page.statusCode, 200);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, url]) => new URL(url as string, 'http://here/docs/'),
    );
    t.ok(files.length >= 5);
    for (const file of files) {
      t.equal(file.host, 'here');
      t.equal((await app.inject({ url: file.pathname })).statusCode, 200, file.pathname);
    }
    const policy = String(page.headers['content-security-policy']);
    t.match(policy, /default-src 'self'/);
    t.notMatch(policy, /https?:/);
    const start = await app.inject({ url: '/docs/static/swagger-initializer.js' });
    t.match(start.body, /validatorUrl: null/);
    t.notMatch(page.body, /<script>|onload=/, 'no script in the page itself, which the policy would stop');
  });
});

void t.test('Every code of a refusal has a page that tells what it means', async (t) => {
  for (const [code, { status, who, remedy }] of Object.entries(refusals)) {
    const answer = await app.inject({ url: `/problems/${code}` });
    t.match(answer.json(), { code, status, who, remedy }, code);
  }
  for (const code of ['nothing', 'to-string', 'constructor'])
    t.equal((await app.inject({ url: `/problems/${code}` })).statusCode, 404);
});

void t.test('Answers carry the headers of safety and are kept by no cache', async (t) => {
  const { headers } = await app.inject({ url: '/parcels', headers: { authorization: maker } });
  t.match(headers, {
    'cache-control': 'no-store',
    'content-security-policy': /default-src 'self'/,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'strict-transport-security': /max-age/,
    'referrer-policy': 'no-referrer',
  });
  t.equal(headers['x-powered-by'], undefined);
});

void t.test('Measurements tell routes, batches, the event loop and the pool', async (t) => {
  const headers = { authorization: maker, 'idempotency-key': randomUUID() };
  await app.inject({ method: 'POST', url: '/parcels', headers, payload: parcel });
  await app.inject({ url: '/nothing' });
  const text = (await app.inject({ url: '/metrics' })).body;
  t.match(text, /http_request_duration_seconds_count\{method="POST",route="\/parcels",status="201"\} \d/);
  t.match(text, /http_request_duration_seconds_count\{method="GET",route="unknown",status="404"\} \d/);
  t.match(text, /command_batch_size_count [1-9]/);
  t.match(text, /nodejs_eventloop_lag_seconds/);
  t.match(text, /database_connections\{pool="writers",state="waiting"\} 0/);
});

void t.test('A client is limited by itself, an unknown caller by address, health never', async (t) => {
  const { app } = await parcelServer(t, url, { rateLimit: { requests: 3, failedAuthentications: 2 } });
  const list = (authorization: string) => app.inject({ url: '/parcels', headers: { authorization } });
  for (let i = 0; i < 3; i += 1) t.equal((await list(maker)).statusCode, 200);
  const limited = await list(maker);
  t.match(limited.json(), { status: 429, code: 'too-many-requests' });
  t.match(limited.headers, { 'retry-after': /^[1-9]\d*$/, 'ratelimit-limit': '3', 'ratelimit-remaining': '0' });
  t.equal((await list('Bearer bank.viewer.read')).statusCode, 200, 'another client is not');
  t.strictSame(
    [(await list('x')).statusCode, (await list('x')).statusCode, (await list('x')).statusCode],
    [401, 401, 429],
    'failing to authenticate is limited by address',
  );
  for (let i = 0; i < 3; i += 1) await app.inject({ url: '/nothing' });
  t.equal((await app.inject({ url: '/nothing' })).statusCode, 429, 'searching for paths is limited');
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200);
});

void t.test('While it stops, the service finishes what has begun and takes nothing new', async (t) => {
  let finish: () => void = () => undefined;
  const mayFinish = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = 0;
  const slow: FastifyPluginAsync<Platform> = async (app) => {
    app.get('/slow', {
      config: { permission: 'public' },
      schema: { operationId: 'wait', summary: 'Wait', tags: ['Parcels'], response: { 200: object({}) } },
      handler: async () => {
        begun += 1;
        if (begun === 2) app.server.emit('both begun');
        await mayFinish;
        return {};
      },
    });
  };
  const { app, port } = await parcelServer(t, url, { features: [slow] });
  const here = `http://127.0.0.1:${port}`;
  t.equal((await fetch(`${here}/health/ready`)).status, 200);
  const [first, second] = [openRaw(port), openRaw(port)];
  const bothBegun = once(app.server, 'both begun');
  for (const { send } of [first, second]) send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await bothBegun;
  const closed = app.close();
  const requested = once(app.server, 'request');
  first.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await requested;
  const asked = once(app.server, 'request');
  second.send('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  finish();
  t.match(await first.received, /^HTTP\/1.1 200 [\s\S]*HTTP\/1.1 503 [\s\S]*"code":"unavailable"/);
  t.match(await second.received, /^HTTP\/1.1 200 [\s\S]*HTTP\/1.1 503 [\s\S]*the service is stopping/);
  await closed;
  await t.rejects(fetch(`${here}/health/live`), 'nothing listens any more');
});

void t.test('Without its database the service says so and keeps running', async (t) => {
  const { app } = await parcelServer(t, nowhere);
  t.match((await app.inject({ url: '/health/ready' })).json(), { status: 503, detail: 'the database does not answer' });
  const list = await app.inject({ url: '/parcels', headers: { authorization: maker } });
  t.match(list.json(), { status: 503, code: 'unavailable' });
  t.match(list.headers, { 'retry-after': '5' });
  const register = await app.inject({
    method: 'POST',
    url: '/parcels',
    headers: { authorization: maker, 'idempotency-key': 'later' },
    payload: parcel,
  });
  t.match(register.json(), { status: 503, code: 'unavailable' });
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200);
});

void t.test('A route that forgets a guard stops the start', async (t) => {
  const whole = {
    method: 'GET',
    url: '/thing',
    config: { permission: 'parcel:read' },
    schema: { operationId: 'read', summary: 'Read', tags: ['Parcels'], response: { 200: object({}) } },
    handler: async () => ({}),
  };
  const startWith = (change: object) =>
    parcelServer(t, nowhere, {
      features: [
        async (app) => {
          app.route({ ...whole, ...change } as RouteOptions);
        },
      ],
    });
  await startWith({});
  const { response: _, ...noResponse } = whole.schema;
  const faults: [object, RegExp][] = [
    [{ config: {} }, /GET \/thing has no permission/],
    [{ config: { permission: 'parcel:destroy' } }, /unknown permission parcel:destroy/],
    [{ schema: noResponse }, /no schema of its answer/],
    [{ schema: { ...whole.schema, operationId: undefined } }, /no operationId/],
    [{ url: '/thing/:id' }, /no schema of its path/],
    [{ method: 'POST' }, /not made by runs/],
  ];
  for (const [change, fault] of faults) await t.rejects(startWith(change), fault, String(fault));
  await startWith({ method: 'POST', config: { permission: 'public', unkeyed: 'gives a token, changes nothing' } });
});
