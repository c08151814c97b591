import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { amendRegistration, dischargeRegistration, lapseRegistration } from '../../src/collateral/commands.ts';
import type { MovableFinanceRegister } from '../../src/collateral/movable-finance-register.ts';
import { pumpRegistrations } from '../../src/collateral/pump.ts';
import { simulatedRegister } from '../../src/collateral/simulated-register.ts';
import {
  draftRegistration,
  expiredRegistrations,
  type RegistrationRow,
  registrationAnswers,
  registrations,
} from '../../src/collateral/store.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { connect, readAs, writeIn } from '../../src/platform/database.ts';
import { createUnitOfWork, type UseCase } from '../../src/platform/unit-of-work.ts';
import { asWorker, runAsSystem, systemCommand } from '../../src/platform/worker.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { freshDatabase } from '../harness/database.ts';

const ANSWER_AFTER_MS = 1_000;
const DAY_MS = 86_400_000;

type Change = (work: Workspace, now: Date) => unknown;

/** One bank, a register that answers after a second, and a clock that the test moves. */
async function registrationBench(t: Pick<Test, 'teardown'>) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 4, readers: 1 });
  t.teardown(database.close);
  const bookId = randomUUID();
  const bank = { orgId: bookId, orgKind: 'bank' as const };
  let now = Date.parse('2026-07-01T02:00:00.000Z');
  const clock = { now: () => new Date(now) };
  const unitOfWork = createUnitOfWork({ database, maxWaiting: 1000, maxBatch: 100, onWake: () => undefined });
  await writeIn(database.writers, [bookId], (tx) =>
    tx.query('test.book', 'insert into book (id, name, business_date, created_at) values ($1, $2, $3, $4)', [
      bookId,
      '示范银行',
      '2026-07-01',
      clock.now().toISOString(),
    ]),
  );
  const change = (id: string | null): UseCase<Change, unknown> => ({
    name: 'test.change',
    lane: () => bookId,
    scope: () => [bookId],
    load: async (work) => {
      if (id !== null) await work.lock(registrations, [id]);
    },
    decide: (work, command) => command.input(work, command.now) ?? null,
  });
  const run = (id: string | null, input: Change) =>
    runAsSystem(unitOfWork, change(id), systemCommand(bank, { key: randomUUID(), input, now: clock.now() }));
  const register = simulatedRegister(database, { clock, answerAfterMs: ANSWER_AFTER_MS });
  const pump = (through: MovableFinanceRegister = register) =>
    pumpRegistrations({ database, unitOfWork, register: through, clock });
  const bench = {
    database,
    bank,
    register,
    clock,
    pump,
    pass: (ms: number) => {
      now += ms;
    },
    /** Everything that is waiting is filed and answered. */
    settle: async () => {
      await pump();
      now += ANSWER_AFTER_MS;
      await pump();
    },
    draft: async (draft: Partial<Parameters<typeof draftRegistration>[0]> = {}): Promise<string> => {
      const row = draftRegistration({
        bookId,
        kind: 'pledge',
        subjectKind: 'receivable',
        subjectId: randomUUID(),
        financingId: randomUUID(),
        pledgorId: randomUUID(),
        amount: new Decimal('1000000.00'),
        termMonths: 12,
        now: clock.now(),
        ...draft,
      });
      await run(null, (work) => work.insert(registrations, row));
      return row.id;
    },
    discharge: (id: string) => run(id, (work, at) => dischargeRegistration(work, id, at)),
    amend: (id: string, termMonths: number, today: string) =>
      run(id, (work) => amendRegistration(work, id, { termMonths, today })),
    lapse: (id: string) => run(id, (work) => lapseRegistration(work, id)),
    row: async (id: string): Promise<RegistrationRow> => {
      const [row] = await writeIn(database.writers, [bookId], (tx) => registrations.read(tx, 'id', [id]));
      if (row === undefined) throw new Error(`there is no registration ${id}`);
      return row;
    },
    filings: (id: string) =>
      asWorker(database, async (tx) => {
        const rows = await tx.query<{ kind: string }>(
          'test.filings',
          'select kind from register_simulation_filing where filing_id like $1 order by filed_at, filing_id',
          [`${id}%`],
        );
        return rows.map(({ kind }) => kind);
      }),
  };
  return bench;
}

t.setTimeout(120_000);

void t.test('A registration gets its number and its rank from the register', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  await bench.pump();
  t.match(await bench.row(id), { state: 'submitted', awaiting: 'registration', registerNumber: null });
  bench.pass(ANSWER_AFTER_MS);
  await bench.pump();
  const row = await bench.row(id);
  t.match(row, {
    state: 'registered',
    awaiting: null,
    registeredAt: '2026-07-01T02:00:01.000Z',
    expiresOn: '2027-07-01',
  });
  t.match(row.registerNumber, /^20260701[0-9]{12}$/);
  await bench.pump();
  t.same(await bench.filings(id), ['registration'], 'and is filed once');
});

void t.test('The register refuses a term it does not keep', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft({ termMonths: 361 });
  await bench.settle();
  t.match(await bench.row(id), { state: 'refused', awaiting: null, reasonCode: 'TERM', registerNumber: null });
});

