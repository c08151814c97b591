import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { readPastBalance } from '../../src/ledger/account-queries.ts';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { placeHold, releaseHold } from '../../src/ledger/holds.ts';
import { reverseJournal } from '../../src/ledger/reversal.ts';
import { readUnder } from '../../src/platform/database.ts';
import type { Outcome } from '../../src/platform/unit-of-work.ts';
import { type Bench, ledgerBench, person, type TransferAnswer, transfer } from './bench.ts';
import { type Action, createOracle, yuan } from './oracle.ts';

/** Each run is on a book of its own with these accounts; the parties are its own as well. */
const ACCOUNTS = ['1001', '1101', '2001/A', '2001/B', '2011', '9001', '9999'] as const;
const DAY = '2026-07-01';

const fen = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 20_000n }) },
  { weight: 1, arbitrary: fc.constantFrom(1n, 5n, 10n, 99n, 100n, 10n ** 15n, 10n ** 17n - 1n) },
);
const account = fc.constantFrom(...ACCOUNTS);
const pair = fc.tuple(account, account).filter(([a, b]) => a !== b);
const effectiveDate = fc.constantFrom(DAY, DAY, '2026-06-30', '2026-02-28', '2026-07-02', '2024-02-29');

/** Commands of one kind that arrive together, by one of two people. */
const burst = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(
      fc.record({ kind: fc.constant('transfer' as const), pair, fen, effectiveDate, by: fc.nat(1) }),
      { minLength: 1, maxLength: 6 },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ kind: fc.constant('hold' as const), account, fen, by: fc.nat(1) }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.record({ kind: fc.constant('release' as const), pick: fc.nat(), by: fc.nat(1) }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ kind: fc.constant('reverse' as const), pick: fc.nat(), by: fc.nat(1) }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
);
type Wish = (typeof burst extends fc.Arbitrary<infer B> ? B : never)[number];

/** What there is to give, so that more than refusals happens. */
const endowment = [
  ['1001', '2001/A', 50_000n] as const,
  ['1101', '2001/B', 30_000n] as const,
  ['9001', '9999', 10_000n] as const,
].map(
  ([debit, credit, amount]): Wish => ({
    kind: 'transfer',
    pair: [debit, credit],
    fen: amount,
    effectiveDate: DAY,
    by: 0,
  }),
);

