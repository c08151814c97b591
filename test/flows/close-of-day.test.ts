import t from 'tap';
import { uuidv7 } from 'uuidv7';
import { appearBank } from '../../src/demo/cast.ts';
import { discountEarnedAt, duesAt } from '../../src/financing/meters.ts';
import { type FinancingRow, financings } from '../../src/financing/store.ts';
import { addDays } from '../../src/money/dates.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { splitVat } from '../../src/money/tax.ts';
import { writeIn } from '../../src/platform/database.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { accrueChunk } from '../../src/settlement/close-store.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, supplier, sql, position, books } = scene;

const closes = (day = scene.today()) => bank.operator.get(`${books}/day-closes/${day}`);

void t.test('While a day is being closed commands wait; the same key works afterwards', async (t) => {
  const { path } = await scene.finance({ face: '125000.00', dueDate: '2025-09-15' });
  const begun = await scene.beginClose();
  t.match(begun, { status: 202, json: { step: 'prepayment', state: 'running' } });
  t.equal((await scene.beginClose()).json.code, 'book-closing', 'a day is closed once');
  const key = 'repaid-while-closing';
  const repay = () => supplier.maker.call('POST', `${path}/repayments`, { body: { amount: '10.00' }, key });
  const waits = await repay();
  t.match(waits, { status: 503, json: { code: 'book-closing' } });
  t.match(waits.headers['retry-after'], /^\d+$/);
  await scene.runClose();
  t.match(await closes('2025-06-17'), { state: 'done', step: 'done', accrued: 1, fault: null, nextDate: '2025-06-18' });
  const wrong = await bank.operator.call('POST', `${books}/day-closes`, { body: { businessDate: '2025-06-17' } });
  t.match(wrong, { status: 409, json: { code: 'wrong-business-date', accepted: '2025-06-18' } });
  t.match(await repay(), { status: 201, json: { interest: '10.00' } });
  t.match((await repay()).headers, { 'idempotent-replayed': 'true' });
  const [paid] = await sql('select count(*)::int as times from repayment');
  t.equal(paid.times, 1);
});

void t.test('A close that is broken off at any step goes on there and repeats nothing', async (t) => {
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
  for (const step of ['accrue', 'classify', 'expire', 'release', 'age', 'prove', 'done']) {
    await breakBefore(step);
    await t.rejects(scene.runClose(), { errors: [{ message: `broken off before ${step}` }] });
    t.match(await closes(), { state: 'running', fault: `broken off before ${step}` });
    const again = await scene.beginClose();
    t.equal(again.json.code, 'book-closing', `${step}: the day is still being closed`);
  }
  await sql('drop trigger break_off on close_run');
  await scene.runClose();
  t.match(await closes('2025-06-19'), { state: 'done', fault: null, fellOverdue: 2, accrued: 2, reclassified: 2 });
  t.match((await position(loan.path)).financing, {
    status: 'overdue',
    overdueSince: '2025-06-19',
    riskClass: 'special_mention',
  });
  const fell = (await scene.journals(loan.application.id)).filter((line) => line.startsWith('financing.fell_overdue'));
  t.equal(fell.length, 1);
  const ties = await sql(
    `select j.day, j.posted, a.accrued from
       (select j.business_date::text as day, sum(e.amount) as posted from journal j
          join entry e on e.book_id = j.book_id and e.journal_id = j.id
         where kind like 'accrual.%' and path in ('1103', '1131', '1132') group by 1) j
       full join (select accrued_on::text as day, sum(interest + penalty + compound + discount) as accrued from accrual group by 1) a
         using (day) where j.posted is distinct from nullif(a.accrued, 0)`,
  );
  t.same(ties, [], 'each day the journals are the sum of the loans');
  const told = await sql("select count(*)::int as times from event where kind = 'book.day_closed'");
  t.equal(told[0].times, 3);
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
  t.match(fault, /trial balance is off by 0\.01; loans and claims make .*, their accounts/);
  t.match(await sister.operator.get(`${path}/2025-06-20`), { state: 'done', fault: null });
  await t.rejects(scene.runClose(), /1 of the closes failed/, 'it is tried again and still refused');
  await sql("update balance set posted = posted - 0.01 where book_id = $1 and path = '1101'", [bank.id]);
  await sql("set session_replication_role = 'origin'");
  const draw = (by: number) =>
    sql(`update limit_node set used = used + $2::numeric where book_id = $1 and kind = 'group'`, [bank.id, by]);
  await draw(0.01);
  await t.rejects(scene.runClose());
  t.match((await closes()).fault, /limit .* reserved and .* used, its moves make/, 'nor is a limit drawn by nobody');
  await draw(-0.01);
  for (const [status, column, fault] of [
    ['overdue', 'interest_paid', /: interest: the financings make -?\d+\.\d\d, their accounts/],
    ['overdue', 'penalty_paid', /: penalty: financings and claims make/],
    ['active', 'discount', /: unearned discount: the financings make/],
  ] as const) {
    const shift = (by: number) =>
      sql(`update financing set ${column} = ${column} + ${by} where product = 'recourse_factoring' and status = $1`, [
        status,
      ]);
    await shift(0.01);
    await t.rejects(scene.runClose());
    t.match((await closes()).fault, fault, column);
    await shift(-0.01);
  }
  await scene.runClose();
  t.match(await closes('2025-06-20'), { state: 'done', fault: null });
  t.ok(await scene.proof());
});

