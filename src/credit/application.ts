import type { financingAnswer } from '../financing/answer.ts';
import { requireVerifiedAccount } from '../financing/applicant.ts';
import { drawUp, priced, submitApplication } from '../financing/application.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { Located } from '../financing/loading.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import {
  type AssessedCredit,
  assess,
  assessmentOf,
  basisOf,
  type CreditApplication,
  type LoadedCredit,
  loadCredit,
} from './assessment.ts';
import { assessments } from './store.ts';

type Answer = ReturnType<typeof financingAnswer>;

/**
 * A member applies for an unsecured loan on its record in the chain. The limits of the whole path are reserved; the
 * authority matrix says who has to approve, and inside its green channel the rule does so at once.
 */
export const applyForCredit: UseCase<CreditApplication, Answer, LoadedCredit> = {
  name: 'credit.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: (work, commands) => loadCredit(work, commands),
  decide: (work, command, loaded) =>
    submit(work, command, loaded, ({ assessed }) => {
      const drawn = drawUp(command, assessed);
      work.insert(financings, drawn);
      return drawn;
    }),
};

type Resubmission = Located & Readonly<{ expectedVersion: number; application: CreditApplication }>;

const applicationOf = (command: Command<Resubmission>): Command<CreditApplication> => ({
  ...command,
  input: command.input.application,
});

/**
 * The applicant submits again what the bank has returned: the same amount and day, judged anew on today's record.
 * Refusal `terms-superseded` when the programme has other terms by now.
 */
export const submitCreditAgain: UseCase<Resubmission, Answer, LoadedCredit> = {
  name: 'credit.submit',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: (work, commands) =>
    loadCredit(
      work,
      commands.map(applicationOf),
      commands.map(({ input }) => input.financingId),
    ),
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const before = work.get(financings, input.financingId);
    requireVersion(before.version, input.expectedVersion);
    require(actor.orgId === before.borrowerId, 'not-a-party', 'only the applicant submits its application');
    nextState(financingLifecycle, before.status, 'submit');
    const again = applicationOf(command);
    return submit(work, again, loaded, ({ assessed }) => {
      require(assessed.version ===
        before.programmeVersion, 'terms-superseded', `the programme has version ${assessed.version} of its terms`, {
        accepted: 'a new application',
      });
      return work.update(financings, before.id, { ...priced(again.input, assessed), note: null });
    });
  },
};

function submit(
  work: Workspace,
  command: Command<CreditApplication>,
  loaded: LoadedCredit,
  drawn: (credit: AssessedCredit) => FinancingRow,
): Answer {
  const { actor, input, now } = command;
  const { businessDate } = requireOpenBook(work, input.bookId);
  const basis = basisOf(work, command, loaded, businessDate);
  const credit = assess(basis, input.dueDate);
  requireVerifiedAccount(loaded, input.payeeAccountId, actor.orgId);
  const financing = drawn(credit);
  work.insert(assessments, assessmentOf(basis, credit.judgement, { financingId: financing.id, batchId: null, now }));
  return submitApplication(work, {
    command,
    loaded,
    assessed: credit.assessed,
    businessDate,
    financing,
    items: [],
    reserve: () => undefined,
  });
}
