import { priceOn } from '../financing/quote.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { programmeInForce } from '../programme/store.ts';
import { type BankTerms, programmeGatesOf } from './discount-eligibility.ts';
import { consentKey, type DiscountItem, type DiscountRequest, type LoadedDiscounts } from './discount-loading.ts';
import type { PlannedPart } from './discount-parts.ts';
import { priceLine } from './discount-pricing.ts';
import type { ConsentRow, DiscountKind, QuotedLine } from './discount-store.ts';
import type { BillHoldingRow, BillRow } from './store.ts';

export type Question = DiscountRequest &
  Readonly<{
    kind: DiscountKind;
    redemptionFrom: IsoDate | null;
    redemptionUntil: IsoDate | null;
    /** Whether drawers bear what they have consented to; else the seller bears all. */
    buyersBear: boolean;
  }>;
/** A part of a holding that is asked about, with what is amiss whichever bank is asked. */
export type Candidate = Readonly<{
  item: DiscountItem;
  holding: BillHoldingRow;
  bill: BillRow;
  part: PlannedPart;
  refusals: readonly Refusal[];
}>;

/** The bank's terms and price of its business day. */
export function offerOf(
  work: Workspace,
  { input }: Command<Question>,
  { programmes, reference }: LoadedDiscounts,
  { programmeId, bookId }: Readonly<{ programmeId: string; bookId: string }>,
) {
  const { businessDate } = requireOpenBook(work, bookId);
  const { programme, version } = programmeInForce(programmes, programmeId, businessDate);
  require(programme.chainId === input.chainId, 'not-found', `there is no programme ${programmeId}`);
  const product = version.terms.products.bill_discount;
  const section = version.terms.billDiscount;
  if (product === undefined || section === undefined) {
    throw new Refusal('product-not-offered', 'the programme offers no discount of bills', {
      accepted: 'a programme that offers bill_discount',
    });
  }
  const { redemptionFrom } = input;
  require(redemptionFrom === null ||
    redemptionFrom > businessDate, 'redemption-outside-window', `the bank is at ${businessDate}`, {
    field: '/redemptionFrom',
    accepted: `a day after ${businessDate}`,
  });
  const terms: BankTerms = { product, section };
  return {
    terms,
    versionNumber: version.number,
    valueDate: businessDate,
    pricing: priceOn(product, businessDate, reference),
    vatRate: reference.parameter('vat.financial', businessDate)?.value ?? new Decimal(0),
    calendar: reference.calendar,
  };
}
export type Offered = ReturnType<typeof offerOf>;

/** The drawer's consent for this bank, in force on the day. Refusal `interest-consent-missing`. */
function consentFor(
  loaded: LoadedDiscounts,
  bill: BillRow,
  { bookId, valueDate, terms }: Offered & Readonly<{ bookId: string }>,
): ConsentRow {
  const consent = loaded.consents.get(consentKey(bill.chainId, bookId, bill.drawerId));
  const inForce = consent !== undefined && consent.validFrom <= valueDate && valueDate <= consent.validUntil;
  if (consent === undefined || !inForce || consent.buyerShare.greaterThan(terms.section.mostBuyerShare)) {
    throw new Refusal('interest-consent-missing', 'the drawer has not consented to bear interest at this bank', {
      field: '/buyersBear',
      accepted: `a consent in force for at most ${terms.section.mostBuyerShare} of the interest`,
    });
  }
  return consent;
}

/** One bill at a bank's price: its figures, and what the bank's programme has against it. */
export function lineOf(
  { kind, redemptionUntil, buyersBear }: Question,
  { bill, part, item }: Candidate,
  loaded: LoadedDiscounts,
  offered: Offered & Readonly<{ bookId: string }>,
): Readonly<{ line: QuotedLine; refusals: readonly Refusal[] }> {
  const consent = buyersBear ? consentFor(loaded, bill, offered) : null;
  const figures = priceLine({
    face: part.amount,
    annualRate: offered.pricing.rate,
    valueDate: offered.valueDate,
    dueDate: bill.dueDate,
    calendar: offered.calendar,
    redemptionUntil,
    buyerShare: consent?.buyerShare ?? new Decimal(0),
  });
  const { days } = figures;
  return {
    refusals: programmeGatesOf(offered.terms, { bill, amount: part.amount, kind, redemptionUntil, days }),
    line: {
      holdingId: item.holdingId,
      billId: bill.id,
      firstUnit: part.firstUnit,
      lastUnit: part.lastUnit,
      amount: part.amount.toFixed(2),
      dueDate: bill.dueDate,
      interestUntil: figures.interestUntil,
      maturityDate: figures.maturityDate,
      movedDays: figures.movedDays,
      provisional: figures.provisional,
      days,
      interest: figures.interest.toFixed(2),
      sellerInterest: figures.sellerInterest.toFixed(2),
      buyerInterest: figures.buyerInterest.toFixed(2),
      acceptorId: bill.acceptorId,
      buyerId: bill.drawerId,
      consentId: consent?.id ?? null,
      proceeds: figures.proceeds.toFixed(2),
      annualYield: figures.annualYield.toFixed(6),
    },
  };
}
