import { registrations } from '../collateral/store.ts';
import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { PostedJournal } from '../ledger/store.ts';
import { useLimit } from '../limit/path.ts';
import { recordOutcome } from '../payment/commands.ts';
import type { PaymentOutcome } from '../payment/rules.ts';
import { draftPayment, payments } from '../payment/store.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { financingAnswer, journalAnswer, tell } from './answer.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { itemsFor, type LoadedFinancings, type Located, loadFinancings, scopeOf } from './loading.ts';
import { collateralHeld, feeCharged, loanDisbursed, receivablePurchased } from './postings.ts';
import { isPurchase, type Quote, quote } from './quote.ts';
import { type FinancingRow, financings } from './store.ts';

type Disburse = Located & Readonly<{ expectedVersion: number }>;
type LoadedPayees = LoadedFinancings &
  Readonly<{ payees: ReadonlyMap<string, Readonly<{ account: SettlementAccountRow; holder: OrganizationRow }>> }>;

/** The figures of a financing when it is paid on this day: the same function that quoted it. */
export const quoteOf = (financing: FinancingRow, on: string, reference: Reference): Quote =>
  quote(
    {
      product: financing.product,
      terms: financing.terms,
      face: financing.face,
      amount: financing.amount,
      valueDate: on,
      dueDate: financing.dueDate,
      vatRate: financing.vatRate,
    },
    reference,
  );

async function loadPayees(work: Workspace, financingIds: readonly string[]) {
  const rows = await work.read(financings, 'id', financingIds);
  const accountIds = rows.map((row) => row.payeeAccountId).filter((id): id is string => id !== null);
  const accounts = await work.read(settlementAccounts, 'id', accountIds);
  const holders = await work.read(
    organizations,
    'id',
    accounts.map(({ orgId }) => orgId),
  );
  return new Map(
    accounts.map((account) => [
      account.id,
      { account, holder: holders.find(({ id }) => id === account.orgId) as OrganizationRow },
    ]),
  );
}

function requirePerfected(work: Workspace, financing: FinancingRow): void {
  const registration = financing.registrationId === null ? null : work.get(registrations, financing.registrationId);
  if (registration?.state === 'registered' || registration?.state === 'amended') return;
  throw new Refusal('security-not-registered', 'the security is not registered yet', {
    accepted: 'a registration in state registered',
    registrationState: registration?.state ?? 'none',
  });
}

/** The bank pays an approved financing out. The money is booked when the bank says it has settled. */
export const disburse = (
  keeper: CollateralKeeper,
): UseCase<Disburse, ReturnType<typeof financingAnswer>, LoadedPayees> => ({
  name: 'financing.disburse',
  status: 202,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    const payees = await loadPayees(
      work,
      targets.map(({ financingId }) => financingId),
    );
    return { ...(await loadFinancings(work, targets, keeper)), payees };
  },
  decide: (work, { input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    const status = nextState(financingLifecycle, financing.status, 'disburse');
    requirePerfected(work, financing);
    const payee = loaded.payees.get(financing.payeeAccountId ?? '');
    if (payee === undefined || payee.account.status !== 'verified') {
      throw new Refusal('account-not-verified', 'the account to be paid has not been verified', {
        accepted: 'a verified settlement account of the borrower',
      });
    }
    const figures = quoteOf(financing, businessDate, loaded.reference);
    const payment = draftPayment({
      bookId: financing.bookId,
      purpose: 'disbursement',
      subjectId: financing.id,
      payee: {
        id: financing.borrowerId,
        name: payee.account.holderName,
        account: payee.account.accountNumber,
        bank: payee.account.cnaps,
      },
      amount: figures.netProceeds,
      businessDate,
      now,
    });
    work.insert(payments, payment);
    work.wakes.add('payments');
    const after = work.update(financings, financing.id, { status, paymentId: payment.id });
    tell(work, 'disbursing', after, { paymentId: payment.id, amount: figures.netProceeds.toFixed(2) });
    return financingAnswer(after);
  },
});

