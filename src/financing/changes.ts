import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { amendRegistration } from '../collateral/commands.ts';
import { registrationsOf } from '../collateral/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { addDays, daysBetween, earliest, type IsoDate } from '../money/dates.ts';
import { type Impediment, impedimentsTo } from '../oversight/alert-store.ts';
import { requireNoImpediment } from '../oversight/alerts.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { financingAnswer, tell } from './answer.ts';
import { postAbout } from './disbursement.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { type LoadedFinancings, type Located, loadFinancings, principalAccountOf, scopeOf } from './loading.ts';
import { classByDays, dayLines, latestExtension, type RiskClass, riskClasses, worse } from './loan-rules.ts';
import { closeSegment, duesAt } from './meters.ts';
import { writtenOff } from './postings.ts';
import { isPurchase, priceOn } from './quote.ts';
import { type FinancingRow, financings, type PendingChange } from './store.ts';

export type ProposedChange =
  | Readonly<{ action: 'extend'; dueDate: IsoDate }>
  | Readonly<{ action: 'write_off' }>
  | Readonly<{ action: 'declare_slip' }>
  | Readonly<{ action: 'reclassify'; riskClass: RiskClass }>;

type Propose = Located & Readonly<{ expectedVersion: number; change: ProposedChange }>;
type Decide = Located & Readonly<{ expectedVersion: number; verdict: 'approve' | 'reject'; reason: string | null }>;
type Answer = ReturnType<typeof financingAnswer>;
type LoadedChanges = LoadedFinancings & Readonly<{ impediments: ReadonlyMap<string, Impediment> }>;

/** Longest maturity an extension may reach under the programme; refuses what 贷款通则 art. 12 or the programme forbids. */
function requireExtendable(financing: FinancingRow, dueDate: IsoDate, on: IsoDate): void {
  const { extension } = financing.terms;
  nextState(financingLifecycle, financing.status, 'extend');
  const refuse = (why: string, accepted: string): never => {
    throw new Refusal('extension-not-allowed', why, { field: '/dueDate', accepted });
  };
  if (!extension.allowed || isPurchase(financing.product))
    refuse('the programme allows no extension', 'repayment at maturity');
  if (financing.extensions > 0) refuse('the financing has been extended once', 'repayment at maturity');
  if (on >= financing.maturityDate)
    refuse('an extension is granted before maturity only', `before ${financing.maturityDate}`);
  const latest = latestExtension(financing.valueDate as IsoDate, financing.maturityDate, extension.maxDays);
  if (dueDate <= financing.maturityDate || dueDate > latest) {
    refuse(
      'the new due date is outside what the law and the programme allow',
      `after ${financing.maturityDate}, not after ${latest}`,
    );
  }
}

/** Days past the due date that are over on a business day, and the best class they allow. */
function classOfDelay(financing: FinancingRow, on: IsoDate, reference: Reference, slip: boolean): RiskClass {
  if (financing.overdueSince === null) return 'normal';
  const since = earliest([financing.maturityDate, financing.overdueSince]);
  return classByDays(daysBetween(since, on), slip, dayLines(reference, on));
}

/** The best class that the delay and the use of the money allow. */
const bestClass = (financing: FinancingRow, on: IsoDate, reference: Reference, slip = financing.technicalSlip) =>
  worse(financing.misused.isZero() ? 'normal' : 'special_mention', classOfDelay(financing, on, reference, slip));

/** Refuses a class better than the days past the due date allow, whoever approves it. */
function requireClassAllowed(financing: FinancingRow, to: RiskClass, on: IsoDate, reference: Reference): void {
  const best = bestClass(financing, on, reference);
  if (!worsens(to, best)) return;
  throw new Refusal('class-above-days', `its days past the due date allow ${best} at best`, {
    field: '/riskClass',
    accepted: riskClasses.slice(riskClasses.indexOf(best)).join(', '),
  });
}

/** A delay is a slip while it lasts no longer than the law excuses. */
function requireSlip(financing: FinancingRow, on: IsoDate, reference: Reference): void {
  nextState(financingLifecycle, financing.status, 'declare_slip');
  if (classOfDelay(financing, on, reference, true) === 'normal') return;
  throw new Refusal('class-above-days', 'the delay has lasted too long for a technical slip', {
    accepted: `at most ${dayLines(reference, on).slipDays} days past the due date`,
  });
}

function requireProposable(financing: FinancingRow, change: ProposedChange, on: IsoDate, reference: Reference): void {
  if (change.action === 'declare_slip') {
    requireSlip(financing, on, reference);
    return;
  }
  if (change.action === 'extend') {
    requireExtendable(financing, change.dueDate, on);
    return;
  }
  if (change.action === 'write_off') {
    nextState(financingLifecycle, financing.status, 'write_off');
    if (financing.riskClass === 'loss') return;
    throw new Refusal('not-a-loss', `the financing is classified ${financing.riskClass}`, {
      accepted: 'risk class loss',
    });
  }
  nextState(financingLifecycle, financing.status, 'classify');
  requireClassAllowed(financing, change.riskClass, on, reference);
  if (change.riskClass === financing.riskClass) {
    throw new Refusal('already-exists', `the financing is classified ${financing.riskClass} already`);
  }
}

const worsens = (from: RiskClass, to: RiskClass): boolean => riskClasses.indexOf(to) > riskClasses.indexOf(from);

/**
 * One person of the bank proposes an extension, a write-off or another risk class. Worsening a class takes effect at
 * once; everything else waits for a second person.
 */
