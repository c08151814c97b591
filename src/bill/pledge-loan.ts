import type { financingAnswer } from '../financing/answer.ts';
import {
  type Applicant,
  applicantOf,
  type LoadedApplicants,
  loadApplicants,
  type Request,
  requireVerifiedAccount,
  vatRateFor,
} from '../financing/applicant.ts';
import { type Assessed, drawUp, priced, submitApplication } from '../financing/application.ts';
import {
  admissionChecks,
  type Check,
  finding,
  findingsBy,
  standingChecks,
  tenorCheck,
} from '../financing/eligibility.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { Located } from '../financing/loading.ts';
import { largestAdvance, type Quote, quote } from '../financing/quote.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Database } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import type { ProductTerms } from '../programme/terms.ts';
import { billPledgeKeeper } from './pledge-loan-keeper.ts';
import { type BillHoldingRow, billHoldings } from './store.ts';

type Answer = ReturnType<typeof financingAnswer>;

export type Application = Request &
  Readonly<{
    holdingIds: readonly string[];
    /** Null asks for the most the programme advances on the face. */
    amount: Decimal | null;
    dueDate: IsoDate;
  }>;

type Candidate = Readonly<{ holding: BillHoldingRow; application: Application; applicantId: string }>;
const AT = '/holdingIds';

/** Whether a holding can stand behind a loan of this bank. */
const billChecks: readonly Check<Candidate>[] = [
  ({ holding, applicantId }) =>
    holding.holderId === applicantId
      ? null
      : finding('not-a-party', 'the applicant does not hold this bill', AT, 'a bill of the applicant'),
  ({ holding, application }) =>
    holding.chainId === application.chainId
      ? null
      : finding('bill-not-pledged', 'the bill is of another chain', AT, 'a bill of the chain of the programme'),
  ({ holding, application }) =>
    holding.standing === 'received.pledged' && holding.pledgeeId === application.bookId
      ? null
      : finding('bill-not-pledged', 'the bill is not pledged to the bank', AT, 'a bill pledged to the bank'),
  ({ holding }) =>
    holding.financingId === null
      ? null
      : finding('already-financed', 'a loan stands on this bill', AT, 'a bill that no loan stands on'),
  ({ holding }) =>
    holding.frozen ? finding('bill-frozen', 'the bill is frozen', AT, 'a bill that is not frozen') : null,
];

/** Reads and locks what applications on pledged bills are assessed on; those submitted again are locked as well. */
const load = (work: Workspace, commands: readonly Command<Application>[], financingIds: readonly string[] = []) =>
  loadApplicants(work, commands, {
    keeper: billPledgeKeeper,
    lockCollateral: async () => {
      await work.lock(
        billHoldings,
        commands.flatMap(({ input }) => input.holdingIds),
      );
    },
    financingIds,
  });

type Basis = Applicant & Readonly<{ application: Application; holdings: readonly BillHoldingRow[] }>;

function basisOf(
  work: Workspace,
  command: Command<Application>,
  loaded: LoadedApplicants<Application>,
  on: IsoDate,
): Basis {
  const { input } = command;
  const supplying = applicantOf(work, command, loaded, { on, side: 'upstream' });
  // Whoever buys on the chain may have been endorsed a bill as well as whoever sells.
  const applicant =
    supplying.member === undefined ? applicantOf(work, command, loaded, { on, side: 'downstream' }) : supplying;
  const holdings = input.holdingIds.map((id, index) => {
    const holding = work.find(billHoldings, id);
    if (holding?.live === true) return holding;
    throw new Refusal('not-found', `there is no holding ${id}`, { field: `${AT}/${index}` });
  });
  return { ...applicant, application: input, holdings };
}