void t.test('What stands for a loan is not reversed behind its back; a fee is given back', async (t) => {
  const { application, path } = await scene.finance({ face: '125000.00', dueDate: '2025-07-21' });
  const made = await sql('select id, kind from journal where subject_id = $1', [application.id]);
  const reverse = (kind: string) =>
    bank.checker.call('POST', `${books}/journals/${made.find((each) => each.kind === kind)?.id}/reversal`, {
      body: { reason: '记错账户' },
    });
  await scene.deposit(supplier.id, '1000000.00');
  for (const kind of ['financing.disbursed', 'financing.collateral_held'])
    t.match(await reverse(kind), { status: 409, json: { code: 'not-reversible', who: 'bank' } }, kind);
  t.match(await reverse('financing.fee_charged'), { status: 201, json: { lines: [{}, {}, {}] } });
  await supplier.maker.post(`${path}/repayments`, { amount: (await position(path)).due.total });
  t.match((await position(path)).financing, { status: 'settled' });
  t.ok(await scene.proof());
});

type Step = (body: object, version: number) => ReturnType<typeof bank.maker.call>;
const proposing =
  (path: string): Step =>
  (body, version) =>
    bank.maker.call('POST', `${path}/changes`, { body, version });
const deciding =
  (path: string, who = bank.checker): Step =>
  (body, version) =>
    who.call('POST', `${path}/changes/decision`, { body, version });
const financingAt = async (path: string) => (await position(path)).financing;

void t.test('A loan is extended once, before maturity, by two people, at the price of the day', async (t) => {
  const { path } = await scene.finance({ face: '1250000.00', dueDate: '2025-07-21' });
  const [propose, decide] = [proposing(path), deciding(path)];
  await scene.closeUntil('2025-07-01');
  const before = await financingAt(path);
  t.equal(before.maturityDate, '2025-07-21');
  const extend = (dueDate: string) => propose({ action: 'extend', dueDate }, before.version);
  t.match(await extend('2025-07-21'), { status: 409, json: { code: 'extension-not-allowed' } }, 'not after maturity');
  const lawful = await extend('2025-08-31');
  t.match(lawful.json, { code: 'extension-not-allowed', accepted: 'after 2025-07-21, not after 2025-08-20' });
  const proposed = await extend('2025-08-18');
  t.match(proposed, { status: 200, json: { status: 'active', maturityDate: '2025-07-21' } }, 'nothing changes yet');
  t.equal((await deciding(path, bank.maker)({ verdict: 'approve' }, proposed.json.version)).status, 403);
  await sql(
    `insert into reference_rate (id, code, published_on, rate, source, created_at)
     values (gen_random_uuid(), 'lpr_1y', '2025-07-01', 0.028, 'of this test', now())`,
  );
  const approved = await decide({ verdict: 'approve' }, proposed.json.version);
  t.match(approved, {
    status: 200,
    json: { status: 'active', maturityDate: '2025-08-18', rate: '0.040000', penaltyRate: '0.060000', extensions: 1 },
  });
  const again = await propose({ action: 'extend', dueDate: '2025-08-19' }, approved.json.version);
  t.match(again.json, { code: 'extension-not-allowed', detail: 'the financing has been extended once' });
  await scene.closeUntil('2025-07-11');
  // 1,000,000.00 for 10 days at 4.20 % from 2025-06-21, then 10 days at 4.00 %.
  t.equal((await position(path)).due.interest, '2277.78');
  await supplier.maker.post(`${path}/repayments`, { amount: (await position(path)).due.total });
});