export const proposeChange = (keeper: CollateralKeeper): UseCase<Propose, Answer, LoadedChanges> => ({
  name: 'financing.propose_change',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    const loaded = await loadFinancings(work, targets, keeper);
    return { ...loaded, impediments: await impedimentsTo(work, targets) };
  },
  decide: (work, { actor, input, now }, { reference, impediments }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    requireProposable(financing, input.change, businessDate, reference);
    if (input.change.action === 'extend') requireNoImpediment(impediments, financing);
    if (input.change.action === 'reclassify' && worsens(financing.riskClass, input.change.riskClass)) {
      const after = work.update(financings, financing.id, { riskClass: input.change.riskClass });
      tell(work, 'classified', after, { riskClass: after.riskClass });
      return financingAnswer(after);
    }
    if (financing.pending !== null) throw new Refusal('already-exists', 'another change waits for its approval');
    const task = openTask(work, {
      bookId: financing.bookId,
      subjectKind: 'financing',
      subjectId: financing.id,
      action: input.change.action,
      amount: financing.principal,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: financing.version + 1,
      now,
    });
    const after = work.update(financings, financing.id, { pending: { ...input.change, taskId: task.id } });
    tell(work, 'change_proposed', after, { action: input.change.action });
    return financingAnswer(after);
  },
});

/** Another person approves or rejects the change, which takes effect in the same transaction. */
export const decideChange = (keeper: CollateralKeeper): UseCase<Decide, Answer, LoadedFinancings> => ({
  name: 'financing.decide_change',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadFinancings(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    const change = financing.pending;
    if (change === null) throw new Refusal('not-found', 'no change waits for a decision');
    decideTask(work, work.get(approvalTasks, change.taskId), {
      actor,
      verdict: input.verdict,
      reason: input.reason,
      now,
    });
    const cleared = work.update(financings, financing.id, { pending: null });
    if (input.verdict === 'reject') {
      tell(work, 'change_rejected', cleared, { action: change.action });
      return financingAnswer(cleared);
    }
    return financingAnswer(apply(work, cleared, change, { command, businessDate, loaded }));
  },
});

type Context = Readonly<{ command: Command<Decide>; businessDate: IsoDate; loaded: LoadedFinancings }>;

function apply(work: Workspace, financing: FinancingRow, change: PendingChange, context: Context): FinancingRow {
  const { businessDate, loaded, command } = context;
  if (change.action === 'extend') return extend(work, financing, change.dueDate as IsoDate, businessDate, loaded);
  if (change.action === 'reclassify') {
    nextState(financingLifecycle, financing.status, 'classify');
    requireClassAllowed(financing, change.riskClass as RiskClass, businessDate, loaded.reference);
    const after = work.update(financings, financing.id, { riskClass: change.riskClass as RiskClass });
    tell(work, 'classified', after, { riskClass: after.riskClass });
    return after;
  }
  if (change.action === 'declare_slip') {
    requireSlip(financing, businessDate, loaded.reference);
    const best = bestClass(financing, businessDate, loaded.reference, true);
    const riskClass = financing.riskClass === 'special_mention' ? best : financing.riskClass;
    const after = work.update(financings, financing.id, { technicalSlip: true, riskClass });
    tell(work, 'slip_declared', after, { riskClass });
    return after;
  }
  return writeOff(work, financing, { businessDate, requestId: command.actor.requestId, now: command.now, loaded });
}

/** A new maturity at the price of the day: the running segment is closed, the rest runs at the new rate. */
function extend(
  work: Workspace,
  financing: FinancingRow,
  dueDate: IsoDate,
  on: IsoDate,
  { reference }: LoadedFinancings,
): FinancingRow {
  requireExtendable(financing, dueDate, on);
  const price = priceOn(financing.terms, on, reference);
  const maturity = reference.rollForward(dueDate).date;
  const grace = financing.terms.graceDays;
  const after = work.update(financings, financing.id, {
    ...closeSegment(financing, on),
    ...price,
    status: nextState(financingLifecycle, financing.status, 'extend'),
    dueDate,
    maturityDate: maturity,
    overdueFrom: grace === 0 ? maturity : reference.rollForward(addDays(maturity, grace)).date,
    extensions: financing.extensions + 1,
  });
  lengthenRegistrations(work, after, on);
  tell(work, 'extended', after, { maturityDate: maturity, rate: price.rate.toFixed(6) });
  return after;
}

/** The register must outlast the loan. */
function lengthenRegistrations(work: Workspace, financing: FinancingRow, on: IsoDate): void {
  for (const { id, expiresOn, termMonths } of registrationsOf(work, financing.id)) {
    if (expiresOn === null || expiresOn > financing.maturityDate) continue;
    amendRegistration(work, id, { termMonths: termMonths + 12, today: on });
  }
}

function writeOff(
  work: Workspace,
  financing: FinancingRow,
  context: Readonly<{ businessDate: IsoDate; requestId: string; now: Date; loaded: LoadedFinancings }>,
): FinancingRow {
  const dues = duesAt(financing, context.businessDate);
  const after = work.update(financings, financing.id, {
    ...closeSegment(financing, context.businessDate),
    status: nextState(financingLifecycle, financing.status, 'write_off'),
    accruing: 'none',
  });
  const parts = writtenOff({
    principalAccount: principalAccountOf(work, context.loaded, financing),
    principal: dues.principal,
    interest: dues.interest,
    penalty: dues.penaltyInterest.plus(dues.compoundInterest),
  });
  postAbout(
    work,
    after,
    context,
    parts.map((lines) => ({ kind: 'financing.written_off', lines })),
  );
  tell(work, 'written_off', after);
  return after;
}
