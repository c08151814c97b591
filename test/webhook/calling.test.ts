import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { Refusal } from '../../src/platform/refusal.ts';
import { isPublic, requireCallable } from '../../src/webhook/addresses.ts';
import { nextAttempt, restAfter } from '../../src/webhook/rules.ts';
import { createSender } from '../../src/webhook/sender.ts';

const isCallable = (url: string, allowLocalhost = false): boolean => {
  try {
    requireCallable(url, allowLocalhost);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};

void t.test('Only https to a public host may be called', async (t) => {
  for (const url of [
    'https://erp.example.com/hooks',
    'https://erp.example.com:8443/hooks?tenant=1',
    'https://8.8.8.8/',
    'https://[2400:3200::1]/',
  ]) {
    t.ok(isCallable(url), url);
  }
  for (const url of [
    'http://erp.example.com/hooks',
    'ftp://erp.example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'not a url',
    '',
    'https://',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://intranet/',
    'https://db.internal/',
    'https://printer.local/',
    'https://a.localhost/',
    'https://user@erp.example.com/',
    'https://user:password@erp.example.com/',
    'https://erp.example.com/#part',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://2130706433/',
    'https://10.0.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[2001:db8::1]/',
    'https://[fc00::1]/',
    'https://[fd12:3456:789a::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://１２７.０.０.１/',
    'https://①②⑦.0.0.1/',
    'https://127。0。0。1/',
  ]) {
    t.notOk(isCallable(url), url);
  }
});

void t.test('In development this machine may be called, and nothing else besides', async (t) => {
  for (const url of ['http://localhost:3000/', 'http://127.0.0.1:3000/', 'http://[::1]:3000/']) {
    t.ok(isCallable(url, true), url);
    t.notOk(isCallable(url), url);
  }
  for (const url of ['ftp://localhost/', 'http://10.0.0.1/', 'http://erp.example.com/', 'http://user@localhost/']) {
    t.notOk(isCallable(url, true), url);
  }
});

void t.test('A name is no address', async (t) => {
  t.notOk(isPublic('example.com'));
  t.ok(isPublic('114.114.114.114'));
});

void t.test('Attempts are spread over 75 hours and a half', async (t) => {
  const now = new Date('2026-07-01T00:00:00Z');
  const seconds = (attempts: number, random = 0.5, wishS = 0) => {
    const next = nextAttempt(attempts, { now, random, wishS });
    return next === null ? null : (next.getTime() - now.getTime()) / 1000;
  };
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempts) => seconds(attempts) as number);
  t.same(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  t.equal(
    waits.reduce((sum, wait) => sum + wait, 0),
    272_105,
  );
  t.equal(seconds(10), null);
  t.same([seconds(2, 0), seconds(2, 1)], [270, 330], 'a tenth earlier or later');
  t.same([seconds(1, 0.5, 120), seconds(2, 0.5, 120)], [120, 300], 'a receiver may ask for more time, not for less');
  t.equal(seconds(1, 0.5, 999_999_999), 86_400);
  t.same(
    [1, 2, 3, 6, 7, 50].map((failures) => (restAfter(failures, now).getTime() - now.getTime()) / 1000),
    [1, 2, 4, 32, 60, 60],
  );
});

async function answering(t: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

void t.test('The address is checked when the name is resolved', async (t) => {
  let calls = 0;
  const port = await answering(t, (_request, response) => {
    calls += 1;
    response.end();
  });
  const strict = createSender({ timeoutMs: 2_000, allowLocalhost: false });
  const post = (host: string) => ({ url: `http://${host}:${port}/`, headers: {}, body: '{}' });
  t.match(await strict(post('localhost')), { status: null, reason: /not public/ });
  t.match(await strict(post('127.0.0.1')), { status: null, reason: /not public/ });
  t.match(await strict(post('[::1]')), { status: null, reason: /not public/ });
  t.equal(calls, 0);
  const relaxed = createSender({ timeoutMs: 2_000, allowLocalhost: true });
  t.match(await relaxed(post('localhost')), { status: 200, retryAfterS: null });
  t.equal(calls, 1);
});

void t.test('A receiver that is slow, endless, gone or redirects is an answer like any other', async (t) => {
  const send = createSender({ timeoutMs: 300, allowLocalhost: true });
  const to = async (listener: RequestListener) =>
    send({ url: `http://127.0.0.1:${await answering(t, listener)}/`, headers: {}, body: '{}' });
  t.match(await to(() => undefined), { status: null, reason: 'no answer in 300 ms' });
  t.match(
    await to((_request, response) => {
      response.write('x');
    }),
    { status: null, reason: 'no answer in 300 ms' },
    'an answer must end, too',
  );
  t.match(
    await to((_request, response) => {
      response.end(Buffer.alloc(1_000_000));
    }),
    { status: null, reason: /longer than 65536 bytes/ },
  );
  t.match(await to((request) => request.socket.destroy()), { status: null, reason: 'ECONNRESET' });
  t.match(
    await to((_request, response) => {
      response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    }),
    { status: 302 },
  );
  t.match(
    await to((_request, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end();
    }),
    { status: 429, retryAfterS: 30 },
  );
});
