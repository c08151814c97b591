import { persons } from '../identity/store.ts';
import { defineTable, instant, int, json, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';
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
  /** From then on it is rejected, returned or withdrawn, but not approved. */
  expiresAt: instant,
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

type Makers = Participant & Readonly<{ standing: Map<string, boolean> }>;

const makersOf = (work: Workspace): Map<string, boolean> =>
  work.participant<Makers>('approval makers', () => ({ rank: 36, standing: new Map(), write: async () => undefined }))
    .standing;

/** Locks tasks to be decided on, with the standing of who asked for them. */
export async function lockTasks(work: Workspace, ids: readonly string[]): Promise<void> {
  const tasks = await work.lock(approvalTasks, ids);
  const makers = await work.read(
    persons,
    'id',
    tasks.map(({ makerPerson }) => makerPerson),
  );
  for (const { makerPerson } of tasks) makersOf(work).set(makerPerson, false);
  for (const { id, status, roles } of makers) {
    makersOf(work).set(id, status === 'active' && roles.includes('maker'));
  }
}

/** Whether who asked for the approval is still a maker of the organization; of tasks locked by `lockTasks`. */
export function makerStands(work: Workspace, { id, makerPerson }: ApprovalTaskRow): boolean {
  const stands = makersOf(work).get(makerPerson);
  if (stands === undefined) throw new Error(`approval ${id} was locked without its maker: use lockTasks`);
  return stands;
}

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
