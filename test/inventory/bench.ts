import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createClient, overHttp } from '../../src/demo/client.ts';
import { inventoryScene } from './scene.ts';

// Ratios taken in one run on one machine, each with the two raw figures behind it: the revaluation of many lots, as a
// new price causes it, against raw SQL that computes and writes the same; and releases of goods over HTTP, by sockets,
// against raw SQL that locks the same pledge and writes as many rows, each release in a transaction of its own.

const LOTS = Number(process.env.BENCH_LOTS ?? 100_000);
const PLEDGES = 100;
const RELEASES = 640;
const AT_ONCE = 64;

type Scene = Awaited<ReturnType<typeof inventoryScene>>;
const undo: (() => unknown)[] = [];
const folder = join(tmpdir(), `lianrong-inventory-bench-${process.pid}`);
mkdirSync(folder);
undo.push(() => rmSync(folder, { recursive: true, force: true }));

function record(what: string, ours: number, reference: number, unit: string, more = ''): void {
  const against = `reference ${reference.toFixed(0)} ${unit}: ${(ours / reference).toFixed(2)} ×`;
  console.log(`${what}\n  ours ${ours.toFixed(0)} ${unit}, ${against}${more}`);
}

/** Copies of a confirmed pledge and its lot, so many that a bank of the size would have them. */
async function multiply(owner: pg.Client, pledgeId: string, lotId: string): Promise<void> {
  await owner.query("set session_replication_role = 'replica'");
  await owner.query(
    'create temp table copies as select gen_random_uuid() as id, i from generate_series(1, $1::int) i',
    [PLEDGES],
  );
  await owner.query(
    `insert into inventory_pledge select (p).* from (select jsonb_populate_record(p, jsonb_build_object('id', c.id)) as p
       from inventory_pledge p, copies c where p.id = $1) made`,
    [pledgeId],
  );
  await owner.query(
    `insert into lot select (l).* from (select jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(),
              'pledge_id', c.id, 'marks', 'B-' || n)) as l
       from lot l, generate_series(1, $2::int) n join copies c on c.i = n % $3::int + 1 where l.id = $1) made`,
    [lotId, LOTS, PLEDGES],
  );
  await owner.query("set session_replication_role = 'origin'");
  await owner.query('analyze lot; analyze inventory_pledge; analyze lot_version');
}

async function benchRevaluation(scene: Scene, owner: pg.Client): Promise<void> {
  const measured = async (price: string): Promise<number> => {
    scene.advance(60_000);
    await scene.quote(price);
    const started = performance.now();
    await scene.service.work.revaluations();
    return performance.now() - started;
  };
  await measured('17000.00');
  const ours = Math.min(await measured('16900.00'), await measured('16800.00'), await measured('16700.00'));
  await owner.query('create table raw_valuation (pledge_id uuid, value numeric, lots integer, valued_at timestamptz)');
  const raw = async (): Promise<number> => {
    const started = performance.now();
    await owner.query(
      `with valued as (
         insert into raw_valuation
         select l.pledge_id, round(sum(l.quantity * p.price), 2), count(*), now()
           from lot l join lateral (select price from goods_price where grade_id = l.grade_id order by quoted_at desc limit 1) p on true
          where l.pledge_id is not null group by 1 returning pledge_id, value)
       update inventory_pledge set value = valued.value, version = version + 1 from valued where id = valued.pledge_id`,
    );
    return performance.now() - started;
  };
  await raw();
  const reference = Math.min(await raw(), await raw(), await raw());
  const rate = (ms: number): number => (LOTS / ms) * 1000;
  record(
    `revaluation of ${LOTS} lots in ${PLEDGES} pledges with journals, against raw SQL that values and writes the same`,
    rate(ours),
    rate(reference),
    'lots a second',
    ` (${ours.toFixed(0)} ms)`,
  );
}

/** What a release writes, as raw SQL on one locked pledge: how many of them a second, from eight connections. */
async function rawReleases(scene: Scene, pledgeId: string, lotIds: readonly string[]): Promise<number> {
  const pool = new pg.Pool({ connectionString: scene.ownerUrl, max: 8 });
  await pool.query(`create table raw_release (id uuid default gen_random_uuid() primary key, lot_id uuid, quantity numeric);
    create table raw_line (id bigint generated always as identity primary key, release_id uuid, path text, amount numeric);
    create table raw_lot as select id, quantity from lot; alter table raw_lot add primary key (id);
    create table raw_pledge as select id, value from inventory_pledge; alter table raw_pledge add primary key (id)`);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < RELEASES) {
      const lotId = lotIds[next++ % lotIds.length] as string;
      const client = await pool.connect();
      await client.query('begin');
      await client.query('select * from raw_pledge where id = $1 for update', [pledgeId]);
      await client.query('update raw_lot set quantity = quantity - 0.1 where id = $1', [lotId]);
      await client.query('update raw_pledge set value = value - 1705 where id = $1', [pledgeId]);
      await client.query(
        `with made as (insert into raw_release (lot_id, quantity) values ($1, 0.1) returning id)
         insert into raw_line (release_id, path, amount)
         select id, path, amount from made, (values ('9999', 1705), ('9003', -1705), ('event', 0), ('valuation', 0)) as l(path, amount)`,
        [lotId],
      );
      await client.query('commit');
      client.release();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: 8 }, lane));
  const seconds = (performance.now() - started) / 1000;
  await pool.end();
  return RELEASES / seconds;
}

async function benchReleases(scene: Scene): Promise<void> {
  const address = await scene.service.app.listen({ host: '127.0.0.1', port: 0 });
  const { credentials } = scene.pledgor.maker;
  const pledgor = createClient(overHttp(address), credentials, () => scene.clock.now().getTime());
  const lotIds: string[] = [];
  for (let i = 0; i < 8; i += 1) lotIds.push(await scene.lot('100.000'));
  const id = await scene.pledge(lotIds);
  await scene.draw(id, '5900000.00');
  const times: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < RELEASES) {
      const lotId = lotIds[next++ % lotIds.length] as string;
      const started = performance.now();
      const body = { lotId, quantity: '0.100' };
      const { status, json } = await pledgor.call('POST', `${scene.path(id)}/releases`, { body });
      if (status !== 201) throw new Error(JSON.stringify(json));
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const p = (share: number): string => (times[Math.floor(times.length * share)] as number).toFixed(0);
  record(
    `release of goods over HTTP, ${AT_ONCE} sockets, one pledge of ${lotIds.length} lots, against raw SQL on one row`,
    RELEASES / seconds,
    await rawReleases(scene, id, lotIds),
    'a second',
    `; p50 ${p(0.5)} ms, p99 ${p(0.99)} ms`,
  );
}

try {
  const scene = await inventoryScene({ teardown: (work: () => unknown) => undo.unshift(work) } as never);
  const owner = new pg.Client({ connectionString: scene.ownerUrl });
  owner.on('error', () => undefined);
  await owner.connect();
  undo.unshift(() => owner.end());
  await scene.quote('17050.00');
  await benchReleases(scene);
  const lotId = await scene.lot('5.000');
  await multiply(owner, await scene.pledge([lotId]), lotId);
  await benchRevaluation(scene, owner);
} finally {
  for (const work of undo) await work();
}
