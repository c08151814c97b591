import { uuidv7 } from 'uuidv7';
import type { financingAnswer } from '../financing/answer.ts';
import { requireVerifiedAccount } from '../financing/applicant.ts';
import { drawUp, priced, submitApplication } from '../financing/application.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { Located } from '../financing/loading.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import { changeLot } from '../goods/lots.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell } from './answer.ts';
import {
  type Application,
  assess,
  basisOf,
  type LoadedLoans,
  loadLoans,
  scopeOf,
  type ValuedReceipt,
} from './assessment.ts';
import { termsOf } from './keeper.ts';
import { receiptLifecycle } from './lifecycle.ts';
import { lotOf, receiptPledges, receipts } from './store.ts';

type Answer = ReturnType<typeof financingAnswer>;

/** A holder applies for a loan and endorses its receipts "pledged" to the bank: none of them can back anything else now. */
export const applyForReceiptLoan: UseCase<Application, Answer, LoadedLoans> = {
  name: 'receipt.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ actor, input }) => scopeOf(actor.orgId, input),
  load: loadLoans,
  decide: (work, command, loaded) => {
    const { assessed, businessDate, valued } = assessedNow(work, command, loaded);
    const drawn = drawUp(command, assessed);
    work.insert(financings, drawn);
    const items = valued.map((each) => itemOf(drawn, each));
    for (const item of items) work.insert(financingItems, item);
    const reserve = endorse(work, drawn, valued, command.now);
    return submitApplication(work, { command, loaded, assessed, businessDate, financing: drawn, items, reserve });
  },
};

const itemOf = ({ id, bookId, borrowerId }: FinancingRow, { receipt, value }: ValuedReceipt): FinancingItemRow => ({
  financingId: id,
  itemId: receipt.id,
  bookId,
  borrowerId,
  kind: 'receipt',
  receivableId: null,
  amount: value,
});

type Resubmission = Located & Readonly<{ expectedVersion: number; application: Application }>;

const applicationOf = (command: Command<Resubmission>): Command<Application> => ({
  ...command,
  input: command.input.application,
});

/** The holder submits again what the bank has returned: the same receipts and amount, valued and assessed anew. */
export const submitReceiptLoanAgain: UseCase<Resubmission, Answer, LoadedLoans> = {
  name: 'receipt.submit',
  lane: ({ input }) => input.bookId,
  scope: ({ actor, input }) => scopeOf(actor.orgId, input.application),
  load: (work, commands) =>
    loadLoans(
      work,
      commands.map(applicationOf),
      commands.map(({ input }) => input.financingId),
    ),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const before = work.get(financings, input.financingId);
    requireVersion(before.version, input.expectedVersion);
    require(actor.orgId === before.borrowerId, 'not-a-party', 'only the applicant submits its application');
    nextState(financingLifecycle, before.status, 'submit');
    const again = applicationOf(command);
    const { assessed, businessDate, valued } = assessedNow(work, again, loaded);
    if (assessed.version !== before.programmeVersion) {
      throw new Refusal('terms-superseded', `the programme has version ${assessed.version} of its terms by now`, {
        accepted: 'a new application',
      });
    }
    const financing = work.update(financings, before.id, { ...priced(again.input, assessed), note: null });
    const items = valued.map((each) => itemOf(financing, each));
    const reserve = endorse(work, financing, valued, now);
    return submitApplication(work, { command: again, loaded, assessed, businessDate, financing, items, reserve });
  },
};

function assessedNow(work: Workspace, command: Command<Application>, loaded: LoadedLoans) {
  const { actor, input } = command;
  const { businessDate } = requireOpenBook(work, input.bookId);
  const basis = basisOf(work, command, loaded, businessDate);
  const assessed = assess(basis);
  requireVerifiedAccount(loaded, input.payeeAccountId, actor.orgId);
  return { assessed, businessDate, valued: basis.valued };
}

/** Endorses the receipts to the bank: each stands under this financing from here. */
const endorse = (work: Workspace, financing: FinancingRow, valued: readonly ValuedReceipt[], now: Date) => (): void => {
  const { id: financingId, bookId } = financing;
  for (const { receipt, value, cover } of valued) {
    const state = nextState(receiptLifecycle, receipt.state, 'offer');
    const quotedAt = cover.oldestQuote;
    const after = work.update(receipts, receipt.id, { state, financingId, bookId, value, quotedAt });
    changeLot(work, lotOf(work, receipt), { bookId }, now);
    work.insert(receiptPledges, {
      id: uuidv7(),
      receiptId: receipt.id,
      financingId,
      bookId,
      holderId: receipt.holderId,
      operatorId: receipt.operatorId,
      perfection: termsOf(financing).perfection,
      state: 'offered',
      endorsedAt: now.toISOString(),
      signedAt: null,
      signedBy: null,
      registerNumber: null,
      perfectedAt: null,
      parentId: null,
      endedAt: null,
      version: 1,
      createdAt: now.toISOString(),
    });
    tell(work, 'pledge_endorsed', after, { scopeId: bookId });
  }
};
