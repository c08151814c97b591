import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { placeHold, releaseHold } from '../../src/ledger/holds.ts';
import { reverseJournal } from '../../src/ledger/reversal.ts';
import { tampering } from '../harness/tampering.ts';
import { accepted, addBank, type Bench, ledgerBench, person, transfer } from './bench.ts';

const PROTECTED = [
  'journal',
  'entry',
  'seal',
  'hold',
  'hold_event',
  'balance',
  'account_day',
  'ledger_head',
  'account',
] as const;

/** State of an account that nothing else in the ledger repeats; no sum or seal depends on it. */
const UNPROTECTED = new Set(['account.status', 'account.opened_on']);

const holdOn = ({ bookId }: Bench, account: AccountPath, amount: string, expiresOn: string | null) => ({
  bookId,
  account,
  amount,
  reason: `court order over ${amount}`,
  expiresOn,
});

/** A book with every kind of record: transfers of one and of several a batch, dated back, holds, ends, a reversal. */
async function filledBook(bench: Bench): Promise<void> {
  const [a, b] = [randomUUID(), randomUUID()].map((id) => `2001/${id}` as AccountPath) as [AccountPath, AccountPath];
  await bench.transfer('1001', a, '1000.00');
  bench.pass(1000);
  await Promise.all(['10.00', '20.00', '30.00'].map((amount) => bench.transfer(a, b, amount)));
  bench.pass(1000);
  const { journalId } = accepted(await bench.transfer('2011', '1001', '55.55'));
  const held = await bench.ask(placeHold, holdOn(bench, a, '70.00', '2026-08-01'));
  await bench.ask(placeHold, holdOn(bench, b, '5.00', null));
  bench.pass(1000);
  await bench.ask(releaseHold, { bookId: bench.bookId, holdId: (held.body as { id: string }).id });
  const reversal = { bookId: bench.bookId, journalId, reason: 'booked twice' };
  await bench.ask(reverseJournal, reversal, { actor: person(bench.bookId, 'bank', ['checker']) });
  bench.pass(1000);
  await bench.owner("update book set business_date = '2026-07-02'");
  const last = { bookId: bench.bookId, debit: b, credit: a, amount: '1.00', subjectId: randomUUID() };
  accepted(await bench.ask(transfer, last));
}

type Row = Record<string, unknown>;

async function rowOf(bench: Bench, table: string, end: string): Promise<Row> {
  const [row] = await bench.owner<Row>(`select ctid::text as ctid, * from ${table} order by ctid ${end} limit 1`);
  return row as Row;
}

/** Whether one of the faults names the row: by what it is known by, or by the seal or account that it is missing in. */
function names(faults: readonly string[], table: string, row: Row): boolean {
  const ids = [row.id, row.hold_id, row.journal_id, row.path].filter((each) => typeof each === 'string');
  const seals = [row.seq, row.seal_seq].filter((each) => each !== undefined).map((number) => `seal ${number} `);
  const known = table === 'ledger_head' ? ['the head'] : [...ids, ...seals];
  return faults.some((fault) => known.some((each) => fault.includes(String(each))));
}

type Column = { table_name: string; column_name: string; udt_name: string };

const STRANGER = randomUUID();

/** Another value of the same type, as near as the type allows. */
const otherValue: Readonly<Record<string, (column: string) => string>> = {
  uuid: () => `'${STRANGER}'`,
  text: (c) => `coalesce(${c}, '') || 'x'`,
  date: (c) => `coalesce(${c}, '2026-07-01') + 1`,
  timestamptz: (c) => `${c} + interval '1 microsecond'`,
  numeric: (c) => `${c} + 0.01`,
  int2: (c) => `case ${c} when 1 then -1 else 1 end`,
  int4: (c) => `${c} + 1`,
  int8: (c) => `${c} + 1`,
  bytea: (c) => `set_byte(${c}, 31, (get_byte(${c}, 31) + 1) % 256)`,
};

t.setTimeout(120_000);

