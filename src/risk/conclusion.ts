import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { type LoadedFinancings, type Located, loadFinancings, scopeOf } from '../financing/loading.ts';
import { chargeMisuse, clearMisuse } from '../financing/misuse.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { Decimal, parseMoney } from '../money/decimal.ts';
import { type Conclusion, type RiskAlertRow, riskAlerts } from '../oversight/alert-store.ts';
import { tellAlert } from '../oversight/alerts.ts';
import { alertAnswer } from '../oversight/answers.ts';
import { alertLifecycle } from '../oversight/lifecycle.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';

type Answer = ReturnType<typeof alertAnswer>;
type Target = Readonly<{ alertId: string; bookId: string; expectedVersion: number }>;
type Propose = Target & Readonly<{ conclusion: Conclusion }>;

/** What was put to another use is no more than the alert has found; nothing else has an amount. */
function requireAmount(alert: RiskAlertRow, { verdict, amount }: Conclusion): string | null {
  if (verdict !== 'confirm' || alert.amount === null) {
    require(amount === null, 'invalid-input', 'only misuse that is confirmed has an amount', {
      field: '/amount',
      accepted: 'nothing',
    });
    return null;
  }
  if (amount === null) return alert.amount.toFixed(2);
  require(parseMoney(amount).lessThanOrEqualTo(alert.amount), 'invalid-input', 'less has been found', {
    field: '/amount',
    accepted: `at most ${alert.amount.toFixed(2)}`,
  });
  return amount;
}

/** Whoever lifts an alert shows why. */
function requireEvidence({ verdict, evidence }: Conclusion): void {
  require(verdict === 'confirm' || evidence.length > 0, 'invalid-input', `nothing shows why to ${verdict} the alert`, {
    field: '/evidence',
    accepted: 'at least one document',
  });
}

/** One person of the bank proposes what an alert comes to: misuse, nothing, or that it has been put right. */
export const proposeConclusion: UseCase<Propose, Answer> = {
  name: 'risk_alert.propose',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(
      riskAlerts,
      commands.map(({ input }) => input.alertId),
    );
  },
  decide: (work, { actor, input, now }) => {
    requireOpenBook(work, input.bookId);
    const alert = work.get(riskAlerts, input.alertId);
    requireVersion(alert.version, input.expectedVersion);
    const event = input.conclusion.verdict === 'clear' ? 'propose_clearance' : 'propose';
    const state = nextState(alertLifecycle, alert.state, event);
    requireEvidence(input.conclusion);
    const conclusion = { ...input.conclusion, amount: requireAmount(alert, input.conclusion) };
    const task = openTask(work, {
      bookId: alert.bookId,
      subjectKind: 'risk_alert',
      subjectId: alert.id,
      action: conclusion.verdict,
      amount: conclusion.amount === null ? null : new Decimal(conclusion.amount),
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: alert.version + 1,
      payload: conclusion,
      now,
    });
    const after = work.update(riskAlerts, alert.id, {
      state,
      conclusion,
      taskId: task.id,
      ownerPerson: alert.ownerPerson ?? actor.personId,
    });
    tellAlert(work, state, after);
    return alertAnswer(after);
  },
};

type Decide = Target & Located & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

/**
 * Another person decides on it. Confirmed misuse puts the loan at the misuse rate from this day (银发〔2003〕251号);
 * what is cleared bears its own rate again.
 */
export const decideConclusion = (keeper: CollateralKeeper): UseCase<Decide, Answer, LoadedFinancings> => ({
  name: 'risk_alert.decide',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    const alerts = await work.lock(
      riskAlerts,
      targets.map(({ alertId }) => alertId),
    );
    await lockTasks(
      work,
      alerts.flatMap(({ taskId }) => taskId ?? []),
    );
    return loadFinancings(work, targets, keeper);
  },
  decide: (work, { actor, input, now }, { reference }) => {
    const { businessDate: on } = requireOpenBook(work, input.bookId);
    const alert = work.get(riskAlerts, input.alertId);
    requireVersion(alert.version, input.expectedVersion);
    const { conclusion, taskId } = alert;
    if (conclusion === null || taskId === null) throw new Refusal('not-found', 'nothing waits for a decision');
    decideTask(work, work.get(approvalTasks, taskId), { actor, verdict: input.verdict, reason: input.reason, now });
    const event = input.verdict === 'reject' ? 'send_back' : conclusion.verdict;
    const state = nextState(alertLifecycle, alert.state, event);
    const ended = state === 'dismissed' || state === 'cleared';
    const financing = work.get(financings, alert.financingId);
    const charged = state === 'confirmed' && event === 'confirm' && conclusion.amount !== null;
    if (charged)
      chargeMisuse(work, financing, { amount: stillOwed(financing, conclusion.amount as string), on, reference });
    if (state === 'cleared' && alert.amount !== null) clearMisuse(work, financing, { amount: alert.amount, on });
    const after = work.update(riskAlerts, alert.id, {
      state,
      taskId: null,
      closedOn: ended ? on : null,
      ...(charged && { amount: new Decimal(conclusion.amount as string) }),
    });
    tellAlert(work, state === 'open' || event === 'send_back' ? 'sent_back' : state, after);
    return alertAnswer(after);
  },
});

/** What was misused and is still owed: money that has been repaid since bears nothing. */
const stillOwed = ({ principal, misused }: FinancingRow, amount: string): Decimal =>
  Decimal.min(new Decimal(amount), principal.minus(Decimal.min(misused, principal)));
