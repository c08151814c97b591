import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import pg from 'pg';
import { createService, type Service } from '../../src/app.ts';
import { demoUscc, type Stage } from '../../src/demo/cast.ts';
import { createClient, overHttp } from '../../src/demo/client.ts';
import { type Scene, setScene } from '../../src/demo/scene.ts';
import { bootstrapOperator } from '../../src/identity/bootstrap.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { installJobs } from '../../src/platform/jobs.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { readSettings } from '../../src/platform/settings.ts';

// Ratios taken in one run on one machine, each with the two raw figures behind it.

type Row = {
  what: string;
  ours: number;
  reference: number;
  unit: string;
  ratio: number;
  target: string;
  more?: string;
};
const rows: Row[] = [];
const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const BULK = 10_000;
const LOANS = 200_000;

const folder = join(tmpdir(), `lianrong-bench-${process.pid}`);
const key = '0b'.repeat(32);

function record(row: Omit<Row, 'ratio'>): void {
  const ratio = row.ours / row.reference;
  rows.push({ ...row, ratio });
  console.log(
    `${row.what}\n  ours ${row.ours.toFixed(0)} ${row.unit}, reference ${row.reference.toFixed(0)} ${row.unit}: ` +
      `${ratio.toFixed(2)} × (target ${row.target})${row.more === undefined ? '' : `\n  ${row.more}`}`,
  );
}

/** pgbench's TPC-B on the same server: scale 10, 8 clients, durable commits. Null when there is no pgbench. */
function tpcB(url: string): number | null {
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
  };
  const run = (...args: string[]) =>
    execFileSync('pgbench', [...args, pathname.slice(1)], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    run('-i', '-q', '-s', '10');
    return Number(/tps = ([\d.]+)/.exec(run('-c', '8', '-j', '2', '-T', String(SECONDS)))?.[1]);
  } catch {
    return null;
  }
}

async function openLoans(scene: Scene, service: Service, count: number): Promise<string[]> {
  const { supplier, core, bank, chainId, programmeId, accountId } = scene;
  const today = new Date().toISOString().slice(0, 10);
  const due = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
  const items = Array.from({ length: count }, (_, i) => ({
    debtorId: core.id,
    creditorId: supplier.id,
    reference: `BENCH-${i}`,
    face: '100000.00',
    issueDate: today,
    dueDate: due,
  }));
  const { results } = await supplier.maker.post(`/v1/chains/${chainId}/receivables/bulk`, { items });
  const loans: string[] = [];
  for (const { id } of results) {
    await core.checker.post(`/v1/receivables/${id}/confirmation`, {}, 1);
    const [holding] = (await supplier.maker.get(`/v1/receivables/${id}/holdings`)).items;
    const item = { receivableId: id, holdingId: holding.id, amount: '100000.00' };
    const loan = await supplier.maker.post('/v1/financings', {
      programmeId,
      product: 'pledge_loan',
      items: [item],
      payeeAccountId: accountId,
    });
    const proposed = await bank.maker.post(`/v1/financings/${loan.id}/proposal`, undefined, loan.version);
    await bank.checker.post(`/v1/financings/${loan.id}/approval`, {}, proposed.version);
    loans.push(loan.id);
  }
  await service.work.registrations();
  await service.work.registrations();
  for (const id of loans) {
    const { financing } = await bank.maker.get(`/v1/financings/${id}`);
    await bank.maker.post(`/v1/financings/${id}/disbursement`, undefined, financing.version);
  }
  await service.work.payments();
  await service.work.payments();
  return loans;
}

async function benchRepay(address: string, scene: Scene, loans: readonly string[], reference: number): Promise<void> {
  const token = await scene.supplier.maker.token();
  let sent = 0;
  const result = await autocannon({
    url: address,
    connections: 64,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => {
          sent += 1;
          return {
            ...request,
            path: `/v1/financings/${loans[sent % loans.length]}/repayments`,
            headers: {
              authorization: `Bearer ${token}`,
              'content-type': 'application/json',
              'idempotency-key': `bench-${process.pid}-${sent}`,
            },
            body: '{"amount":"0.01"}',
          };
        },
      },
    ],
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  record({
    what: `repay over HTTP, 64 connections, ${loans.length} loans, against pgbench TPC-B`,
    ours: result['2xx'] / result.duration,
    reference,
    unit: 'a second',
    target: '≥ 2.0, p99 ≤ 100 ms',
    more: `p50 ${result.latency.p50} ms, p99 ${result.latency.p99} ms, ${failed} failed`,
  });
}

