import { uuidv7 } from 'uuidv7';
import { tell } from '../financing/answer.ts';
import { endRegistration } from '../financing/decisions.ts';
import { postAbout } from '../financing/disbursement.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type Backing, itemsFor } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { collateralReleased, recovered } from '../financing/postings.ts';
import type { Payment } from '../financing/repayment.ts';
import { type FinancingRow, financings, repayments } from '../financing/store.ts';
import type { PostedJournal } from '../ledger/store.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { applyWaterfall } from '../money/waterfall.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';

/**
 * A payment for a loan that was written off: income, as far as the loan is still owed, in the programme's order.
 * Answers the yuan left over. Paid to the last fen, its security is free again; the loss stays on record.
 */
export function recover(
  work: Workspace,
  before: FinancingRow,
  payment: Omit<Payment, 'source'>,
  loaded: Backing,
): Decimal {
  const dues = duesAt(before, payment.businessDate);
  const paid = applyWaterfall(payment.amount, dues, before.terms.waterfall);
  const amount = payment.amount.minus(paid.unapplied);
  if (amount.isZero()) return payment.amount;
  const after = work.update(financings, before.id, {
    status: nextState(financingLifecycle, before.status, 'recover'),
    principal: before.principal.minus(paid.principal),
    interestPaid: before.interestPaid.plus(paid.interest),
    penaltyPaid: before.penaltyPaid.plus(paid.penaltyInterest),
    compoundPaid: before.compoundPaid.plus(paid.compoundInterest),
  });
  const whole = amount.equals(totalDue(dues));
  const [journal] = postAbout(work, after, payment, [
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
  if (whole) {
    loaded.keeper.release(work, after, itemsFor(loaded, after));
    endRegistration(work, after, payment.now);
  }
  work.insert(repayments, {
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
    journalId: (journal as PostedJournal).id,
    createdAt: payment.now.toISOString(),
  });
  tell(work, 'recovered', after, { amount: formatMoney(amount) });
  return paid.unapplied;
}
