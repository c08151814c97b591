import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Reader, Tx } from '../platform/database.ts';
import { date, defineTable, instant, int, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FilingKind } from './movable-finance-register.ts';
import type { RegistrationState } from './registration-rules.ts';

export type RegistrationKind = 'pledge' | 'assignment';

/** What secures a claim. */
export const subjectKinds = ['receivable', 'bill_holding', 'lot', 'receipt', 'order'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

const columns = {
  id: uuid,
  bookId: uuid,
  kind: oneOf<RegistrationKind>(),
  subjectKind: oneOf<SubjectKind>(),
  subjectId: uuid,
  financingId: uuid,
  pledgorId: uuid,
  amount: money,
  termMonths: int,
  registerNumber: nullable(text),
  state: oneOf<RegistrationState>(),
  awaiting: nullable(oneOf<FilingKind>()),
  filedAt: nullable(instant),
  requestedTermMonths: nullable(int),
  reasonCode: nullable(text),
  reason: nullable(text),
  registeredAt: nullable(instant),
  expiresOn: nullable(date),
  dischargedAt: nullable(instant),
  version: int,
  createdAt: instant,
};

export type RegistrationRow = RowOf<typeof columns>;

export const registrations = defineTable('registration', {
  rank: 72,
  key: 'id',
  columns,
  changeable: [
    'termMonths',
    'registerNumber',
    'state',
    'awaiting',
    'filedAt',
    'requestedTermMonths',
    'reasonCode',
    'reason',
    'registeredAt',
    'expiresOn',
    'dischargedAt',
    'version',
  ],
});

export type RegistrationDraft = Readonly<{
  bookId: string;
  kind: RegistrationKind;
  subjectKind: SubjectKind;
  /** The receivable, or the first of several things, that secures the financing. */
  subjectId: string;
  financingId: string;
  /** Who gives the security: the pledgor or assignor. */
  pledgorId: string;
  /** The claim secured, yuan to the fen. */
  amount: Decimal;
  termMonths: number;
  now: Date;
}>;

/** A registration to be filed. Insert it and add "registrations" to the wakes of the workspace. */
export const draftRegistration = (draft: RegistrationDraft): RegistrationRow => ({
  id: uuidv7(),
  bookId: draft.bookId,
  kind: draft.kind,
  subjectKind: draft.subjectKind,
  subjectId: draft.subjectId,
  financingId: draft.financingId,
  pledgorId: draft.pledgorId,
  amount: draft.amount,
  termMonths: draft.termMonths,
  registerNumber: null,
  state: 'submitted',
  awaiting: 'registration',
  filedAt: null,
  requestedTermMonths: null,
  reasonCode: null,
  reason: null,
  registeredAt: null,
  expiresOn: null,
  dischargedAt: null,
  version: 1,
  createdAt: draft.now.toISOString(),
});

/** Up to `limit` registrations of every book that wait for the register, in the order of their ids after `after`. */
export async function registrationsAwaiting(
  tx: Tx,
  { after, limit }: Readonly<{ after: string; limit: number }>,
): Promise<RegistrationRow[]> {
  const found = await tx.query<{ id: string }>(
    'registration.awaiting',
    'select id from registration where awaiting is not null and id > $1 order by id limit $2',
    [after, limit],
  );
  if (found.length === 0) return [];
  const rows = await registrations.read(
    tx,
    'id',
    found.map(({ id }) => id),
  );
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Locks the registrations of financings that have not ended. */
export const lockRegistrationsOf = (work: Workspace, financingIds: readonly string[]): Promise<void> =>
  work.lockBy(registrations, 'financingId', financingIds, "state in ('submitted', 'registered', 'amended', 'refused')");

/** The locked registrations of one financing. */
export const registrationsOf = (work: Workspace, financingId: string): RegistrationRow[] =>
  work.allWith(registrations, 'financingId', financingId);

/** Ids of a book's live registrations that ended before a day, for the close of that day. */
export async function expiredRegistrations(work: Workspace, bookId: string, on: IsoDate): Promise<string[]> {
  const rows = await work.query<{ id: string }>(
    'registration.expired',
    `select id from registration
      where book_id = $1 and state in ('registered', 'amended') and expires_on < $2 order by id`,
    [bookId, on],
  );
  return rows.map(({ id }) => id);
}

/** Ids of a book's live registrations that end on a day. */
export async function endingRegistrations(work: Workspace, bookId: string, on: IsoDate): Promise<string[]> {
  const rows = await work.query<{ id: string }>(
    'registration.ending',
    `select id from registration
      where book_id = $1 and state in ('registered', 'amended') and expires_on = $2 order by id`,
    [bookId, on],
  );
  return rows.map(({ id }) => id);
}

export type RegistrationFilter = Readonly<{
  state?: RegistrationState;
  subjectId?: string;
  financingId?: string;
  bookId?: string;
  pledgorId?: string;
}>;

/** Registrations as the API answers them. */
export function registrationAnswers(db: Reader, filter: RegistrationFilter) {
  let query = db
    .selectFrom('registration')
    .select([
      'id',
      'book_id as bookId',
      sql<RegistrationKind>`kind`.as('kind'),
      sql<SubjectKind>`subject_kind`.as('subjectKind'),
      'subject_id as subjectId',
      'financing_id as financingId',
      'pledgor_id as pledgorId',
      sql<string>`round(amount, 2)`.as('amount'),
      'term_months as termMonths',
      'register_number as registerNumber',
      sql<RegistrationState>`state`.as('state'),
      sql<FilingKind | null>`awaiting`.as('awaiting'),
      'requested_term_months as requestedTermMonths',
      'reason_code as reasonCode',
      'reason',
      'registered_at as registeredAt',
      'expires_on as expiresOn',
      'discharged_at as dischargedAt',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  if (filter.financingId !== undefined) query = query.where('financing_id', '=', filter.financingId);
  if (filter.bookId !== undefined) query = query.where('book_id', '=', filter.bookId);
  if (filter.pledgorId !== undefined) query = query.where('pledgor_id', '=', filter.pledgorId);
  return query;
}
