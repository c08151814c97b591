import { uuidv7 } from 'uuidv7';
import { openTask } from '../approval/commands.ts';
import { financingAnswer, tell } from '../financing/answer.ts';
import { approved } from '../financing/decisions.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { Located } from '../financing/loading.ts';
import { isPurchase } from '../financing/quote.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { limitPath, reserveLimit } from '../limit/path.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { authorityFor } from '../programme/rules.ts';
import {
  type Application,
  type Assessed,
  assess,
  basisOf,
  type LoadedApplications,
  loadApplications,
} from './assessment.ts';
import { holdings } from './store.ts';
import { cutHolding } from './transfer.ts';

type Answer = ReturnType<typeof financingAnswer>;

/** A supplier applies: collateral and limits on the whole path are reserved, and the matrix says who has to approve. */
export const applyForFinancing: UseCase<Application, Answer, LoadedApplications> = {
  name: 'financing.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: loadApplications,
  decide: (work, command, loaded) => {
    const { input, now } = command;
    const { assessed, businessDate } = assessedNow(work, command, loaded);
    const drawn: FinancingRow = { ...draw(command, assessed), ...priced(input, assessed) };
    work.insert(financings, drawn);
    const items = input.items.map((item): FinancingItemRow => {
      const part = cutHolding(work, work.get(holdings, item.holdingId), item.amount, now);
      const { bookId, borrowerId } = drawn;
      const { receivableId, amount } = item;
      return { financingId: drawn.id, itemId: part.id, bookId, borrowerId, kind: 'holding', receivableId, amount };
    });
    for (const item of items) work.insert(financingItems, item);
    return submit(work, { command, loaded, assessed, businessDate, financing: drawn, items });
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
export const submitAgain: UseCase<Resubmission, Answer, LoadedApplications> = {
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
    return submit(work, { command: again, loaded, assessed, businessDate, financing, items });
  },
};

function assessedNow(work: Workspace, command: Command<Application>, loaded: LoadedApplications) {
  const { actor, input } = command;
  const { businessDate } = requireOpenBook(work, input.bookId);
  const assessed = assess(basisOf(work, command, loaded, businessDate));
  const account = loaded.accounts.get(input.payeeAccountId);
  if (account?.orgId !== actor.orgId || account.status !== 'verified') {
    throw new Refusal('account-not-verified', 'the account to be paid is not a verified account of the applicant', {
      field: '/payeeAccountId',
      accepted: 'a verified settlement account of your organization',
    });
  }
  return { assessed, businessDate };
}

type Submission = Readonly<{
  command: Command<Application>;
  loaded: LoadedApplications;
  assessed: Assessed;
  businessDate: IsoDate;
  financing: FinancingRow;
  items: readonly FinancingItemRow[];
}>;

/** Marks the parts, so that no fen can back another, reserves the limits, and asks whom the matrix names. */
function submit(work: Workspace, { command, loaded, assessed, businessDate, financing, items }: Submission): Answer {
  const { actor, input, now } = command;
  const tags = loaded.organizations.get(actor.orgId)?.tags ?? [];
  const { approval: level, rule } = authorityFor(assessed.authority, financing.amount, tags);
  const path = limitPath(work, loaded.limitPaths.get(input) ?? [], {
    programmeId: input.programmeId,
    product: input.product,
  });
  reserveLimit(work, path, financing.amount, { financingId: financing.id, on: businessDate, now });
  for (const { itemId } of items) {
    work.update(holdings, itemId, { financingId: financing.id, bookId: financing.bookId });
  }
  const submitted = work.update(financings, financing.id, {
    status: nextState(financingLifecycle, financing.status, 'submit'),
    limitPath: path,
    approvalLevel: level,
  });
  tell(work, 'submitted', submitted, { amount: formatMoney(submitted.amount) });
  if (level !== 'auto') return financingAnswer(submitted);
  const task = openTask(work, {
    bookId: input.bookId,
    subjectKind: 'financing',
    subjectId: submitted.id,
    action: 'approve',
    amount: submitted.amount,
    level,
    rule: `programme version ${submitted.programmeVersion}: ${rule}`,
    maker: actor,
    subjectVersion: submitted.version,
    now,
  });
  const proposed = work.update(financings, submitted.id, { approvalId: task.id });
  return financingAnswer(approved(work, proposed, { ...loaded, items: new Map([[submitted.id, items]]) }, now));
}

/** The figures of the assessment; disbursement fixes those of its own day. */
function priced({ product }: Application, { quote: figures, dueDate }: Assessed) {
  const purchase = isPurchase(product);
  return {
    rate: figures.rate,
    referenceRate: figures.referenceRate,
    referenceOn: figures.referenceOn,
    penaltyRate: figures.penaltyRate,
    vatRate: figures.vatRate,
    fee: figures.fee,
    discount: purchase ? figures.interest : new Decimal(0),
    debtorDiscount: figures.debtorInterest,
    dueDate,
    maturityDate: figures.maturityDate,
    overdueFrom: figures.overdueFrom,
  };
}

function draw(
  { actor, input, now }: Command<Application>,
  assessed: Assessed,
): Omit<FinancingRow, keyof ReturnType<typeof priced>> {
  const { quote: figures, terms } = assessed;
  const zero = new Decimal(0);
  const id = uuidv7();
  return {
    id,
    bookId: input.bookId,
    chainId: input.chainId,
    programmeId: input.programmeId,
    programmeVersion: assessed.version,
    product: input.product,
    number: `LR-${id.slice(0, 8)}-${id.slice(-12)}`.toUpperCase(),
    borrowerId: actor.orgId,
    debtorId: assessed.debtorId,
    status: 'draft',
    face: assessed.face,
    amount: figures.amount,
    terms,
    valueDate: null,
    principal: zero,
    accruing: 'none',
    segmentFrom: null,
    interestNumerator: 0n,
    penaltyNumerator: 0n,
    compoundNumerator: 0n,
    compoundBase: zero,
    interestPaid: zero,
    penaltyPaid: zero,
    compoundPaid: zero,
    riskClass: 'normal',
    overdueSince: null,
    extensions: 0,
    shortfall: zero,
    pending: null,
    payeeAccountId: input.payeeAccountId,
    limitPath: [],
    approvalLevel: null,
    approvalId: null,
    registrationId: null,
    paymentId: null,
    settledOn: null,
    note: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}
