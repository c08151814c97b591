import { randomUUID } from 'node:crypto';
import t from 'tap';
import { httpBench, maker } from './http-bench.ts';

const parcel = { name: '济南示范机械有限公司', amount: '1.00', dueOn: '2026-09-30' };
const json = 'application/json';

const nextKey = (): string => randomUUID();
/** A value as it may stand in the name of an assertion. */
const shown = (value: unknown): string => encodeURI([...JSON.stringify(value)].slice(0, 40).join(''));

const { app } = await httpBench(t);

void t.test('A body', async (t) => {
  const send = async (payload: Buffer | string | undefined, headers: Record<string, string> = {}, url = '/parcels') =>
    app.inject({
      method: 'POST',
      url,
      headers: { authorization: maker, 'idempotency-key': nextKey(), 'content-type': json, ...headers },
      ...(payload !== undefined && { payload }),
    });
  const text = JSON.stringify(parcel);
  const withNote = (note: string): string => `{"note":"${note}",${text.slice(1)}`;
  const nested = (depth: number): string => `{"note":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const keys = (n: number): string => `{${Array.from({ length: n }, (_, i) => `"k${i}":0`).join(',')}}`;

  await t.test('of one well-formed JSON document in UTF-8 is taken', async (t) => {
    const taken: [string, string | Buffer, Record<string, string>?][] = [
      ['plain', text],
      ['with charset', text, { 'content-type': 'application/json; charset=UTF-8' }],
      ['with spaces around', ` \r\n\t${text} \n`],
      ['with escapes', withNote('\\u6d4e\\u5357 \\ud842\\udfb7 \\n \\/')],
      ['with the same name in two objects', `${text.slice(0, -1)},"contents":[{"name":"a"},{"name":"a"}]}`],
      ['with identity encoding', text, { 'content-encoding': 'identity' }],
    ];
    for (const [what, body, headers] of taken) t.equal((await send(body, headers)).statusCode, 201, what);
  });

  await t.test('of any other kind is refused with a stable code', async (t) => {
    const refused: [string, Buffer | string | undefined, number, string, string?][] = [
      ['none', undefined, 400, 'invalid-input', ''],
      ['empty', '', 400, 'invalid-input', ''],
      ['spaces', '  ', 400, 'malformed-body'],
      ['null', 'null', 400, 'invalid-input', ''],
      ['a list', '[]', 400, 'invalid-input', ''],
      ['a text', '"x"', 400, 'invalid-input', ''],
      ['a number', '7', 400, 'invalid-input', ''],
      ['cut off', text.slice(0, -5), 400, 'malformed-body'],
      ['trailing bytes', `${text}x`, 400, 'malformed-body', ''],
      ['two documents', `${text}${text}`, 400, 'malformed-body', ''],
      ['a comma too many', `${text.slice(0, -1)},}`, 400, 'malformed-body'],
      ['a single-quoted text', "{'name':1}", 400, 'malformed-body'],
      ['byte order mark', `\ufeff${text}`, 400, 'malformed-body'],
      ['UTF-16', Buffer.from(text, 'utf16le'), 400, 'malformed-body'],
      ['GBK', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xbc, 0xc3, 0x22, 0x7d]), 400, 'malformed-body'],
      ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0x80, 0x22]), 400, 'malformed-body'],
      ['a key twice', `{"amount":"9.00",${text.slice(1)}`, 400, 'malformed-body', '/amount'],
      ['a key twice, once escaped', `{"\\u0061mount":"9.00",${text.slice(1)}`, 400, 'malformed-body', '/amount'],
      ['a nested key twice', '{"contents":[{},{"name":"a","name":"b"}]}', 400, 'malformed-body', '/contents/1/name'],
      ['__proto__', '{"__proto__":{}}', 400, 'malformed-body', '/__proto__'],
      ['__proto__ deeper, escaped', '{"a":{"\\u005f_proto__":1}}', 400, 'malformed-body', '/a/__proto__'],
      ['constructor.prototype', '{"constructor":{"prototype":{}}}', 400, 'malformed-body', '/constructor'],
      ['NUL', withNote('a\\u0000b'), 400, 'malformed-body', '/note'],
      ['a raw control character', withNote('a\u0001b'), 400, 'malformed-body', '/note'],
      ['half a surrogate pair', withNote('\\ud842'), 400, 'malformed-body', '/note'],
      ['the other half', withNote('\\udfb7'), 400, 'malformed-body', '/note'],
      ['halves in the wrong order', withNote('\\udfb7\\ud842'), 400, 'malformed-body', '/note'],
      ['an unknown escape', withNote('\\x41'), 400, 'malformed-body', '/note'],
      ['2^53 + 1', '{"pieces":9007199254740993}', 400, 'malformed-body', '/pieces'],
      ['400 digits', `{"pieces":${'9'.repeat(400)}}`, 400, 'malformed-body', '/pieces'],
      ['minus zero', '{"pieces":-0}', 400, 'malformed-body', '/pieces'],
      ['1e0', '{"pieces":1e0}', 400, 'malformed-body', '/pieces'],
      ['5.0', '{"pieces":5.0}', 400, 'malformed-body', '/pieces'],
      ['01', '{"pieces":01}', 400, 'malformed-body', '/pieces'],
      ['NaN', '{"pieces":NaN}', 400, 'malformed-body', '/pieces'],
      ['20 levels', nested(20), 400, 'invalid-input', '/name'],
      ['21 levels', nested(21), 400, 'malformed-body'],
      ['10,000 levels', nested(10_000), 400, 'malformed-body'],
      ['256 KB and a byte', JSON.stringify('x'.repeat(256 * 1024 - 1)), 413, 'body-too-large'],
      ['an unknown property', `{"status":"APPROVED",${text.slice(1)}`, 400, 'invalid-input', '/status'],
    ];
    for (const [what, body, status, code, field] of refused) {
      const answer = await send(body);
      const problem = answer.json();
      t.equal(answer.headers['content-type'], 'application/problem+json', what);
      t.match({ ...problem, http: answer.statusCode }, { http: status, status, code }, what);
      if (field !== undefined) t.equal(problem.field, field, `${what}: names the field`);
    }
  });

  await t.test('of a route with its own limit may be large, an object in it may not', async (t) => {
    const many = JSON.stringify({ parcels: Array.from({ length: 30_000 }, () => parcel) });
    t.equal((await send(many, {}, '/parcels/import')).statusCode, 201);
    t.equal((await send(keys(100_001), {}, '/parcels/import')).json().code, 'malformed-body');
    t.equal((await send(keys(100_000), {}, '/parcels/import')).json().code, 'invalid-input');
  });

  await t.test('in another form than JSON in UTF-8, uncompressed, is refused', async (t) => {
    const forms: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json; charset=gbk' },
      { 'content-type': 'application/json; charset="utf-16"' },
      { 'content-type': 'application/jsonx' },
      { 'content-type': 'nonsense' },
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'br, gzip' },
    ];
    for (const headers of forms) {
      const answer = await send(text, headers);
      t.match([answer.statusCode, answer.json().code], [415, 'unsupported-media-type'], JSON.stringify(headers));
    }
  });

  await t.test('sent to an operation that takes none is refused, an empty object is none', async (t) => {
    const created = (await send(text)).json();
    const sendBack = (payload: object) =>
      app.inject({
        method: 'POST',
        url: `/parcels/${created.id}/return`,
        headers: { authorization: maker, 'idempotency-key': nextKey(), 'if-match': '"1"' },
        payload,
      });
    t.match((await sendBack({ reason: 'x' })).json(), { status: 400, code: 'invalid-input', in: 'body' });
    t.equal((await sendBack({})).statusCode, 200);
  });
});

void t.test('A field', async (t) => {
  const refusalOf = async (change: Record<string, unknown>): Promise<string> => {
    const payload = JSON.stringify({ ...parcel, ...change });
    const answer = await app.inject({
      method: 'POST',
      url: '/parcels',
      headers: { authorization: maker, 'idempotency-key': nextKey(), 'content-type': json },
      payload,
    });
    if (answer.statusCode === 201) return 'taken';
    const { status, code, field, accepted } = answer.json();
    return accepted ? `${status} ${code} ${field}` : 'says not what is accepted';
  };
  const wide = (n: number): string => '𠮷'.repeat(n);
  const fields: Record<string, { taken: unknown[]; refused: unknown[] }> = {
    amount: {
      taken: ['0.01', '999999999999999.99'],
      refused: [
        ...[12.34, 1, true, null, [], ['1.00'], {}, '', '1', '1.0', '1.000', '1.005', '01.00', '.50', '5.', '+1.00'],
        ...['-1.00', '-0.00', ' 1.00', '1.00 ', '1.00\n', '1,000.00', '1_000.00', '1e3', '1E+3', '0x10', 'NaN'],
        ...['Infinity', '￥1.00', '1.00元', '１.００', '١.٠٠', '1.00\u200b', '\u22121.00', '壹佰元'],
        ...['1000000000000000.00', `${'9'.repeat(400)}.00`],
      ],
    },
    dueOn: {
      taken: ['2024-02-29', '1900-01-01', '2999-12-31'],
      refused: [
        ...['2024-02-30', '2023-02-29', '2100-02-29', '0000-01-01', '9999-12-31', '10000-01-01', '-0001-01-01'],
        ...['infinity', 'today', 'now', 'epoch', '20240101', '2024-1-1', '01/02/2024', '2024-13-01', '2024-00-10'],
        ...['2024-01-01T00:00:00Z', '２０２４-01-01', 20240101, null],
      ],
    },
    sentAt: {
      taken: ['2026-07-01T10:00:00Z', '2026-07-01T10:00:00.123+08:00'],
      refused: [
        ...['2026-07-01 10:00:00Z', '2026-07-01T10:00:00', '2026-07-01T24:00:00Z', '2026-07-01T23:59:60Z'],
        ...['2026-07-01T10:00:00+0800', '2026-07-01T10:00:00+25:00', '2026-07-01T10:00:00[Asia/Shanghai]'],
        ...['2026-07-01T10:00:00.123456789Z', '2026-02-30T10:00:00Z', 1751335200000, null],
      ],
    },
    pieces: { taken: [0, 2 ** 31, 2 ** 53 - 1], refused: [-1, 1.5, '5', true, null, []] },
    fragile: { taken: [true, false], refused: ['true', 0, 1, null, []] },
    way: { taken: ['road', null], refused: ['Road', 'road ', 'sea', ['road'], 0, ''] },
    contents: {
      taken: [[{ name: 'a' }], Array(3).fill({ name: 'a' })],
      refused: [[], Array(4).fill({ name: 'a' }), {}, 'a', [null], [{}], [{ name: 'a', weight: 1 }]],
    },
    sender: {
      taken: ['91350100M000100Y43'],
      refused: [
        ...['91350100M000100Y4Z', '91350100m000100y43', '91350100M000100Y4', '913501000000000', '91350100I000100Y43'],
        ...['９1350100M000100Y43', ' 91350100M000100Y43', 91350100, null],
      ],
    },
    name: {
      taken: ['a', '示范 公司', wide(200), "' OR 1=1--", '{{7*7}}', '=cmd()', '<script>', '#{jndi:x}', '..\\%/'],
      refused: [
        ...['', ' ', 'a ', ' a', 'a\u3000', 'a\tb', 'a\nb', 'a\r', 'a\u0007', 'a\u0085', 'a\u001b[31m', 'a\u2028b'],
        ...['a\u202eb', 'a\u200bb', 'a\ufeffb', 'a\u00adb', 'a\ue000', 'a\ufdd0', `e${'\u0301'.repeat(10_000)}`],
        ...['e\u0301', '\uf900', wide(201), '👨\u200d👩', 1, null],
      ],
    },
    note: {
      taken: ['line\nline\tend', wide(2000), ' indented'],
      refused: ['', ' \n ', 'a\rb', 'a\u0008', 'a\u202eb', wide(2001), `e${'\u0301'.repeat(4)}`],
    },
  };

  for (const [field, { taken, refused }] of Object.entries(fields)) {
    await t.test(`${field}: takes every value of its form and refuses every other`, async (t) => {
      const pathOf = (verdict: string): string => verdict.replace(/(\/contents).*/, '$1');
      for (const value of taken) t.equal(await refusalOf({ [field]: value }), 'taken', shown(value));
      for (const value of refused) {
        const verdict = pathOf(await refusalOf({ [field]: value }));
        t.equal(verdict, `400 invalid-input /${field}`, shown(value));
      }
    });
  }
});

void t.test('A query', async (t) => {
  const ask = (query: string) => app.inject({ url: `/parcels?${query}`, headers: { authorization: maker } });

  await t.test('of the described parameters in their one spelling is taken', async (t) => {
    for (const query of [
      'limit=1',
      'limit=200',
      'sort=due',
      'heavy=true',
      'version=1&version=2',
      'version=3',
      'name=%25_',
    ]) {
      t.equal((await ask(query)).statusCode, 200, query);
    }
  });

  await t.test('of any other is refused with the parameter named', async (t) => {
    const refused: [string, string][] = [
      ...['0', '-1', '1e1', '1.0', '01', '+1', '0x1', '%D9%A3', '999999999999', '', '201', ' 1', 'true'].map(
        (limit): [string, string] => [`limit=${limit}`, '/limit'],
      ),
      ['limit=1&limit=2', '/limit'],
      ['sort=secret', '/sort'],
      ['sort=newest&sort=due', '/sort'],
      ['heavy=1', '/heavy'],
      ['heavy=TRUE', '/heavy'],
      ['version=1&version=x', '/version/1'],
      ['version=1&version=2&version=3&version=4', '/version'],
      ['status=x', '/status'],
      ['limit[]=1', '/limit[]'],
      ['__proto__=1', '/__proto__'],
      [`name=${'x'.repeat(10_000)}`, '/name'],
      ['name=%00', '/name'],
    ];
    for (const [query, field] of refused) {
      const answer = await ask(query);
      t.match(
        answer.json(),
        { status: 400, code: 'invalid-input', in: 'query', field, accepted: String },
        query.slice(0, 60),
      );
    }
  });

  await t.test('is refused on a route that describes none', async (t) => {
    const answer = await app.inject({ url: '/failure?debug=1' });
    t.match(answer.json(), { status: 400, field: '/debug' });
  });
});

void t.test('An identifier in a path is a UUID in lower case; what is none exists nowhere', async (t) => {
  const read = (id: string) => app.inject({ url: `/parcels/${id}`, headers: { authorization: maker } });
  const id = '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10';
  const wrong = [
    'x',
    id.toUpperCase(),
    `{${id}}`,
    '00000000-0000-0000-0000-000000000000',
    `${id}%00`,
    `${id}%0a`,
    'a%2fb',
  ];
  for (const each of [...wrong, "'%20OR%201=1--", '%F0%A0%AE%B7']) {
    t.match((await read(each)).json(), { status: 400, code: 'invalid-input', in: 'path', field: '/id' }, each);
  }
  t.match((await read(id)).json(), { status: 404, code: 'not-found' });
});