void t.test('The verifier', { timeout: 120_000 }, async (t) => {
  const bench = await ledgerBench(t);
  await filledBook(bench);
  t.same(
    (await bench.verify()).checks.filter(({ ok }) => !ok),
    [],
    'passes an honest book',
  );
  await bench.owner('drop index journal_reversed_once');
  const { ownerUrl, bookId } = bench;
  const tamper = await tampering(t, { ownerUrl, bookId, tables: [...PROTECTED, 'command', 'event'], more: {} });
  t.same(await tamper([]), []);

  await t.test('finds every value that is changed, whatever column and row, and names the row', async (t) => {
    const columns = await bench.owner<Column>(
      `select table_name, column_name, udt_name from information_schema.columns
        where table_schema = 'public' and table_name = any($1) order by table_name, ordinal_position`,
      [PROTECTED],
    );
    for (const [i, { table_name: table, column_name: column, udt_name: type }] of columns.entries()) {
      if (UNPROTECTED.has(`${table}.${column}`)) continue;
      const value = otherValue[type]?.(column);
      if (value === undefined) throw new Error(`how to change a ${type}?`);
      const row = await rowOf(bench, table, i % 2 === 0 ? 'asc' : 'desc');
      const change = `update ${table} set ${column} = ${value} where ctid = '${row.ctid}'`;
      const faults = await tamper([change], column === 'book_id' ? null : bench.bookId);
      const renamed = type === 'uuid' ? { ...row, [column]: STRANGER } : row;
      t.ok(names(faults, table, row) || names(faults, table, renamed), `${table}.${column}: ${faults[0]}`);
    }
  });

  await t.test('finds every row that is deleted', async (t) => {
    for (const table of PROTECTED) {
      for (const end of ['asc', 'desc']) {
        const row = await rowOf(bench, table, end);
        const faults = await tamper([`delete from ${table} where ctid = '${row.ctid}'`]);
        t.ok(names(faults, table, row), `the ${end === 'asc' ? 'first' : 'last'} row of ${table}: ${faults[0]}`);
      }
    }
  });

  await t.test('finds every pair of rows whose values are swapped', async (t) => {
    const pairs: Readonly<Record<string, readonly string[]>> = {
      journal: [
        'kind',
        'business_date',
        'subject_id',
        'reverses',
        'reason',
        'request_id',
        'actor_person',
        'seal_seq, position',
        'created_at',
        'digest',
      ],
      entry: ['journal_id, line', 'path', 'amount', 'balance_after', 'path, account_version'],
      seal: ['previous_hash', 'hash', 'journals', 'created_at', 'seq'],
      hold: ['path', 'amount', 'reason', 'expires_on', 'seal_seq, position'],
      balance: ['guard', 'posted', 'held', 'version'],
      account_day: ['debit', 'credit', 'path'],
    };
    for (const [table, groups] of Object.entries(pairs)) {
      const all = await bench.owner<Row>(`select ctid::text as ctid, * from ${table}`);
      for (const group of groups) {
        const columns = group.split(', ');
        // The same amount may be written 0 and 0.00.
        const value = (row: Row | undefined) => columns.map((c) => String(row?.[c]).replace(/\.00$/, '')).join();
        const [first, second] = [all[0], all.findLast((row) => value(row) !== value(all[0]))];
        t.ok(second, `two rows of ${table} differ in ${group}`);
        const swap = `update ${table} a set ${columns.map((c) => `${c} = b.${c}`).join(', ')} from ${table} b
          where (a.ctid, b.ctid) in (('${first?.ctid}', '${second?.ctid}'), ('${second?.ctid}', '${first?.ctid}'))`;
        const faults = await tamper([swap]);
        t.ok(faults.length > 0, `${group} of two rows of ${table}: ${faults[0]}`);
      }
    }
  });

  await t.test('finds a key decided twice or by halves, and a command that did not tell what it changed', async (t) => {
    const command =
      "where use_case = 'hold.place' and key = (select min(key) from command where use_case = 'hold.place')";
    for (const [change, fault] of [
      [`insert into command select * from command ${command}`, /key .* has 2 decisions/],
      [
        `update command set key = (select max(key) from command other where other.org_id = command.org_id and other.key <> command.key) ${command}`,
        /key .* has 2 decisions/,
      ],
      [`update command set status = 99 ${command}`, /has 1 decisions, one of them not whole/],
      [`update command set status = 409 ${command}`, /made 1 events, 1 are there/],
      [`update command set events = 2 ${command}`, /made 2 events, 1 are there/],
      [`delete from command ${command}`, /event .* names the command .*, which is not there/],
      ["delete from event where kind = 'journal.reversed'", /made 1 events, 0 are there/],
      ["update event set command_key = 'x' where kind = 'journal.reversed'", /made 1 events, 0 are there|command x/],
      [
        "update event set request_id = 'x' where kind = 'journal.reversed'",
        /journal .* was posted by request .*, which told nobody/,
      ],
    ] as const)
      t.match((await tamper([change])).join('; '), fault, change);
  });

  await t.test('finds a list of accounts that is not what the entries make', async (t) => {
    const faults = await tamper(["update balance set posted = posted + 0.01 where path = '1001'"]);
    t.match(
      faults.join('; '),
      /the accounts listed of code 1001 make 1055\.56, their entries 1055\.55|listed of code 1001/,
    );
    t.match(
      (await tamper(["delete from balance where path = '1001'"])).join('; '),
      /\d+ accounts are listed, the book has \d+/,
    );
  });

  await t.test('finds rows that belong to no book, and a book that is not there', async (t) => {
    await addBank(bench.owner, randomUUID(), '91370100MB00000001');
    t.match(await tamper(['update seal set book_id = gen_random_uuid() where seq = 2'], null), [
      /seal 2 of book .* does not exist/,
    ]);
    t.match(await tamper([], randomUUID()), [/there is no book/]);
  });
});
