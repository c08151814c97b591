import { uuidv7 } from 'uuidv7';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';
import { type AccountPath, chart, codeOf, partyOf } from './chart.ts';
import { imbalance, type Journal, type Line } from './journal.ts';
import { type Batch, record } from './recording.ts';
import type { Hold, HoldEnd, HoldEndKind, PlacedHold, PostedJournal } from './records.ts';
import { lockBalances, lockHead, openAccounts } from './store.ts';

const LEDGER_RANK = 80;

export type BalanceState = Readonly<{
  guard: 1 | -1 | 0;
  posted: Decimal;
  held: Decimal;
  version: bigint;
  open: boolean;
}>;

/** What an account may still give: posted less held, on the side the account stays on. */
export const available = (balance: Pick<BalanceState, 'guard' | 'posted' | 'held'>): Decimal =>
  balance.posted.times(balance.guard === 0 ? 1 : balance.guard).minus(balance.held);

/** The books of one batch: balances locked once, postings applied in memory and written together. */
export type Ledger = Participant &
  Readonly<{
    /** Locks the balances of these accounts, opening those that are new. */
    lock: (bookId: string, paths: Iterable<AccountPath>) => Promise<void>;
    balance: (bookId: string, path: AccountPath) => BalanceState;
    /** Posts a balanced journal and answers its lines with the balances they left. */
    post: (journal: Journal, context: Readonly<{ requestId: string; now: Date }>) => PostedJournal;
    /** Takes the amount of a hold out of what is available. Only an account that stays on one side has holds. */
    hold: (hold: Hold) => PlacedHold;
    /** Gives the amount of a hold that stands back to what is available, for good. */
    endHold: (hold: Hold, kind: HoldEndKind) => HoldEnd;
  }>;

type Records = Readonly<{ journals: PostedJournal[]; holds: PlacedHold[]; ends: HoldEnd[] }>;

const keyOf = (bookId: string, path: string): string => `${bookId} ${path}`;

/** The ledger of this batch. */
export const ledgerOf = (work: Workspace): Ledger => work.participant('ledger', () => openLedger(work));

function openLedger(work: Workspace): Ledger {
  const locked = new Map<string, BalanceState>();
  const balances = new Map<string, BalanceState>();
  const records: Records = { journals: [], holds: [], ends: [] };

  function balance(bookId: string, path: AccountPath): BalanceState {
    const state = balances.get(keyOf(bookId, path));
    if (state === undefined) throw new Error(`account ${path} was not locked`);
    return state;
  }

  function replace(bookId: string, path: AccountPath, after: BalanceState): void {
    const key = keyOf(bookId, path);
    const before = balances.get(key) as BalanceState;
    balances.set(key, after);
    work.onUndo(() => balances.set(key, before));
  }

  function keep<T>(list: T[], made: T): T {
    list.push(made);
    work.onUndo(() => list.pop());
    return made;
  }

  function apply(bookId: string, line: Line) {
    const before = requireOpen(balance(bookId, line.account), line.account);
    const after = { ...before, posted: before.posted.plus(line.amount), version: before.version + 1n };
    if (after.guard !== 0 && available(after).lessThan(0)) refuseOverdraft(line, before);
    replace(bookId, line.account, after);
    return { ...line, balanceAfter: after.posted, accountVersion: after.version };
  }

  function origin(context?: Readonly<{ requestId: string; now: Date }>) {
    const { actor, now } = work.author;
    const requestId = context?.requestId ?? actor.requestId;
    return { requestId, actorPerson: actor.personId, createdAt: (context?.now ?? now).toISOString() };
  }

  return {
    rank: LEDGER_RANK,
    lock: async (bookId, paths) => {
      work.passRank(LEDGER_RANK, 'balance');
      const wanted = [...new Set(paths)].filter((path) => !balances.has(keyOf(bookId, path)));
      if (wanted.length === 0) return;
      let rows = await lockBalances(work, bookId, wanted);
      if (rows.length < wanted.length) {
        await openAccounts(work, bookId, wanted.map(newAccount));
        rows = await lockBalances(work, bookId, wanted);
      }
      for (const { path, ...state } of rows) {
        locked.set(keyOf(bookId, path), state);
        balances.set(keyOf(bookId, path), state);
      }
    },
    balance,
    post: (journal, context) => {
      if (journal.lines.length < 2 || !imbalance(journal.lines).isZero()) {
        throw new Error(`${journal.kind} does not balance`);
      }
      for (const { account, amount } of journal.lines) requireWholeFen(account, amount);
      const lines = journal.lines.map((line) => apply(journal.bookId, line));
      return keep(records.journals, { ...journal, ...origin(context), id: uuidv7(), lines });
    },
    hold: (hold) => {
      const before = requireOpen(balance(hold.bookId, hold.account), hold.account);
      requireWholeFen(hold.account, hold.amount);
      if (before.guard === 0) throw new Error(`account ${hold.account} has no floor, so nothing can be held on it`);
      const after = { ...before, held: before.held.plus(hold.amount) };
      if (available(after).lessThan(0)) refuseOverdraft(hold, before);
      replace(hold.bookId, hold.account, after);
      return keep(records.holds, { ...hold, ...origin() });
    },
    endHold: (hold, kind) => {
      const before = balance(hold.bookId, hold.account);
      replace(hold.bookId, hold.account, { ...before, held: before.held.minus(hold.amount) });
      return keep(records.ends, { bookId: hold.bookId, holdId: hold.id, kind, ...origin() });
    },
    write: async () => {
      const changed = [...balances].filter(([key, state]) => state !== locked.get(key));
      const bookIds = [...new Set(changed.map(([key]) => key.slice(0, 36)))].sort();
      const heads: [string, Batch['head']][] = [];
      for (const bookId of bookIds) heads.push([bookId, await lockHead(work, bookId)]);
      for (const [bookId, head] of heads) {
        const ofBook = (each: Readonly<{ bookId: string }>) => each.bookId === bookId;
        await record(work, {
          bookId,
          head,
          journals: records.journals.filter(ofBook),
          holds: records.holds.filter(ofBook),
          ends: records.ends.filter(ofBook),
          balances: changed
            .filter(([key]) => key.startsWith(bookId))
            .map(([key, state]) => ({ path: key.slice(37), ...state })),
        });
      }
    },
  };
}

const newAccount = (path: AccountPath) => ({
  path,
  code: codeOf(path),
  partyId: partyOf(path),
  guard: chart[codeOf(path)].guard,
});

function requireWholeFen(path: AccountPath, amount: Decimal): void {
  if (amount.isZero() || amount.decimalPlaces() > 2) throw new Error(`${amount} cannot be booked on account ${path}`);
}

function requireOpen(balance: BalanceState, path: AccountPath): BalanceState {
  if (!balance.open) throw new Refusal('account-closed', `account ${path} is closed`);
  return balance;
}

function refuseOverdraft(line: Line, before: BalanceState): never {
  throw new Refusal('insufficient-funds', `account ${line.account} has ${available(before).toFixed(2)} available`, {
    account: line.account,
    available: available(before).toFixed(2),
    missing: line.amount.abs().minus(available(before)).toFixed(2),
  });
}
