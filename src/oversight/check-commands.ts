import { type PersonRow, persons } from '../identity/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { workdaysAfter } from '../money/calendar.ts';
import { addMonths, type IsoDate } from '../money/dates.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { lockOpenAlerts } from './alert-store.ts';
import { raiseAlert } from './alerts.ts';
import { checkAnswer } from './answers.ts';
import { type Finding, verdictOf } from './check-rules.ts';
import { checksOf, type LoanCheckRow, type LocatedCheck, loanChecks, lockChecksOf } from './check-store.ts';
import { openCheck, requireInvestigatorApart, tellCheck } from './checks.ts';
import { checkLifecycle } from './lifecycle.ts';

type Answer = ReturnType<typeof checkAnswer>;
type Loaded = Readonly<{ reference: Reference; people: readonly PersonRow[] }>;

type CheckCase<Input extends LocatedCheck> = Readonly<{
  name: string;
  /** People of the bank whose standing the decision turns on. */
  people?: (input: Input) => readonly string[];
  decide: (work: Workspace, check: LoanCheckRow, command: Command<Input>, on: IsoDate, loaded: Loaded) => LoanCheckRow;
}>;

const checkCase = <Input extends LocatedCheck & Readonly<{ expectedVersion: number }>>({
  name,
  people = () => [],
  decide,
}: CheckCase<Input>): UseCase<Input, Answer, Loaded> => ({
  name: `loan_check.${name}`,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const financingIds = inputs.map(({ financingId }) => financingId);
    const reference = await loadReference(work);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await lockOpenAlerts(work, financingIds);
    await lockChecksOf(work, financingIds);
    await work.lock(
      loanChecks,
      inputs.map(({ checkId }) => checkId),
    );
    return { reference, people: await work.read(persons, 'id', inputs.flatMap(people)) };
  },
  decide: (work, command, loaded) => {
    const { businessDate } = requireOpenBook(work, command.input.bookId);
    const check = work.get(loanChecks, command.input.checkId);
    requireVersion(check.version, command.input.expectedVersion);
    return checkAnswer(decide(work, check, command, businessDate, loaded));
  },
});

type Assign = LocatedCheck & Readonly<{ expectedVersion: number; personId: string }>;

/** Refuses an owner who is not a maker or checker of the bank. */
export function requireOwner(people: readonly PersonRow[], personId: string, bookId: string): void {
  const person = people.find(({ id }) => id === personId);
  const works =
    person?.orgId === bookId &&
    person.status === 'active' &&
    person.roles.some((role) => role === 'maker' || role === 'checker');
  require(works, 'not-found', 'there is no such maker or checker of the bank', {
    field: '/personId',
    accepted: 'a maker or checker of the bank',
  });
}

/** Gives a check to one person of the bank, who alone can make it from then on. */
export const assignCheck = checkCase<Assign>({
  name: 'assign',
  people: ({ personId }) => [personId],
  decide: (work, check, { input }, _on, { people }) => {
    nextState(checkLifecycle, check.state, 'assign');
    requireOwner(people, input.personId, check.bookId);
    const after = work.update(loanChecks, check.id, { ownerPerson: input.personId });
    tellCheck(work, 'assigned', after);
    return after;
  },
});

type Complete = LocatedCheck & Readonly<{ expectedVersion: number; findings: readonly Finding[] }>;

/**
 * The findings of a check, each with what shows it. What is found wanting fails the check; a running loan's failed
 * check raises an alert, and the next one follows in any case.
 */
export const completeCheck = checkCase<Complete>({
  name: 'complete',
  decide: (work, check, { actor, input, now }, on, { reference }) => {
    requireOwned(check, actor.personId);
    if (check.stage === 'in_loan') requireInvestigatorApart(work, { id: check.financingId }, actor.personId);
    const verdict = verdictOf(check.items, input.findings);
    const state = nextState(checkLifecycle, check.state, verdict);
    const after = work.update(loanChecks, check.id, {
      state,
      findings: input.findings,
      ownerPerson: check.ownerPerson ?? actor.personId,
      doneBy: actor.personId,
      doneOn: on,
    });
    tellCheck(work, state, after);
    if (check.stage === 'post_loan') followUp(work, after, { on, now, reference });
    return after;
  },
});

function requireOwned({ ownerPerson }: LoanCheckRow, personId: string): void {
  require(ownerPerson === null ||
    ownerPerson === personId, 'not-a-party', 'the check has been given to somebody else', {
    accepted: 'its owner, or giving it to another',
  });
}

type Moment = Readonly<{ on: IsoDate; now: Date; reference: Reference }>;

/** The next check of a running loan; the close of the day lets it lapse once the loan has ended. */
function followUp(work: Workspace, check: LoanCheckRow, { on, now, reference }: Moment): void {
  const { bookId, financingId, borrowerId, items, everyMonths } = check;
  const dueOn = addMonths(on, everyMonths as number);
  openCheck(work, { bookId, financingId, borrowerId, stage: 'post_loan', items, dueOn, everyMonths }, now);
  if (check.state === 'passed') return;
  const wanting = (check.findings ?? []).filter(({ outcome }) => outcome === 'not_satisfied');
  raiseAlert(work, {
    bookId,
    financingId,
    kind: 'check_failed',
    partyId: borrowerId,
    cause: `found wanting: ${wanting.map(({ item }) => item).join(', ')}`.slice(0, 500),
    amount: null,
    dueOn: workdaysAfter(on, answerDays(reference, on), reference.calendar),
    on,
    now,
  });
}

/** Business days in which an alert is to be answered. */
export const answerDays = (reference: Reference, on: IsoDate): number =>
  reference.requireParameter('fundFlow.answerBusinessDays', on).value.toNumber();

type Repeat = LocatedCheck & Readonly<{ expectedVersion: number }>;

/** Has a check that failed before the money is out made once more; what was found stays on record. */
export const repeatCheck = checkCase<Repeat>({
  name: 'repeat',
  decide: (work, check, { now }, on, { reference }) => {
    nextState(checkLifecycle, check.state, 'repeat');
    if (check.stage === 'post_loan') {
      throw new Refusal('illegal-transition', 'the next check of a running loan follows by itself', {
        accepted: 'the check that is open',
      });
    }
    const { bookId, financingId, borrowerId, stage, items } = check;
    const [last] = checksOf(work, financingId, stage);
    require(last?.id === check.id, 'illegal-transition', 'the check has been made again already', {
      accepted: 'the last check of its stage',
    });
    const dueOn = workdaysAfter(on, 1, reference.calendar);
    return openCheck(work, { bookId, financingId, borrowerId, stage, items, dueOn, everyMonths: null }, now);
  },
});
