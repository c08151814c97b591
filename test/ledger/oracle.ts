/**
 * The ledger once more, as simple as it can be: one command after the other, whole fen as bigint, no batches, no
 * database. What the service does must be what this does.
 */

export type Posting = Readonly<{ debit: string; credit: string; fen: bigint; effectiveDate: string }>;
export type Action =
  | (Readonly<{ kind: 'transfer' }> & Posting)
  | Readonly<{ kind: 'hold'; account: string; fen: bigint }>
  | Readonly<{ kind: 'release'; hold: number }>
  | Readonly<{ kind: 'reverse'; journal: number }>;

export type Entry = Readonly<{
  account: string;
  fen: bigint;
  balanceAfter: bigint;
  version: number;
  effectiveDate: string;
  recordedAt: number;
}>;

type Line = Readonly<{ account: string; fen: bigint }>;
type Journal = { lines: readonly Line[]; actor: string; isReversal: boolean; reversed: boolean };
type Hold = { account: string; fen: bigint; standing: boolean };
/** A refusal code, or null when accepted. */
export type Verdict = string | null;

const ASSETS = /^(1(?!001|103|108|190)|900[178])/;
/** Sums of what loans keep: nothing but an event of a loan moves them. */
const CONTROL = /^(110|1120|113[12]|900[18])/;
const LIABILITIES = /^(2(?!011)|1103|1108|1190)/;

/** The sign of what an account may hold: assets debit, liabilities credit, the rest either. */
const side = (account: string): bigint => (ASSETS.test(account) ? 1n : LIABILITIES.test(account) ? -1n : 0n);

export function createOracle(businessDate: string) {
  const posted = new Map<string, bigint>();
  const held = new Map<string, bigint>();
  // A book has its own accounts from its first day; a party's are opened by the first attempt to move them.
  const opened = new Set<string>();
  const entries: Entry[] = [];
  const journals: Journal[] = [];
  const holds: Hold[] = [];
  const of = (map: Map<string, bigint>, account: string): bigint => map.get(account) ?? 0n;
  const left = (account: string): bigint => side(account) * of(posted, account) - of(held, account);

  function post(lines: readonly Line[], effectiveDate: string, at: number): Verdict {
    const before = new Map(posted);
    const made: Entry[] = [];
    for (const { account, fen } of lines) {
      posted.set(account, of(posted, account) + fen);
      if (side(account) !== 0n && left(account) < 0n) {
        posted.clear();
        for (const [path, amount] of before) posted.set(path, amount);
        return 'insufficient-funds';
      }
      const version = [...entries, ...made].filter((entry) => entry.account === account).length + 1;
      made.push({ account, fen, balanceAfter: of(posted, account), version, effectiveDate, recordedAt: at });
    }
    entries.push(...made);
    return null;
  }

  return {
    posted: (account: string): bigint => of(posted, account),
    held: (account: string): bigint => of(held, account),
    entries,
    journals,
    holds,
    /** Decides one command of this person at this moment. */
    decide(action: Action, actor: string, at: number): Verdict {
      if (action.kind === 'transfer') {
        const { debit, credit, fen, effectiveDate } = action;
        for (const account of [debit, credit]) opened.add(account);
        const lines = [
          { account: debit, fen },
          { account: credit, fen: -fen },
        ];
        const verdict = post(lines, effectiveDate, at);
        if (verdict === null) journals.push({ lines, actor, isReversal: false, reversed: false });
        return verdict;
      }
      if (action.kind === 'hold') {
        if (action.account.length > 4 && !opened.has(action.account)) return 'not-found';
        if (side(action.account) === 0n) return 'invalid-input';
        if (left(action.account) < action.fen) return 'insufficient-funds';
        held.set(action.account, of(held, action.account) + action.fen);
        holds.push({ account: action.account, fen: action.fen, standing: true });
        return null;
      }
      if (action.kind === 'release') {
        const hold = holds[action.hold] as Hold;
        if (!hold.standing) return 'illegal-transition';
        hold.standing = false;
        held.set(hold.account, of(held, hold.account) - hold.fen);
        return null;
      }
      const original = journals[action.journal] as Journal;
      if (original.isReversal || original.lines.some(({ account }) => CONTROL.test(account))) return 'not-reversible';
      if (original.reversed) return 'already-reversed';
      if (original.actor === actor) return 'same-person';
      const lines = original.lines.map(({ account, fen }) => ({ account, fen: -fen })).reverse();
      const verdict = post(lines, businessDate, at);
      if (verdict !== null) return verdict;
      original.reversed = true;
      journals.push({ lines, actor, isReversal: true, reversed: false });
      return null;
    },
    /** The balance by the entries recorded by then for days up to that one. */
    balance: (account: string, { asOf, onDate }: { asOf?: number; onDate?: string }): bigint =>
      entries
        .filter((entry) => entry.account === account)
        .filter(
          (entry) =>
            (asOf === undefined || entry.recordedAt <= asOf) && (onDate === undefined || entry.effectiveDate <= onDate),
        )
        .reduce((sum, { fen }) => sum + fen, 0n),
  };
}

/** Whole fen as yuan with two decimals. */
export function yuan(fen: bigint): string {
  const digits = (fen < 0n ? -fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
