import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { type Received, receiver, webhookBench } from '../webhook/bench.ts';

const stepsOf = (received: readonly Received[], objectId: string): number[] =>
  received.filter((each) => each.objectId === objectId).map(({ text }) => JSON.parse(text).data.data.step);

const service = webhookBench(t);

/** Only what the test made happen: the endpoint's own events are of no concern here. */
const parcels = (received: readonly Received[]) => received.filter(({ type }) => type.startsWith('parcel.'));

t.setTimeout(120_000);

void t.test('A delivery is signed as Standard Webhooks says', async (t) => {
  const [bench, { received, url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const { secret } = await bench.endpoint(url, ['parcel.*']);
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const objectId = randomUUID();
  await bench.happen(objectId, 1);
  await bench.deliver();
  t.equal(received.length, 1);
  const [{ headers, text }] = received as [Received];
  const payload = new Webhook(secret).verify(text, headers as Record<string, string>);
  t.match(payload, { type: 'parcel.moved', timestamp: bench.clock.now().toISOString() });
  t.match(payload, { data: { kind: 'parcel.moved', objectKind: 'parcel', objectId, data: { step: 1 } } });
  const { json } = await bench.call('GET', `/v1/events?objectId=${objectId}`);
  t.equal(headers['webhook-id'], json.items[0].id, 'its id is that of the event');
  t.throws(() => new Webhook(secret).verify(text.replace('"step":1', '"step":2'), headers as Record<string, string>));
  t.match(await bench.deliveries(), [{ state: 'delivered', attempts: 1, lastError: null }]);
  t.same(bench.faults, []);
});

void t.test('Events of an object arrive in order and once, with relays and senders at once', async (t) => {
  const [bench, { received, url, answers }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  await bench.endpoint(url, ['parcel.*']);
  answers(() => new Promise((resolve) => setImmediate(() => resolve(200))));
  const objects = Array.from({ length: 12 }, () => randomUUID());
  const [one, two] = [bench.workers(), bench.workers()];
  for (let step = 1; step <= 5; step += 1) {
    await Promise.all(objects.map((objectId) => bench.happen(objectId, step)));
    await Promise.all([one.outbox(), two.outbox(), two.deliver()]);
  }
  await Promise.all([bench.deliver(one), bench.deliver(two)]);
  await bench.deliver();
  for (const objectId of objects) t.same(stepsOf(received, objectId), [1, 2, 3, 4, 5]);
  t.equal(new Set(received.map(({ id }) => id)).size, 60);
  t.same(bench.faults, []);
});

void t.test('A later event waits while an earlier one of its object is retried; others do not', async (t) => {
  const [bench, { received, url, answers }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  await bench.endpoint(url, ['parcel.*']);
  const [stuck, free] = [randomUUID(), randomUUID()];
  answers(({ objectId }) => (objectId === stuck ? 500 : 200));
  await bench.happen(stuck, 1);
  await bench.happen(stuck, 2);
  await bench.deliver();
  t.match(await bench.deliveries(), [
    { state: 'failed', attempts: 1, lastError: 'answered 500' },
    { state: 'pending', attempts: 0 },
  ]);
  bench.pass(1_000);
  await bench.happen(free, 1);
  await bench.deliver();
  t.same(stepsOf(received, stuck), [1], 'not tried again before its time');
  t.same(stepsOf(received, free), [1]);

  answers(() => 200);
  bench.pass(4_000);
  await bench.deliver();
  t.same(stepsOf(received, stuck), [1, 1, 2]);
  t.same(
    (await bench.deliveries()).map(({ state }) => state),
    ['delivered', 'delivered', 'delivered'],
  );
});

void t.test('A receiver that fails does not hold up another', async (t) => {
  const [bench, good, bad] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t), receiver(t)]);
  await bench.endpoint(bad.url, ['parcel.*']);
  await bench.endpoint(good.url, ['parcel.*']);
  let release = () => {};
  const late = new Promise<number>((resolve) => {
    release = () => resolve(503);
  });
  bad.answers(() => late);
  const workers = bench.first;
  await bench.happen(randomUUID(), 1);
  await workers.outbox();
  await bad.reaches(1);
  for (let step = 2; step <= 4; step += 1) {
    await bench.happen(randomUUID(), step);
    await workers.outbox();
  }
  await good.reaches(4);
  t.equal(good.received.length, 4, 'while the other has not answered yet');
  release();
  await workers.idle();
});

void t.test('A delivery is given up after ten attempts, stays visible, and can be replayed', async (t) => {
  const [bench, { received, url, answers }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  await bench.endpoint(url, ['parcel.*']);
  answers(() => 301);
  const objectId = randomUUID();
  await bench.happen(objectId, 1);
  await bench.happen(objectId, 2);
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    await bench.deliver();
    t.equal(stepsOf(received, objectId).filter((step) => step === 1).length, attempt);
    bench.pass(86_400_000);
  }
  const [dead] = await bench.deliveries();
  t.match(dead, { state: 'dead', attempts: 10, lastError: 'answered 301' }, 'a redirect is not followed');
  answers(() => 200);
  await bench.deliver();
  t.same(stepsOf(received, objectId).slice(10), [2], 'what was given up holds nobody back');

  t.equal((await bench.call('POST', `/v1/webhook-deliveries/${dead?.id}/replay`)).status, 202);
  await bench.deliver();
  t.same(stepsOf(received, objectId).slice(10), [2, 1]);
  t.match((await bench.deliveries())[0], { state: 'delivered', attempts: 1 });
});

void t.test('Everything since an instant can be replayed, in order per object', async (t) => {
  const [bench, { received, url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const { id } = await bench.endpoint(url, ['parcel.*']);
  const objectId = randomUUID();
  await bench.happen(objectId, 1);
  bench.pass(10_000);
  const since = bench.clock.now().toISOString();
  await bench.happen(objectId, 2);
  await bench.happen(objectId, 3);
  await bench.deliver();
  t.equal((await bench.call('POST', `/v1/webhook-endpoints/${id}/replay`, { since })).status, 202);
  await bench.deliver();
  t.same(stepsOf(received, objectId), [1, 2, 3, 2, 3]);
  t.equal(new Set(received.map((each) => each.id)).size, 3, 'under the ids they had');
});

void t.test(
  'An event that was committed late is not missed, and none overtakes an earlier one of its object',
  async (t) => {
    const [bench, { received, url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
    await bench.endpoint(url, ['parcel.*']);
    const clients = await Promise.all(
      ['slow', 'late', 'early'].map(async () => {
        const client = new pg.Client({ connectionString: bench.ownerUrl });
        await client.connect();
        await client.query('begin');
        return client;
      }),
    );
    const [slow, late, early] = clients as [pg.Client, pg.Client, pg.Client];
    const objectId = randomUUID();
    const insert = (client: pg.Client, step: number, of = objectId) =>
      client.query(
        `insert into event (id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, created_at)
       values ($1, 'parcel.moved', 'parcel', $2, $3, array[$3]::uuid[], $3, $3, 'r', $4, $5)`,
        [randomUUID(), of, bench.bank, { step }, bench.clock.now().toISOString()],
      );
    // The transaction that ends up second on the object had its number first.
    await late.query('select pg_current_xact_id()');
    await slow.query('select pg_current_xact_id()');
    await insert(early, 1);
    await early.query('commit');
    await insert(late, 2);
    await late.query('commit');
    await bench.deliver();
    t.same(stepsOf(received, objectId), [1, 2], 'while an older transaction is still under way');

    const other = randomUUID();
    await insert(slow, 3, other);
    await slow.query('commit');
    await bench.happen(other, 4);
    await bench.deliver();
    t.same(stepsOf(received, other), [3, 4]);
    t.equal(parcels(received).length, 4);
    for (const client of clients) await client.end();
  },
);

void t.test('An organization is sent what it is a party to, and the kinds it wants', async (t) => {
  const [bench, all, some] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t), receiver(t)]);
  await bench.happen(randomUUID(), 0);
  bench.pass(1);
  await bench.endpoint(all.url);
  await bench.endpoint(some.url, ['parcel.lost']);
  const objectId = randomUUID();
  await bench.happen(objectId, 1);
  await bench.happen(objectId, 2, { kind: 'parcel.lost' });
  await bench.happen(objectId, 3, { parties: [bench.stranger] });
  await bench.deliver();
  t.same(
    parcels(all.received).map(({ type }) => type),
    ['parcel.moved', 'parcel.lost'],
  );
  t.same(
    some.received.map(({ type }) => type),
    ['parcel.lost'],
  );
});

void t.test('A paused endpoint is sent later, a disabled one nothing, and 410 disables', async (t) => {
  const [bench, { received, url, answers }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const { id } = await bench.endpoint(url, ['parcel.*']);
  const path = `/v1/webhook-endpoints/${id}`;
  const set = async (status: string) => {
    const { json } = await bench.call('GET', path);
    return bench.call('PATCH', path, { status }, { 'if-match': `"${json.version}"` });
  };
  const objectId = randomUUID();
  await set('paused');
  await bench.happen(objectId, 1);
  await bench.deliver();
  t.equal(received.length, 0);
  await set('active');
  await bench.deliver();
  t.same(stepsOf(received, objectId), [1]);

  answers(() => 410);
  await bench.happen(objectId, 2);
  await bench.deliver();
  t.equal((await bench.call('GET', path)).json.status, 'disabled');
  t.equal((await set('paused')).status, 409);
  await bench.happen(objectId, 3);
  await bench.deliver();
  answers(() => 200);
  t.equal((await set('active')).status, 200);
  bench.pass(10_000);
  await bench.deliver();
  t.same(stepsOf(received, objectId), [1, 2, 2]);
});

void t.test('A secret is changed without losing a delivery', async (t) => {
  const [bench, { received, url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const { id, secret } = await bench.endpoint(url, ['parcel.*']);
  const path = `/v1/webhook-endpoints/${id}`;
  const rotated = await bench.call('POST', `${path}/rotate-secret`, { previousValidHours: 1 }, { 'if-match': '"1"' });
  t.equal(rotated.status, 200);
  t.not(rotated.json.secret, secret);
  t.notOk('secret' in (await bench.call('GET', path)).json, 'it is not shown again');
  await bench.happen(randomUUID(), 1);
  await bench.deliver();
  const verifies = (with_: string, { text, headers }: Received) => {
    try {
      return new Webhook(with_).verify(text, headers as Record<string, string>) !== undefined;
    } catch {
      return false;
    }
  };
  const [both] = received as [Received];
  t.same([verifies(secret, both), verifies(rotated.json.secret, both)], [true, true]);
  t.equal(
    (await bench.call('POST', `${path}/rotate-secret`, { previousValidHours: 0 }, { 'if-match': '"2"' })).status,
    200,
  );
  await bench.happen(randomUUID(), 2);
  await bench.deliver();
  const [, last] = received as [Received, Received];
  t.same([verifies(secret, last), verifies(rotated.json.secret, last)], [false, false]);
});

void t.test('A secret is shown again to the same request within a day, and is kept nowhere', async (t) => {
  const [bench, { url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const key = { 'idempotency-key': 'once' };
  const first = await bench.call('POST', '/v1/webhook-endpoints', { url }, key);
  const again = await bench.call('POST', '/v1/webhook-endpoints', { url }, key);
  t.same(again.json, first.json);
  bench.pass(86_400_001);
  t.notOk('secret' in (await bench.call('POST', '/v1/webhook-endpoints', { url }, key)).json);
  const owner = new pg.Client({ connectionString: bench.ownerUrl });
  await owner.connect();
  const { rows } = await owner.query('select answer::text as text from command union all select data::text from event');
  await owner.end();
  t.ok(rows.length > 0 && rows.every(({ text }) => !text.includes('whsec_')));
});

void t.test('Endpoints and deliveries are their organization’s alone', async (t) => {
  const [bench, { url }] = await Promise.all([service.then(({ bankOf }) => bankOf(t)), receiver(t)]);
  const { id } = await bench.endpoint(url);
  await bench.happen(randomUUID(), 1);
  await bench.deliver();
  const [delivery] = await bench.deliveries('&state=delivered');
  const stranger = { authorization: `${bench.stranger} bank admin` };
  t.same((await bench.call('GET', '/v1/webhook-endpoints', undefined, stranger)).json.items, []);
  t.same((await bench.call('GET', '/v1/webhook-deliveries', undefined, stranger)).json.items, []);
  t.same((await bench.call('GET', '/v1/events', undefined, stranger)).json.items, []);
  t.equal((await bench.call('GET', `/v1/webhook-endpoints/${id}`, undefined, stranger)).status, 404);
  for (const path of [`webhook-endpoints/${id}/test`, `webhook-deliveries/${delivery?.id}/replay`]) {
    t.equal((await bench.call('POST', `/v1/${path}`, undefined, stranger)).status, 404, path);
  }
  const replay = await bench.call(
    'POST',
    `/v1/webhook-endpoints/${id}/replay`,
    { since: '2026-01-01T00:00:00Z' },
    stranger,
  );
  t.equal(replay.status, 404);
  const viewer = { authorization: `${bench.bank} bank viewer` };
  t.equal((await bench.call('POST', '/v1/webhook-endpoints', { url }, viewer)).status, 403);
});

void t.test('The audit trail names who acted to those who may know, and can be followed', async (t) => {
  const bench = await (await service).bankOf(t);
  const objectId = randomUUID();
  for (let step = 1; step <= 3; step += 1)
    await bench.happen(objectId, step, { parties: [bench.bank, bench.stranger] });
  const { json } = await bench.call('GET', '/v1/events?kind=parcel.moved');
  t.same(
    json.items.map((event: { data: { step: number } }) => event.data.step),
    [3, 2, 1],
  );
  t.match(json.items[0], { objectId, objectKind: 'parcel', actorOrgId: bench.bank, actorPersonId: /^0{8}-/ });
  const stranger = { authorization: `${bench.stranger} bank viewer` };
  const follow = () => bench.call('GET', `/v1/events?objectId=${objectId}&sort=committed&limit=2`, undefined, stranger);
  let seen = await follow();
  // The list ends before what is still being written, by any transaction of the server, those of other tests included.
  for (let again = 0; again < 1000 && seen.json.nextCursor === null; again += 1) seen = await follow();
  t.match(seen.json.items, [{ actorPersonId: null, data: { step: 1 } }, { data: { step: 2 } }]);
  const rest = await bench.call(
    'GET',
    `/v1/events?objectId=${objectId}&sort=committed&cursor=${seen.json.nextCursor}`,
    undefined,
    stranger,
  );
  t.match(rest.json, { items: [{ data: { step: 3 } }], nextCursor: null });
});
