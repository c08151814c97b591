import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { programmeAnswer, tellOfProgramme } from './answers.ts';
import { lockProgrammes } from './loading.ts';
import { programmeLifecycle } from './rules.ts';
import { type ProgrammeRow, programmes } from './store.ts';

type Answer = ReturnType<typeof programmeAnswer>;
type OnProgramme = Readonly<{ programmeId: string; expectedVersion: number }>;

const onProgramme = <Input extends OnProgramme>(
  name: string,
  decide: (work: Workspace, row: ProgrammeRow, command: Command<Input>) => ProgrammeRow,
): UseCase<Input, Answer> => ({
  name: `programme.${name}`,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async (work, commands) => {
    await lockProgrammes(
      work,
      commands,
      commands.map(({ input }) => input.programmeId),
    );
  },
  decide: (work, command) => {
    requireOpenBook(work, command.actor.orgId);
    const row = work.get(programmes, command.input.programmeId);
    requireVersion(row.version, command.input.expectedVersion);
    return programmeAnswer(decide(work, row, command));
  },
});

/** Stops new business under a programme at once: one person suffices, because it commits the bank to nothing. */
export const suspendProgramme = onProgramme<OnProgramme & Readonly<{ reason: string }>>(
  'suspend',
  (work, row, { input }) => {
    const after = work.update(programmes, row.id, { status: nextState(programmeLifecycle, row.status, 'suspend') });
    tellOfProgramme(work, 'suspended', after, { reason: input.reason });
    return after;
  },
);

type Proposal = OnProgramme & Readonly<{ action: 'resume' | 'close'; reason: string }>;

/** A maker asks to resume a suspended programme, or to close one for good. */
export const proposeProgrammeStatus = onProgramme<Proposal>('propose_status', (work, row, { actor, input, now }) => {
  nextState(programmeLifecycle, row.status, input.action);
  require(row.approvalId === null, 'already-exists', 'another change of the programme waits for its approval');
  const task = openTask(work, {
    bookId: row.bookId,
    subjectKind: 'programme',
    subjectId: row.id,
    action: input.action,
    amount: null,
    level: 'one',
    rule: null,
    maker: actor,
    subjectVersion: row.version + 1,
    payload: { reason: input.reason },
    now,
  });
  const after = work.update(programmes, row.id, { approvalId: task.id });
  tellOfProgramme(work, `${input.action}_proposed`, after, { reason: input.reason });
  return after;
});

type Decision = OnProgramme & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

/** A second person approves, so that it takes effect at once, or rejects. */
export const decideProgrammeStatus = onProgramme<Decision>('decide_status', (work, row, { actor, input, now }) => {
  if (row.approvalId === null) throw new Refusal('not-found', 'no change of the programme waits for an approval');
  const { verdict, reason } = input;
  const task = decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict, reason, now });
  const action = task.action as Proposal['action'];
  const approved = task.state === 'approved';
  const after = work.update(programmes, row.id, {
    approvalId: null,
    ...(approved && { status: nextState(programmeLifecycle, row.status, action) }),
  });
  const happened = { resume: 'resumed', close: 'closed' }[action];
  tellOfProgramme(work, approved ? happened : `${action}_rejected`, after, { reason });
  return after;
});