/** Runs bursts against the service and the oracle alike, and compares every verdict and everything that is left. */
async function sameAsOracle(bench: Bench, bursts: readonly (readonly Wish[])[], reached: Set<string>): Promise<void> {
  const bookId = await bench.openAnother();
  const party: Readonly<Record<string, string>> = { A: randomUUID(), B: randomUUID() };
  const path = (name: string) => name.replace(/[AB]$/, (letter) => party[letter] as string) as AccountPath;
  const people = [person(bookId), person(bookId)];
  const oracle = createOracle(DAY);
  const [journalIds, holdIds]: [string[], string[]] = [[], []];

  function ask(action: Action, by: number): Promise<Outcome> {
    const asking = { actor: people[by] as (typeof people)[number] };
    switch (action.kind) {
      case 'transfer':
        return bench.ask(
          transfer,
          {
            bookId,
            debit: path(action.debit),
            credit: path(action.credit),
            amount: yuan(action.fen),
            effectiveDate: action.effectiveDate,
          },
          asking,
        );
      case 'hold':
        return bench.ask(
          placeHold,
          { bookId, account: path(action.account), amount: yuan(action.fen), reason: 'test', expiresOn: null },
          asking,
        );
      case 'release':
        return bench.ask(releaseHold, { bookId, holdId: holdIds[action.hold] as string }, asking);
      case 'reverse':
        return bench.ask(
          reverseJournal,
          { bookId, journalId: journalIds[action.journal] as string, reason: 'test' },
          asking,
        );
    }
  }

  for (const wishes of [endowment, ...bursts]) {
    bench.pass(1000);
    const at = bench.now().getTime();
    const actions = wishes.flatMap((wish) =>
      actionOf(wish, journalIds.length, holdIds.length).map((action) => ({ action, by: wish.by })),
    );
    const outcomes = await Promise.all(actions.map(({ action, by }) => ask(action, by)));
    for (const [i, { action, by }] of actions.entries()) {
      const outcome = outcomes[i] as Outcome;
      const expected = oracle.decide(action, people[by]?.personId as string, at);
      const seen = outcome.status < 300 ? null : (outcome.body as { code: string }).code;
      if (seen !== expected) throw new Error(`${JSON.stringify(action, text)}: ${seen}, not ${expected}`);
      reached.add(`${action.kind} ${expected ?? 'accepted'}`);
      if (expected !== null) continue;
      if (action.kind === 'hold') holdIds.push((outcome.body as { id: string }).id);
      else if (action.kind === 'transfer') journalIds.push((outcome.body as TransferAnswer).journalId);
      else if (action.kind === 'reverse') journalIds.push((outcome.body as { id: string }).id);
    }
  }
  for (const name of ACCOUNTS) await compareAccount(bench, { bookId, name, path: path(name), oracle });
  const { checks } = await bench.verify(bookId);
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

/** What a wish comes to, when there is a journal to reverse or a hold to release. */
function actionOf(wish: Wish, journals: number, holds: number): Action[] {
  switch (wish.kind) {
    case 'transfer':
      return [
        {
          kind: 'transfer',
          debit: wish.pair[0],
          credit: wish.pair[1],
          fen: wish.fen,
          effectiveDate: wish.effectiveDate,
        },
      ];
    case 'hold':
      return [{ kind: 'hold', account: wish.account, fen: wish.fen }];
    case 'release':
      return holds === 0 ? [] : [{ kind: 'release', hold: wish.pick % holds }];
    case 'reverse':
      return journals === 0 ? [] : [{ kind: 'reverse', journal: wish.pick % journals }];
  }
}

type Compared = Readonly<{ bookId: string; name: string; path: AccountPath; oracle: ReturnType<typeof createOracle> }>;

async function compareAccount(bench: Bench, { bookId, name, path, oracle }: Compared): Promise<void> {
  const entries = oracle.entries.filter((entry) => entry.account === name);
  const stored = await bench.owner<Record<string, string>>(
    `select amount, balance_after, account_version, effective_date::text from entry
      where book_id = $1 and path = $2 order by account_version`,
    [bookId, path],
  );
  deepStrictEqual(
    stored.map((row) => Object.values(row)),
    entries.map((e) => [yuan(e.fen), yuan(e.balanceAfter), String(e.version), e.effectiveDate]),
    `the entries of ${name}`,
  );
  const [balance] = await bench.owner<Record<string, string>>(
    'select round(posted, 2) as posted, round(held, 2) as held, version from balance where book_id = $1 and path = $2',
    [bookId, path],
  );
  if (balance === undefined) return deepStrictEqual(entries, []);
  deepStrictEqual(
    Object.values(balance),
    [yuan(oracle.posted(name)), yuan(oracle.held(name)), String(entries.length)],
    `the balance of ${name}`,
  );
  if (name === '2001/A') await comparePast(bench, { bookId, name, path, oracle });
}

/** Every moment at which the account moved, and every day for which it did, on both axes. */
async function comparePast(bench: Bench, { bookId, name, path, oracle }: Compared): Promise<void> {
  const moved = oracle.entries.filter((entry) => entry.account === name);
  const moments = [...new Set(moved.flatMap(({ recordedAt }) => [recordedAt - 1, recordedAt]))].slice(-4);
  const days = ['2024-02-28', ...new Set(moved.map((entry) => entry.effectiveDate))].slice(0, 3);
  await readUnder(bench.database, { 'app.org': bookId }, async (db) => {
    for (const asOf of [undefined, ...moments]) {
      for (const onDate of [undefined, ...days]) {
        const moment = { ...(asOf && { asOf: new Date(asOf).toISOString() }), ...(onDate && { onDate }) };
        const { posted } = await readPastBalance(db, bookId, path, moment);
        const expected = yuan(oracle.balance(name, { ...(asOf && { asOf }), ...(onDate && { onDate }) }));
        if (posted !== expected) throw new Error(`${name} at ${JSON.stringify(moment)} is ${posted}, not ${expected}`);
      }
    }
  });
}

t.setTimeout(120_000);

void t.test('Whatever is asked, the ledger does what a naive one does', { timeout: 120_000 }, async (t) => {
  const bench = await ledgerBench(t);
  const bursts = fc.array(burst, { minLength: 1, maxLength: 10, size: 'max' });
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(bursts, (all) => sameAsOracle(bench, all, reached)),
    { numRuns: 25 },
  );
  for (const kind of ['transfer', 'hold', 'release', 'reverse'])
    t.ok(reached.has(`${kind} accepted`), `a ${kind} was accepted`);
  t.ok(reached.has('transfer insufficient-funds'), 'a floor was met');
});
