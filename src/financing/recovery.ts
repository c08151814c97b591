import { uuidv7 } from 'uuidv7';
import type { PostedJournal } from '../ledger/store.ts';
import { freeLimit } from '../limit/path.ts';
import { formatMoney } from '../money/decimal.ts';
import { applyWaterfall } from '../money/waterfall.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell } from './answer.ts';
import { endRegistrations } from './decisions.ts';
import { postAbout } from './disbursement.ts';
import { financingLifecycle } from './lifecycle.ts';
import { type Backing, itemsFor } from './loading.ts';
import { duesAt, totalDue } from './meters.ts';
import { collateralReleased, recovered } from './postings.ts';
import type { Applied, Payment } from './repayment.ts';
import { type FinancingRow, financings, type RepaymentRow, repayments } from './store.ts';

/**
 * A payment for a loan that was written off: income, as far as the loan is still owed, in the programme's order. It
 * frees the limits by the principal that came back. Paid to the last fen, its security is free again; the loss stays
 * on record.
 */
export function recover(
  work: Workspace,
  before: FinancingRow,
  payment: Omit<Payment, 'source'>,
  loaded: Backing,
): Applied {
  const dues = duesAt(before, payment.businessDate);
  const paid = applyWaterfall(payment.amount, dues, before.terms.waterfall);
  const amount = payment.amount.minus(paid.unapplied);
  if (amount.isZero()) return { financing: before, unapplied: payment.amount, journals: [], repayment: null };
  const after = work.update(financings, before.id, {
    status: nextState(financingLifecycle, before.status, 'recover'),
    principal: before.principal.minus(paid.principal),
    interestPaid: before.interestPaid.plus(paid.interest),
    penaltyPaid: before.penaltyPaid.plus(paid.penaltyInterest),
    compoundPaid: before.compoundPaid.plus(paid.compoundInterest),
  });
  const whole = amount.equals(totalDue(dues));
  const journals = postAbout(work, after, payment, [
    { kind: 'financing.recovered', lines: recovered(payment.from, amount) },
    ...(whole
      ? [
          {
            kind: 'financing.collateral_released',
            lines: collateralReleased(loaded.keeper.held(work, before, itemsFor(loaded, before))),
          },
        ]
      : []),
  ]);
  const context = { financingId: before.id, on: payment.businessDate, now: payment.now };
  if (!paid.principal.isZero()) freeLimit(work, before.limitPath, paid.principal, context);
  if (whole) {
    loaded.keeper.release(work, after, itemsFor(loaded, after));
    endRegistrations(work, after, payment.now);
  }
  const repayment: RepaymentRow = {
    id: uuidv7(),
    bookId: before.bookId,
    financingId: before.id,
    borrowerId: before.borrowerId,
    source: 'recovery',
    paidOn: payment.businessDate,
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
  tell(work, 'recovered', after, { amount: formatMoney(amount) });
  return { financing: after, unapplied: paid.unapplied, journals, repayment };
}
