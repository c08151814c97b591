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
import { type Assessed, drawUp, submitApplication } from '../financing/application.ts';
import { admissionChecks, finding, findingsBy, standingChecks, tenorCheck } from '../financing/eligibility.ts';
import { type Quote, quote } from '../financing/quote.ts';
import { type FinancingItemRow, financingItems, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import type { Database } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import { tell } from './answer.ts';
import { prepaymentKeeper } from './keeper.ts';
import { orderStages } from './lifecycle.ts';
import { type OnOrder, scopeOfOrder } from './loading.ts';
import { type AccountRow, acceptances, accounts, lockOrders, type OrderRow, orders } from './store.ts';

export type Application = Request & OnOrder;

/** Reads and locks what applications for funding are assessed on. */
export const loadApplications = (
  work: Workspace,
  commands: readonly Command<Application>[],
): Promise<LoadedApplicants<Application>> => {
  const ids = commands.map(({ input }) => input.orderId);
  return loadApplicants(work, commands, {
    keeper: prepaymentKeeper,
    lockCollateral: async () => {
      await lockOrders(work, ids);
      await work.lock(acceptances, ids);
    },
  });
};

export type Basis = Readonly<{ order: OrderRow; account: AccountRow; applicant: Applicant }>;

/**
 * The order on which its distributor asks for funding, or the refusal that says why not: confirmed by the seller, not
 * funded yet, under the terms in force, by an applicant in good standing.
 */
export function basisOf(
  work: Workspace,
  command: Command<Application>,
  loaded: LoadedApplicants<Application>,
  on: IsoDate,
): Basis {
  const { actor, input } = command;
  const order = work.get(orders, input.orderId);
  const account = work.get(accounts, input.orderId);
  require(actor.orgId === order.buyerId, 'not-a-party', 'only the distributor asks for funds for its order');
  nextState(orderStages, order.stage, 'apply');
  require(account.financingId === null, 'already-financed', 'the order backs a financing already');
  const applicant = applicantOf(work, command, loaded, { on, side: 'downstream' });
  const version = versionInForce(applicant.programme.versions, on);
  require(version.number === account.programmeVersion, 'terms-superseded', 'the programme has other terms by now', {
    accepted: 'a new order under the new terms',
  });
  requireEligible({ order, account, applicant });
  return { order, account, applicant };
}

function requireEligible({ order, account, applicant }: Basis): void {
  const { terms } = account;
  const days = daysBetween(applicant.on, applicant.reference.rollForward(order.expiresOn).date);
  const candidate = { ...applicant, product: 'prepayment', terms, days } as const;
  const findings = findingsBy([...standingChecks, ...admissionChecks, tenorCheck], candidate);
  if (order.value.lessThan(terms.eligibility.minFace)) {
    const accepted = `at least ${terms.eligibility.minFace}`;
    findings.push(finding('below-minimum', 'the order is below the minimum', '/value', accepted));
  }
  const [first] = findings;
  if (first === undefined) return;
  throw new Refusal(first.code, first.message, { field: first.field, accepted: first.accepted, findings });
}

/** The figures that a disbursement on the day would book: the bank's part of the price, at the programme's terms. */
function assess({ order, account, applicant }: Basis): Assessed {
  const { terms } = account;
  const version = versionInForce(applicant.programme.versions, applicant.on);
  return {
    version: version.number,
    terms,
    authority: version.terms,
    face: order.value,
    dueDate: order.expiresOn,
    debtorId: order.sellerId,
    quote: quote(
      {
        product: 'prepayment',
        terms,
        face: order.value,
        amount: order.value.minus(account.margin),
        valueDate: applicant.on,
        dueDate: order.expiresOn,
        vatRate: vatRateFor(terms, applicant),
      },
      applicant.reference,
    ),
  };
}

/** The distributor asks for a loan that pays the seller: order and limits are reserved, and the matrix says who approves. */
export const applyForLoan: UseCase<Application, ReturnType<typeof financingAnswer>, LoadedApplicants<Application>> = {
  name: 'prepayment.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: loadApplications,
  decide: (work, command, loaded) => {
    const { input } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const basis = basisOf(work, command, loaded, businessDate);
    requireForm(basis, 'loan');
    requireVerifiedAccount(loaded, input.payeeAccountId, basis.order.sellerId);
    const assessed = assess(basis);
    const drawn = drawUp(command, assessed);
    work.insert(financings, drawn);
    const item: FinancingItemRow = {
      financingId: drawn.id,
      itemId: basis.order.id,
      bookId: drawn.bookId,
      borrowerId: drawn.borrowerId,
      kind: 'order',
      receivableId: null,
      amount: basis.order.value,
    };
    work.insert(financingItems, item);
    const reserve = () => {
      work.update(accounts, basis.order.id, { financingId: drawn.id });
      tell(work, 'applied', basis.order);
    };
    return submitApplication(work, {
      command,
      loaded,
      assessed,
      businessDate,
      financing: drawn,
      items: [item],
      reserve,
    });
  },
};

/** Refuses the form of funding that the terms of the order do not provide. */
export function requireForm({ account }: Basis, form: 'loan' | 'bill'): void {
  const agreed = account.terms.prepayment?.form;
  require(agreed === form, 'product-not-offered', `the programme funds orders by ${agreed}`, { accepted: `${agreed}` });
}

/** The figures of the loan if it were paid out on the business date; nothing is stored. */
export const quoteLoan = (database: Database, command: Command<Application>): Promise<Quote> =>
  rehearse(database, [command.actor.orgId, ...scopeOfOrder(command)], async (work) => {
    const loaded = await loadApplications(work, [command]);
    const basis = basisOf(work, command, loaded, work.get(books, command.input.bookId).businessDate);
    requireForm(basis, 'loan');
    return assess(basis).quote;
  });
