import { defineTable, instant, int, json, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { ApprovalState } from './rules.ts';

export type ApprovalLevel = 'auto' | 'one' | 'two';
export type Verdict = 'approve' | 'reject' | 'return';

const taskColumns = {
  id: uuid,
  bookId: uuid,
  /** Who is asked beside the bank of the book; null when the bank itself is. */
  deciderId: nullable(uuid),
  subjectKind: text,
  subjectId: uuid,
  action: text,
  amount: nullable(money),
  level: oneOf<ApprovalLevel>(),
  required: int,
  state: oneOf<ApprovalState>(),
  /** The rule that set the level; for `auto`, the rule that approved. */
  rule: nullable(text),
  makerOrg: uuid,
  makerPerson: uuid,
  subjectVersion: int,
  /** What is asked for beyond what the subject itself says. */
  payload: json<Readonly<Record<string, unknown>>>(),
  payloadHash: text,
  /** Persons who have approved so far. */
  approvedBy: json<readonly string[]>(),
  closedAt: nullable(instant),
  version: int,
  createdAt: instant,
} as const;
export type ApprovalTaskRow = RowOf<typeof taskColumns>;
export const approvalTasks = defineTable('approval_task', {
  rank: 36,
  key: 'id',
  columns: taskColumns,
  changeable: ['state', 'approvedBy', 'closedAt', 'version'],
});

const decisionColumns = {
  id: uuid,
  taskId: uuid,
  bookId: uuid,
  personId: uuid,
  verdict: oneOf<Verdict>(),
  reason: nullable(text),
  decidedAt: instant,
} as const;
export const approvalDecisions = defineTable('approval_decision', {
  rank: 37,
  key: 'id',
  columns: decisionColumns,
  changeable: [],
});
