import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { billScene } from '../harness/bill-scene.ts';

// How the cost of an operation grows with the holdings of one package, and endorsements from many callers, on a server
// with durable commits: `TAP_TIMEOUT=600 node --import=tsx test/bill/package-bench.ts`.

const SIZES = [1, 1_000, 10_000, 100_000];
const ROUNDS = 40;
const CALLERS = 32;
const folder = join(tmpdir(), `lianrong-package-bench-${process.pid}`);

type Scene = Awaited<ReturnType<typeof billScene>>;

/** Cuts a holding into parts of a hundred units as endorsements of parts would: the last part keeps its id. */
const cut = ({ sql }: Scene, holdingId: string, parts: number) =>
  sql(
    `with whole as (select h as row, first_unit, last_unit from bill_holding h where id = $1),
          made as (insert into bill_holding
                   select (jsonb_populate_record(row, jsonb_build_object('id', gen_random_uuid(), 'amount', 1,
                             'first_unit', first_unit + 100 * (n - 1), 'last_unit', first_unit + 100 * n - 1,
                             'parent_id', $1::uuid))).*
                     from whole, generate_series(1, $2::integer) n)
     update bill_holding h set first_unit = whole.first_unit + 100 * $2::integer, amount = h.amount - $2::integer
       from whole where h.id = $1`,
    [holdingId, parts],
  );

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

/** Endorses parts of one holding, one after the other. Answers the median of the calls in ms. */
async function endorsements({ first, second }: Scene, holdingId: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    const items = [{ holdingId, amount: '1.00' }];
    await first.maker.post('/v1/bill-endorsements', { items, toId: second.id, evidence: 'HT-2026-07' });
    times.push(performance.now() - started);
  }
  return median(times);
}

async function many({ first, second }: Scene, holdingId: string): Promise<number> {
  const started = performance.now();
  const call = () =>
    first.maker.post('/v1/bill-endorsements', {
      items: [{ holdingId, amount: '1.00' }],
      toId: second.id,
      evidence: 'HT-2026-07',
    });
  for (let round = 0; round < ROUNDS / 4; round += 1) await Promise.all(Array.from({ length: CALLERS }, call));
  return ((ROUNDS / 4) * CALLERS * 1000) / (performance.now() - started);
}

const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
process.env.LIANRONG_TEST_SERVER = server.url;
const endings: (() => unknown)[] = [];
try {
  const scene = await billScene({ teardown: (end: () => unknown) => void endings.push(end) } as never);
  for (const size of SIZES) {
    const { holdingId } = await scene.issue({ face: '1000000.00' });
    if (size > 1) await cut(scene, holdingId, size - 1);
    const ms = await endorsements(scene, holdingId);
    console.log(`endorse a part of a package of ${size} holdings: ${ms.toFixed(1)} ms in the median`);
  }
  const { holdingId } = await scene.issue({ face: '1000000.00' });
  const rate = await many(scene, holdingId);
  console.log(`${CALLERS} callers at once on one holding: ${rate.toFixed(0)} endorsements a second`);
} finally {
  for (const end of endings.reverse()) await end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
