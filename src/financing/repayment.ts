import { uuidv7 } from 'uuidv7';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import type { PostedJournal } from '../ledger/store.ts';
import { freeLimit } from '../limit/path.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { splitVat } from '../money/tax.ts';
import { applyWaterfall, type Bucket, type Dues } from '../money/waterfall.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { financingAnswer, journalAnswer, tell } from './answer.ts';
import { endRegistrations } from './decisions.ts';
import { postAbout } from './disbursement.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { type Backing, itemsFor, type Located, loadForPayment, principalAccountOf, scopeOf } from './loading.ts';
import { closeSegment, discountEarnedAt, duesAt, totalDue } from './meters.ts';
import { collateralReleased, discountEarned, repaid } from './postings.ts';
import { isPurchase } from './quote.ts';
import { recover } from './recovery.ts';
import { type FinancingRow, financings, type RepaymentRow, repayments } from './store.ts';

export type Payment = Readonly<{
  amount: Decimal;
  source: RepaymentRow['source'];
  /** The account that gives: the borrower's deposit, or collections in trust. */
  from: AccountPath;
  /** What it settles first, when that was agreed with the giver; else as the programme says. */
  order?: readonly Bucket[];
  businessDate: string;
  requestId: string;
  now: Date;
  /** What of the dues it settles, when its giver may choose; else it goes through all of them. */
  against?: Dues;
}>;

export type Applied = Readonly<{
  financing: FinancingRow;
  unapplied: Decimal;
  journals: PostedJournal[];
  repayment: RepaymentRow | null;
}>;

/**
 * Spreads a payment over what a locked financing owes on the business day, in the programme's order, books it, frees
 * the limits by the principal repaid, and settles the financing when nothing is left. What is not owed stays with the
 * giver: `unapplied`. Interest runs to the day before: first day in, last day out. What was written off is recovered.
 */
export function applyPayment(work: Workspace, before: FinancingRow, payment: Payment, loaded: Backing): Applied {
  if (before.status === 'written_off') return recover(work, before, payment, loaded);
  const on = payment.businessDate;
  const dues = duesAt(before, on);
  const paid = applyWaterfall(payment.amount, payment.against ?? dues, payment.order ?? before.terms.waterfall);
  const amount = payment.amount.minus(paid.unapplied);
  if (amount.isZero()) return { financing: before, unapplied: payment.amount, journals: [], repayment: null };
  const settled = amount.equals(totalDue(dues));
  const event = settled ? 'settle' : 'repay';
  const after = work.update(financings, before.id, {
    ...closeSegment(before, on),
    status: nextState(financingLifecycle, before.status, event),
    principal: before.principal.minus(paid.principal),
    interestPaid: before.interestPaid.plus(paid.interest),
    penaltyPaid: before.penaltyPaid.plus(paid.penaltyInterest),
    compoundPaid: before.compoundPaid.plus(paid.compoundInterest),
    compoundBase: before.compoundBase.isZero() ? before.compoundBase : dues.interest.minus(paid.interest),
    shortfall: Decimal.max(before.shortfall.minus(paid.principal), 0),
    ...(settled ? { accruing: 'none' as const, settledOn: on, shortfall: new Decimal(0) } : {}),
  });
  const principalAccount = principalAccountOf(work, loaded, before);
  const journals = postAbout(work, after, payment, [
    {
      kind: 'financing.repaid',
      lines: repaid({
        from: payment.from,
        principalAccount,
        penalty: paid.penaltyInterest.plus(paid.compoundInterest),
        interest: paid.interest,
        principal: paid.principal,
      }),
    },
    ...(settled ? [{ kind: 'financing.discount_earned', lines: restOfDiscount(before, on) }] : []),
    ...(settled
      ? [
          {
            kind: 'financing.collateral_released',
            lines: collateralReleased(loaded.keeper.held(work, before, itemsFor(loaded, before))),
          },
        ]
      : []),
  ]);
  const context = { financingId: before.id, on, now: payment.now };
  const returned = { source: payment.source, from: payment.from, principal: paid.principal };
  if (!paid.principal.isZero()) loaded.keeper.repaid?.(work, after, itemsFor(loaded, before), returned);
  if (!paid.principal.isZero()) freeLimit(work, before.limitPath, paid.principal, context);
  if (settled) close(work, after, loaded, payment.now);
  const repayment: RepaymentRow = {
    id: uuidv7(),
    bookId: before.bookId,
    financingId: before.id,
    borrowerId: before.borrowerId,
    source: payment.source,
    paidOn: on,
    amount,
    fees: paid.fees,
    penalty: paid.penaltyInterest,
    compound: paid.compoundInterest,
    interest: paid.interest,
    principal: paid.principal,
    journalId: (journals[0] as PostedJournal).id,
    createdAt: payment.now.toISOString(),
  };
  work.insert(repayments, repayment);
  if (settled && before.overdueSince !== null) tell(work, 'cured', after);
  tell(work, settled ? 'settled' : 'repaid', after, { source: payment.source, ...partsOf(repayment) });
  return { financing: after, unapplied: paid.unapplied, journals, repayment };
}

