import { randomUUID } from 'node:crypto';
import t from 'tap';
import { connect, type Tx, writeIn } from '../../src/platform/database.ts';
import { freshDatabase } from '../harness/database.ts';

t.setTimeout(120_000);

const { ownerUrl } = await freshDatabase(t);
const database = connect({ url: ownerUrl, writers: 4, readers: 1 });
t.teardown(() => database.close());
const chainId = randomUUID();
const [drawer, payee, bank] = [randomUUID(), randomUUID(), randomUUID()];
const TITLE = JSON.stringify({ steps: [], guarantors: [] });

const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => writeIn(database.writers, [chainId], work);

type Range = readonly [first: number, last: number];

async function hold(tx: Tx, billId: string, [first, last]: Range): Promise<string> {
  const id = randomUUID();
  await tx.query(
    'test.hold',
    `insert into bill_holding (id, bill_id, chain_id, first_unit, last_unit, amount, holder_id, standing, live, title, created_at)
     values ($1, $2, $3, $4::bigint, $5::bigint, ($5::bigint - $4::bigint + 1) / 100.0, $6, 'received.circulating', true, $7, now())`,
    [id, billId, chainId, first, last, payee, TITLE],
  );
  return id;
}

async function draw(tx: Tx, face: string, ranges: readonly Range[]) {
  const id = randomUUID();
  await tx.query(
    'test.draw',
    `insert into bill (id, chain_id, reference, kind, drawer_id, payee_id, acceptor_id, bank_id, face, first_unit, last_unit,
       issue_date, due_date, maturity_date, presentable_until, provisional, transferable, registered_by, created_at)
     values ($1, $2, 'HP-1', 'commercial', $3, $4, $3, $5, $6::numeric, 1, ($6::numeric * 100)::bigint, '2026-07-01',
       '2026-12-31', '2026-12-31', '2027-01-11', false, true, $3, now())`,
    [id, chainId, drawer, payee, bank, face],
  );
  const holdings: string[] = [];
  for (const range of ranges) holdings.push(await hold(tx, id, range));
  return { id, holdings };
}

const shrink = (tx: Tx, id: string | undefined, [first, last]: Range) =>
  tx.query(
    'test.shrink',
    'update bill_holding set first_unit = $2, last_unit = $3::bigint, amount = ($3::bigint - $2::bigint + 1) / 100.0 where id = $1',
    [id, first, last],
  );

const tiles = { code: '23000', constraint: 'bill_holdings_tile' };
const overlaps = { code: '23P01', constraint: 'bill_holding_disjoint' };

void t.test('The holdings of a package tile it', async (t) => {
  await t.resolves(
    write((tx) =>
      draw(tx, '10.00', [
        [1, 300],
        [301, 1000],
      ]),
    ),
    'whole',
  );
  await t.rejects(
    write((tx) => draw(tx, '10.00', [])),
    tiles,
    'a bill that nobody holds',
  );
  await t.rejects(
    write((tx) =>
      draw(tx, '10.00', [
        [1, 300],
        [302, 1000],
      ]),
    ),
    tiles,
    'a gap of one unit',
  );
  await t.rejects(
    write((tx) => draw(tx, '10.00', [[1, 999]])),
    tiles,
    'a missing end',
  );
  await t.rejects(
    write((tx) =>
      draw(tx, '10.00', [
        [1, 300],
        [300, 1000],
      ]),
    ),
    { code: /^23/ },
    'an overlap of one unit',
  );
  await t.rejects(
    write((tx) =>
      draw(tx, '10.00', [
        [1, 1000],
        [1001, 1001],
      ]),
    ),
    tiles,
    'a unit beyond the package',
  );
  await t.rejects(
    write((tx) =>
      draw(tx, '10.00', [
        [1, 500],
        [501, 999],
        [999, 999],
      ]),
    ),
    overlaps,
    'a gap that an overlap of the same size hides',
  );
});