/** Refuses what is not eligible; otherwise the figures that disbursement on the business date would book. */
function assess(basis: Basis): Assessed {
  const { application, programme, on, reference, holdings, chain, member, applicant } = basis;
  const { product, dueDate, holdingIds } = application;
  const once = new Set(holdingIds).size === holdingIds.length;
  require(once, 'invalid-input', 'a holding is named twice', { field: AT, accepted: 'each holding once' });
  const version = versionInForce(programme.versions, on);
  const offered = version.terms.products[product] ?? null;
  const days = daysBetween(on, reference.rollForward(dueDate).date);
  const candidate = { product, terms: offered, chain, member, applicant, days };
  const findings = [
    ...findingsBy([...standingChecks, ...admissionChecks], candidate),
    ...findingsBy([tenorCheck], candidate).map((found) => ({ ...found, field: '/dueDate' })),
    ...holdings.flatMap((holding, index) =>
      findingsBy(billChecks, { holding, application, applicantId: applicant.id }).map((found) => ({
        ...found,
        field: `${AT}/${index}`,
      })),
    ),
  ];
  const [first] = findings;
  if (first !== undefined) {
    throw new Refusal(first.code, first.message, { field: first.field, accepted: first.accepted, findings });
  }
  const terms = offered as ProductTerms;
  const face = holdings.reduce((total, { amount }) => total.plus(amount), new Decimal(0));
  const most = largestAdvance(product, terms, face);
  const amount = application.amount ?? most;
  require(amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(most), 'advance-too-high', `the programme advances ${formatMoney(most)}`, {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(most)}`,
  });
  const vatRate = vatRateFor(terms, basis);
  return {
    version: version.number,
    terms,
    authority: version.terms,
    face,
    dueDate,
    debtorId: null,
    quote: quote({ product, terms, face, amount, valueDate: on, dueDate, vatRate }, reference),
  };
}

const scopeOf = (applicantId: string, { bookId, chainId }: Application): string[] => [applicantId, bookId, chainId];

/** The exact figures of a loan on pledged bills if it were paid out on the business date, and their face. */
export function quotePledgeLoan(
  database: Database,
  command: Command<Application>,
): Promise<Readonly<{ face: Decimal; quote: Quote }>> {
  const { actor, input } = command;
  return rehearse(database, scopeOf(actor.orgId, input), async (work) => {
    const loaded = await load(work, [command]);
    return assess(basisOf(work, command, loaded, work.get(books, input.bookId).businessDate));
  });
}

const itemOf = ({ id, bookId, borrowerId }: FinancingRow, holding: BillHoldingRow): FinancingItemRow => ({
  financingId: id,
  itemId: holding.id,
  bookId,
  borrowerId,
  kind: 'bill_holding',
  receivableId: null,
  amount: holding.amount,
});

const tie =
  (work: Workspace, { id }: FinancingRow, holdings: readonly BillHoldingRow[]) =>
  (): void => {
    for (const holding of holdings) work.update(billHoldings, holding.id, { financingId: id });
  };

function assessedNow(work: Workspace, command: Command<Application>, loaded: LoadedApplicants<Application>) {
  const { businessDate } = requireOpenBook(work, command.input.bookId);
  const basis = basisOf(work, command, loaded, businessDate);
  const assessed = assess(basis);
  requireVerifiedAccount(loaded, command.input.payeeAccountId, command.actor.orgId);
  return { assessed, businessDate, holdings: basis.holdings };
}

/** A holder applies for a loan on bills that it has pledged to the bank: no other loan can stand on them now. */
export const applyForPledgeLoan: UseCase<Application, Answer, LoadedApplicants<Application>> = {
  name: 'bill.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ actor, input }) => scopeOf(actor.orgId, input),
  load,
  decide: (work, command, loaded) => {
    const { assessed, businessDate, holdings } = assessedNow(work, command, loaded);
    const financing = drawUp(command, assessed);
    work.insert(financings, financing);
    const items = holdings.map((holding) => itemOf(financing, holding));
    for (const item of items) work.insert(financingItems, item);
    const reserve = tie(work, financing, holdings);
    return submitApplication(work, { command, loaded, assessed, businessDate, financing, items, reserve });
  },
};

type Resubmission = Located & Readonly<{ expectedVersion: number; application: Application }>;

const applicationOf = (command: Command<Resubmission>): Command<Application> => ({
  ...command,
  input: command.input.application,
});

/** The holder submits again what the bank has returned: the same bills and amount, assessed anew. */
export const submitPledgeLoanAgain: UseCase<Resubmission, Answer, LoadedApplicants<Application>> = {
  name: 'bill.submit',
  lane: ({ input }) => input.bookId,
  scope: ({ actor, input }) => scopeOf(actor.orgId, input.application),
  load: (work, commands) =>
    load(
      work,
      commands.map(applicationOf),
      commands.map(({ input }) => input.financingId),
    ),
  decide: (work, command, loaded) => {
    const before = work.get(financings, command.input.financingId);
    requireVersion(before.version, command.input.expectedVersion);
    require(command.actor.orgId === before.borrowerId, 'not-a-party', 'only the applicant submits its application');
    nextState(financingLifecycle, before.status, 'submit');
    const again = applicationOf(command);
    const { assessed, businessDate, holdings } = assessedNow(work, again, loaded);
    if (assessed.version !== before.programmeVersion) {
      throw new Refusal('terms-superseded', `the programme has version ${assessed.version} of its terms by now`, {
        accepted: 'a new application',
      });
    }
    const financing = work.update(financings, before.id, { ...priced(again.input, assessed), note: null });
    const items = holdings.map((holding) => itemOf(financing, holding));
    const reserve = tie(work, financing, holdings);
    return submitApplication(work, { command: again, loaded, assessed, businessDate, financing, items, reserve });
  },
};
