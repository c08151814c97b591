import pg from 'pg';
import t from 'tap';
import { createService } from '../../src/app.ts';
import { appearBank } from '../../src/demo/cast.ts';
import { installJobs } from '../../src/platform/jobs.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { financingScene } from '../harness/financing-scene.ts';

t.setTimeout(120_000);

const scene = await financingScene(t, '2026-06-28');
const { advance, bank, clock, ownerUrl, service, sql, stage } = scene;
const HOUR_MS = 3_600_000;
const dates = async () =>
  (await sql('select business_date::text as day from book order by created_at')).map(({ day }) => day);

void t.test('Days that are over in Shanghai are closed as the system, one after the other, and no other', async (t) => {
  await scene.finance({ face: '125000.00', dueDate: '2026-09-15' });
  const sister = await appearBank(stage, '济源示范农商银行', '2026-06-30');
  t.equal(clock.now().toISOString().slice(0, 10), '2026-07-01');
  await service.work['scheduled-close']();
  t.same(await dates(), ['2026-07-01', '2026-07-01']);
  const runs = await sql("select book_id, accrued from close_run where state = 'done' order by business_date");
  t.same(
    runs.map(({ book_id, accrued }) => [book_id, accrued]),
    [
      [bank.id, 1],
      [bank.id, 1],
      [bank.id, 1],
      [sister.id, 0],
    ],
  );
  const told = await sql("select distinct actor_person from event where kind = 'book.day_closed'");
  t.same(told, [{ actor_person: '00000000-0000-0000-0000-000000000000' }]);

  await service.work['scheduled-close']();
  t.same(await dates(), ['2026-07-01', '2026-07-01'], 'today is not over');
  advance(14 * HOUR_MS);
  await service.work['scheduled-close']();
  t.same(await dates(), ['2026-07-01', '2026-07-01'], 'nor at 23:00 in Shanghai');
  advance(2 * HOUR_MS);
  await bank.operator.post(`/v1/books/${bank.id}/day-closes`, { businessDate: '2026-07-01' });
  await service.work['scheduled-close']();
  t.same(await dates(), ['2026-07-02', '2026-07-02'], 'a close that somebody has begun is carried on');
});

void t.test('A book that cannot be closed keeps its day, and no other book’s', async (t) => {
  advance(24 * HOUR_MS);
  await sql("set session_replication_role = 'replica'");
  const shift = (by: string) =>
    sql("update balance set posted = posted + $2::numeric where book_id = $1 and path = '1101'", [bank.id, by]);
  await shift('0.01');
  await t.rejects(service.work['scheduled-close'](), /1 of the books failed/);
  t.same(await dates(), ['2026-07-02', '2026-07-03']);
  await shift('-0.01');
  await sql("set session_replication_role = 'origin'");
  await service.work['scheduled-close']();
  t.same(await dates(), ['2026-07-03', '2026-07-03']);
  t.ok(await scene.proof());
});

void t.test('CLOSE_DAY_CRON schedules it in Shanghai; without it nothing is closed by the clock', async (t) => {
  await installJobs(ownerUrl);
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  t.teardown(() => owner.end());
  const env = { DATABASE_URL: ownerUrl, LIANRONG_MASTER_KEY: '07'.repeat(32), LOG_LEVEL: 'fatal' };
  const scheduled = async (cron?: string) => {
    const settings = readSettings({ ...env, ...(cron !== undefined && { CLOSE_DAY_CRON: cron }) });
    const other = await createService({ databaseUrl: ownerUrl, settings, clock, jobs: true });
    const { rows } = await owner.query(
      "select name, cron, timezone from pgboss.schedule where name = 'scheduled-close'",
    );
    await other.stop();
    return rows;
  };
  t.same(await scheduled('30 0 * * *'), [{ name: 'scheduled-close', cron: '30 0 * * *', timezone: 'Asia/Shanghai' }]);
  t.same(await scheduled(), []);
  t.throws(() => readSettings({ ...env, CLOSE_DAY_CRON: 'at midnight' }), /CLOSE_DAY_CRON is not five fields of cron/);
});
