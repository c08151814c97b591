import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { holdsExpiredBefore } from '../../src/ledger/hold-store.ts';
import { expireHold, placeHold, releaseHold } from '../../src/ledger/holds.ts';
import { reverseJournal } from '../../src/ledger/reversal.ts';
import { readUnder, writeIn } from '../../src/platform/database.ts';
import { accepted, ledgerBench, person, transfer } from './bench.ts';

t.setTimeout(120_000);

const APPEND_ONLY = ['journal', 'entry', 'seal', 'hold', 'hold_event', 'event'] as const;
const bench = await ledgerBench(t);
const deposit = (): AccountPath => `2001/${randomUUID()}`;

async function withDeposit(amount: string): Promise<AccountPath> {
  const account = deposit();
  accepted(await bench.transfer('1001', account, amount));
  return account;
}

async function balanceOf(path: AccountPath): Promise<Record<string, string> | undefined> {
  const [row] = await bench.owner<Record<string, string>>(
    'select round(posted, 2) as posted, round(held, 2) as held, version from balance where path = $1',
    [path],
  );
  return row;
}

void t.test('What is recorded stays', async (t) => {
  const account = await withDeposit('10.00');
  const { body } = await bench.ask(placeHold, {
    bookId: bench.bookId,
    account,
    amount: '1.00',
    reason: 'test',
    expiresOn: null,
  });
  t.ok(body);

  await t.test('the service may neither change nor delete nor truncate it', async (t) => {
    for (const table of APPEND_ONLY) {
      const first = 'created_at' as const;
      const changes = [`update ${table} set book_id = book_id`, `delete from ${table}`, `truncate ${table}`];
      for (const change of table === 'event' ? changes.map((c) => c.replaceAll('book_id', first)) : changes) {
        await t.rejects(
          writeIn(bench.database.writers, [bench.bookId], (tx) => tx.query(`test.${change}`, change)),
          { code: '42501' },
          change,
        );
      }
    }
  });

  await t.test('nor may the owner of the tables', async (t) => {
    for (const table of APPEND_ONLY) {
      const column = table === 'event' ? 'kind' : 'book_id';
      for (const change of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`]) {
        await t.rejects(bench.owner(change), { code: '23000', message: /append-only/ }, change);
      }
    }
  });

  await t.test('a journal that does not balance is refused by the database', async (t) => {
    const journal = randomUUID();
    const lines = (...amounts: readonly string[]) =>
      bench.owner(
        `insert into entry (book_id, journal_id, line, path, amount, balance_after, account_version, business_date, effective_date)
         select $1, $2, line - 1, '1001', amount, 0, 1000 + line, '2026-07-01', '2026-07-01'
           from unnest($3::numeric[]) with ordinality as u(amount, line)`,
        [bench.bookId, journal, amounts],
      );
    await t.rejects(lines('1.00', '-1.01'), { message: 'a journal does not balance' });
    await t.rejects(lines('1.00'), { message: 'a journal does not balance' });
    await t.rejects(lines('1.005', '-1.005'), { message: /entry_amount_check/ });
    await t.rejects(lines('NaN', '-1.00'), { message: /entry_amount_check/ });
    await t.rejects(lines('0.00', '0.00'), { message: /entry_amount_check/ });
  });

  await t.test('a balance on the wrong side is refused by the database', async (t) => {
    await t.rejects(bench.owner('update balance set posted = 0.01 where path = $1', [account]), {
      message: /balance_floor/,
    });
    await t.rejects(bench.owner('update balance set held = 10.01 where path = $1', [account]), {
      message: /balance_floor/,
    });
  });

  await t.test('what is written without a command, or for another book, is refused', async (t) => {
    await t.rejects(
      writeIn(bench.database.writers, [randomUUID()], (tx) =>
        tx.query('test.foreign', "insert into account values ($1, '1001', '1001', null, 'open', '2026-07-01')", [
          bench.bookId,
        ]),
      ),
      { code: '42501' },
    );
  });
});

void t.test('An account is a wall', async (t) => {
  await t.test('it may be emptied, and not by a fen more', async (t) => {
    const account = await withDeposit('100.00');
    t.match(await bench.transfer(account, '1001', '100.01'), {
      status: 409,
      body: { code: 'insufficient-funds', detail: { available: '100.00', missing: '0.01' } },
    });
    t.equal((await bench.transfer(account, '1001', '100.00')).status, 200);
    t.match(await balanceOf(account), { posted: '0.00' });
  });

  await t.test('what is held cannot be spent, and cannot be held twice', async (t) => {
    const account = await withDeposit('100.00');
    const hold = { bookId: bench.bookId, account, amount: '60.00', reason: 'test', expiresOn: null };
    t.match(await bench.ask(placeHold, hold), { status: 201, body: { available: '40.00', state: 'standing' } });
    t.match(await bench.ask(placeHold, hold), { status: 409, body: { code: 'insufficient-funds' } });
    t.match(await bench.transfer(account, '1001', '40.01'), { status: 409, body: { code: 'insufficient-funds' } });
    t.equal((await bench.transfer(account, '1001', '40.00')).status, 200);
    t.match(await balanceOf(account), { posted: '-60.00', held: '60.00' });
  });

  await t.test('for 64 clients of four processes at once', async (t) => {
    const account = await withDeposit('1000.00');
    const processes = [1, 2, 3, 4].map(() => bench.process({ maxBatch: 7 }));
    const outcomes = await Promise.all(
      Array.from({ length: 256 }, (_, i) =>
        bench.transfer(account, '1001', '7.77', { unitOfWork: processes[i % 4] as (typeof processes)[number] }),
      ),
    );
    const through = outcomes.filter(({ status }) => status === 200).length;
    t.equal(through, 128, '128 × 7.77 = 994.56 fit into 1,000.00, one more does not');
    t.ok(outcomes.every(({ status }) => status === 200 || status === 409));
    t.match(await balanceOf(account), { posted: '-5.44', version: '129' });
    const left = outcomes
      .filter(({ status }) => status === 200)
      .map((outcome) => accepted(outcome).lines[0]?.balanceAfter);
    t.equal(new Set(left).size, 128, 'each was told the balance that it left');
  });

  t.same(
    (await bench.verify()).checks.filter(({ ok }) => !ok),
    [],
  );
});

void t.test('A key posts once', async (t) => {
  const account = await withDeposit('100.00');
  const processes = [bench.process(), bench.process({ maxBatch: 3 })];
  const key = randomUUID();
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (_, i) =>
      bench.transfer(account, '1001', '10.00', { key, unitOfWork: processes[i % 2] as (typeof processes)[number] }),
    ),
  );
  t.equal(new Set(outcomes.map(({ body }) => JSON.stringify(body))).size, 1, 'all are given the same answer');
  t.equal(outcomes.filter(({ replayed }) => !replayed).length, 1);
  t.match(await balanceOf(account), { posted: '-90.00', version: '2' });

  await t.rejects(bench.transfer(account, '1001', '10.01', { key }), { code: 'idempotency-key-reused' });
  t.match(await bench.transfer(account, '1001', '500.00', { key: 'refused' }), { status: 409, replayed: false });
  accepted(await bench.transfer('1001', account, '1000.00'));
  t.match(
    await bench.transfer(account, '1001', '500.00', { key: 'refused' }),
    { status: 409, replayed: true },
    'a refusal is final for its key',
  );
  t.equal(
    (await bench.transfer(account, '1001', '10.00', { key, actor: person(bench.bookId) })).replayed,
    true,
    'the key belongs to the organization',
  );
  const elsewhere = await bench.transfer(account, '1001', '10.00', { key, actor: person(randomUUID()) });
  t.equal(elsewhere.replayed, false, 'another organization has keys of its own');
});

void t.test('A fault of one command leaves its neighbours alone', async (t) => {
  const account = await withDeposit('100.00');
  const unitOfWork = bench.process();
  const input = { bookId: bench.bookId, debit: account, credit: '1001' as AccountPath };
  const settled = await Promise.allSettled([
    bench.ask(transfer, { ...input, amount: '1.00' }, { unitOfWork }),
    bench.ask(transfer, { ...input, amount: '0.005' }, { unitOfWork }),
    bench.ask(transfer, { ...input, amount: '2.00' }, { unitOfWork }),
    bench.ask(transfer, { ...input, amount: '1.00', effectiveDate: '2026-02-30' }, { unitOfWork }),
    bench.ask(transfer, { ...input, amount: '3.00' }, { unitOfWork }),
  ]);
  t.same(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  );
  t.match(await balanceOf(account), { posted: '-94.00' });
  t.equal((await bench.verify()).ok, true);
});

void t.test('A reversal', async (t) => {
  const account = deposit();
  const first = accepted(await bench.transfer('1001', account, '50.00'));
  const { journalId } = accepted(await bench.transfer('1001', account, '25.00'));
  const checker = person(bench.bookId, 'bank', ['checker']);
  const reversal = { bookId: bench.bookId, journalId, reason: 'paid in twice' };

  t.match(
    await bench.ask(reverseJournal, reversal),
    { status: 403, body: { code: 'same-person' } },
    'is made by another person',
  );
  const abroad = person(await bench.openAnother(), 'bank', ['checker']);
  t.match(await bench.ask(reverseJournal, reversal, { actor: abroad }), { status: 404 }, 'of the same bank');
  const all = await Promise.all(
    [1, 2, 3].map(() => bench.ask(reverseJournal, reversal, { actor: checker, unitOfWork: bench.process() })),
  );
  t.same(all.map(({ status }) => status).sort(), [201, 409, 409], 'and once, however many ask');
  const made = all.find(({ status }) => status === 201)?.body as { id: string; lines: unknown };
  t.match(made, {
    reverses: journalId,
    reason: 'paid in twice',
    lines: [
      { account, amount: '25.00' },
      { account: '1001', amount: '-25.00' },
    ],
  });
  const back = await bench.ask(reverseJournal, { ...reversal, journalId: made.id }, { actor: bench.maker });
  t.match(back, { status: 409, body: { code: 'not-reversible' } }, 'is not reversed itself');
  accepted(await bench.transfer(account, '1001', '50.00'));
  const late = await bench.ask(reverseJournal, { ...reversal, journalId: first.journalId }, { actor: checker });
  t.match(late, { status: 409, body: { code: 'insufficient-funds' } }, 'takes only what is still there');
  t.same(
    (await bench.verify()).checks.filter(({ ok }) => !ok),
    [],
  );
});

void t.test('A hold expires when its last day is over, while the book is closed for the day', async (t) => {
  const account = await withDeposit('100.00');
  const hold = { bookId: bench.bookId, account, amount: '30.00', reason: 'test', expiresOn: '2026-07-01' };
  const { body } = await bench.ask(placeHold, hold);
  const { id: holdId } = body as { id: string };
  await bench.ask(placeHold, { ...hold, expiresOn: null });
  const due = (day: string) =>
    readUnder(bench.database, { 'app.org': bench.bookId }, (db) =>
      holdsExpiredBefore(db, { bookId: bench.bookId, day, after: '00000000-0000-0000-0000-000000000000', limit: 10 }),
    );
  t.same(await due('2026-07-01'), []);
  t.same(await due('2026-07-02'), [holdId]);

  await bench.owner('update book set closing = true where id = $1', [bench.bookId]);
  const refused = bench.transfer(account, '1001', '1.00', { key: 'while closing' });
  await t.rejects(refused, { code: 'book-closing' });
  const expiry = { bookId: bench.bookId, holdId, day: '2026-07-01' };
  t.match(
    await bench.ask(expireHold, expiry),
    { status: 409, body: { code: 'illegal-transition' } },
    'not on its last day',
  );
  const expired = await bench.ask(expireHold, { ...expiry, day: '2026-07-02' });
  t.match(expired, { status: 200, body: { state: 'expired', available: '70.00' } });
  t.same(await due('2026-07-02'), []);
  await bench.owner('update book set closing = false where id = $1', [bench.bookId]);
  const later = await bench.transfer(account, '1001', '1.00', { key: 'while closing' });
  t.match(later, { status: 200, replayed: false }, 'what waited for the close is done with the same key');
  t.match(await bench.ask(releaseHold, { bookId: bench.bookId, holdId }), {
    status: 409,
    body: { code: 'illegal-transition' },
  });
  t.match(await balanceOf(account), { posted: '-99.00', held: '30.00' });
  t.equal((await bench.verify()).ok, true);
});

void t.test('Row-level security', async (t) => {
  const fresh = await ledgerBench(t);
  const [mine, other] = [deposit(), deposit()];
  accepted(await fresh.transfer('1001', mine, '10.00'));
  accepted(await fresh.transfer('1001', other, '20.00'));
  const rows = (settings: Parameters<typeof readUnder>[1]) =>
    readUnder(fresh.database, settings, async (db) => ({
      accounts: (await db.selectFrom('account').select('path').where('path', 'like', '2001/%').execute()).map(
        ({ path }) => path,
      ),
      balances: (await db.selectFrom('balance').select('path').where('posted', '<>', '0').execute()).length,
      entries: (await db.selectFrom('entry').select('line').execute()).length,
      journals: (await db.selectFrom('journal').select('id').execute()).length,
      days: (await db.selectFrom('account_day').select('path').execute()).length,
      seals: (await db.selectFrom('seal').select('seq').execute()).length,
    }));
  const everything = { accounts: [mine, other].sort(), balances: 3, entries: 4, journals: 2, days: 3, seals: 2 };
  const sorted = async (settings: Parameters<typeof readUnder>[1]) => {
    const seen = await rows(settings);
    return { ...seen, accounts: seen.accounts.sort() };
  };
  t.same(await sorted({ 'app.org': fresh.bookId }), everything, 'shows a bank its whole book');
  t.same(await sorted({ 'app.regulator': 'on' }), everything, 'and a regulator');
  const own = { accounts: [mine], balances: 1, entries: 1, journals: 1, days: 1, seals: 0 };
  t.same(await rows({ 'app.org': mine.slice(5) }), own, 'a party its accounts and what moved them');
  const nothing = { accounts: [], balances: 0, entries: 0, journals: 0, days: 0, seals: 0 };
  t.same(await rows({ 'app.org': randomUUID() }), nothing, 'others nothing');
  t.same(await rows({ 'app.operator': 'on' }), nothing, 'the platform operator neither');
});
