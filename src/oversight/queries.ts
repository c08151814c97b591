import { sql } from 'kysely';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { AlertKind, Conclusion } from './alert-store.ts';
import type { Finding } from './check-rules.ts';
import type { CheckStage, LocatedCheck } from './check-store.ts';
import type { AlertState, CheckState } from './lifecycle.ts';

export type CheckFilter = Readonly<{
  bookId?: string;
  financingId?: string;
  stage?: CheckStage;
  state?: CheckState;
  ownerPersonId?: string;
  dueBy?: string;
}>;

/** Checks as the API shows them. */
export function checkAnswers(db: Reader, filter: CheckFilter) {
  let rows = db
    .selectFrom('loan_check')
    .select([
      'id',
      'book_id as bookId',
      'financing_id as financingId',
      'borrower_id as borrowerId',
      sql<CheckStage>`stage`.as('stage'),
      sql<CheckState>`state`.as('state'),
      sql<string[]>`items`.as('items'),
      'due_on as dueOn',
      'missed',
      'every_months as everyMonths',
      'owner_person as ownerPersonId',
      sql<Finding[] | null>`findings`.as('findings'),
      'done_by as doneBy',
      'done_on as doneOn',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.bookId !== undefined) rows = rows.where('book_id', '=', filter.bookId);
  if (filter.financingId !== undefined) rows = rows.where('financing_id', '=', filter.financingId);
  if (filter.stage !== undefined) rows = rows.where('stage', '=', filter.stage);
  if (filter.state !== undefined) rows = rows.where('state', '=', filter.state);
  if (filter.ownerPersonId !== undefined) rows = rows.where('owner_person', '=', filter.ownerPersonId);
  if (filter.dueBy !== undefined) rows = rows.where('due_on', '<=', filter.dueBy);
  return rows;
}

/** Where a check belongs, if the asking organization may see it; `not-found` otherwise. */
export async function locateCheck(database: Database, actor: Actor, checkId: string): Promise<LocatedCheck> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('loan_check')
      .select(['id as checkId', 'financing_id as financingId', 'book_id as bookId'])
      .where('id', '=', checkId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no check ${checkId}`);
  return row;
}

export type AlertFilter = Readonly<{
  bookId?: string;
  financingId?: string;
  partyId?: string;
  kind?: AlertKind;
  state?: AlertState;
  ownerPersonId?: string;
}>;

/** Alerts as the API shows them, yuan as text. */
export function alertAnswers(db: Reader, filter: AlertFilter) {
  let rows = db
    .selectFrom('risk_alert')
    .select([
      'id',
      'book_id as bookId',
      sql<AlertKind>`kind`.as('kind'),
      'financing_id as financingId',
      'party_id as partyId',
      sql<string | null>`round(amount, 2)::text`.as('amount'),
      'cause',
      sql<AlertState>`state`.as('state'),
      'raised_on as raisedOn',
      'due_on as dueOn',
      'missed',
      'owner_person as ownerPersonId',
      sql<Conclusion | null>`conclusion`.as('conclusion'),
      'task_id as approvalId',
      'closed_on as closedOn',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.bookId !== undefined) rows = rows.where('book_id', '=', filter.bookId);
  if (filter.financingId !== undefined) rows = rows.where('financing_id', '=', filter.financingId);
  if (filter.partyId !== undefined) rows = rows.where('party_id', '=', filter.partyId);
  if (filter.kind !== undefined) rows = rows.where('kind', '=', filter.kind);
  if (filter.state !== undefined) rows = rows.where('state', '=', filter.state);
  if (filter.ownerPersonId !== undefined) rows = rows.where('owner_person', '=', filter.ownerPersonId);
  return rows;
}
