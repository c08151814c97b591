import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney, parseMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';
import type { Reference } from '../reference/lookup.ts';
import { checkBillDiscount } from './bill-rules.ts';
import { checkChecks } from './check-rules.ts';
import { checkCredit } from './credit-rules.ts';
import { checkPrepayment } from './prepayment-rules.ts';
import type { AuthorityBand, Product, ProductTerms, Terms } from './terms.ts';

/** Only an active programme takes new business; financings already granted live on by their own terms. */
export const programmeLifecycle = defineLifecycle('programme', {
  draft: { activate: 'active', close: 'closed' },
  active: { activate: 'active', suspend: 'suspended', close: 'closed' },
  suspended: { activate: 'suspended', resume: 'active', close: 'closed' },
  closed: {},
});
export type ProgrammeStatus = StateOf<typeof programmeLifecycle>;

export const versionLifecycle = defineLifecycle('programme version', {
  draft: { change: 'draft', submit: 'submitted', discard: 'rejected' },
  submitted: { approve: 'approved', reject: 'rejected', return: 'draft', withdraw: 'draft' },
  approved: { supersede: 'superseded' },
  rejected: {},
  superseded: {},
});
export type VersionStatus = StateOf<typeof versionLifecycle>;

export type ApprovalLevel = AuthorityBand['approval'];
export type Authority = Readonly<{ approval: ApprovalLevel; rule: string }>;

const describe = (band: AuthorityBand, number: number): string =>
  [
    `authority band ${number}`,
    band.upTo === null ? 'any amount' : `up to ${band.upTo}`,
    ...(band.tag === null ? [] : [`tag ${band.tag}`]),
  ].join(', ');

/**
 * Who must approve an amount in yuan for an organization with these tags, and the band that says so: the first one
 * whose amount is not exceeded and whose tag, if it has one, the organization bears (the green channel).
 */
export function authorityFor(terms: Terms, amount: Decimal, tags: readonly string[]): Authority {
  const index = terms.authority.findIndex(
    ({ upTo, tag }) =>
      (tag === null || tags.includes(tag)) && (upTo === null || amount.lessThanOrEqualTo(parseMoney(upTo))),
  );
  const band = terms.authority[index];
  if (band === undefined) return { approval: 'two', rule: 'no authority band fits: two persons' };
  return { approval: band.approval, rule: describe(band, index + 1) };
}

/** The level of `authorityFor` alone. */
export const approvalFor = (terms: Terms, amount: Decimal, tags: readonly string[]): ApprovalLevel =>
  authorityFor(terms, amount, tags).approval;

type Dated = Readonly<{ number: number; effectiveFrom: IsoDate }>;

/** The version in force on a day: of the approved ones that have begun, the one approved last. Refusal otherwise. */
export function versionInForce<V extends Dated>(versions: readonly V[], on: IsoDate): V {
  const begun = versions.filter(({ effectiveFrom }) => effectiveFrom <= on);
  const last = begun.reduce<V | undefined>(
    (best, next) => (best && best.number > next.number ? best : next),
    undefined,
  );
  if (last !== undefined) return last;
  throw new Refusal('programme-not-in-force', `the programme has no approved terms on ${on}`, {
    accepted: versions[0] === undefined ? 'a programme with approved terms' : `a day from ${versions[0].effectiveFrom}`,
  });
}

/** Approved versions that a newer one keeps from ever taking effect. */
export const supersededBy = <V extends Dated>(newer: Dated, approved: readonly V[]): V[] =>
  approved.filter(({ number, effectiveFrom }) => number < newer.number && effectiveFrom >= newer.effectiveFrom);

/**
 * Refuses terms that contradict themselves or the law of the day they take effect: tenors, pricing, the penalty band
 * (银发〔2003〕251号), the authority matrix.
 */
export function checkTerms(terms: Terms, effectiveFrom: IsoDate, reference: Reference): void {
  for (const [product, each] of Object.entries(terms.products)) {
    checkProduct(product as Product, each, effectiveFrom, reference);
    checkCredit(product as Product, each);
  }
  checkBillDiscount(terms.products.bill_discount, terms.billDiscount);
  checkAuthority(terms.authority);
}

const refuse = (field: string, message: string, accepted: string): never => {
  throw new Refusal('invalid-input', message, { field, accepted });
};

