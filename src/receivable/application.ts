import type { financingAnswer } from '../financing/answer.ts';
import { type LoadedApplicants, requireVerifiedAccount } from '../financing/applicant.ts';
import { drawUp, priced, submitApplication } from '../financing/application.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { Located } from '../financing/loading.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type Application, assess, basisOf, loadApplications } from './assessment.ts';
import { holdings } from './store.ts';
import { cutHolding } from './transfer.ts';

type Answer = ReturnType<typeof financingAnswer>;

/** A supplier applies: collateral and limits on the whole path are reserved, and the matrix says who has to approve. */
export const applyForFinancing: UseCase<Application, Answer, LoadedApplicants<Application>> = {
  name: 'financing.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: loadApplications,
  decide: (work, command, loaded) => {
    const { input, now } = command;
    const { assessed, businessDate } = assessedNow(work, command, loaded);
    const drawn = drawUp(command, assessed);
    work.insert(financings, drawn);
    const items = input.items.map((item): FinancingItemRow => {
      const part = cutHolding(work, work.get(holdings, item.holdingId), item.amount, now);
      const { bookId, borrowerId } = drawn;
      const { receivableId, amount } = item;
      return { financingId: drawn.id, itemId: part.id, bookId, borrowerId, kind: 'holding', receivableId, amount };
    });
    for (const item of items) work.insert(financingItems, item);
    const reserve = reserveParts(work, drawn, items);
    return submitApplication(work, { command, loaded, assessed, businessDate, financing: drawn, items, reserve });
  },
};

type Resubmission = Located & Readonly<{ expectedVersion: number; application: Application }>;

const applicationOf = (command: Command<Resubmission>): Command<Application> => ({
  ...command,
  input: command.input.application,
});

/**
 * The applicant submits again what the bank has returned: the same parts and amount, assessed anew at today's price
 * under the terms it was drawn up under. Refusal `terms-superseded` when the programme has others by now.
 */
export const submitAgain: UseCase<Resubmission, Answer, LoadedApplicants<Application>> = {
  name: 'financing.submit',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: (work, commands) =>
    loadApplications(
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
    const { assessed, businessDate } = assessedNow(work, again, loaded);
    if (assessed.version !== before.programmeVersion) {
      throw new Refusal('terms-superseded', `the programme has version ${assessed.version} of its terms by now`, {
        accepted: 'a new application',
      });
    }
    const financing = work.update(financings, before.id, { ...priced(input.application, assessed), note: null });
    const items = input.application.items.map(
      ({ holdingId, receivableId, amount }): FinancingItemRow => ({
        financingId: before.id,
        itemId: holdingId,
        bookId: before.bookId,
        borrowerId: before.borrowerId,
        kind: 'holding',
        receivableId,
        amount,
      }),
    );
    const reserve = reserveParts(work, financing, items);
    return submitApplication(work, { command: again, loaded, assessed, businessDate, financing, items, reserve });
  },
};

function assessedNow(work: Workspace, command: Command<Application>, loaded: LoadedApplicants<Application>) {
  const { actor, input } = command;
  const { businessDate } = requireOpenBook(work, input.bookId);
  const assessed = assess(basisOf(work, command, loaded, businessDate));
  requireVerifiedAccount(loaded, input.payeeAccountId, actor.orgId);
  return { assessed, businessDate };
}

/** Marks the parts, so that no fen can back another financing. */
const reserveParts =
  (work: Workspace, { id, bookId }: FinancingRow, items: readonly FinancingItemRow[]) =>
  (): void => {
    for (const { itemId } of items) work.update(holdings, itemId, { financingId: id, bookId });
  };
