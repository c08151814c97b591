import type { ChainRow, MemberRow } from '../chain/store.ts';
import { isPurchase } from '../financing/quote.ts';
import type { OrganizationRow } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import type { RefusalCode } from '../platform/refusals.ts';
import type { Product, ProductTerms } from '../programme/terms.ts';
import { outstanding } from './answer.ts';
import type { HoldingRow, ReceivableRow } from './store.ts';

/** One reason why a part of a receivable cannot be financed. */
export type Finding = Readonly<{ code: RefusalCode; message: string; field: string; accepted: string }>;

export type Candidate = Readonly<{
  product: Product;
  /** Null when the programme does not offer the product. */
  terms: ProductTerms | null;
  chain: ChainRow;
  member: MemberRow | undefined;
  applicant: OrganizationRow;
  receivable: ReceivableRow;
  holding: HoldingRow;
  amount: Decimal;
  on: IsoDate;
  /** Days from now to the maturity that the financing would have. */
  days: number;
}>;

type Check = (candidate: Candidate) => Finding | null;

const finding = (code: RefusalCode, message: string, field: string, accepted: string): Finding => ({
  code,
  message,
  field,
  accepted,
});

const checks: readonly Check[] = [
  ({ terms, product }) =>
    terms?.enabled
      ? null
      : finding(
          'product-not-offered',
          `the programme does not offer ${product}`,
          '/product',
          'a product the programme enables',
        ),
  ({ chain }) =>
    chain.status === 'active'
      ? null
      : finding('chain-suspended', `the chain is ${chain.status}`, '/programmeId', 'an active chain'),
  ({ member }) =>
    member?.status === 'verified'
      ? null
      : finding(
          'not-a-verified-supplier',
          `the applicant is ${member?.status ?? 'no member'} on the chain`,
          '/programmeId',
          'a verified member',
        ),
  ({ applicant }) =>
    applicant.status === 'active'
      ? null
      : finding('organization-suspended', 'the applicant is suspended', '/programmeId', 'an active organization'),
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
  ({ receivable }) =>
    receivable.disputed.isZero()
      ? null
      : finding('already-disputed', 'the debtor disputes the receivable', '/items', 'an undisputed receivable'),
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
  ({ terms, member }) =>
    terms === null || member === undefined || member.tier <= terms.eligibility.maxTier
      ? null
      : finding(
          'tier-not-eligible',
          `the applicant is of tier ${member.tier}`,
          '/programmeId',
          `tier 1 to ${terms.eligibility.maxTier}`,
        ),
  ({ terms, applicant }) =>
    terms === null ||
    terms.eligibility.scales.length === 0 ||
    terms.eligibility.scales.some((scale) => scale === applicant.scale)
      ? null
      : finding(
          'scale-not-eligible',
          `the applicant is ${applicant.scale ?? 'of no known scale'}`,
          '/programmeId',
          terms.eligibility.scales.join(', '),
        ),
  ({ terms, applicant }) =>
    terms === null || terms.eligibility.requiredTags.every((tag) => applicant.tags.includes(tag))
      ? null
      : finding(
          'tag-missing',
          'the applicant lacks a tag the programme asks for',
          '/programmeId',
          terms.eligibility.requiredTags.join(', '),
        ),
  ({ terms, days }) =>
    terms === null || (days >= terms.minTenorDays && days <= terms.maxTenorDays)
      ? null
      : finding(
          'tenor-outside-programme',
          `the tenor is ${days} days`,
          '/items',
          `a maturity ${terms.minTenorDays} to ${terms.maxTenorDays} days from now`,
        ),
  ({ product, receivable, applicant }) =>
    !isPurchase(product) || receivable.debtorId !== applicant.id
      ? null
      : finding('not-a-party', 'the debtor cannot sell its own debt', '/items', 'a receivable on another'),
];

/** Every reason why this part cannot be financed now, in a fixed order; none when it is eligible. */
export const findingsOf = (candidate: Candidate): Finding[] =>
  checks.map((check) => check(candidate)).filter((found): found is Finding => found !== null);
