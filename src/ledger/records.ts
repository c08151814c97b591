import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import type { AccountPath } from './chart.ts';
import type { Journal, Line } from './journal.ts';
import { type Fields, microseconds, startDigest } from './seal.ts';

/** Who caused a record, by which request, and when it was decided. */
export type Origin = Readonly<{ requestId: string; actorPerson: string; createdAt: string }>;

export type PostedLine = Line & Readonly<{ balanceAfter: Decimal; accountVersion: bigint }>;
export type PostedJournal = Omit<Journal, 'lines'> & Origin & Readonly<{ id: string; lines: readonly PostedLine[] }>;

/** An amount that is set aside on an account. */
export type Hold = Readonly<{
  bookId: string;
  id: string;
  account: AccountPath;
  /** Yuan to the fen, above zero. */
  amount: Decimal;
  reason: string;
  /** The last business day it stands; null: until it is ended. */
  expiresOn: IsoDate | null;
}>;
export type PlacedHold = Hold & Origin;

export type HoldEndKind = 'released' | 'posted' | 'expired';
export type HoldEnd = Origin & Readonly<{ bookId: string; holdId: string; kind: HoldEndKind }>;

export const effectiveDateOf = (journal: PostedJournal): IsoDate => journal.effectiveDate ?? journal.businessDate;

// What a digest covers, as the writer has it and as SQL reads it back: the same columns in the same order.

const journalFields = (journal: PostedJournal, recordedAt: string): Fields => [
  journal.bookId,
  journal.id,
  journal.kind,
  journal.businessDate,
  effectiveDateOf(journal),
  journal.subjectId,
  journal.reverses ?? null,
  journal.reason ?? null,
  journal.requestId,
  journal.actorPerson,
  microseconds(recordedAt),
];
/** Account, amount, balance it left and version of the account, as text. */
export const lineFields = (line: PostedLine) =>
  [line.account, formatMoney(line.amount), formatMoney(line.balanceAfter), line.accountVersion.toString()] as const;

const holdFields = (hold: PlacedHold, recordedAt: string): Fields => [
  hold.bookId,
  hold.id,
  hold.account,
  formatMoney(hold.amount),
  hold.reason,
  hold.expiresOn,
  hold.requestId,
  hold.actorPerson,
  microseconds(recordedAt),
];
const holdEndFields = (end: HoldEnd, recordedAt: string): Fields => [
  end.bookId,
  end.holdId,
  end.kind,
  end.requestId,
  end.actorPerson,
  microseconds(recordedAt),
];

const array = (...columns: readonly string[]): string => `array[${columns.map((c) => `${c}::text`).join(', ')}]`;
const moment = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The same fields as SQL expressions over `j` journal, `e` entry, `h` hold, `d` hold_event and `s` seal. */
export const fieldsInSql = {
  journal: array(
    ...['book_id', 'id', 'kind', 'business_date', 'effective_date', 'subject_id', 'reverses', 'reason'].map(
      (c) => `j.${c}`,
    ),
    ...['j.request_id', 'j.actor_person', moment('j.created_at')],
  ),
  line: array('e.path', 'e.amount', 'e.balance_after', 'e.account_version'),
  hold: array(
    ...['book_id', 'id', 'path', 'amount', 'reason', 'expires_on', 'request_id', 'actor_person'].map((c) => `h.${c}`),
    moment('h.created_at'),
  ),
  holdEnd: array('d.book_id', 'd.hold_id', 'd.kind', 'd.request_id', 'd.actor_person', moment('d.created_at')),
  sealedAt: moment('s.created_at'),
};

/** The digest of a journal with these lines that is recorded at this moment. */
export function digestOfJournal(journal: PostedJournal, lines: readonly Fields[], recordedAt: string): Buffer {
  const digest = startDigest('journal', journalFields(journal, recordedAt));
  for (const line of lines) digest.add(line);
  return digest.finish();
}

export const digestOfHold = (hold: PlacedHold, recordedAt: string): Buffer =>
  startDigest('hold', holdFields(hold, recordedAt)).finish();

export const digestOfHoldEnd = (end: HoldEnd, recordedAt: string): Buffer =>
  startDigest('hold_event', holdEndFields(end, recordedAt)).finish();