async function benchBulk(scene: Scene, owner: pg.Client): Promise<void> {
  const { supplier, core, chainId } = scene;
  const today = new Date().toISOString().slice(0, 10);
  const due = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
  const call = async (round: number) => {
    const items = Array.from({ length: BULK }, (_, i) => ({
      debtorId: core.id,
      creditorId: supplier.id,
      reference: `BULK-${round}-${i}`,
      face: '1234.56',
      issueDate: today,
      dueDate: due,
    }));
    const started = performance.now();
    const { registered } = await supplier.maker.post(`/v1/chains/${chainId}/receivables/bulk`, { items });
    if (registered !== BULK) throw new Error(`${registered} registered`);
    return performance.now() - started;
  };
  await call(0);
  const ours = Math.min(await call(1), await call(2));
  const raw = async (round: number) => {
    const started = performance.now();
    await owner.query(
      `with r as (
         insert into receivable (id, chain_id, debtor_id, creditor_id, reference, invoice_key, stage, face, issue_date, due_date, warnings, registered_by, created_at)
         select gen_random_uuid(), $1, $2, $3, 'RAW-' || $4 || '-' || i, 'RAW ' || $4 || ' ' || i, 'registered', 1234.56, $5, $6, '[]', $3, now()
           from generate_series(1, ${BULK}) i returning id)
       insert into event (id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, created_at)
       select gen_random_uuid(), 'receivable.registered', 'receivable', id, $1, array[$2, $3]::uuid[], $3, $3, 'raw',
              '{"reference":"RAW","face":"1234.56","dueDate":"2026-01-01","warnings":[]}', now() from r`,
      [chainId, core.id, supplier.id, String(round), today, due],
    );
    return performance.now() - started;
  };
  await raw(0);
  const reference = Math.min(await raw(1), await raw(2));
  record({
    what: `bulk registration by API, ${BULK} a call, against raw INSERT … SELECT of the same receivables and events`,
    ours: (BULK / ours) * 1000,
    reference: (BULK / reference) * 1000,
    unit: 'rows a second',
    target: '≥ 0.35',
  });
}

async function benchAccrual(scene: Scene, service: Service, owner: pg.Client, model: string): Promise<void> {
  await owner.query(
    `insert into financing select (f).* from (
       select jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid(), 'number', 'B-' || i,
                'principal', 1000 + i % 1000, 'amount', 2000, 'face', 3000, 'limit_path', '[]'::jsonb)) as f
         from financing f, generate_series(1, ${LOANS}) i where f.id = $1) as made`,
    [model],
  );
  await owner.query('analyze financing');
  // The copies are loans that no journal booked: the proof of the day would refuse them, and is not measured here.
  const { rows: businessDays } = await owner.query('select business_date::text as day from book where id = $1', [
    scene.bank.id,
  ]);
  const day = businessDays[0]?.day as string;
  await scene.bank.operator.post(`/v1/books/${scene.bank.id}/day-closes`, { businessDate: day });
  const started = performance.now();
  await service.work['close-day']().catch(() => undefined);
  const ours = performance.now() - started;
  const { rows: counted } = await owner.query('select count(*)::int as n from accrual where accrued_on = $1', [day]);
  const n = counted[0]?.n as number;
  await owner.query('create table raw_accrual (like accrual including all)');
  const before = performance.now();
  await owner.query(
    `insert into raw_accrual (book_id, financing_id, accrued_on, interest, penalty, compound, discount, interest_tax, penalty_tax, discount_tax)
     select book_id, id, $1::date, round(principal * rate / 360, 2), 0, 0, 0, 0, 0, 0 from financing where accruing <> 'none'`,
    [day],
  );
  const reference = performance.now() - before;
  record({
    what: `close of day: accrual of ${n} loans with journals, against raw SQL writing the same rows`,
    ours: (n / ours) * 1000,
    reference: (n / reference) * 1000,
    unit: 'loans a second',
    target: '≥ 0.5',
  });
}

const embedded = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
try {
  await migrate(embedded.url);
  await installJobs(embedded.url);
  const settings = readSettings({
    DATABASE_URL: embedded.url,
    LIANRONG_MASTER_KEY: key,
    LOG_LEVEL: 'error',
    REQUESTS_PER_MINUTE: '100000000',
    SIMULATED_BANK_DELAY_MS: '0',
    SIMULATED_REGISTER_DELAY_MS: '0',
  });
  const service = await createService({ databaseUrl: embedded.url, settings, clock: systemClock, jobs: false });
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 });
  const owner = new pg.Client({ connectionString: embedded.url });
  // When the run fails the server is stopped under it; the failure is what should be told.
  owner.on('error', () => undefined);
  await owner.connect();
  const operator = await bootstrapOperator(service.database, {
    legalName: '链融平台运营有限公司',
    uscc: demoUscc(1),
    contact: { name: '平台运营', phone: '0391-6630000' },
    personName: '平台运营员',
    masterKey: Buffer.from(key, 'hex'),
    clock: systemClock,
  });
  const send = overHttp(address);
  let serial = 1;
  const stage: Stage = { send, operator: createClient(send, operator), serial: () => ++serial };
  const scene = await setScene(stage, new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10));
  const reference = tpcB(embedded.url);
  const loans = await openLoans(scene, service, 64);
  if (reference === null) console.log('repay over HTTP: skipped, there is no pgbench on this machine');
  else await benchRepay(address, scene, loans, reference);
  await benchBulk(scene, owner);
  await benchAccrual(scene, service, owner, loans[0] as string);
  console.log(
    `memory of the process, load generator included: ${(process.memoryUsage().rss / 1_048_576).toFixed(0)} MiB`,
  );
  const results = fileURLToPath(new URL('../../bench/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'latest.json'), JSON.stringify(rows, null, 2));
  await owner.end();
  await service.stop();
} finally {
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
}
