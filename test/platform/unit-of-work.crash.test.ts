import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import type { AccountPath } from '../../src/ledger/chart.ts';
import type { Step } from '../../src/platform/batch.ts';
import { connect } from '../../src/platform/database.ts';
import type { Outcome, UnitOfWork } from '../../src/platform/unit-of-work.ts';
import { accepted, type Bench, ledgerBench, person, transfer } from '../ledger/bench.ts';
import { cuttingProxy } from './cutting-proxy.ts';

t.setTimeout(120_000);

const STEPS: readonly Step[] = ['begun', 'claimed', 'loaded', 'decided', 'written', 'recorded', 'committed'];
const AMOUNTS = ['10.00', '20.00', '500.00', '30.00'];

/** Four withdrawals that come together, one of them too large, from a deposit of 100.00. */
async function scene(bench: Bench) {
  const bookId = await bench.openAnother();
  const actor = person(bookId);
  const account: AccountPath = `2001/${randomUUID()}`;
  accepted(await bench.ask(transfer, { bookId, debit: '1001', credit: account, amount: '100.00' }, { actor }));
  const withdraw = (unitOfWork: UnitOfWork): Promise<PromiseSettledResult<Outcome>[]> =>
    Promise.allSettled(
      AMOUNTS.map((amount) =>
        bench.ask(
          transfer,
          { bookId, debit: account, credit: '1001', amount },
          { actor, key: `withdraw ${amount}`, unitOfWork },
        ),
      ),
    );
  return { bookId, actor, account, withdraw };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Asks everything again of a process that never failed, and looks at what there is: each happened once. */
async function expectOnce(t: Test, bench: Bench, { bookId, account, withdraw }: Scene): Promise<void> {
  const again = (await withdraw(bench.process())).map((each) =>
    each.status === 'fulfilled' ? each.value.status : each.reason,
  );
  t.same(again, [200, 200, 409, 200], 'each key has its answer');
  const [row] = await bench.owner<Record<string, unknown>>(
    `select (select round(posted, 2) from balance where path = $2)::text as posted,
            (select count(*) from journal where book_id = $1)::int as journals,
            (select count(*) from event where scope_id = $1 and kind = 'test.transferred')::int as events,
            (select count(*) from command where org_id = $1)::int as commands`,
    [bookId, account],
  );
  t.same(row, { posted: '-40.00', journals: 4, events: 4, commands: 5 }, 'and happened once');
  t.same(
    (await bench.verify(bookId)).checks.filter(({ ok }) => !ok),
    [],
  );
}

const WRITING = `from pg_stat_activity where datname = current_database() and application_name = 'lianrong writer'
  and state <> 'idle'`;

/** Ends the connections that write, as a crash of their server process would, and waits until they are gone. */
async function killWriters(bench: Bench): Promise<void> {
  for (let alive = 1; alive > 0; ) {
    alive = (await bench.owner(`select pg_terminate_backend(pid) ${WRITING}`)).length;
  }
}

void t.test('A batch that stops before any of its steps', async (t) => {
  const bench = await ledgerBench(t);

  for (const step of STEPS) {
    await t.test(`(${step}) because the process fails, is done once when asked again`, async (t) => {
      const stage = await scene(bench);
      let failures = 0;
      const failing = bench.process({
        onStep: (now) => {
          if (now !== step) return;
          failures += 1;
          throw new Error(`failed before ${now}`);
        },
      });
      const first = await stage.withdraw(failing);
      t.ok(
        first.every(({ status }) => status === 'rejected'),
        'nobody was told that it was done',
      );
      t.ok(failures > 0);
      await expectOnce(t, bench, stage);
    });

    await t.test(`(${step}) because its connection ends, is done once without being asked again`, async (t) => {
      const stage = await scene(bench);
      let kills = 0;
      const cut = bench.process({
        // A batch of one cannot be healed by being halved.
        maxBatch: 1,
        onStep: async (now) => {
          if (now !== step || kills > 0) return;
          kills += 1;
          await killWriters(bench);
        },
      });
      const answers = (await stage.withdraw(cut)).map((each) =>
        each.status === 'fulfilled' ? each.value.status : each.reason,
      );
      t.same(answers, [200, 200, 409, 200], 'the callers notice nothing');
      t.equal(kills, 1);
      await expectOnce(t, bench, stage);
    });
  }
});

void t.test('A line that breaks at any round trip, before the statement or after it, changes nothing', async (t) => {
  const bench = await ledgerBench(t);
  const proxy = await cuttingProxy(t, bench.ownerUrl);
  const database = connect({ url: proxy.url, writers: 1, readers: 1 });
  t.teardown(database.close);
  const unbroken = await scene(bench);
  await unbroken.withdraw(bench.process({ database }));
  proxy.arm(null);
  const counted = await scene(bench);
  await counted.withdraw(bench.process({ database }));
  const last = proxy.roundTrips();
  t.ok(last >= 8, `a batch is ${last} round trips`);

  for (const when of ['before', 'after'] as const) {
    for (let roundTrip = 1; roundTrip <= last; roundTrip += 1) {
      const stage = await scene(bench);
      proxy.arm({ roundTrip, when });
      const answers = await stage.withdraw(bench.process({ database }));
      proxy.arm(null);
      t.same(
        answers.map((each) => (each.status === 'fulfilled' ? each.value.status : each.reason)),
        [200, 200, 409, 200],
      );
      const replayed = answers.some((each) => each.status === 'fulfilled' && each.value.replayed);
      const commitLost = roundTrip === last && when === 'after';
      t.equal(
        replayed,
        commitLost,
        `${when} round trip ${roundTrip}: ${commitLost ? 'the commit stood' : 'nothing stood'}`,
      );
      await expectOnce(t, bench, stage);
    }
  }
});

void t.test('A process that stops finishes what it has taken on and takes on nothing more', async (t) => {
  const bench = await ledgerBench(t);
  const stage = await scene(bench);
  const stopping = bench.process();
  const underWay = stage.withdraw(stopping);
  await stopping.drain();
  const done = await bench.owner('select from command where org_id = $1', [stage.bookId]);
  t.equal(done.length, 5, 'what was under way is done');
  const [late] = await stage.withdraw(stopping);
  t.match(late, { status: 'rejected', reason: { code: 'overloaded' } });
  t.ok((await underWay).every(({ status }) => status === 'fulfilled'));
  await expectOnce(t, bench, stage);
});
