import { uuidv7 } from 'uuidv7';
import { workdaysAfter } from '../money/calendar.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { CheckTerms } from '../programme/check-terms.ts';
import type { Reference } from '../reference/store.ts';
import { checksOf, type LoanCheckRow, loanChecks } from './check-store.ts';
import { checkLifecycle } from './lifecycle.ts';

/** What a check is about: a financing, as the floors above know it. */
type Subject = Readonly<{ id: string; bookId: string; borrowerId: string; terms: Readonly<{ checks?: CheckTerms }> }>;

/** Records what happened to a check for its bank; the firm is not told. */
export function tellCheck(work: Workspace, kind: string, check: LoanCheckRow): void {
  work.emit({
    kind: `loan_check.${kind}`,
    objectKind: 'loan_check',
    objectId: check.id,
    scopeId: check.bookId,
    parties: [check.bookId],
    data: {
      financingId: check.financingId,
      stage: check.stage,
      state: check.state,
      dueOn: check.dueOn,
      ownerPersonId: check.ownerPerson,
      version: check.version,
    },
  });
}

type Opening = Pick<
  LoanCheckRow,
  'bookId' | 'financingId' | 'borrowerId' | 'stage' | 'items' | 'dueOn' | 'everyMonths'
>;

/** A check that somebody of the bank has to make. */
export function openCheck(work: Workspace, opening: Opening, now: Date): LoanCheckRow {
  const check: LoanCheckRow = {
    ...opening,
    id: uuidv7(),
    state: 'open',
    ownerPerson: null,
    findings: null,
    doneBy: null,
    doneOn: null,
    missed: false,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(loanChecks, check);
  tellCheck(work, 'opened', check);
  return check;
}

type Moment = Readonly<{ on: IsoDate; now: Date; reference: Reference }>;

/** Opens the check that the terms of a financing ask for at a stage before the money is out, if they ask for one. */
export function openBeforehand(work: Workspace, subject: Subject, stage: 'pre_loan' | 'in_loan', at: Moment): void {
  const { checks } = subject.terms;
  const items = stage === 'pre_loan' ? checks?.preLoan : checks?.inLoan;
  if (checks === undefined || items === undefined) return;
  const dueOn = workdaysAfter(at.on, checks.businessDays, at.reference.calendar);
  openCheck(work, { ...about(subject), stage, items, dueOn, everyMonths: null }, at.now);
}

/** Opens the first check of a loan that runs from a day on. */
export function openFirstAfter(work: Workspace, subject: Subject, on: IsoDate, now: Date): void {
  const after = subject.terms.checks?.postLoan;
  if (after === undefined) return;
  const { items, firstAfterDays, everyMonths } = after;
  openCheck(
    work,
    { ...about(subject), stage: 'post_loan', items, dueOn: addDays(on, firstAfterDays), everyMonths },
    now,
  );
}

const about = ({ id, bookId, borrowerId }: Subject) => ({ bookId, financingId: id, borrowerId });

/** Refuses the next step while the check before it has not been passed. Refusal `check-missing`. */
export function requireCheck(work: Workspace, subject: Subject, stage: 'pre_loan' | 'in_loan'): void {
  const { checks } = subject.terms;
  const asked = stage === 'pre_loan' ? checks?.preLoan : checks?.inLoan;
  if (asked === undefined) return;
  // The last one that was opened counts.
  const [check] = checksOf(work, subject.id, stage);
  if (check?.state === 'passed') return;
  throw new Refusal('check-missing', `the ${stage} check is ${check?.state ?? 'missing'}`, {
    accepted: 'a passed check',
    ...(check === undefined ? {} : { checkId: check.id, dueOn: check.dueOn }),
  });
}

/**
 * Who looked into an application neither reviews nor approves it (商业银行法 art. 35: investigation and approval are
 * apart). Refusal `same-person`.
 */
export function requireInvestigatorApart(work: Workspace, subject: Pick<Subject, 'id'>, personId: string): void {
  const [check] = checksOf(work, subject.id, 'pre_loan');
  if (check === undefined || check.doneBy !== personId) return;
  throw new Refusal('same-person', 'who made the check before the loan does not decide on it', {
    accepted: 'another person',
  });
}

/** What has ended is checked no more. */
export function lapseChecks(work: Workspace, financingId: string): void {
  for (const check of work.allWith(loanChecks, 'financingId', financingId)) {
    if (check.state === 'open') lapseCheck(work, check);
  }
}

export function lapseCheck(work: Workspace, check: LoanCheckRow): void {
  const state = nextState(checkLifecycle, check.state, 'lapse');
  tellCheck(work, 'lapsed', work.update(loanChecks, check.id, { state }));
}

/** Tells the bank, once, that a check was not made by the end of its day. */
export function tellMissed(work: Workspace, check: LoanCheckRow): void {
  tellCheck(work, 'missed', work.update(loanChecks, check.id, { missed: true }));
}
