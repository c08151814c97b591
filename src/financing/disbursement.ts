import { requireOpenBook } from '../ledger/book-store.ts';
import { endsOf } from '../ledger/hold-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { PostedJournal } from '../ledger/store.ts';
import { useLimit } from '../limit/path.ts';
import type { IsoDate } from '../money/dates.ts';
import { splitVat } from '../money/tax.ts';
import { openFirstAfter } from '../oversight/checks.ts';
import { recordOutcome } from '../payment/commands.ts';
import type { PaymentOutcome } from '../payment/rules.ts';
import { draftPayment, payments } from '../payment/store.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { financingAnswer, journalAnswer, tell } from './answer.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { itemsFor, type LoadedFinancings, type Located, loadFinancings, scopeOf } from './loading.ts';
import {
  collateralHeld,
  discountEarned,
  feeCharged,
  type Held,
  loanDisbursed,
  receivablePurchased,
} from './postings.ts';
import { isPurchase, payeeOf, type Quote } from './quote.ts';
import { loadReadiness, payeeAccountOf, quoteOf, type Readiness, requireReady, shareHeld } from './readiness.ts';
import { type FinancingRow, financings } from './store.ts';

type Disburse = Located & Readonly<{ expectedVersion: number }>;

/** What the instruction fixes: the price and the figures of its day, however late the bank answers. */
function fixed(financing: FinancingRow, figures: Quote): Partial<FinancingRow> {
  const purchase = isPurchase(financing.product);
  return {
    rate: figures.rate,
    penaltyRate: figures.penaltyRate,
    referenceRate: figures.referenceRate,
    referenceOn: figures.referenceOn,
    fee: figures.fee,
    discount: purchase ? figures.interest : financing.discount,
    debtorDiscount: purchase ? figures.debtorInterest : financing.debtorDiscount,
    maturityDate: figures.maturityDate,
    overdueFrom: figures.overdueFrom,
  };
}

/**
 * The bank pays an approved financing out. The money is booked when the bank says it has settled. Refuses with
 * `insufficient-funds` when the debtor's deposit does not have its share of the interest.
 */
export const disburse = (
  keeper: CollateralKeeper,
): UseCase<Disburse, ReturnType<typeof financingAnswer>, Readiness> => ({
  name: 'financing.disburse',
  status: 202,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadReadiness(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    const status = nextState(financingLifecycle, financing.status, 'disburse');
    requireReady(work, financing, loaded);
    const account = payeeAccountOf(financing, loaded);
    const figures = quoteOf(financing, businessDate, loaded.reference);
    const payment = draftPayment({
      bookId: financing.bookId,
      purpose: 'disbursement',
      subjectId: financing.id,
      payee: {
        id: account.orgId,
        name: account.holderName,
        account: account.accountNumber,
        bank: account.cnaps,
      },
      amount: figures.netProceeds,
      businessDate,
      now,
    });
    work.insert(payments, payment);
    work.wakes.add('payments');
    const after = work.update(financings, financing.id, {
      status,
      paymentId: payment.id,
      ...fixed(financing, figures),
    });
    const share = shareHeld(after, after.debtorDiscount, payment.id);
    if (share !== null) ledgerOf(work).hold(share);
    tell(work, 'disbursing', after, { paymentId: payment.id, amount: figures.netProceeds.toFixed(2) });
    return financingAnswer(after);
  },
});

/** What a settled disbursement changes in the financing: accrual begins on the day the money arrived. */
const begun = (financing: FinancingRow, on: IsoDate): Partial<FinancingRow> => ({
  status: nextState(financingLifecycle, financing.status, 'payment_settled'),
  valueDate: on,
  principal: financing.amount,
  accruing: isPurchase(financing.product) ? 'discount' : 'contract',
  segmentFrom: on,
});

function journalsOf(financing: FinancingRow, held: Held | null, on: IsoDate): { kind: string; lines: Line[] }[] {
  const { product, borrowerId, debtorId, amount, discount, vatRate } = financing;
  const purchase = isPurchase(product);
  const paid = purchase
    ? receivablePurchased({
        product,
        seller: borrowerId,
        debtor: debtorId ?? borrowerId,
        face: amount,
        discount,
        debtorDiscount: financing.debtorDiscount,
      })
    : loanDisbursed({ product, payee: payeeOf(financing), amount });
  const fee = splitVat(financing.fee, vatRate);
  // A purchase that the bank settles on its maturity or later has no day left to earn its discount on.
  const late = purchase && on >= financing.maturityDate;
  return [
    { kind: 'financing.collateral_held', lines: collateralHeld(held) },
    { kind: 'financing.disbursed', lines: paid },
    { kind: 'financing.fee_charged', lines: feeCharged({ borrower: borrowerId, net: fee.net, tax: fee.vat }) },
    {
      kind: 'financing.discount_earned',
      lines: late ? discountEarned({ gross: discount, tax: splitVat(discount, vatRate).vat }) : [],
    },
  ];
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
type LoadedOutcome = LoadedFinancings & Readonly<{ endedHolds: ReadonlySet<string> }>;

async function endedHolds(work: Workspace, outcomes: readonly Outcome[]): Promise<ReadonlySet<string>> {
  const ended = new Set<string>();
  for (const bookId of new Set(outcomes.map((each) => each.bookId))) {
    const ids = outcomes.filter((each) => each.bookId === bookId).map(({ paymentId }) => paymentId);
    for (const id of (await endsOf(work, bookId, ids)).keys()) ended.add(id);
  }
  return ended;
}

/**
 * The bank's answer to a disbursement. Settled: principal, fee and discount are booked as they were quoted on the day
 * the instruction was given, the limits are used and the financing is active; it bears interest from the business day
 * of the answer. Refused: back to approved, nothing booked.
 */
export const recordDisbursement = (keeper: CollateralKeeper): UseCase<Outcome, unknown, LoadedOutcome> => ({
  name: 'financing.record_disbursement',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const outcomes = commands.map(({ input }) => input);
    const loaded = await loadFinancings(work, outcomes, keeper);
    return { ...loaded, endedHolds: await endedHolds(work, outcomes) };
  },
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    const payment = recordOutcome(work, input.paymentId, input.outcome);
    // Money that comes back after it had settled stays on the borrower's deposit: the loan stands.
    if (financing.status !== 'disbursing') return { status: financing.status };
    const settled = input.outcome.state === 'settled';
    const share = shareHeld(financing, financing.debtorDiscount, payment.id);
    if (share !== null && !loaded.endedHolds.has(share.id)) {
      ledgerOf(work).endHold(share, settled ? 'posted' : 'released');
    }
    if (!settled) {
      const status = nextState(financingLifecycle, financing.status, 'payment_failed');
      const after = work.update(financings, financing.id, { status, paymentId: null, note: input.outcome.reasonCode });
      tell(work, 'disbursement_refused', after, { reasonCode: input.outcome.reasonCode });
      return financingAnswer(after);
    }
    const after = work.update(financings, financing.id, begun(financing, businessDate));
    const items = itemsFor(loaded, financing);
    loaded.keeper.fund(work, after, items);
    useLimit(work, financing.limitPath, financing.amount, { financingId: financing.id, on: businessDate, now });
    const context = { businessDate, requestId: actor.requestId, now };
    const journals = postAbout(
      work,
      after,
      context,
      journalsOf(after, loaded.keeper.held(work, after, items), businessDate),
    );
    openFirstAfter(work, after, businessDate, now);
    tell(work, 'disbursed', after, { netProceeds: payment.amount.toFixed(2) });
    return { ...financingAnswer(after), journals: journals.map(journalAnswer) };
  },
});