void t.test(
  'A class worsens at once and improves with a second person; days put it at least where they demand',
  async (t) => {
    const { path, application } = await scene.finance({ face: '1250000.00', dueDate: '2025-07-14' });
    const [propose, decide] = [proposing(path), deciding(path)];
    const worse = await propose({ action: 'reclassify', riskClass: 'doubtful' }, (await financingAt(path)).version);
    t.match(worse.json, { riskClass: 'doubtful', status: 'active' }, 'at once');
    const better = await propose({ action: 'reclassify', riskClass: 'normal' }, worse.json.version);
    t.match(better.json, { riskClass: 'doubtful' }, 'not yet');
    t.equal(
      (await propose({ action: 'reclassify', riskClass: 'substandard' }, better.json.version)).json.code,
      'already-exists',
    );
    const kept = await decide({ verdict: 'reject', reason: '依据不足' }, better.json.version);
    t.match(kept.json, { riskClass: 'doubtful' });
    const again = await propose({ action: 'reclassify', riskClass: 'normal' }, kept.json.version);
    t.match((await decide({ verdict: 'approve' }, again.json.version)).json, { riskClass: 'normal' });
    await scene.closeUntil('2025-07-15');
    const ended = await financingAt(path);
    t.match(ended, { status: 'overdue', riskClass: 'special_mention', overdueSince: '2025-07-14' }, 'any day late');
    t.match((await propose({ action: 'write_off' }, ended.version)).json, { code: 'not-a-loss' });

    // Hundreds of days with nothing in them are skipped: the book and the loan are set where the next line is crossed.
    for (const [days, riskClass] of [
      [90, 'special_mention'],
      [91, 'substandard'],
      [270, 'substandard'],
      [271, 'doubtful'],
      [360, 'doubtful'],
      [361, 'loss'],
    ] as const) {
      await sql('update financing set overdue_since = $1::date - $2::integer + 1 where id = $3', [
        scene.today(),
        days,
        application.id,
      ]);
      await scene.beginClose();
      await scene.runClose();
      t.equal((await financingAt(path)).riskClass, riskClass, `${days} days`);
    }
  },
);

void t.test('A loss is written off by two people; what comes in later is income', async (t) => {
  const { application, path, held } = await scene.finance({ face: '125000.00', dueDate: '2025-07-28' });
  await scene.closeUntil('2025-07-29');
  await sql("update financing set overdue_since = '2024-07-28' where id = $1", [application.id]);
  await scene.closeUntil('2025-07-31');
  const { financing, due } = await position(path);
  t.equal(financing.riskClass, 'loss');
  const proposed = await proposing(path)({ action: 'write_off' }, financing.version);
  t.match(proposed.json, { status: 'overdue' }, 'not by one');
  const done = await deciding(path)({ verdict: 'approve' }, proposed.json.version);
  t.match(done, { status: 200, json: { status: 'written_off' } });
  const total = due.total as string;
  const lines = (await scene.journals(application.id)).filter((line) => line.startsWith('financing.written_off'));
  t.equal(lines.length, 3);
  t.match(lines[0], `5002 ${total}, 1190 -${total}`);
  t.match(lines[2], `9008 ${total}, 9999 -${total}`);
  await scene.closeUntil('2025-08-01');
  t.ok(await scene.proof(), 'the day closes without it');
  const used = 'select sum(used)::numeric(20,2)::text as used from limit_node';
  const [lost] = await sql(used);
  const more = await supplier.maker.call('POST', `${path}/repayments`, { body: { amount: '200000.00' } });
  t.match(more.json, { code: 'amount-exceeds-due', due: total });
  t.match(await supplier.maker.call('POST', `${path}/repayments`, { body: { amount: '1.00' } }), {
    status: 201,
    json: { amount: '1.00', financing: { status: 'written_off' } },
  });
  t.match(
    (await scene.journals(application.id)).at(-1),
    `financing.recovered 2025-08-01 2001/${supplier.id} 1.00, 4006 -1.00`,
    'from the borrower as from the debtor',
  );
  t.equal((await scene.collect(held.id, '1000.00')).status, 201);
  t.match(
    (await scene.journals(application.id)).at(-1),
    `financing.recovered 2025-08-01 2003/${scene.core.id} 1000.00, 4006 -1000.00`,
  );
  const rest = await scene.collect(held.id, '124000.00');
  const owed = (Number(total.replace('.', '')) - 100_100) / 100;
  t.match(rest.json.applied, [{ toFinancings: [{ amount: owed.toFixed(2) }] }], 'no more than is owed');
  const [left] = await sql(used);
  t.equal(Number(lost.used) - Number(left.used), 400_000, 'what has come back may be lent again, on four levels');
  t.ok(await scene.proof());
});

