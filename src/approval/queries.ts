import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import type { ApprovalState } from './rules.ts';
import type { ApprovalLevel, Verdict } from './store.ts';

export type ApprovalFilter = Readonly<{
  id?: string;
  bookId?: string;
  state?: ApprovalState;
  subjectKind?: string;
  subjectId?: string;
}>;

/** Approval tasks as the API answers them. */
export function approvalAnswers(db: Reader, filter: ApprovalFilter) {
  let query = db
    .selectFrom('approval_task')
    .select([
      'id',
      'book_id as bookId',
      'decider_id as deciderId',
      'subject_kind as subjectKind',
      'subject_id as subjectId',
      'action',
      sql<string | null>`round(amount, 2)::text`.as('amount'),
      sql<ApprovalLevel>`level`.as('level'),
      'required',
      sql<ApprovalState>`state`.as('state'),
      'rule',
      'maker_org as makerOrganizationId',
      'maker_person as makerPersonId',
      'subject_version as subjectVersion',
      sql<Record<string, unknown>>`payload`.as('payload'),
      'payload_hash as payloadHash',
      'expires_at as expiresAt',
      'closed_at as closedAt',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.bookId !== undefined) query = query.where('book_id', '=', filter.bookId);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.subjectKind !== undefined) query = query.where('subject_kind', '=', filter.subjectKind);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  return query;
}

/** What persons decided on a task, in order, as the API answers it. */
export const decisionAnswers = (db: Reader, taskId: string) =>
  db
    .selectFrom('approval_decision')
    .where('task_id', '=', taskId)
    .select(['id', 'person_id as personId', sql<Verdict>`verdict`.as('verdict'), 'reason', 'decided_at as decidedAt'])
    .orderBy('id')
    .execute();
