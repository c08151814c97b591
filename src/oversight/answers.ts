import type { RiskAlertRow } from './alert-store.ts';
import type { LoanCheckRow } from './check-store.ts';

/** A check as the API shows it. */
export const checkAnswer = (check: LoanCheckRow) => ({
  id: check.id,
  bookId: check.bookId,
  financingId: check.financingId,
  borrowerId: check.borrowerId,
  stage: check.stage,
  state: check.state,
  items: check.items,
  dueOn: check.dueOn,
  missed: check.missed,
  everyMonths: check.everyMonths,
  ownerPersonId: check.ownerPerson,
  findings: check.findings,
  doneBy: check.doneBy,
  doneOn: check.doneOn,
  version: check.version,
  createdAt: check.createdAt,
});

/** An alert as the API shows it, yuan as text. */
export const alertAnswer = (alert: RiskAlertRow) => ({
  id: alert.id,
  bookId: alert.bookId,
  kind: alert.kind,
  financingId: alert.financingId,
  partyId: alert.partyId,
  amount: alert.amount?.toFixed(2) ?? null,
  cause: alert.cause,
  state: alert.state,
  raisedOn: alert.raisedOn,
  dueOn: alert.dueOn,
  missed: alert.missed,
  ownerPersonId: alert.ownerPerson,
  conclusion: alert.conclusion,
  approvalId: alert.taskId,
  closedOn: alert.closedOn,
  version: alert.version,
  createdAt: alert.createdAt,
});
