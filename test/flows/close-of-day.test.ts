import t from 'tap';
import { appearBank } from '../../src/demo/cast.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, supplier, sql, position, books } = scene;

const closes = () => bank.operator.get(`${books}/day-closes/${scene.today()}`);

void t.test('While a day is being closed commands wait; the same key works afterwards', async (t) => {
  const { path } = await scene.finance({ face: '125000.00', dueDate: '2025-09-15' });
  const begun = await scene.beginClose();
  t.match(begun, { status: 202, json: { step: 'overdue', state: 'running' } });
  t.equal((await scene.beginClose()).json.code, 'book-closing', 'a day is closed once');
  const key = 'repaid while closing';
  const repay = () => supplier.maker.call('POST', `${path}/repayments`, { body: { amount: '10.00' }, key });
  const waits = await repay();
  t.match(waits, { status: 503, json: { code: 'book-closing' } });
  t.match(waits.headers['retry-after'], /^\d+$/);
  await scene.runClose();
  t.match(await closes(), { state: 'done', step: 'done', accrued: 1, fault: null, nextDate: '2025-06-18' });
  const wrong = await bank.operator.call('POST', `${books}/day-closes`, { body: { businessDate: scene.today() } });
  t.match(wrong, { status: 409, json: { code: 'wrong-business-date', accepted: '2025-06-18' } });
  t.match(await repay(), { status: 201, json: { interest: '10.00' } });
  t.match((await repay()).headers, { 'idempotent-replayed': 'true' });
  const [paid] = await sql('select count(*)::int as times from repayment');
  t.equal(paid.times, 1);
});

void t.test('A close that is broken off at any step goes on there and repeats nothing', async (t) => {
  await scene.closeUntil('2025-06-18');
  await scene.finance({ product: 'nonrecourse_factoring', face: '500000.00', dueDate: '2025-06-19' });
  const loan = await scene.finance({ face: '125000.00', dueDate: '2025-06-19' });
  await scene.closeUntil('2025-06-19');
  const breakBefore = (step: string) =>
    sql(`create or replace function break_off() returns trigger language plpgsql as $$
      begin
        if new.step = '${step}' and old.step <> '${step}' then raise exception 'broken off before ${step}'; end if;
        return new;
      end $$`);
  await breakBefore('none');
  await sql('create trigger break_off before update on close_run for each row execute function break_off()');
  await scene.beginClose();
  for (const step of ['accrue', 'classify', 'prove', 'done']) {
    await breakBefore(step);
    await t.rejects(scene.runClose(), { errors: [{ message: `broken off before ${step}` }] });
    t.match(await closes(), { state: 'running', fault: `broken off before ${step}` });
    const again = await scene.beginClose();
    t.equal(again.json.code, 'book-closing', `${step}: the day is still being closed`);
  }
  await sql('drop trigger break_off on close_run');
  await scene.runClose();
  t.match(await closes(), { state: 'done', fault: null, fellOverdue: 2, accrued: 2, reclassified: 2 });
  t.match((await position(loan.path)).financing, { status: 'overdue', overdueSince: '2025-06-19', riskClass: 'special_mention' });
  const fell = (await scene.journals(loan.application.id)).filter((line) => line.startsWith('financing.fell_overdue'));
  t.equal(fell.length, 1);
  const ties = await sql(
    `select j.day, j.posted, a.accrued from
       (select business_date::text as day, sum(e.amount) as posted from journal j
          join entry e on e.book_id = j.book_id and e.journal_id = j.id
         where kind like 'accrual.%' and path in ('1103', '1131', '1132') group by 1) j
       full join (select accrued_on::text as day, sum(interest + penalty + compound + discount) as accrued from accrual group by 1) a
         using (day) where j.posted is distinct from nullif(a.accrued, 0)`,
  );
  t.same(ties, [], 'each day the journals are the sum of the loans');
  const told = await sql("select count(*)::int as times from event where kind = 'book.day_closed'");
  t.equal(told[0].times, 2);
  t.ok(await scene.proof());
});

void t.test('Books that do not tie stop their own close and say why, and no other book’s', async (t) => {
  await scene.closeUntil('2025-06-20');
  const sister = await appearBank(scene.stage, '济源示范农商银行', '2025-06-20');
  await sql("set session_replication_role = 'replica'");
  await sql("update balance set posted = posted + 0.01 where book_id = $1 and path = '1101'", [bank.id]);
  await scene.beginClose();
  const path = `/v1/books/${sister.id}/day-closes`;
  await sister.operator.post(path, { businessDate: '2025-06-20' });
  await t.rejects(scene.runClose(), /1 of the closes failed/);
  const { fault } = await closes();
  t.match(fault, /trial balance is off by 0\.01; loans are .*, their accounts/);
  t.match(await sister.operator.get(`${path}/2025-06-20`), { state: 'done', fault: null });
  await t.rejects(scene.runClose(), /1 of the closes failed/, 'it is tried again and still refused');
  await sql("update balance set posted = posted - 0.01 where book_id = $1 and path = '1101'", [bank.id]);
  await sql("set session_replication_role = 'origin'");
  await scene.runClose();
  t.match(await closes(), { state: 'done', fault: null });
  t.ok(await scene.proof());
});