void t.test('Claims on one receivable rank by the time of their registration', async (t) => {
  const bench = await registrationBench(t);
  const subjectId = randomUUID();
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    ids.push(await bench.draft({ subjectId }));
    await bench.settle();
  }
  const unanswered = await bench.draft({ subjectId });
  const listed = await readAs(bench.database, bench.bank, (db) =>
    registrationAnswers(db, { subjectId }).orderBy('priority_at').orderBy('priority_number').orderBy('id').execute(),
  );
  t.same(
    listed.map(({ id }) => id),
    [...ids, unanswered],
  );
  t.match(listed[0], { amount: '1000000.00', termMonths: 12 });
});

void t.test('A book has one live registration of a receivable for a financing', async (t) => {
  const bench = await registrationBench(t);
  const same = { subjectId: randomUUID(), financingId: randomUUID() };
  const id = await bench.draft(same);
  await t.rejects(bench.draft(same), /registration_one_live/);
  await bench.discharge(id);
  t.ok(await bench.draft(same), 'after its discharge there may be another');
});

void t.test('An extension keeps the rank and asks the register first', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  await t.rejects(bench.amend(id, 24, '2026-07-01'), /illegal-transition/, 'not before it is registered');
  await bench.settle();
  await t.rejects(bench.amend(id, 12, '2026-07-02'), /invalid-input/, 'not to the same term');
  await t.rejects(bench.amend(id, 24, '2027-07-02'), /registration-expired/, 'not after the term');
  await bench.amend(id, 24, '2027-07-01');
  t.match(await bench.row(id), { state: 'registered', termMonths: 12, expiresOn: '2027-07-01' });
  await t.rejects(bench.amend(id, 36, '2026-07-02'), /registration-unanswered/, 'not while one is unanswered');
  await bench.settle();
  t.match(await bench.row(id), {
    state: 'amended',
    termMonths: 24,
    requestedTermMonths: null,
    expiresOn: '2028-07-01',
    registeredAt: '2026-07-01T02:00:01.000Z',
  });
  await bench.amend(id, 24 + 361, '2026-07-02');
  await bench.settle();
  t.match(await bench.row(id), { state: 'amended', termMonths: 24, reasonCode: 'TERM', awaiting: null });
  t.same(await bench.filings(id), ['registration', 'amendment', 'amendment']);
});

void t.test('A discharge reaches the register', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  await bench.settle();
  await bench.discharge(id);
  t.match(await bench.row(id), { state: 'discharged', awaiting: 'discharge' });
  await bench.settle();
  t.match(await bench.row(id), { state: 'discharged', awaiting: null });
  t.same(await bench.filings(id), ['registration', 'discharge']);
  await t.rejects(bench.discharge(id), /illegal-transition/);
});

void t.test('A claim given up before it was filed never reaches the register', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  await bench.discharge(id);
  await bench.settle();
  t.match(await bench.row(id), { state: 'discharged', awaiting: null, registerNumber: null });
  t.same(await bench.filings(id), []);
});

void t.test('A claim given up while the register had not answered is discharged there afterwards', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  await bench.pump();
  await bench.discharge(id);
  bench.pass(ANSWER_AFTER_MS);
  await bench.pump();
  t.match(await bench.row(id), { state: 'discharged', awaiting: 'discharge', registerNumber: /^[0-9]{20}$/ });
  await bench.settle();
  t.match(await bench.row(id), { state: 'discharged', awaiting: null });
  t.same(await bench.filings(id), ['registration', 'discharge']);
});

void t.test('A filing whose answer was lost is not made twice', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft();
  const lossy: MovableFinanceRegister = {
    file: async (filings) => {
      await bench.register.file(filings);
      throw new Error('connection reset');
    },
  };
  await bench.pump(lossy);
  bench.pass(ANSWER_AFTER_MS);
  await bench.pump();
  t.equal((await bench.row(id)).state, 'registered');
  t.same(await bench.filings(id), ['registration']);
});

void t.test('A registration lapses when its term is over', async (t) => {
  const bench = await registrationBench(t);
  const id = await bench.draft({ termMonths: 1 });
  await bench.settle();
  const expired = (on: string) =>
    writeIn(bench.database.writers, [bench.bank.orgId], (tx) =>
      expiredRegistrations(new Workspace(tx), bench.bank.orgId, on),
    );
  t.same(await expired('2026-08-01'), [], 'the last day still counts');
  t.same(await expired('2026-08-02'), [id]);
  await bench.lapse(id);
  t.equal((await bench.row(id)).state, 'lapsed');
  bench.pass(DAY_MS);
  await t.rejects(bench.discharge(id), /illegal-transition/);
});

void t.test('Pumps that run at once file each registration once', async (t) => {
  const bench = await registrationBench(t);
  const ids = await Promise.all(Array.from({ length: 30 }, () => bench.draft()));
  await Promise.all([bench.pump(), bench.pump(), bench.pump()]);
  bench.pass(ANSWER_AFTER_MS);
  await Promise.all([bench.pump(), bench.pump()]);
  for (const id of ids) {
    t.equal((await bench.row(id)).state, 'registered');
    t.same(await bench.filings(id), ['registration']);
  }
});
