import {
  admissionChecks,
  type CandidateApplicant,
  type Check,
  type Finding,
  finding,
  findingsBy,
  standingChecks,
  tenorCheck,
} from '../financing/eligibility.ts';
import { isPurchase } from '../financing/quote.ts';
import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import type { FinancedProduct } from '../programme/terms.ts';
import { outstanding, undisputed } from './answer.ts';
import type { HoldingRow, ReceivableRow } from './store.ts';

export type Candidate = CandidateApplicant &
  Readonly<{
    product: FinancedProduct;
    receivable: ReceivableRow;
    holding: HoldingRow;
    amount: Decimal;
    /** What of the receivable backs other financings, or other items of this application. */
    backing: Decimal;
    on: IsoDate;
    /** Days from now to the maturity that the financing would have. */
    days: number;
  }>;

const partChecks: readonly Check<Candidate>[] = [
  ({ receivable }) =>
    receivable.stage === 'confirmed'
      ? null
      : finding(
          'not-confirmed',
          `the receivable is ${receivable.stage}`,
          '/items',
          'a receivable its debtor has confirmed',
        ),
  ({ holding, applicant }) =>
    holding.holderId === applicant.id
      ? null
      : finding('not-a-party', 'the applicant does not hold this part', '/items', 'a holding of the applicant'),
  ({ holding }) =>
    holding.state === 'live'
      ? null
      : finding('illegal-transition', `the part is ${holding.state}`, '/items', 'a live holding'),
  ({ holding }) =>
    holding.financingId === null
      ? null
      : finding('already-financed', 'the part backs a financing already', '/items', 'a part that is free'),
  ({ holding }) =>
    holding.transferId === null
      ? null
      : finding('transfer-pending', 'the part is offered to another', '/items', 'a part that is not on offer'),
  ({ receivable, amount, backing }) => {
    if (receivable.disputed.isZero()) return null;
    const most = undisputed(receivable).minus(backing);
    return amount.lessThanOrEqualTo(most)
      ? null
      : finding(
          'already-disputed',
          `the debtor disputes ${formatMoney(receivable.disputed)} of the receivable`,
          '/items',
          most.greaterThan(0) ? `at most ${formatMoney(most)}` : 'an undisputed receivable',
        );
  },
  ({ receivable, on }) =>
    receivable.dueDate > on && receivable.payment !== 'overdue'
      ? null
      : finding(
          'receivable-overdue',
          `the receivable was due on ${receivable.dueDate}`,
          '/items',
          `a due date after ${on}`,
        ),
  ({ receivable, holding, amount }) =>
    amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(holding.amount) &&
    amount.lessThanOrEqualTo(outstanding(receivable))
      ? null
      : finding(
          'amount-exceeds-holding',
          `the part has ${formatMoney(holding.amount)}`,
          '/items',
          `0.01 to ${formatMoney(holding.amount)}`,
        ),
  ({ terms, amount }) =>
    terms === null || amount.greaterThanOrEqualTo(terms.eligibility.minFace)
      ? null
      : finding(
          'below-minimum',
          `${formatMoney(amount)} is below the minimum`,
          '/items',
          `at least ${terms.eligibility.minFace}`,
        ),
];

const sellerCheck: Check<Candidate> = ({ product, receivable, applicant }) =>
  !isPurchase(product) || receivable.debtorId !== applicant.id
    ? null
    : finding('not-a-party', 'the debtor cannot sell its own debt', '/items', 'a receivable on another');

const checks: readonly Check<Candidate>[] = [
  ...standingChecks,
  ...partChecks,
  ...admissionChecks,
  tenorCheck,
  sellerCheck,
];

/** Every reason why this part cannot be financed now, in a fixed order; none when it is eligible. */
export const findingsOf = (candidate: Candidate): Finding[] => findingsBy(checks, candidate);
