import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import { parseMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { books, requireOpenBook, requireOwnBook } from './book-store.ts';
import { type AccountPath, chart, codeOf, partyOf } from './chart.ts';
import { holdLifecycle } from './hold-rules.ts';
import { endsOf, existingAccounts, type HoldRow, placedHolds } from './hold-store.ts';
import { available, ledgerOf } from './ledger.ts';
import type { HoldEndKind } from './records.ts';

/** A hold as the API shows it, with what is left of the account. Yuan as text. */
function answerOf(work: Workspace, hold: HoldRow) {
  const balance = ledgerOf(work).balance(hold.bookId, hold.account);
  return {
    id: hold.id,
    bookId: hold.bookId,
    account: hold.account,
    amount: hold.amount.toFixed(2),
    reason: hold.reason,
    expiresOn: hold.expiresOn,
    state: hold.state,
    createdAt: hold.createdAt,
    available: available(balance).toFixed(2),
  };
}
type HoldAnswer = ReturnType<typeof answerOf>;

function tell(work: Workspace, kind: string, hold: HoldRow): void {
  const party = partyOf(hold.account);
  work.emit({
    kind: `hold.${kind}`,
    objectKind: 'hold',
    objectId: hold.id,
    parties: party === null ? [hold.bookId] : [hold.bookId, party],
    scopeId: hold.bookId,
    data: {
      account: hold.account,
      amount: hold.amount.toFixed(2),
      expiresOn: hold.expiresOn,
      reason: hold.reason,
    },
  });
}

export type HoldRequest = Readonly<{
  bookId: string;
  account: AccountPath;
  /** Yuan as text, above zero. */
  amount: string;
  reason: string;
  expiresOn: IsoDate | null;
}>;

/**
 * The bank sets an amount aside on an account: it stays in the balance and is no longer available. Refuses with
 * `insufficient-funds` what is not available.
 */
export const placeHold: UseCase<HoldRequest, HoldAnswer, ReadonlySet<AccountPath>> = {
  name: 'hold.place',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const bookId = await lockBook(work, commands);
    const paths = commands.map(({ input }) => input.account);
    const existing = await existingAccounts(work, bookId, paths);
    await ledgerOf(work).lock(bookId, existing);
    return new Set(existing);
  },
  decide: (work, { actor, input }, existing) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    require(existing.has(input.account), 'not-found', `there is no account ${input.account}`, { field: '/account' });
    require(chart[codeOf(input.account)].guard !== 0, 'invalid-input', 'nothing can be held on this account', {
      field: '/account',
      accepted: 'an account that must stay on one side, such as a deposit',
    });
    if (input.expiresOn !== null && input.expiresOn < businessDate) {
      throw new Refusal('invalid-input', 'the last day of the hold has passed', {
        field: '/expiresOn',
        accepted: `${businessDate} or later`,
      });
    }
    const placed = ledgerOf(work).hold({ ...input, id: uuidv7(), amount: parseMoney(input.amount) });
    const hold: HoldRow = { ...placed, state: 'standing' };
    tell(work, 'placed', hold);
    return answerOf(work, hold);
  },
};

type Found = Map<string, HoldRow>;

async function loadHolds(work: Workspace, commands: readonly Command<Ending>[]): Promise<Found> {
  const bookId = await lockBook(work, commands);
  const ids = commands.map(({ input }) => input.holdId);
  const placed = await placedHolds(work, bookId, ids);
  await ledgerOf(work).lock(
    bookId,
    placed.map(({ account }) => account),
  );
  const ends = await endsOf(work, bookId, ids);
  return new Map(placed.map((hold) => [hold.id, { ...hold, state: ends.get(hold.id) ?? 'standing' }]));
}

const eventOf = { released: 'release', posted: 'post', expired: 'expire' } as const;

/** Ends a hold for good; its amount is available again. Refuses with `illegal-transition` one that has ended. */
function end(work: Workspace, found: Found, { input }: Command<Ending>, kind: HoldEndKind): HoldAnswer {
  const before = found.get(input.holdId);
  if (before === undefined) throw new Refusal('not-found', `there is no hold ${input.holdId}`);
  const after: HoldRow = { ...before, state: nextState(holdLifecycle, before.state, eventOf[kind]) };
  ledgerOf(work).endHold(before, kind);
  found.set(after.id, after);
  work.onUndo(() => found.set(before.id, before));
  tell(work, kind, after);
  return answerOf(work, after);
}

type Ending = Readonly<{ bookId: string; holdId: string }>;

/** The bank gives back what it has set aside. */
export const releaseHold: UseCase<Ending, HoldAnswer, Found> = {
  name: 'hold.release',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: loadHolds,
  decide: (work, command, found) => {
    requireOwnBook(command.actor, command.input.bookId);
    requireOpenBook(work, command.input.bookId);
    return end(work, found, command, 'released');
  },
};

export type HoldExpiry = Ending & Readonly<{ day: IsoDate }>;

/** Ends a hold whose last day is before `day`; part of the close of day, so the book may be closing. */
export const expireHold: UseCase<HoldExpiry, HoldAnswer, Found> = {
  name: 'hold.expire',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: loadHolds,
  decide: (work, command, found) => {
    const { bookId, holdId, day } = command.input;
    requireOwnBook(command.actor, bookId);
    const lastDay = found.get(holdId)?.expiresOn ?? null;
    require(lastDay !== null && lastDay < day, 'illegal-transition', `the hold ${holdId} stands on ${day}`);
    return end(work, found, command, 'expired');
  },
};

async function lockBook(work: Workspace, commands: readonly Command<{ readonly bookId: string }>[]): Promise<string> {
  const bookId = commands[0]?.input.bookId as string;
  await work.lock(books, [bookId]);
  return bookId;
}
