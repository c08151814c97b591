import pg from 'pg';
import t, { type Test } from 'tap';
import { installJobs, type Jobs, startJobs, type Workers } from '../../src/platform/jobs.ts';
import { serialWorker } from '../../src/platform/serial-worker.ts';
import { freshDatabase } from '../harness/database.ts';

/** A worker that counts its runs, and a promise of its n-th. */
function counted(fail: (run: number) => boolean = () => false) {
  let runs = 0;
  const waiting = new Map<number, () => void>();
  return {
    runs: () => runs,
    work: async () => {
      runs += 1;
      waiting.get(runs)?.();
      if (fail(runs)) throw new Error(`run ${runs} failed`);
    },
    reaches: (run: number) =>
      new Promise<void>((resolve) => {
        waiting.set(run, resolve);
        if (runs >= run) resolve();
      }),
  };
}

async function jobsOn(t: Test, ownerUrl: string, workers: Workers, crons: Record<string, string | null> = {}) {
  const faults: string[] = [];
  const jobs: Jobs = await startJobs({
    url: ownerUrl,
    workers,
    crons,
    beatSeconds: 1,
    onError: (name, error) => faults.push(`${name}: ${(error as Error).message}`),
  });
  t.teardown(jobs.stop);
  return { jobs, faults };
}

t.setTimeout(120_000);

void t.test('A worker asked while it runs runs once more, never beside itself', async (t) => {
  let beside = 0;
  let most = 0;
  let runs = 0;
  const asked: Promise<void>[] = [];
  const worker = serialWorker(async () => {
    runs += 1;
    beside += 1;
    most = Math.max(most, beside);
    if (runs === 2) asked.push(worker.run(), worker.run());
    await new Promise((resolve) => setImmediate(resolve));
    beside -= 1;
  });
  await Promise.all([worker.run(), worker.run(), worker.run()]);
  t.equal(runs, 1, 'asked together, it runs once');
  await worker.run();
  await Promise.all(asked);
  t.equal(runs, 3, 'asked twice while it runs, it runs once more');
  t.equal(most, 1);
  await worker.stop();
  await worker.run();
  t.equal(runs, 3, 'stopped, it does not run');
});

void t.test('The queue runs every worker again and again, under the role of the service', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  await installJobs(ownerUrl);
  await installJobs(ownerUrl);
  const good = counted();
  const bad = counted((run) => run === 1);
  const { faults } = await jobsOn(t, ownerUrl, { payments: good.work, outbox: bad.work });
  await Promise.all([good.reaches(2), bad.reaches(2)]);
  t.same(faults, ['outbox: run 1 failed'], 'a failure is told and the next beat comes');
});

void t.test('A wake runs a worker without waiting for the beat', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  await installJobs(ownerUrl);
  const worker = counted();
  const { jobs, faults } = await jobsOn(t, ownerUrl, { 'close-day': worker.work }, { 'close-day': '30 23 * * *' });
  t.equal(worker.runs(), 0, 'a worker with a time of day has no beat');
  jobs.wake(['close-day', 'nobody']);
  await worker.reaches(1);
  t.same(faults, ['nobody: there is no worker named nobody']);

  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  t.teardown(() => client.end());
  const schedules = () => client.query('select name, cron, timezone from pgboss.schedule');
  t.match((await schedules()).rows, [{ name: 'close-day', cron: '30 23 * * *', timezone: 'Asia/Shanghai' }]);
  await jobs.stop();
  await jobsOn(t, ownerUrl, { 'close-day': worker.work }, { 'close-day': null });
  t.same((await schedules()).rows, [], 'disabled, it is not scheduled any more');
});

void t.test('Two processes share one beat', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  await installJobs(ownerUrl);
  const one = counted();
  const two = counted();
  await jobsOn(t, ownerUrl, { outbox: one.work });
  const { jobs } = await jobsOn(t, ownerUrl, { outbox: two.work });
  await Promise.race([one.reaches(2), two.reaches(2)]);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  t.teardown(() => client.end());
  const { rows } = await client.query("select count(*)::int as waiting from pgboss.job where state = 'created'");
  t.equal(rows[0].waiting, 1);
  await jobs.stop();
});
