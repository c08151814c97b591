import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { dischargeRegistration } from '../collateral/commands.ts';
import { draftRegistration, registrations } from '../collateral/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { releaseReservation } from '../limit/path.ts';
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

/** Gives back the collateral and the limits that a submitted application has reserved. */
function endApplication(work: Workspace, financing: FinancingRow, loaded: Backing, now: Date): void {
  const { businessDate } = requireOpenBook(work, financing.bookId);
  loaded.keeper.release(work, financing, itemsFor(loaded, financing));
  releaseReservation(work, financing.limitPath, financing.amount, { financingId: financing.id, on: businessDate, now });
  endRegistration(work, financing, now);
}

/** The claim ends in the register too, unless the register has refused it or its term is over. */
export function endRegistration(work: Workspace, { registrationId }: FinancingRow, now: Date): void {
  const state = registrationId === null ? 'refused' : work.get(registrations, registrationId).state;
  if (registrationId === null || state === 'refused' || state === 'lapsed' || state === 'discharged') return;
  dischargeRegistration(work, registrationId, now);
}

/** Nobody is asked any more for what has ended. */
function endAsking(work: Workspace, taskId: string | null | undefined, now: Date): void {
  const task = taskId == null ? undefined : work.find(approvalTasks, taskId);
  if (task?.state === 'open') endTask(work, task, now);
}

function register(work: Workspace, financing: FinancingRow, security: Security, now: Date): string {
  const registration = draftRegistration({
    ...security,
    bookId: financing.bookId,
    financingId: financing.id,
    pledgorId: financing.borrowerId,
    amount: financing.face,
    now,
  });
  work.insert(registrations, registration);
  work.wakes.add('registrations');
  return registration.id;
}

/** The approval is complete: the security takes effect and is filed for registration. */
export function approved(work: Workspace, financing: FinancingRow, loaded: LoadedFinancings, now: Date): FinancingRow {
  const items = itemsFor(loaded, financing);
  loaded.keeper.requireSound(work, financing, items);
  const security = loaded.keeper.secure(work, financing, items);
  const after = work.update(financings, financing.id, {
    status: nextState(financingLifecycle, financing.status, 'approve'),
    registrationId: security === null ? null : register(work, financing, security, now),
  });
  tell(work, 'approved', after);
  return after;
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
      decide: (work, financing, { actor, now }) => {
        if (financing.approvalId !== null)
          throw new Refusal('already-exists', 'the financing has been proposed already');
        const task = openTask(work, {
          bookId: financing.bookId,
          subjectKind: 'financing',
          subjectId: financing.id,
          action: 'approve',
          amount: financing.amount,
          level: financing.approvalLevel ?? 'two',
          rule: null,
          maker: actor,
          subjectVersion: financing.version + 1,
          now,
        });
        const after = work.update(financings, financing.id, { approvalId: task.id });
        tell(work, 'proposed', after);
        return after;
      },
    }),
    approve: useCase(keeper, {
      name: 'approve',
      decide: (work, financing, { actor, input, now }, loaded) => {
        const task = decideTask(work, taskOf(work, financing), {
          actor,
          verdict: 'approve',
          reason: input.reason,
          now,
        });
        return task.state === 'approved'
          ? approved(work, financing, loaded, now)
          : work.update(financings, financing.id, {});
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
        });
        tell(work, 'returned', after, { reason: input.reason });
        return after;
      },
    }),
  };
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
