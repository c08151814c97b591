import { decideTask, openTask, withdrawTask } from '../approval/commands.ts';
import { type ApprovalTaskRow, approvalTasks, type Verdict } from '../approval/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { tellOfProgramme, tellOfVersion, versionAnswer } from './answers.ts';
import { checkDraft, requireLiving, versionsOf } from './commands.ts';
import { lockVersions } from './loading.ts';
import { programmeLifecycle, supersededBy, versionLifecycle } from './rules.ts';
import { type ProgrammeVersionRow, programmes, programmeVersions } from './store.ts';

type Answer = ReturnType<typeof versionAnswer>;
type OnVersion = Readonly<{ versionId: string; expectedVersion: number }>;
type Context<Input extends OnVersion> = Readonly<{
  command: Command<Input>;
  businessDate: IsoDate;
  reference: Reference;
}>;

const onVersion = <Input extends OnVersion>(
  name: string,
  decide: (work: Workspace, row: ProgrammeVersionRow, context: Context<Input>) => ProgrammeVersionRow,
): UseCase<Input, Answer, Reference> => ({
  name: `programme.${name}`,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockVersions,
  decide: (work, command, reference) => {
    const { businessDate } = requireOpenBook(work, command.actor.orgId);
    const row = work.get(programmeVersions, command.input.versionId);
    requireVersion(row.version, command.input.expectedVersion);
    return versionAnswer(decide(work, row, { command, businessDate, reference }));
  },
});

/** A maker asks for the approval of a draft. */
export const submitVersion = onVersion('submit_version', (work, row, { command, businessDate, reference }) => {
  const { actor, now } = command;
  const status = nextState(versionLifecycle, row.status, 'submit');
  requireLiving(work.get(programmes, row.programmeId));
  checkDraft(row, businessDate, reference);
  const task = openTask(work, {
    bookId: row.bookId,
    subjectKind: 'programme_version',
    subjectId: row.id,
    action: 'approve',
    amount: null,
    level: 'one',
    rule: null,
    maker: actor,
    subjectVersion: row.version + 1,
    payload: { effectiveFrom: row.effectiveFrom, terms: row.terms },
    now,
  });
  const after = work.update(programmeVersions, row.id, { status, approvalId: task.id, reason: null });
  tellOfVersion(work, 'submitted', after);
  return after;
});

/** A maker takes a submitted version back to work on it. */
export const withdrawVersion = onVersion('withdraw_version', (work, row, { command }) => {
  const status = nextState(versionLifecycle, row.status, 'withdraw');
  withdrawTask(work, taskOf(work, row), command);
  const after = work.update(programmeVersions, row.id, { status, approvalId: null });
  tellOfVersion(work, 'withdrawn', after);
  return after;
});

/** A maker gives a draft up. */
export const discardVersion = onVersion('discard_version', (work, row) => {
  const status = nextState(versionLifecycle, row.status, 'discard');
  const after = work.update(programmeVersions, row.id, { status });
  tellOfVersion(work, 'discarded', after);
  return after;
});

export type VersionDecision = OnVersion & Readonly<{ verdict: Verdict; reason: string | null }>;

/**
 * A second person decides on a submitted version. Approved, it takes effect on its day for new business and ends
 * earlier versions that would begin on that day or later; financings granted keep their terms.
 */
export const decideVersion = onVersion<VersionDecision>('decide_version', (work, row, context) => {
  const { actor, input, now } = context.command;
  const status = nextState(versionLifecycle, row.status, input.verdict);
  require(!row.authors.includes(actor.personId), 'same-person', 'who wrote the version does not decide on it', {
    accepted: 'a person other than its authors',
  });
  const { verdict, reason } = input;
  decideTask(work, taskOf(work, row), { actor, verdict, reason, now, subjectVersion: row.version });
  if (verdict === 'approve') return approve(work, row, context);
  const after = work.update(programmeVersions, row.id, {
    status,
    reason,
    ...(verdict === 'reject' ? { checkerPerson: actor.personId } : { approvalId: null }),
  });
  tellOfVersion(work, verdict === 'reject' ? 'rejected' : 'returned', after);
  return after;
});

function approve(
  work: Workspace,
  row: ProgrammeVersionRow,
  { command, businessDate, reference }: Context<VersionDecision>,
): ProgrammeVersionRow {
  const programme = work.get(programmes, row.programmeId);
  checkDraft(row, businessDate, reference);
  const approved = versionsOf(work, programme.id).filter((each) => each.status === 'approved');
  for (const older of supersededBy(row, approved)) {
    const superseded = work.update(programmeVersions, older.id, {
      status: nextState(versionLifecycle, older.status, 'supersede'),
    });
    tellOfVersion(work, 'superseded', superseded);
  }
  const active = work.update(programmes, programme.id, {
    status: nextState(programmeLifecycle, programme.status, 'activate'),
    currentVersion: row.number,
  });
  const after = work.update(programmeVersions, row.id, {
    status: nextState(versionLifecycle, row.status, 'approve'),
    checkerPerson: command.actor.personId,
    reason: command.input.reason,
  });
  tellOfVersion(work, 'approved', after);
  tellOfProgramme(work, 'terms_approved', active, { number: row.number, effectiveFrom: row.effectiveFrom });
  return after;
}

const taskOf = (work: Workspace, row: ProgrammeVersionRow): ApprovalTaskRow =>
  work.get(approvalTasks, row.approvalId ?? '');