void t.test(
  'Days past the due date bind two people as well; a short delay may be declared a technical slip',
  async (t) => {
    const begun = scene.today();
    const { path, application } = await scene.finance({ face: '125000.00', dueDate: addDays(begun, 20) });
    const { maturityDate } = await financingAt(path);
    await scene.closeUntil(addDays(maturityDate, 1));
    const late = await financingAt(path);
    t.match(late, { status: 'overdue', riskClass: 'special_mention' });
    const better = await proposing(path)({ action: 'reclassify', riskClass: 'normal' }, late.version);
    t.match(better, { status: 409, json: { code: 'class-above-days', field: '/riskClass' } });
    t.match(better.json.accepted, /^special_mention, substandard/);
    const slip = await proposing(path)({ action: 'declare_slip' }, late.version);
    t.match(slip.json, { riskClass: 'special_mention' }, 'not by one');
    t.match((await deciding(path)({ verdict: 'approve' }, slip.json.version)).json, { riskClass: 'normal' });
    await scene.closeUntil(addDays(maturityDate, 7));
    t.equal((await financingAt(path)).riskClass, 'normal', 'seven days are excused');
    await scene.closeUntil(addDays(maturityDate, 8));
    const over = await financingAt(path);
    t.equal(over.riskClass, 'special_mention', 'the eighth is not');
    const again = await proposing(path)({ action: 'declare_slip' }, over.version);
    t.match(again, { status: 409, json: { code: 'class-above-days', accepted: 'at most 7 days past the due date' } });
    // Grace moved the day on which it fell overdue, not the day it was due.
    await sql('update financing set overdue_since = $1, maturity_date = $1::date - 95 where id = $2', [
      scene.today(),
      application.id,
    ]);
    await scene.closeUntil(addDays(scene.today(), 1));
    t.equal((await financingAt(path)).riskClass, 'substandard', 'days count from the due date');
    await sql('update financing set maturity_date = $1 where id = $2', [maturityDate, application.id]);
  },
);

/** Whole numbers below `end`, the same in every run. */
function chance(seed: number) {
  let state = seed;
  return (end: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * end);
  };
}

const HALF_A_FEN = 180_000_000n;

