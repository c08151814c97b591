import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { dischargeRegistration } from '../collateral/commands.ts';
import { draftRegistration, registrations, registrationsOf } from '../collateral/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { releaseReservation } from '../limit/path.ts';
import { daysBetween } from '../money/dates.ts';
import { lapseChecks, openBeforehand, requireCheck, requireInvestigatorApart } from '../oversight/checks.ts';
import type { Actor } from '../platform/actor.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { financingAnswer, tell } from './answer.ts';
import type { CollateralKeeper, Security } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { type Backing, itemsFor, type LoadedFinancings, type Located, loadFinancings, scopeOf } from './loading.ts';
import { type FinancingRow, financings } from './store.ts';

type Answer = ReturnType<typeof financingAnswer>;
type Decision = Located & Readonly<{ expectedVersion: number; reason: string | null }>;

const taskOf = (work: Workspace, financing: FinancingRow) => {
  if (financing.approvalId === null) {
    throw new Refusal('illegal-transition', 'no maker of the bank has proposed the financing yet', {
      accepted: 'propose',
    });
  }
  return work.get(approvalTasks, financing.approvalId);
};

/** Gives back the collateral and the limits that a submitted application has reserved, and asks no guarantor any more. */
function endApplication(work: Workspace, financing: FinancingRow, loaded: Backing, now: Date): void {
  const { businessDate: on } = work.get(books, financing.bookId);
  loaded.keeper.release(work, financing, itemsFor(loaded, financing));
  releaseReservation(work, financing.limitPath, financing.amount, { financingId: financing.id, on, now });
  endRegistrations(work, financing, now);
  endAsking(work, financing.guaranteeTaskId, now);
  lapseChecks(work, financing.id);
}

/** The claim ends in the register too, but for what the register has refused. */
export function endRegistrations(work: Workspace, { id }: FinancingRow, now: Date): void {
  for (const { id: registrationId, state } of registrationsOf(work, id)) {
    if (state !== 'refused') dischargeRegistration(work, registrationId, now);
  }
}

/** Nobody is asked any more for what has ended. */
function endAsking(work: Workspace, taskId: string | null | undefined, now: Date): void {
  const task = taskId == null ? undefined : work.find(approvalTasks, taskId);
  if (task?.state === 'open') endTask(work, task, now);
}

/** Files everything that secures a financing, each with a rank of its own; answers the first filing, or null for none. */
function register(work: Workspace, financing: FinancingRow, security: readonly Security[], now: Date): string | null {
  const drafts = security.map((each) =>
    draftRegistration({
      ...each,
      bookId: financing.bookId,
      financingId: financing.id,
      pledgorId: financing.borrowerId,
      termMonths: registrationTerm(financing, now),
      now,
    }),
  );
  for (const draft of drafts) work.insert(registrations, draft);
  if (drafts.length > 0) work.wakes.add('registrations');
  return drafts[0]?.id ?? null;
}

/** Months that outlast the maturity by a year, in which an overdue claim is recovered. */
const registrationTerm = ({ maturityDate }: FinancingRow, now: Date): number =>
  12 + Math.max(0, Math.ceil(daysBetween(shanghaiDate(now), maturityDate) / 28));

/** Whether everybody has approved who was asked: the bank, and a guarantor where the programme or the bank wants one. */
function everybodyApproves(work: Workspace, { approvalId, guaranteeTaskId, terms }: FinancingRow): boolean {
  const wanted =
    guaranteeTaskId === null && terms.guarantee === undefined ? [approvalId] : [approvalId, guaranteeTaskId];
  return wanted.every((taskId) => taskId !== null && work.get(approvalTasks, taskId).state === 'approved');
}

/**
 * Somebody has approved. When that was the last of them, bank or guarantor, the financing is approved: the security
 * takes effect and is filed for registration.
 */
export function approved(work: Workspace, financing: FinancingRow, loaded: LoadedFinancings, now: Date): FinancingRow {
  if (!everybodyApproves(work, financing)) return work.update(financings, financing.id, {});
  const items = itemsFor(loaded, financing);
  loaded.keeper.requireSound(work, financing, items);
  const security = loaded.keeper.secure(work, financing, items);
  const after = work.update(financings, financing.id, {
    status: nextState(financingLifecycle, financing.status, 'approve'),
    registrationId: register(work, financing, security, now),
  });
  const { businessDate: on } = work.get(books, financing.bookId);
  openBeforehand(work, after, 'in_loan', { on, now, reference: loaded.reference });
  tell(work, 'approved', after);
  return after;
}