function checkProduct(product: Product, terms: ProductTerms, on: IsoDate, reference: Reference): void {
  const at = (name: string) => `/terms/products/${product}/${name}`;
  const { pricing } = terms;
  if (terms.minTenorDays > terms.maxTenorDays) {
    refuse(at('minTenorDays'), 'the shortest tenor exceeds the longest', `at most ${terms.maxTenorDays}`);
  }
  if ((pricing.reference === 'fixed') !== (pricing.fixedRate !== null)) {
    refuse(
      at('pricing/fixedRate'),
      'a fixed rate belongs to fixed pricing',
      'a rate when reference is fixed, else null',
    );
  }
  const least = new Decimal(pricing.fixedRate ?? 0).plus(new Decimal(pricing.spreadBp).dividedBy(10_000));
  if (pricing.reference === 'fixed' && !least.greaterThan(0)) {
    refuse(at('pricing/spreadBp'), 'the rate is not above zero', 'a spread that leaves a rate above zero');
  }
  if (terms.extension.allowed !== terms.extension.maxDays > 0) {
    refuse(
      at('extension/maxDays'),
      'the longest extension contradicts whether one is allowed',
      'days above zero if allowed, else 0',
    );
  }
  const advance = new Decimal(terms.advanceRatio);
  if (advance.isZero()) refuse(at('advanceRatio'), 'nothing would be advanced', 'a ratio above zero');
  checkInventory(product, terms);
  checkReceipt(product, terms);
  checkUplift(terms.penaltyUplift, 'overdue', at('penaltyUplift'), on, reference);
  if (terms.misuseUplift !== undefined) checkUplift(terms.misuseUplift, 'misuse', at('misuseUplift'), on, reference);
  const appliedFor = product !== 'bill_discount' && product !== 'bill_acceptance';
  checkChecks(terms.checks, { appliedFor, at: at('checks'), on }, reference);
  checkPrepayment(product, terms, at);
}

/** What a delay or another use of the money adds to the rate lies within the band of the law (银发〔2003〕251号). */
function checkUplift(uplift: string, cause: 'overdue' | 'misuse', field: string, on: IsoDate, reference: Reference) {
  const [low, high] = (['min', 'max'] as const).map(
    (end) => reference.requireParameter(`loan.penaltyUplift.${cause}.${end}`, on).value,
  ) as [Decimal, Decimal];
  const value = new Decimal(uplift);
  if (value.lessThan(low) || value.greaterThan(high)) {
    refuse(field, 'the uplift is outside the legal band', `from ${low.toFixed(6)} to ${high.toFixed(6)}`);
  }
}

/** Lending on goods has its ladder, which rises from the advance ratio; no other product has one. */
function checkInventory(product: Product, { inventory, advanceRatio }: ProductTerms): void {
  const at = (name: string) => `/terms/products/${product}/inventory${name}`;
  if ((product === 'inventory_loan') !== (inventory !== undefined)) {
    refuse(at(''), 'the ladder of loan to value belongs to lending on goods', 'terms for inventory_loan, else none');
  }
  if (inventory === undefined) return;
  const ladder = [advanceRatio, inventory.warning, inventory.call, inventory.closeOut];
  const fall = ladder.findIndex((line, index) => index > 0 && !new Decimal(line).greaterThan(ladder[index - 1] ?? 0));
  if (fall > 0) {
    const name = ['', '/warning', '/call', '/closeOut'][fall] as string;
    refuse(at(name), 'the lines of the ladder do not rise', `more than ${ladder[fall - 1]}`);
  }
}

/** Lending on receipts says how a pledge is made good and how old a quotation may be; no other product does. */
function checkReceipt(product: Product, { receipt }: ProductTerms): void {
  if ((product === 'receipt_loan') === (receipt !== undefined)) return;
  const field = `/terms/products/${product}/receipt`;
  refuse(field, 'terms of receipts belong to lending on receipts', 'terms for receipt_loan, else none');
}

/** Bands of one tag rise in amount, and the last one without a tag has no upper end, so that every amount is decided. */
function checkAuthority(bands: readonly AuthorityBand[]): void {
  const reached = new Map<string | null, Decimal | null>();
  for (const [index, { upTo, tag }] of bands.entries()) {
    const before = reached.get(tag);
    const amount = upTo === null ? null : parseMoney(upTo);
    if (before === null) {
      refuse(
        `/terms/authority/${index}`,
        'a band before it leaves it nothing to decide',
        'no band after one without upTo',
      );
    }
    if (before && amount?.lessThanOrEqualTo(before)) {
      refuse(`/terms/authority/${index}/upTo`, 'bands must rise in amount', `more than ${formatMoney(before)}`);
    }
    reached.set(tag, amount);
  }
  require(reached.get(null) === null, 'invalid-input', 'amounts above the last band would have no rule', {
    field: '/terms/authority',
    accepted: 'a last band with upTo null and tag null',
  });
}