/** A financing of any kind that accrues; every third one has a meter that lands on half a fen. */
function anyFinancing(like: FinancingRow, on: string, below: ReturnType<typeof chance>): FinancingRow {
  const fen = (end: number) => new Decimal(1 + below(end)).dividedBy(100);
  const micros = (end: number) => new Decimal(below(end)).dividedBy(1_000_000);
  const accruing = (['contract', 'penalty', 'discount'] as const)[below(3)] as 'contract';
  const principal = fen(900_000_000);
  const numerator = () => BigInt(below(2_000_000_000)) * 1_000n;
  const tie = () => HALF_A_FEN + 360_000_000n * BigInt(below(1_000));
  const still = below(3) === 0;
  const from = addDays(on, -below(200));
  const rate = still ? new Decimal('0.036') : micros(240_000);
  return {
    ...like,
    id: uuidv7(),
    number: `LR-${below(1_000_000_000)}`,
    status: 'disbursing',
    product: accruing === ('discount' as string) ? 'payables_finance' : 'pledge_loan',
    face: principal,
    amount: principal,
    principal,
    accruing,
    rate,
    misused: below(3) === 0 ? fen(900_000_000) : new Decimal(0),
    misuseRate: rate.plus('0.000001').plus(micros(240_000)),
    penaltyRate: micros(360_000),
    vatRate: new Decimal(below(2) === 0 ? '0.06' : '0'),
    valueDate: from,
    segmentFrom: from,
    maturityDate: addDays(from, 1 + below(300)),
    overdueFrom: addDays(from, 301),
    discount: accruing === ('discount' as string) ? fen(5_000_000) : new Decimal(0),
    debtorDiscount: new Decimal(0),
    interestNumerator: still ? tie() : numerator(),
    penaltyNumerator: still ? tie() : numerator(),
    compoundNumerator: below(2) === 0 ? numerator() : 0n,
    compoundBase: below(2) === 0 ? fen(9_000_000) : new Decimal(0),
    interestPaid: new Decimal(0),
    penaltyPaid: new Decimal(0),
    compoundPaid: new Decimal(0),
  };
}

/** What the rules say has been earned up to a day, and the tax inside it. */
function earnedBy(row: FinancingRow, on: string) {
  const { interest, penaltyInterest: penalty, compoundInterest: compound } = duesAt(row, on);
  const discount = row.accruing === 'discount' ? discountEarnedAt(row, on) : new Decimal(0);
  const tax = (gross: Decimal) => splitVat(gross, row.vatRate).vat;
  return {
    ...{ interest, penalty, compound, discount },
    interest_tax: tax(interest),
    penalty_tax: tax(penalty.plus(compound)),
    discount_tax: tax(discount),
  };
}

void t.test('The statement that accrues a day says to the fen what the rules say, for any financing', async (t) => {
  const { database } = scene.service;
  const [first] = await sql('select id from financing limit 1');
  const on = '2026-01-01';
  const below = chance(20_260_101);
  const rows = await writeIn(database.writers, [bank.id], async (tx) => {
    const work = new Workspace(tx);
    const [like] = (await work.read(financings, 'id', [first.id])) as [FinancingRow];
    const drawn = Array.from({ length: 300 }, () => anyFinancing(like, on, below));
    for (const row of drawn) work.insert(financings, row);
    await work.write();
    return drawn;
  });
  const days = 12;
  for (let day = 0; day < days; day += 1) {
    let after: string | null = '00000000-0000-0000-0000-000000000000';
    while (after !== null) {
      const asked: Parameters<typeof accrueChunk>[1] = { bookId: bank.id, on: addDays(on, day), after, limit: 70 };
      ({ last: after } = await writeIn(database.writers, [bank.id], (tx) => accrueChunk(new Workspace(tx), asked)));
    }
  }
  const kept = await sql(
    `select financing_id, count(*)::int as days, sum(interest) as interest, sum(penalty) as penalty, sum(compound) as compound,
            sum(discount) as discount, sum(interest_tax) as interest_tax, sum(penalty_tax) as penalty_tax,
            sum(discount_tax) as discount_tax
       from accrual where accrued_on >= $1 group by financing_id`,
    [on],
  );
  const byId = new Map(kept.map((row) => [row.financing_id, row]));
  const wrong = rows.flatMap((row) => {
    const [before, after] = [earnedBy(row, on), earnedBy(row, addDays(on, days))];
    const sums = byId.get(row.id);
    return (Object.keys(before) as (keyof typeof before)[])
      .filter((kind) => !after[kind].minus(before[kind]).equals(sums?.[kind] ?? 'NaN'))
      .map((kind) => `${row.accruing} ${kind}: ${sums?.[kind]}, not ${after[kind].minus(before[kind])}`);
  });
  t.same(wrong, []);
  t.equal(kept.filter((row) => row.days === days).length >= rows.length, true);
});
