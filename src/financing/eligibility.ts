import type { ChainRow, MemberRow } from '../chain/store.ts';
import type { OrganizationRow } from '../identity/store.ts';
import type { RefusalCode } from '../platform/refusals.ts';
import type { Product, ProductTerms } from '../programme/terms.ts';

/** One reason why something cannot be financed. */
export type Finding = Readonly<{ code: RefusalCode; message: string; field: string; accepted: string }>;

export const finding = (code: RefusalCode, message: string, field: string, accepted: string): Finding => ({
  code,
  message,
  field,
  accepted,
});

/** A rule of eligibility: null when the candidate meets it. */
export type Check<C> = (candidate: C) => Finding | null;

/** What is checked of whoever applies, whatever is financed. */
export type CandidateApplicant = Readonly<{
  product: Product;
  /** Null when the programme does not offer the product. */
  terms: ProductTerms | null;
  chain: ChainRow;
  member: MemberRow | undefined;
  applicant: OrganizationRow;
}>;

/** Whether the applicant stands in good order on the chain: asked again before money leaves. */
export const goodStanding: readonly Check<Pick<CandidateApplicant, 'chain' | 'member' | 'applicant'>>[] = [
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
];

/** Whether the product is offered and the applicant stands in good order. */
export const standingChecks: readonly Check<CandidateApplicant>[] = [
  ({ terms, product }) =>
    terms?.enabled
      ? null
      : finding(
          'product-not-offered',
          `the programme does not offer ${product}`,
          '/product',
          'a product the programme enables',
        ),
  ...goodStanding,
];

/** Whether the programme admits the applicant: tier, scale and tags. */
export const admissionChecks: readonly Check<CandidateApplicant>[] = [
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
];

/** Whether the days from now to the maturity fit the programme. */
export const tenorCheck: Check<Readonly<{ terms: ProductTerms | null; days: number }>> = ({ terms, days }) =>
  terms === null || (days >= terms.minTenorDays && days <= terms.maxTenorDays)
    ? null
    : finding(
        'tenor-outside-programme',
        `the tenor is ${days} days`,
        '/items',
        `a maturity ${terms.minTenorDays} to ${terms.maxTenorDays} days from now`,
      );

/** Every reason that these checks find, in their order. */
export const findingsBy = <C>(checks: readonly Check<C>[], candidate: C): Finding[] =>
  checks.map((check) => check(candidate)).filter((found): found is Finding => found !== null);