/** Opens the task of an application at the level that the authority matrix has set; one left to its rule is approved. */
export function askForApproval(
  work: Workspace,
  financing: FinancingRow,
  { maker, now }: Readonly<{ maker: Actor; now: Date }>,
): FinancingRow {
  const task = openTask(work, {
    bookId: financing.bookId,
    subjectKind: 'financing',
    subjectId: financing.id,
    action: 'approve',
    amount: financing.amount,
    level: financing.approvalLevel ?? 'two',
    rule: financing.approvalRule,
    maker,
    subjectVersion: financing.version + 1,
    now,
  });
  return work.update(financings, financing.id, { approvalId: task.id });
}

type Verdict = Readonly<{
  name: 'propose' | 'approve' | 'reject' | 'return';
  decide: (
    work: Workspace,
    financing: FinancingRow,
    command: Command<Decision>,
    loaded: LoadedFinancings,
  ) => FinancingRow;
}>;

const useCase = (keeper: CollateralKeeper, { name, decide }: Verdict): UseCase<Decision, Answer, LoadedFinancings> => ({
  name: `financing.${name}`,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadFinancings(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, command, loaded) => {
    requireOpenBook(work, command.input.bookId);
    const financing = work.get(financings, command.input.financingId);
    requireVersion(financing.version, command.input.expectedVersion);
    nextState(financingLifecycle, financing.status, name);
    return financingAnswer(decide(work, financing, command, loaded));
  },
});

/** The bank's decisions on an application: a maker proposes, other people approve, reject or return it to the applicant. */
export function decisionUseCases(keeper: CollateralKeeper) {
  return {
    propose: useCase(keeper, {
      name: 'propose',
      decide: (work, financing, { actor, now }, loaded) => {
        if (financing.approvalId !== null)
          throw new Refusal('already-exists', 'the financing has been proposed already');
        requireCheck(work, financing, 'pre_loan');
        const after = askForApproval(work, financing, { maker: actor, now });
        tell(work, 'proposed', after);
        return financing.approvalLevel === 'auto' ? approved(work, after, loaded, now) : after;
      },
    }),
    approve: useCase(keeper, {
      name: 'approve',
      decide: (work, financing, { actor, input, now }, loaded) => {
        requireInvestigatorApart(work, financing, actor.personId);
        decideTask(work, taskOf(work, financing), {
          actor,
          verdict: 'approve',
          reason: input.reason,
          now,
        });
        return approved(work, financing, loaded, now);
      },
    }),
    reject: useCase(keeper, {
      name: 'reject',
      decide: (work, financing, { actor, input, now }, loaded) => {
        decideTask(work, taskOf(work, financing), { actor, verdict: 'reject', reason: input.reason, now });
        endApplication(work, financing, loaded, now);
        const after = work.update(financings, financing.id, { status: 'rejected', note: input.reason, limitPath: [] });
        tell(work, 'rejected', after, { reason: input.reason });
        return after;
      },
    }),
    giveBack: useCase(keeper, {
      name: 'return',
      decide: (work, financing, { actor, input, now }, loaded) => {
        decideTask(work, taskOf(work, financing), { actor, verdict: 'return', reason: input.reason, now });
        endApplication(work, financing, loaded, now);
        const after = work.update(financings, financing.id, {
          status: 'returned',
          note: input.reason,
          limitPath: [],
          approvalId: null,
          guaranteeTaskId: null,
        });
        tell(work, 'returned', after, { reason: input.reason });
        return after;
      },
    }),
  };
}

/** What an application reserves is given back when it has not been paid out in time: by the close of its last day. */
export function expireApplication(work: Workspace, financing: FinancingRow, loaded: Backing, now: Date): void {
  const status = nextState(financingLifecycle, financing.status, 'expire');
  endApplication(work, financing, loaded, now);
  endAsking(work, financing.approvalId, now);
  const note = `not paid out by ${financing.reservedUntil}`;
  tell(work, 'expired', work.update(financings, financing.id, { status, note, limitPath: [] }));
}

/** The applicant takes the application back before it is paid. */
export const cancelFinancing = (keeper: CollateralKeeper): UseCase<Decision, Answer, LoadedFinancings> => ({
  name: 'financing.cancel',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadFinancings(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { actor, input, now }, loaded) => {
    requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    if (actor.orgId !== financing.borrowerId && actor.orgId !== financing.bookId) {
      throw new Refusal('not-a-party', 'only the applicant or the bank may cancel an application');
    }
    const status = nextState(financingLifecycle, financing.status, 'cancel');
    const reserved = financing.status === 'submitted' || financing.status === 'approved';
    if (reserved) endApplication(work, financing, loaded, now);
    endAsking(work, financing.approvalId, now);
    const after = work.update(financings, financing.id, { status, note: input.reason, limitPath: [] });
    tell(work, 'cancelled', after);
    return financingAnswer(after);
  },
});
