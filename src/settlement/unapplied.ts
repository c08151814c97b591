import { uuidv7 } from 'uuidv7';
import { unappliedReceived, unappliedToDeposit } from '../financing/postings.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { defineLifecycle, nextState, type StateOf } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { requireNewReference } from './receipts.ts';
import { knownReferences, type UnappliedRow, unappliedFunds } from './store.ts';

/** Money without a purpose until it is matched to receivables or a deposit, or goes back. */
export const unappliedLifecycle = defineLifecycle('unapplied receipt', {
  unapplied: { match: 'unapplied', clear: 'matched', refund: 'refunding' },
  refunding: { settle: 'refunded', fail: 'unapplied' },
  matched: {},
  refunded: {},
});
export type UnappliedState = StateOf<typeof unappliedLifecycle>;

export const unappliedAnswer = (row: UnappliedRow) => ({
  id: row.id,
  bookId: row.bookId,
  partyId: row.partyId,
  remitter: row.remitter,
  bankReference: row.bankReference,
  amount: formatMoney(row.amount),
  remaining: formatMoney(row.remaining),
  state: row.state,
  paymentId: row.paymentId,
  receivedOn: row.receivedOn,
  version: row.version,
  createdAt: row.createdAt,
});
type Answer = ReturnType<typeof unappliedAnswer>;

export function tellUnapplied(work: Workspace, kind: string, row: UnappliedRow, amount: Decimal): void {
  work.emit({
    kind: `unapplied_funds.${kind}`,
    objectKind: 'unapplied_funds',
    objectId: row.id,
    scopeId: row.bookId,
    parties: [row.bookId, ...(row.partyId === null ? [] : [row.partyId])],
    data: { amount: formatMoney(amount), remaining: formatMoney(row.remaining), state: row.state },
  });
}

type Kept = Pick<UnappliedRow, 'bookId' | 'partyId' | 'remitter' | 'bankReference' | 'amount' | 'receivedOn'>;

/** Keeps money that has no purpose yet. */
export function keepUnapplied(work: Workspace, kept: Kept, now: Date): UnappliedRow {
  const row: UnappliedRow = {
    ...kept,
    id: uuidv7(),
    remaining: kept.amount,
    state: 'unapplied',
    paymentId: null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(unappliedFunds, row);
  tellUnapplied(work, 'received', row, row.amount);
  return row;
}

export type OnUnapplied = Readonly<{ bookId: string; unappliedId: string; expectedVersion: number }>;

/** Takes an amount for a purpose. Refuses more than remains, and money of another party. */
export function takeUnapplied(work: Workspace, on: OnUnapplied, amount: Decimal, partyId: string): UnappliedRow {
  const row = work.get(unappliedFunds, on.unappliedId);
  requireVersion(row.version, on.expectedVersion);
  require(row.partyId === null || row.partyId === partyId, 'not-a-party', 'the money is of another party');
  const remaining = row.remaining.minus(amount);
  require(amount.greaterThan(0) &&
    !remaining.isNegative(), 'amount-exceeds-unapplied', `${formatMoney(row.remaining)} remain unapplied`, {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(row.remaining)}`,
  });
  const state = nextState(unappliedLifecycle, row.state, remaining.isZero() ? 'clear' : 'match');
  const after = work.update(unappliedFunds, row.id, { remaining, state, partyId });
  tellUnapplied(work, 'matched', after, amount);
  return after;
}

/** Locks books, then what is unapplied in them: before receivables and accounts. */
export async function lockUnapplied(work: Workspace, on: readonly Readonly<{ bookId: string; unappliedId: string }>[]) {
  await work.lock(
    books,
    on.map(({ bookId }) => bookId),
  );
  await work.lock(
    unappliedFunds,
    on.map(({ unappliedId }) => unappliedId),
  );
}

type Receive = Readonly<{
  bookId: string;
  partyId: string | null;
  remitter: string | null;
  amount: Decimal;
  bankReference: string;
}>;

/** Money arrived whose purpose is not known. Each payment of the bank is booked once, whatever it turns out to be. */
export const receiveUnapplied: UseCase<Receive, Answer, Set<string>> = {
  name: 'settlement.receive_unapplied',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const bookIds = commands.map(({ input }) => input.bookId);
    const known = await knownReferences(
      work,
      bookIds,
      commands.map(({ input }) => input.bankReference),
    );
    await work.lock(books, bookIds);
    for (const bookId of bookIds) await ledgerOf(work).lock(bookId, ['1001', '2004']);
    return known;
  },
  decide: (work, { actor, input, now }, known) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireNewReference(work, known, input);
    const row = keepUnapplied(work, { ...input, receivedOn: businessDate }, now);
    const journal = { bookId: row.bookId, kind: 'unapplied_funds.received', businessDate, subjectId: row.id };
    const context = { requestId: actor.requestId, now };
    ledgerOf(work).post({ ...journal, lines: unappliedReceived(row.amount) }, context);
    return unappliedAnswer(row);
  },
};

type ToDeposit = OnUnapplied & Readonly<{ partyId: string; amount: Decimal }>;

/** What was unapplied belongs on the deposit of a party. */
export const matchDeposit: UseCase<ToDeposit, Answer> = {
  name: 'settlement.match_deposit',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands: readonly Command<ToDeposit>[]) => {
    await lockUnapplied(
      work,
      commands.map(({ input }) => input),
    );
    for (const { input } of commands) await ledgerOf(work).lock(input.bookId, ['2004', `2001/${input.partyId}`]);
  },
  decide: (work, { actor, input, now }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const row = takeUnapplied(work, input, input.amount, input.partyId);
    const journal = { bookId: row.bookId, kind: 'unapplied_funds.matched', businessDate, subjectId: row.id };
    const context = { requestId: actor.requestId, now };
    const lines = unappliedToDeposit({ party: input.partyId, amount: input.amount });
    ledgerOf(work).post({ ...journal, lines }, context);
    return unappliedAnswer(row);
  },
};