/** A purchase collected before its maturity earns the rest of its discount at once. */
function restOfDiscount(financing: FinancingRow, on: string) {
  const earned = discountEarnedAt(financing, on);
  const gross = financing.discount.minus(earned);
  const tax = splitVat(financing.discount, financing.vatRate).vat.minus(splitVat(earned, financing.vatRate).vat);
  return discountEarned({ gross, tax });
}

function close(work: Workspace, financing: FinancingRow, loaded: Backing, now: Date): void {
  loaded.keeper.release(work, financing, itemsFor(loaded, financing));
  endRegistrations(work, financing, now);
}

const partsOf = (repayment: RepaymentRow) => ({
  amount: formatMoney(repayment.amount),
  penalty: formatMoney(repayment.penalty),
  compound: formatMoney(repayment.compound),
  interest: formatMoney(repayment.interest),
  principal: formatMoney(repayment.principal),
});

type Repay = Located & Readonly<{ amount: Decimal }>;

/** The borrower repays from its deposit, in part or in full, early or late. */
export const repay = (keeper: CollateralKeeper): UseCase<Repay, ReturnType<typeof repaymentAnswer>, Backing> => ({
  name: 'financing.repay',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadForPayment(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    if (actor.orgId !== financing.borrowerId && actor.orgId !== financing.bookId) {
      throw new Refusal('not-a-party', 'only the borrower, or its bank for it, may repay');
    }
    nextState(financingLifecycle, financing.status, financing.status === 'written_off' ? 'recover' : 'repay');
    if (isPurchase(financing.product)) {
      throw new Refusal('without-recourse', 'a purchase without recourse is paid by the debtor, not by the seller');
    }
    const owed = totalDue(duesAt(financing, businessDate));
    if (input.amount.greaterThan(owed)) {
      throw new Refusal('amount-exceeds-due', `the financing owes ${owed.toFixed(2)}`, {
        field: '/amount',
        accepted: `at most ${owed.toFixed(2)}`,
        due: owed.toFixed(2),
      });
    }
    const applied = applyPayment(
      work,
      financing,
      {
        amount: input.amount,
        source: 'borrower',
        from: `2001/${financing.borrowerId}`,
        businessDate,
        requestId: actor.requestId,
        now,
      },
      loaded,
    );
    return repaymentAnswer(applied);
  },
});

/** A payment as the API answers it: how it was spread, the journals behind it and what is left. */
function repaymentAnswer({ financing, repayment, journals }: Applied) {
  if (repayment === null) throw new Error('a payment above zero repays something');
  return {
    id: repayment.id,
    financing: financingAnswer(financing),
    ...partsOf(repayment),
    journals: journals.map(journalAnswer),
  };
}
