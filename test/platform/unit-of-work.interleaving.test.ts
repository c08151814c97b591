import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import type { Outcome, UseCase } from '../../src/platform/unit-of-work.ts';
import {
  accepted,
  type Bench,
  ledgerBench,
  person,
  type Transfer,
  type TransferAnswer,
  transfer,
} from '../ledger/bench.ts';
import { yuan } from '../ledger/oracle.ts';
import { type Decision, replay, serialOrder } from './history.ts';
import { interleaver } from './interleaving.ts';

t.setTimeout(240_000);

type Seen = Record<string, number>;

/** A transfer that tells which versions of its accounts it decided on, refused or not. */
const watched: UseCase<Transfer, TransferAnswer & Readonly<{ seen: Seen }>> = {
  ...transfer,
  name: 'test.watched_transfer',
  decide: (work, command, loaded) => {
    const { bookId, debit, credit } = command.input;
    const version = (path: AccountPath) => Number(ledgerOf(work).balance(bookId, path).version);
    const seen = { [debit]: version(debit), [credit]: version(credit) };
    try {
      return { ...transfer.decide(work, command, loaded), seen };
    } catch (error) {
      if (error instanceof Refusal) throw new Refusal(error.code, error.message, { ...error.detail, seen });
      throw error;
    }
  },
};

const ACCOUNTS = ['1001', 'A', 'B', 'C'] as const;
const move = fc.record({
  pair: fc.tuple(fc.constantFrom(...ACCOUNTS), fc.constantFrom(...ACCOUNTS)).filter(([a, b]) => a !== b),
  fen: fc.bigInt({ min: 1n, max: 900n }),
  /** Commands of the same key, whichever process they reach, are one. */
  key: fc.nat(11),
});
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

/** For each of two or three processes what it is asked one after the other; what is listed together comes together. */
const workload = fc.array(fc.array(fc.array(move, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }), {
  minLength: 2,
  maxLength: 3,
});
const choices = fc.array(fc.nat(5), { minLength: 40, maxLength: 40 });

async function isSerial(
  bench: Bench,
  processes: readonly (readonly (readonly Move[])[])[],
  order: readonly number[],
): Promise<number> {
  const bookId = await bench.openAnother();
  const maker = person(bookId);
  const parties: Readonly<Record<string, string>> = {
    A: `2001/${randomUUID()}`,
    B: `2001/${randomUUID()}`,
    C: `2001/${randomUUID()}`,
  };
  const path = (name: string) => (parties[name] ?? name) as AccountPath;
  // C has no account yet: who comes first opens it.
  const endowment = new Map(
    [
      ['A', 1000n],
      ['B', 500n],
    ].map(([name, fen]) => [path(name as string), -(fen as bigint)]),
  );
  for (const [account, fen] of endowment) {
    accepted(
      await bench.ask(transfer, { bookId, debit: '1001', credit: account, amount: yuan(-fen) }, { actor: maker }),
    );
  }
  endowment.set('1001', 1500n);

  let clock = 0;
  const scheduler = interleaver(bench, order);
  const answers: (Decision & Readonly<{ replayed: boolean }>)[] = [];
  const canonical = new Map<number, Move>();
  async function ask(unitOfWork: ReturnType<Bench['process']>, wish: Move): Promise<void> {
    const { pair, fen, key } = canonical.get(wish.key) ?? wish;
    canonical.set(wish.key, { pair, fen, key });
    const [debit, credit] = [path(pair[0]), path(pair[1])];
    const invokedAt = clock++;
    const { status, body, replayed }: Outcome = await bench.ask(
      watched,
      { bookId, debit, credit, amount: yuan(fen) },
      { actor: maker, key: `key ${key}`, unitOfWork },
    );
    const seen = (status === 200 ? (body as { seen: Seen }) : (body as { detail: { seen: Seen } }).detail).seen;
    answers.push({
      key: `key ${key}`,
      debit,
      credit,
      fen,
      accepted: status === 200,
      seen,
      invokedAt,
      answeredAt: clock++,
      replayed,
    });
  }
  const work = processes.map(async (rounds, number) => {
    const unitOfWork = bench.process({ onStep: scheduler.onStep(number), maxBatch: 2 });
    await scheduler.watch(
      (async () => {
        for (const round of rounds) await Promise.all(round.map((wish) => ask(unitOfWork, wish)));
      })(),
    );
  });
  await Promise.all([...work, scheduler.run()]);

  const decided = new Map<string, Decision>();
  for (const { replayed, ...answer } of answers) {
    const known = decided.get(answer.key);
    // A repeated key must be told the same; whoever decided first was asked first and answered first.
    if (known && (known.accepted !== answer.accepted || JSON.stringify(known.seen) !== JSON.stringify(answer.seen))) {
      throw new Error(`${answer.key} was answered in two ways`);
    }
    void replayed;
    decided.set(answer.key, {
      ...answer,
      invokedAt: Math.min(known?.invokedAt ?? answer.invokedAt, answer.invokedAt),
      answeredAt: Math.min(known?.answeredAt ?? answer.answeredAt, answer.answeredAt),
    });
  }
  const balances = replay(serialOrder([...decided.values()]), endowment);
  const stored = await bench.owner<{ path: string; posted: string }>(
    'select path, round(posted, 2) as posted from balance where book_id = $1',
    [bookId],
  );
  for (const { path: account, posted } of stored) {
    if (posted !== yuan(balances.get(account) ?? 0n))
      throw new Error(`${account} has ${posted}, not ${yuan(balances.get(account) ?? 0n)}`);
  }
  const journals = await bench.owner('select from journal where book_id = $1', [bookId]);
  const moved = [...decided.values()].filter((each) => each.accepted).length;
  if (journals.length !== moved + 2) throw new Error(`${journals.length - 2} journals for ${moved} accepted commands`);
  const { checks } = await bench.verify(bookId);
  if (checks.some(({ ok }) => !ok)) throw new Error(JSON.stringify(checks.filter(({ ok }) => !ok)));
  return scheduler.trace.filter((step, i, all) => i > 0 && step[0] !== all[i - 1]?.[0]).length;
}

void t.test(
  'However the steps of several processes interleave, the answers are those of some serial order',
  { timeout: 240_000 },
  async (t) => {
    const bench = await ledgerBench(t);
    let switches = 0;
    await fc.assert(
      fc.asyncProperty(workload, choices, async (processes, order) => {
        switches += await isSerial(bench, processes, order);
      }),
      { numRuns: 30 },
    );
    t.ok(switches > 100, `the processes took turns ${switches} times`);
  },
);

void t.test('The check itself finds an order that cannot be', async (t) => {
  const base = { debit: '1001', credit: 'A', fen: 1n, accepted: true };
  const one = { ...base, key: 'one', seen: { x: 0, y: 1 }, invokedAt: 0, answeredAt: 9 };
  const two = { ...base, key: 'two', seen: { x: 1, y: 0 }, invokedAt: 1, answeredAt: 8 };
  t.throws(() => serialOrder([one, two]), /no serial order/, 'each saw the other: write skew');
  const late = { ...base, key: 'late', seen: { x: 0 }, invokedAt: 20, answeredAt: 21 };
  t.throws(() => serialOrder([{ ...one, seen: { x: 1 } }, late]), /no serial order/, 'a stale read after an answer');
  t.throws(
    () => replay([{ ...base, key: 'over', debit: '2001/p', seen: {}, invokedAt: 0, answeredAt: 1 }], new Map()),
    /alone it is not/,
  );
});
