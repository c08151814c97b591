import { uuidv7 } from 'uuidv7';
import type { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { payloadHash } from './payload.ts';
import { approvalLifecycle, requiredPersons, VALID_DAYS } from './rules.ts';
import {
  type ApprovalLevel,
  type ApprovalTaskRow,
  approvalDecisions,
  approvalTasks,
  makerStands,
  type Verdict,
} from './store.ts';

const DAY_MS = 86_400_000;

export type TaskInput = Readonly<{
  bookId: string;
  /** Whom to ask, when it is not the bank of the book. */
  deciderId?: string;
  subjectKind: string;
  subjectId: string;
  action: string;
  amount: Decimal | null;
  level: ApprovalLevel;
  /** The rule that set the level. Must be told for `auto`: it is what approves. */
  rule: string | null;
  maker: Actor;
  /** Version of the subject that the approvers see. */
  subjectVersion: number;
  payload?: Readonly<Record<string, unknown>>;
  now: Date;
}>;

/** Asks for an approval. One that the authority matrix leaves to its rule is approved at once, and names the rule. */
export function openTask(work: Workspace, input: TaskInput): ApprovalTaskRow {
  const { maker, now, payload = {}, deciderId = null, ...asked } = input;
  const auto = input.level === 'auto';
  if (auto && input.rule === null) throw new Error('an automatic approval names its rule');
  const task: ApprovalTaskRow = {
    ...asked,
    id: uuidv7(),
    deciderId,
    required: requiredPersons[input.level],
    state: auto ? 'approved' : 'open',
    makerOrg: maker.orgId,
    makerPerson: maker.personId,
    payload,
    payloadHash: payloadHash(payload),
    approvedBy: [],
    expiresAt: new Date(now.getTime() + VALID_DAYS * DAY_MS).toISOString(),
    closedAt: auto ? now.toISOString() : null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(approvalTasks, task);
  tell(work, auto ? 'approved' : 'opened', task, { level: task.level, rule: task.rule });
  return task;
}

export type DecisionInput = Readonly<{
  actor: Actor;
  verdict: Verdict;
  /** Must be told with a rejection or a return. */
  reason: string | null;
  now: Date;
  /** Present version of the subject, when the caller has not compared it with If-Match already. */
  subjectVersion?: number;
}>;

/**
 * One person of whoever is asked decides on a task locked by `lockTasks`: approved in time and while its maker still is
 * one, when enough different persons, none of them the maker, have approved; rejected or returned by the first who says
 * so. Refusals `not-a-party`, `same-person`,
 * `approval-stale`, `illegal-transition`.
 */
export function decideTask(work: Workspace, task: ApprovalTaskRow, input: DecisionInput): ApprovalTaskRow {
  const { actor, verdict, now } = input;
  const closed = nextState(approvalLifecycle, task.state, verdict);
  require(actor.orgId === (task.deciderId ?? task.bookId), 'not-a-party', 'only who was asked decides');
  requireAnotherPerson(task, actor.personId);
  requireReason(input);
  if (verdict === 'approve') requireFresh(work, task, now);
  if (input.subjectVersion !== undefined && input.subjectVersion !== task.subjectVersion) {
    throw new Refusal('approval-stale', 'what was to be approved has changed since', {
      accepted: `version ${task.subjectVersion}`,
      present: input.subjectVersion,
    });
  }
  work.insert(approvalDecisions, {
    id: uuidv7(),
    taskId: task.id,
    bookId: task.bookId,
    personId: actor.personId,
    verdict,
    reason: input.reason,
    decidedAt: now.toISOString(),
  });
  const approvedBy = verdict === 'approve' ? [...task.approvedBy, actor.personId] : task.approvedBy;
  const waits = verdict === 'approve' && approvedBy.length < task.required;
  const after = work.update(approvalTasks, task.id, {
    approvedBy,
    state: waits ? task.state : closed,
    closedAt: waits ? null : now.toISOString(),
  });
  tell(work, waits ? 'approved_in_part' : after.state, after, { reason: input.reason });
  return after;
}

/** The maker takes back what was asked for. */
export function withdrawTask(
  work: Workspace,
  task: ApprovalTaskRow,
  { actor, now }: Readonly<{ actor: Actor; now: Date }>,
): ApprovalTaskRow {
  require(actor.orgId === task.makerOrg, 'not-a-party', 'only who asked may withdraw');
  return endTask(work, task, now);
}

/** What was to be approved is no more: nobody is asked for it any longer. Refuses a task that is decided. */
export function endTask(work: Workspace, task: ApprovalTaskRow, now: Date): ApprovalTaskRow {
  const state = nextState(approvalLifecycle, task.state, 'withdraw');
  const after = work.update(approvalTasks, task.id, { state, closedAt: now.toISOString() });
  tell(work, 'withdrawn', after, {});
  return after;
}

function requireAnotherPerson(task: ApprovalTaskRow, personId: string): void {
  require(personId !== task.makerPerson, 'same-person', 'who asks for an approval does not give it', {
    accepted: 'a person other than the maker',
  });
  require(!task.approvedBy.includes(personId), 'same-person', 'this person has approved already', {
    accepted: 'another person',
  });
}

/** Refuses to approve what has been asked for too long ago, or by who is a maker no more. */
function requireFresh(work: Workspace, task: ApprovalTaskRow, now: Date): void {
  require(now.toISOString() <= task.expiresAt, 'approval-stale', `the request has expired on ${task.expiresAt}`, {
    accepted: 'a new request',
  });
  require(makerStands(work, task), 'approval-stale', 'who asked for it is a maker of the bank no more', {
    accepted: 'a new request, by a maker',
  });
}

function requireReason({ verdict, reason }: DecisionInput): void {
  require(verdict === 'approve' || reason !== null, 'invalid-input', `a reason belongs to ${verdict}`, {
    field: '/reason',
    accepted: 'why it is not approved',
  });
}

function tell(work: Workspace, kind: string, task: ApprovalTaskRow, data: Record<string, unknown>): void {
  work.emit({
    kind: `approval.${kind}`,
    objectKind: 'approval',
    objectId: task.id,
    parties: task.deciderId === null ? [task.bookId] : [task.bookId, task.deciderId],
    scopeId: task.bookId,
    data: {
      subjectKind: task.subjectKind,
      subjectId: task.subjectId,
      action: task.action,
      payloadHash: task.payloadHash,
      version: task.version,
      ...data,
    },
  });
}