void t.test('Whoever shrinks or closes a holding puts another in its place', async (t) => {
  const bill = await write((tx) => draw(tx, '10.00', [[1, 1000]]));
  const [holding] = bill.holdings;
  await t.rejects(
    write((tx) => shrink(tx, holding, [1, 400])),
    tiles,
    'shrunk without cover',
  );
  await t.rejects(
    write(async (tx) => {
      await shrink(tx, holding, [1, 400]);
      await hold(tx, bill.id, [402, 1000]);
    }),
    tiles,
    'covered but for a unit',
  );
  await t.rejects(
    write((tx) =>
      tx.query('test.close', 'update bill_holding set live = false, merged_into_id = id where id = $1', [holding]),
    ),
    tiles,
    'closed without cover',
  );
  await t.rejects(
    write((tx) => hold(tx, bill.id, [400, 500])),
    overlaps,
    'held twice',
  );
  await t.resolves(
    write(async (tx) => {
      await hold(tx, bill.id, [401, 1000]);
      await shrink(tx, holding, [1, 400]);
    }),
    'cut in two',
  );
  await t.rejects(
    write((tx) => shrink(tx, holding, [1, 401])),
    overlaps,
    'grown into its neighbour',
  );
  const other = await write((tx) => draw(tx, '10.00', [[1, 1000]]));
  await t.rejects(
    write((tx) => tx.query('test.move', 'update bill_holding set bill_id = $2 where id = $1', [holding, other.id])),
    { code: /^23/ },
    'moved to another package',
  );
  await t.rejects(
    write((tx) => tx.query('test.alter', 'update bill set due_date = due_date + 1 where id = $1', [bill.id])),
    { code: '23000', constraint: 'bill_unaltered' },
    'a bill is not altered (票据法 art. 9)',
  );
});

void t.test('Two at once cannot take the same units', async (t) => {
  const bill = await write((tx) => draw(tx, '10.00', [[1, 1000]]));
  const cut = (at: number) =>
    write(async (tx) => {
      await hold(tx, bill.id, [at, 1000]);
      await shrink(tx, bill.holdings[0], [1, at - 1]);
    });
  const outcomes = await Promise.allSettled([cut(300), cut(600)]);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

void t.test('Proving the tiling costs the same however many holdings a package has', async (t) => {
  const many = await write((tx) => draw(tx, '300.00', [[1, 30_000]]));
  await write(async (tx) => {
    await shrink(tx, many.holdings[0], [1, 1]);
    await tx.query(
      'test.many',
      `insert into bill_holding (id, bill_id, chain_id, first_unit, last_unit, amount, holder_id, standing, live, title, created_at)
       select gen_random_uuid(), $1, $2, n, n, 0.01, $3, 'received.circulating', true, $4, now()
         from generate_series(2, 30000) as n`,
      [many.id, chainId, payee, TITLE],
    );
  });
  const reads = async (name: string, text: string, values: readonly unknown[]) => {
    const [row] = await write((tx) =>
      tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(name, `explain (analyze, format json) ${text}`, values),
    );
    return rowsTouched(row?.['QUERY PLAN'][0].Plan as PlanNode);
  };
  const first = await reads(
    'test.first',
    'select first_unit from bill_holding where bill_id = $1 and live and first_unit <= $2 order by first_unit desc limit 1',
    [many.id, 14_000],
  );
  const range = await reads(
    'test.range',
    `select sum(least(last_unit, $3) - greatest(first_unit, $2) + 1) from bill_holding
      where bill_id = $1 and live and first_unit between $2 and $3 and last_unit >= $2`,
    [many.id, 14_000, 14_010],
  );
  t.ok(first <= 3 && range <= 13, `the question reads ${first} + ${range} rows of 30,000`);
  t.equal(await write((tx) => covers(tx, many.id, [14_000, 14_010])), 11);
  const [read] = await write(async (tx) => {
    const [row] = await tx.query<{ id: string }>(
      'test.at',
      'select id from bill_holding where bill_id = $1 and live and first_unit = 20000',
      [many.id],
    );
    await tx.query('test.swap', 'update bill_holding set live = false, merged_into_id = id where id = $1', [row?.id]);
    await hold(tx, many.id, [20_000, 20_000]);
    await tx.query('test.prove', 'set constraints all immediate');
    return tx.query<{ n: string }>(
      'test.touched',
      "select seq_tup_read + idx_tup_fetch as n from pg_stat_xact_user_tables where relname = 'bill_holding'",
    );
  });
  t.ok(Number(read?.n) > 0 && Number(read?.n) < 50, `a cut and its proof read ${read?.n} rows`);
});

type PlanNode = Readonly<{ 'Actual Rows': number; 'Rows Removed by Filter'?: number; Plans?: readonly PlanNode[] }>;
const rowsTouched = (node: PlanNode): number =>
  node['Actual Rows'] +
  (node['Rows Removed by Filter'] ?? 0) +
  (node.Plans ?? []).reduce((sum, below) => sum + rowsTouched(below), 0);

async function covers(tx: Tx, billId: string, [low, high]: Range): Promise<number> {
  const [row] = await tx.query<{ n: string }>('test.covers', 'select bill_units_covered($1, $2, $3) as n', [
    billId,
    low,
    high,
  ]);
  return Number(row?.n);
}
