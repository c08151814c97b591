import { uuidv7 } from 'uuidv7';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';
import { type AccountPath, chart, codeOf, partyOf } from './chart.ts';
import { imbalance, type Journal, type Line } from './journal.ts';
import { lockBalances, lockHead, openAccounts, type PostedJournal, writePostings } from './store.ts';

const LEDGER_RANK = 80;

export type BalanceState = Readonly<{
  guard: 1 | -1 | 0;
  posted: Decimal;
  held: Decimal;
  version: bigint;
  open: boolean;
}>;

/** What an account may still give: posted less held, on the side the account stays on. */
export const available = (balance: BalanceState): Decimal =>
  balance.posted.times(balance.guard === 0 ? 1 : balance.guard).minus(balance.held);

/** The books of one batch: balances locked once, postings applied in memory and written together. */
export type Ledger = Participant &
  Readonly<{
    /** Locks the balances of these accounts, opening those that are new. */
    lock: (bookId: string, paths: Iterable<AccountPath>) => Promise<void>;
    balance: (bookId: string, path: AccountPath) => BalanceState;
    /** Posts a balanced journal and answers its lines with the balances they left. */
    post: (journal: Journal, context: Readonly<{ requestId: string; now: Date }>) => PostedJournal;
    /** Takes an amount out of what is available (negative: gives it back). */
    hold: (bookId: string, path: AccountPath, amount: Decimal) => void;
  }>;

const keyOf = (bookId: string, path: string): string => `${bookId} ${path}`;

/** The ledger of this batch. */
export const ledgerOf = (work: Workspace): Ledger => work.participant('ledger', () => openLedger(work));

function openLedger(work: Workspace): Ledger {
  const balances = new Map<string, BalanceState>();
  const touched = new Set<string>();
  const posted: PostedJournal[] = [];

  function balance(bookId: string, path: AccountPath): BalanceState {
    const state = balances.get(keyOf(bookId, path));
    if (state === undefined) throw new Error(`account ${path} was not locked`);
    return state;
  }

  function replace(bookId: string, path: AccountPath, after: BalanceState): void {
    const key = keyOf(bookId, path);
    const before = balances.get(key) as BalanceState;
    balances.set(key, after);
    touched.add(key);
    work.onUndo(() => balances.set(key, before));
  }

  function apply(journal: Journal, line: Line) {
    const before = balance(journal.bookId, line.account);
    if (!before.open) throw new Refusal('account-closed', `account ${line.account} is closed`);
    const after = { ...before, posted: before.posted.plus(line.amount), version: before.version + 1n };
    if (after.guard !== 0 && available(after).isNegative()) refuseOverdraft(line, before);
    replace(journal.bookId, line.account, after);
    return { ...line, balanceAfter: after.posted, accountVersion: after.version };
  }

  return {
    rank: LEDGER_RANK,
    lock: async (bookId, paths) => {
      work.passRank(LEDGER_RANK, 'balance');
      const wanted = [...new Set(paths)].filter((path) => !balances.has(keyOf(bookId, path)));
      if (wanted.length === 0) return;
      let rows = await lockBalances(work, bookId, wanted);
      if (rows.length < wanted.length) {
        await openAccounts(
          work,
          bookId,
          wanted.map((path) => ({
            path,
            code: codeOf(path),
            partyId: partyOf(path),
            guard: chart[codeOf(path)].guard,
          })),
        );
        rows = await lockBalances(work, bookId, wanted);
      }
      for (const { path, ...state } of rows) balances.set(keyOf(bookId, path), state);
    },
    balance,
    post: (journal, { requestId, now }) => {
      if (journal.lines.length < 2 || !imbalance(journal.lines).isZero()) {
        throw new Error(`${journal.kind} does not balance`);
      }
      const lines = journal.lines.map((line) => apply(journal, line));
      const entry: PostedJournal = { ...journal, id: uuidv7(), lines, requestId, createdAt: now.toISOString() };
      posted.push(entry);
      work.onUndo(() => posted.pop());
      return entry;
    },
    hold: (bookId, path, amount) => {
      const before = balance(bookId, path);
      const after = { ...before, held: before.held.plus(amount) };
      if (amount.isPositive() && available(after).isNegative()) refuseOverdraft({ account: path, amount }, before);
      replace(bookId, path, after);
    },
    write: async () => {
      if (touched.size === 0) return;
      const heads = new Map<string, Awaited<ReturnType<typeof lockHead>>>();
      for (const bookId of [...new Set([...touched].map((key) => key.slice(0, 36)))].sort()) {
        heads.set(bookId, await lockHead(work, bookId));
      }
      for (const [bookId, head] of heads) {
        const changed = [...touched].filter((key) => key.startsWith(bookId));
        await writePostings(work, {
          bookId,
          head,
          journals: posted.filter((journal) => journal.bookId === bookId),
          balances: changed.map((key) => ({ path: key.slice(37), ...(balances.get(key) as BalanceState) })),
        });
      }
    },
  };
}

function refuseOverdraft(line: Line, before: BalanceState): never {
  throw new Refusal('insufficient-funds', `account ${line.account} has ${available(before).toFixed(2)} available`, {
    account: line.account,
    available: available(before).toFixed(2),
    missing: line.amount.abs().minus(available(before)).toFixed(2),
  });
}
