import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/demo/client.ts';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { discountScene } from './discount-scene.ts';

// A call that discounts 1,000 bills against raw SQL that writes the same rows, and discounts over HTTP from 64 callers,
// on a server with durable commits: `TAP_TIMEOUT=600 node --import=tsx test/bill/discount-bench.ts`.

const BILLS = 1_000;
const CALLERS = 64;
const DEALS = 640;
const folder = join(tmpdir(), `lianrong-discount-bench-${process.pid}`);

async function timed<T>(work: () => Promise<T>): Promise<readonly [ms: number, answer: T]> {
  const started = performance.now();
  const answer = await work();
  return [performance.now() - started, answer];
}

const told = (what: string, ms: number, count: number) =>
  console.log(`${what}: ${ms.toFixed(0)} ms, ${((count / ms) * 1000).toFixed(0)} a second`);

type Scene = Awaited<ReturnType<typeof discountScene>>;

/** The rows that taking a quote of these bills writes, without rules, locks or answers. */
async function rawRows({ sql }: Scene, discountId: string): Promise<number> {
  await sql('create table raw_offer as select * from bill_offer limit 0');
  await sql('create table raw_line (like bill_discount_line including all)');
  await sql('create table raw_holding as select * from bill_holding');
  await sql('alter table raw_holding add primary key (id)');
  await sql('create table raw_event as select * from event limit 0');
  const [ms] = await timed(() =>
    sql(
      `with o as (insert into raw_offer select * from bill_offer where batch_id = $1 returning holding_id, id),
            l as (insert into raw_line select * from bill_discount_line where discount_id = $1),
            h as (update raw_holding set standing = 'received.locked', offer_id = o.id from o where raw_holding.id = o.holding_id)
       insert into raw_event select e.* from event e join bill_offer b on b.id = e.object_id where b.batch_id = $1`,
      [discountId],
    ),
  );
  return ms;
}

async function thousand(scene: Scene): Promise<void> {
  const { first, bank } = scene;
  const items = (await scene.readyMany(BILLS, '1234.56')).map(({ holdingId }) => ({ holdingId }));
  await scene.ask(first, items.slice(0, 10));
  const [quoting, { banks }] = await timed(() => scene.ask(first, items));
  told(`one call quotes ${BILLS} bills at ${banks.length} banks`, quoting, BILLS);
  const { quote } = banks.find(({ bookId }: Json) => bookId === bank.id);
  await scene.accountOf(first);
  const [taking, taken] = await timed(() => scene.take(first, quote.id));
  told(`one call takes the quote of ${BILLS} bills`, taking, BILLS);
  const raw = await rawRows(scene, taken.id);
  console.log(`  raw SQL that writes the same rows: ${raw.toFixed(0)} ms: ${(raw / taking).toFixed(2)} ×`);
  await scene.approve(taken);
  const [settling] = await timed(() => scene.settle());
  told(`the money settles, ${BILLS} bills pass to the bank`, settling, BILLS);
}

async function overHttp(scene: Scene, address: string): Promise<void> {
  const { first, otherBank, chainId } = scene;
  const holdings = await scene.readyMany(DEALS, '1000.00');
  const token = await first.maker.token();
  const payeeAccountId = await scene.accountOf(first);
  const programmes = await first.maker.get(`/v1/programmes?chainId=${chainId}`);
  const programmeIds = programmes.items.filter(({ bookId }: Json) => bookId === otherBank.id).map(({ id }: Json) => id);
  const latencies: number[] = [];
  let sent = 0;
  const post = async (path: string, body: object): Promise<Json> => {
    sent += 1;
    const started = performance.now();
    const answer = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `bench-${process.pid}-${sent}`,
      },
      body: JSON.stringify(body),
    });
    const json = await answer.json();
    latencies.push(performance.now() - started);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  };
  const queue = [...holdings];
  const caller = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const body = { items: [{ holdingId: next.holdingId }], programmeIds };
      const { banks } = await post(`/v1/chains/${chainId}/bill-discount-quotes`, body);
      await post('/v1/bill-discounts', { quoteId: banks[0].quote.id, payeeAccountId });
    }
  };
  const [ms] = await timed(() => Promise.all(Array.from({ length: CALLERS }, caller)));
  const sorted = latencies.sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(sorted.length * part)]?.toFixed(0);
  told(`discount over HTTP, a quote and its deal each, ${CALLERS} callers, ${DEALS} deals`, ms, DEALS);
  console.log(`  each request p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
process.env.LIANRONG_TEST_SERVER = server.url;
const endings: (() => unknown)[] = [];
try {
  const scene = await discountScene({ teardown: (end: () => unknown) => void endings.push(end) } as never);
  await scene.otherProgramme();
  const address = await scene.service.app.listen({ host: '127.0.0.1', port: 0 });
  await thousand(scene);
  await overHttp(scene, address);
} finally {
  for (const end of endings.reverse()) await end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