/** What a settled disbursement changes in the financing: terms fixed at this day's price, accrual begun. */
function begin(financing: FinancingRow, figures: Quote): Partial<FinancingRow> {
  const purchase = isPurchase(financing.product);
  return {
    status: nextState(financingLifecycle, financing.status, 'payment_settled'),
    rate: figures.rate,
    penaltyRate: figures.penaltyRate,
    referenceRate: figures.referenceRate,
    referenceOn: figures.referenceOn,
    fee: figures.fee,
    discount: purchase ? figures.interest : financing.discount,
    debtorDiscount: purchase ? figures.debtorInterest : financing.debtorDiscount,
    valueDate: figures.valueDate,
    maturityDate: figures.maturityDate,
    overdueFrom: figures.overdueFrom,
    principal: financing.amount,
    accruing: purchase ? 'discount' : 'contract',
    segmentFrom: figures.valueDate,
  };
}

function journalsOf(financing: FinancingRow, figures: Quote): { kind: string; lines: Line[] }[] {
  const { product, borrowerId, debtorId, amount, face } = financing;
  const paid = isPurchase(product)
    ? receivablePurchased({
        product,
        seller: borrowerId,
        debtor: debtorId ?? borrowerId,
        face: amount,
        discount: figures.interest,
        debtorDiscount: figures.debtorInterest,
      })
    : loanDisbursed({ product, borrower: borrowerId, amount });
  return [
    { kind: 'financing.collateral_held', lines: collateralHeld(face) },
    { kind: 'financing.disbursed', lines: paid },
    {
      kind: 'financing.fee_charged',
      lines: feeCharged({ borrower: borrowerId, net: figures.feeNet, tax: figures.feeTax }),
    },
  ].filter(({ lines }) => lines.length > 0);
}

/** Posts journals about one financing on a business day. */
export function postAbout(
  work: Workspace,
  financing: FinancingRow,
  context: Readonly<{ businessDate: string; requestId: string; now: Date }>,
  journals: readonly Readonly<{ kind: string; lines: readonly Line[] }>[],
): PostedJournal[] {
  return journals
    .filter(({ lines }) => lines.length > 0)
    .map(({ kind, lines }) =>
      ledgerOf(work).post(
        { bookId: financing.bookId, kind, businessDate: context.businessDate, subjectId: financing.id, lines },
        context,
      ),
    );
}

type Outcome = Located & Readonly<{ paymentId: string; outcome: PaymentOutcome }>;

/**
 * The bank's answer to a disbursement. Settled: principal, fee and collateral are booked as they were quoted for the
 * day the instruction was given, the limits are used and the financing is active. Refused: back to approved, nothing
 * booked.
 */
export const recordDisbursement = (keeper: CollateralKeeper): UseCase<Outcome, unknown, LoadedFinancings> => ({
  name: 'financing.record_disbursement',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadFinancings(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    recordOutcome(work, input.paymentId, input.outcome);
    // Money that comes back after it had settled stays on the borrower's deposit: the loan stands.
    if (financing.status !== 'disbursing') return { status: financing.status };
    if (input.outcome.state !== 'settled') {
      const status = nextState(financingLifecycle, financing.status, 'payment_failed');
      const after = work.update(financings, financing.id, { status, paymentId: null, note: input.outcome.reasonCode });
      tell(work, 'disbursement_refused', after, { reasonCode: input.outcome.reasonCode });
      return financingAnswer(after);
    }
    const figures = quoteOf(financing, businessDate, loaded.reference);
    const after = work.update(financings, financing.id, begin(financing, figures));
    loaded.keeper.fund(work, after, itemsFor(loaded, financing));
    useLimit(work, financing.limitPath, financing.amount, { financingId: financing.id, on: businessDate, now });
    const journals = postAbout(
      work,
      after,
      { businessDate, requestId: actor.requestId, now },
      journalsOf(after, figures),
    );
    tell(work, 'disbursed', after, { netProceeds: figures.netProceeds.toFixed(2) });
    return { ...financingAnswer(after), journals: journals.map(journalAnswer) };
  },
});
