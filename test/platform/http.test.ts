import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { httpBench, maker, sendRaw } from './http-bench.ts';

const parcel = { name: '济南示范机械有限公司', amount: '1.00', dueOn: '2026-09-30' };

const { app, port, lines } = await httpBench(t);

void t.test('An Idempotency-Key', async (t) => {
  const register = (key: string | undefined, payload: object = parcel, authorization = maker) =>
    app.inject({
      method: 'POST',
      url: '/parcels',
      headers: { authorization, ...(key !== undefined && { 'idempotency-key': key }) },
      payload,
    });

  await t.test('of one to 128 visible characters is required', async (t) => {
    t.match((await register(undefined)).json(), {
      status: 400,
      code: 'idempotency-key-missing',
      field: 'Idempotency-Key',
    });
    for (const key of ['', ' ', 'a b', 'x'.repeat(129), 'a\u00e9', 'a\u0007']) {
      t.match(
        (await register(key)).json(),
        { status: 400, code: 'invalid-input', field: 'Idempotency-Key' },
        encodeURI(key),
      );
    }
    for (const key of ['"quoted"', '~', 'x'.repeat(128)]) t.equal((await register(key)).statusCode, 201, key);
  });

  await t.test(
    'gives the same request the first answer again, also with its properties in another order',
    async (t) => {
      const first = await register('same');
      const again = await register('same', { dueOn: parcel.dueOn, amount: parcel.amount, name: parcel.name });
      t.equal(first.headers['idempotent-replayed'], undefined);
      t.equal(again.headers['idempotent-replayed'], 'true');
      t.strictSame([again.statusCode, again.json(), again.headers.etag], [201, first.json(), '"1"']);
    },
  );

  await t.test('is refused for another body or another operation', async (t) => {
    const { id } = (await register('used')).json();
    t.match((await register('used', { ...parcel, amount: '2.00' })).json(), {
      status: 422,
      code: 'idempotency-key-reused',
    });
    const other = await app.inject({
      method: 'PUT',
      url: `/parcels/${id}`,
      headers: { authorization: maker, 'idempotency-key': 'used', 'if-match': '"1"' },
      payload: { amount: '2.00' },
    });
    t.match(other.json(), { status: 422, code: 'idempotency-key-reused' });
  });

  await t.test('keeps a refusal of the rules as it was, and nothing of an input that never reached them', async (t) => {
    const refused = await register('poor', { ...parcel, amount: '0.00' });
    const again = await register('poor', { ...parcel, amount: '0.00' });
    t.match(refused.json(), {
      status: 409,
      code: 'insufficient-funds',
      field: '/amount',
      missing: '0.01',
      who: 'account owner',
    });
    t.strictSame({ ...again.json(), requestId: '' }, { ...refused.json(), requestId: '' });
    t.equal(again.headers['idempotent-replayed'], 'true');
    t.equal((await register('typo', { ...parcel, amount: '1' })).statusCode, 400);
    t.equal((await register('typo')).statusCode, 201);
  });
});

void t.test('A change of a resource names the version it was decided on', async (t) => {
  const { id } = (
    await app.inject({
      method: 'POST',
      url: '/parcels',
      headers: { authorization: maker, 'idempotency-key': randomUUID() },
      payload: parcel,
    })
  ).json();
  const change = (ifMatch: string | undefined) =>
    app.inject({
      method: 'PUT',
      url: `/parcels/${id}`,
      headers: { authorization: maker, 'idempotency-key': randomUUID(), ...(ifMatch && { 'if-match': ifMatch }) },
      payload: { amount: '2.00' },
    });
  t.match((await change(undefined)).json(), { status: 428, code: 'precondition-missing', field: 'If-Match' });
  for (const wrong of ['*', 'W/"1"', '"1", "2"', '1', '"0"', '"01"', '"x"']) {
    t.match((await change(wrong)).json(), { status: 400, code: 'invalid-input', field: 'If-Match' }, wrong);
  }
  const changed = await change('"1"');
  t.strictSame([changed.statusCode, changed.headers.etag, changed.json().version], [200, '"2"', 2]);
  t.match((await change('"1"')).json(), { status: 412, code: 'precondition-stale', accepted: '"2"' });
  const read = await app.inject({ url: `/parcels/${id}`, headers: { authorization: maker } });
  t.equal(read.headers.etag, '"2"');
});

