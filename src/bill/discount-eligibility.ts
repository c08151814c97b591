import { admissionChecks, findingsBy, standingChecks } from '../financing/eligibility.ts';
import type { OrganizationRow } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, parseMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { type RefusalCode, refusals } from '../platform/refusals.ts';
import type { BillDiscountTerms } from '../programme/bill-schemas.ts';
import type { ProductTerms } from '../programme/terms.ts';
import type { DiscountKind } from './discount-store.ts';
import { requireBeforeDue, requireDisclosed, requireUnlisted } from './gates.ts';
import { type LoadedHoldings, partiesOf } from './loading.ts';
import { requireFree } from './offers.ts';
import type { BillHoldingRow, BillRow } from './store.ts';

/** Why a bill, or a bank, is left out of a quote: what to do about it, and who must. */
export type DiscountFinding = Readonly<{
  /** Place in the list asked about; null when it concerns all of it. */
  item: number | null;
  code: RefusalCode;
  message: string;
  field: string;
  accepted: string | null;
  who: string;
  remedy: string;
}>;

/** A refusal told as a finding. */
export const findingOf = (refusal: Refusal, field: string, item: number | null): DiscountFinding => ({
  item,
  code: refusal.code,
  message: refusal.message,
  field: refusal.detail.field ?? field,
  accepted: refusal.detail.accepted ?? null,
  who: refusals[refusal.code].who,
  remedy: refusals[refusal.code].remedy,
});

/** What a decision comes to, or why it is refused; anything else that is thrown is a fault of ours. */
export function attempt<T>(decide: () => T): T | Refusal {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const refusalsOf = (checks: readonly (() => void)[]): Refusal[] =>
  checks.map((check) => attempt(check)).filter((outcome): outcome is Refusal => outcome instanceof Refusal);

/** What the law and the state of a bill ask of its discount, whichever bank buys it. */
export type BillGates = Readonly<{
  loaded: LoadedHoldings;
  /** Trade on record behind each bill, in yuan. */
  backing: ReadonlyMap<string, Decimal>;
  today: IsoDate;
}>;

/**
 * The gates of a discount (令〔2022〕4号 arts. 5, 15, 22, 31, 36): free circulation, before the due day, an acceptor that is
 * not persistently overdue, a disclosure that agrees, trade on record of at least the face. Answers what is amiss.
 */
export function gatesOf(holding: BillHoldingRow, bill: BillRow, { loaded, backing, today }: BillGates): Refusal[] {
  return refusalsOf([
    () => requireFree(holding),
    () =>
      require(holding.offerId !== null ||
        holding.standing === 'received.circulating', 'bill-not-circulating', `the bill is ${holding.standing}`, {
        gate: 'circulation',
        accepted: 'a bill that is received and circulates',
      }),
    () => requireBeforeDue(bill, today),
    () => {
      requireUnlisted(loaded.acceptors.get(bill.acceptorId), today);
    },
    () => requireDisclosed(bill, loaded.disclosures.get(bill.id), partiesOf(loaded, bill)),
    () => {
      const trade = backing.get(bill.id) ?? new Decimal(0);
      require(trade.greaterThanOrEqualTo(
        bill.face,
      ), 'trade-insufficient', 'the trade on record does not reach the face', {
        gate: 'trade-background',
        missing: Decimal.max(bill.face.minus(trade), 0).toFixed(2),
        accepted: `contracts and invoices of at least ${bill.face.toFixed(2)}`,
      });
    },
  ]);
}

export type BankTerms = Readonly<{ product: ProductTerms; section: BillDiscountTerms }>;

/** What a bank's programme asks of one bill beside the law. */
export const programmeGatesOf = (
  { product, section }: BankTerms,
  {
    bill,
    amount,
    kind,
    redemptionUntil,
    days,
  }: Readonly<{
    bill: BillRow;
    amount: Decimal;
    kind: DiscountKind;
    redemptionUntil: IsoDate | null;
    days: number;
  }>,
): Refusal[] =>
  refusalsOf([
    () =>
      require(section.acceptorKinds.includes(
        bill.kind,
      ), 'acceptor-kind-not-eligible', `the bank discounts no ${bill.kind} bills`, {
        gate: 'acceptor-kind',
        accepted: section.acceptorKinds.join(', '),
      }),
    () =>
      require(amount.greaterThanOrEqualTo(
        parseMoney(product.eligibility.minFace),
      ), 'below-minimum', `${amount.toFixed(2)} is below the minimum`, {
        accepted: `at least ${product.eligibility.minFace}`,
      }),
    () =>
      require(days >= product.minTenorDays &&
        days <= product.maxTenorDays, 'tenor-outside-programme', `the bill has ${days} days left`, {
        gate: 'tenor',
        accepted: `${product.minTenorDays} to ${product.maxTenorDays} days`,
      }),
    () =>
      require(kind === 'outright' ||
        section.repoAllowed, 'redemption-not-offered', 'the bank discounts outright only', {
        field: '/kind',
        accepted: 'outright',
      }),
    () =>
      require(redemptionUntil === null ||
        redemptionUntil <
          bill.dueDate, 'redemption-outside-window', `the bill is due on ${bill.dueDate}, before it can be redeemed`, {
        field: '/redemptionUntil',
        accepted: `a day before ${bill.dueDate}`,
      }),
  ]);

/** Whether seller and programme fit: the seller in good order on the chain, of a scale, tier and tags admitted. */
export function sellerGatesOf(
  product: ProductTerms | undefined,
  { loaded, chainId, seller }: Readonly<{ loaded: LoadedHoldings; chainId: string; seller: OrganizationRow }>,
): Refusal[] {
  const chain = loaded.chains.get(chainId);
  if (chain === undefined) return [new Refusal('not-found', `there is no chain ${chainId}`)];
  const member = loaded.members.find(
    ({ orgId, chainId: of, status }) => orgId === seller.id && of === chainId && status === 'verified',
  );
  const candidate = { product: 'bill_discount', terms: product ?? null, chain, member, applicant: seller } as const;
  const isCore = chain.coreId === seller.id;
  return findingsBy([...standingChecks, ...admissionChecks], candidate)
    .filter(({ code }) => !(isCore && code === 'not-a-verified-supplier'))
    .map(({ code, message, field, accepted }) => new Refusal(code, message, { field, accepted }));
}