void t.test(
  'A permission needs the kind of organization, the role and the scope, and says which is missing',
  async (t) => {
    const register = (authorization: string | undefined) =>
      app.inject({
        method: 'POST',
        url: '/parcels',
        headers: { 'idempotency-key': randomUUID(), ...(authorization && { authorization }) },
        payload: parcel,
      });
    const anonymous = await register(undefined);
    t.match(anonymous.json(), { status: 401, code: 'unauthenticated' });
    t.equal(anonymous.headers['www-authenticate'], 'Bearer');
    const denials: [string, object][] = [
      ['Bearer enterprise.maker.read+write', { missing: 'organization kind', needed: ['bank'] }],
      ['Bearer bank.viewer.read+write', { missing: 'role', needed: ['maker'] }],
      ['Bearer bank.maker.read', { missing: 'scope', needed: ['write'] }],
    ];
    for (const [authorization, missing] of denials) {
      t.match((await register(authorization)).json(), { status: 403, code: 'forbidden', ...missing }, authorization);
    }
    t.equal(lines().filter(({ msg, permission }) => msg === 'denied' && permission === 'parcel:register').length, 3);
    t.equal((await register(maker)).statusCode, 201);

    const list = (authorization: string) => app.inject({ url: '/parcels', headers: { authorization } });
    t.equal((await list('Bearer enterprise.viewer.read')).statusCode, 200);
    t.match((await list('Bearer enterprise.viewer.write')).json(), { missing: 'scope', needed: ['read'] });
    const head = await app.inject({
      method: 'HEAD',
      url: '/parcels',
      headers: { authorization: 'Bearer warehouse.viewer.read' },
    });
    t.equal(head.statusCode, 403, 'HEAD is guarded like GET');
  },
);

void t.test('A path', async (t) => {
  const ask = (method: string, url: string) =>
    app.inject({ method: method as 'GET', url, headers: { authorization: maker } });

  await t.test('that is known refuses a method it does not have, before asking who calls', async (t) => {
    const expected: [string, string, string][] = [
      ['DELETE', '/parcels', 'GET, HEAD, OPTIONS, POST'],
      ['TRACE', '/parcels', 'GET, HEAD, OPTIONS, POST'],
      ['POST', '/parcels/01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10', 'GET, HEAD, OPTIONS, PUT'],
      ['POST', '/health/live', 'GET, HEAD, OPTIONS'],
      ['GET', '/parcels/01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10/return', 'OPTIONS, POST'],
    ];
    for (const [method, url, allow] of expected) {
      const answer = await app.inject({ method: method as 'GET', url });
      t.match(
        [answer.statusCode, answer.json().code, answer.headers.allow],
        [405, 'method-not-allowed', allow],
        `${method} ${url}`,
      );
    }
  });

  await t.test('tells its methods to OPTIONS, and answers HEAD without a body', async (t) => {
    const options = await ask('OPTIONS', '/parcels');
    t.strictSame([options.statusCode, options.headers.allow, options.body], [204, 'GET, HEAD, OPTIONS, POST', '']);
    const head = await ask('HEAD', '/parcels');
    t.strictSame([head.statusCode, head.body], [200, '']);
  });

  await t.test('in another spelling is another path', async (t) => {
    for (const url of ['//parcels', '/Parcels', '/parcels;x', '/nothing']) {
      t.match((await ask('GET', url)).json(), { status: 404, code: 'not-found' }, url);
    }
    for (const url of ['/parcels/', '/%', '/parcels/%zz', '/%c0%ae']) {
      t.match((await ask('GET', url)).json(), { status: 400, code: 'invalid-input' }, url);
    }
  });
});

void t.test('A list', async (t) => {
  const { app } = await httpBench(t);
  const register = (amount: string, dueOn: string) =>
    app.inject({
      method: 'POST',
      url: '/parcels',
      headers: { authorization: maker, 'idempotency-key': randomUUID() },
      payload: { ...parcel, amount, dueOn },
    });
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    ids.push((await register(`${(i * 3) % 4}.50`, `2026-0${1 + (i % 3)}-01`)).json().id);
  }
  const page = async (query: string) =>
    (await app.inject({ url: `/parcels?${query}`, headers: { authorization: maker } })).json();
  const all = async (sort: string): Promise<{ id: string; amount: string; dueOn: string }[]> => {
    const { items, nextCursor } = await page(`sort=${sort}&limit=2`);
    let cursor = nextCursor;
    while (cursor !== null) {
      const next = await page(`sort=${sort}&limit=2&cursor=${cursor}`);
      items.push(...next.items);
      cursor = next.nextCursor;
    }
    return items;
  };

  await t.test('read page by page shows every item once, in the order asked for', async (t) => {
    t.strictSame(
      (await all('newest')).map(({ id }) => id),
      ids.toReversed(),
    );
    const due = await all('due');
    t.strictSame(
      due,
      due.toSorted((a, b) => (a.dueOn + a.id < b.dueOn + b.id ? -1 : 1)),
    );
    t.equal(due.length, 7);
    const worth = await all('worth');
    const ranked = worth.toSorted((a, b) => Number(b.amount) - Number(a.amount) || (a.id < b.id ? -1 : 1));
    t.strictSame(worth, ranked);
    t.equal(worth.length, 7);
  });

  await t.test('ends exactly at its last item', async (t) => {
    t.equal((await page('limit=7')).nextCursor, null);
    t.not((await page('limit=6')).nextCursor, null);
  });

  await t.test('does not repeat or skip when an item is added between two pages', async (t) => {
    const first = await page('limit=3');
    await register('9.00', '2026-01-01');
    const second = await page(`limit=10&cursor=${first.nextCursor}`);
    t.strictSame(
      [...first.items, ...second.items].map(({ id }) => id),
      ids.toReversed(),
    );
  });

  await t.test('refuses a cursor that it did not give for this order', async (t) => {
    const { nextCursor } = await page('limit=3');
    const bound = JSON.parse(Buffer.from(nextCursor, 'base64url').toString());
    const forged = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const wrong = [
      'x',
      'W10',
      `${nextCursor}&sort=due`,
      forged([bound[0], 'not-a-uuid']),
      forged([bound[0], "' or 1=1--"]),
      forged([bound[0], 'a\u0000']),
      forged([bound[0]]),
      forged([bound[0], bound[1], bound[1]]),
      forged([bound[0], 7]),
      forged(['newest:secret desc', bound[1]]),
      forged({}),
      forged(null),
    ];
    for (const cursor of wrong) {
      t.match(await page(`limit=3&cursor=${cursor}`), { status: 400, code: 'invalid-input', field: '/cursor' }, cursor);
    }
  });
});

void t.test('On the wire', async (t) => {
  const head = `Host: x\r\nConnection: close\r\nAuthorization: ${maker}\r\n`;
  const get = (headers: string) => sendRaw(port, `GET /parcels HTTP/1.1\r\n${head}${headers}\r\n`);
  const post = (headers: string, body = JSON.stringify(parcel)) =>
    sendRaw(port, `POST /parcels HTTP/1.1\r\n${head}${headers}\r\n${body}`);
  const json = 'Content-Type: application/json\r\n';
  const length = `Content-Length: ${Buffer.byteLength(JSON.stringify(parcel))}\r\n`;
  const key = 'Idempotency-Key: wire-1\r\n';

  const cases: [string, Promise<string>, number, string][] = [
    ['a plain request', get(''), 200, ''],
    ['a plain command', post(json + length + key), 201, ''],
    ['a key twice', post(`${json}${length}${key}${key}`), 400, 'invalid-input'],
    ['authorization twice', get(`Authorization: ${maker}\r\n`), 400, 'invalid-input'],
    ['content type twice', post(`${json}Content-Type: text/plain\r\n${length}${key}`), 400, 'invalid-input'],
    ['a length and chunks', post(`${json}${length}Transfer-Encoding: chunked\r\n`, '0\r\n\r\n'), 400, 'invalid-input'],
    ['two lengths', post(`${json}${length}Content-Length: 1\r\n`), 400, 'invalid-input'],
    ['headers above 16 KB', get(`X-Long: ${'x'.repeat(17_000)}\r\n`), 431, 'headers-too-large'],
    ['no HTTP', sendRaw(port, 'HELLO\r\n\r\n'), 400, 'invalid-input'],
    ['an unknown method', sendRaw(port, `PROPFIND /parcels HTTP/1.1\r\n${head}\r\n`), 405, 'method-not-allowed'],
    [
      'a body larger than allowed',
      post(`${json}Content-Length: 300000\r\n${key}`, 'x'.repeat(300_000)),
      413,
      'body-too-large',
    ],
    [
      'chunks larger than allowed',
      post(`${json}Transfer-Encoding: chunked\r\n${key}`, `493e0\r\n${'x'.repeat(300_000)}\r\n0\r\n\r\n`),
      413,
      'body-too-large',
    ],
    ['a command without content type', post(length + key), 415, 'unsupported-media-type'],
  ];
  for (const [what, sent, status, code] of cases) {
    const answer = await sent;
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), what);
    if (code !== '')
      t.match(answer, new RegExp(`application/problem\\+json[\\s\\S]*"code":"${code}"`), `${what}: a problem document`);
    t.match(answer, /x-request-id: [!-~]+\r\n/i, `${what}: has a request id`);
  }
});

// The last: nothing listens afterwards.
void t.test('A stop does not wait for the client of what was being answered', async (t) => {
  const answered: string[] = [];
  const socket = connect(port, '127.0.0.1', () =>
    socket.write('POST /parcels HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{'),
  );
  socket.on('data', (chunk: Buffer) => answered.push(chunk.toString()));
  const ended = once(socket, 'close');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = performance.now();
  const closed = app.close();
  setTimeout(() => socket.write('}'), 100);
  await Promise.all([closed, ended]);
  t.match(answered.join(''), /^HTTP\/1\.1 4/, 'it gets its answer');
  t.ok(performance.now() - started < 5_000, 'and its connection is not kept alive');
});
