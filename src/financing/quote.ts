import { addDays, daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, floorToFen, roundToFen } from '../money/decimal.ts';
import { interestForDays } from '../money/interest.ts';
import { splitVat } from '../money/tax.ts';
import { Refusal } from '../platform/refusal.ts';
import type { FinancedProduct, ProductTerms } from '../programme/terms.ts';
import type { Reference } from '../reference/store.ts';
import type { FinancingRow } from './store.ts';

/** Purchases without recourse take their interest at the start; loans earn it day by day. */
export const isPurchase = (product: FinancedProduct): boolean =>
  product === 'nonrecourse_factoring' || product === 'payables_finance';

/** Loans for goods whose seller is paid: at the start, or by the bill that an advance pays. */
const sellerPaid: readonly FinancedProduct[] = ['prepayment', 'bill_acceptance'];

/** To whom a financing is paid out: the seller of the goods for a prepayment (受托支付), else the borrower. */
export const payeeOf = (financing: Pick<FinancingRow, 'product' | 'borrowerId' | 'debtorId'>): string =>
  (sellerPaid.includes(financing.product) ? financing.debtorId : null) ?? financing.borrowerId;

export type Pricing = Readonly<{
  rate: Decimal;
  penaltyRate: Decimal;
  referenceRate: Decimal | null;
  referenceOn: IsoDate | null;
}>;

/** The contract rate on a day: LPR in force plus the spread (PBOC公告〔2019〕15号), or the rate agreed; six decimals. */
export function priceOn(terms: ProductTerms, on: IsoDate, reference: Reference): Pricing {
  const { pricing } = terms;
  const spread = new Decimal(pricing.spreadBp).dividedBy(10_000);
  const lpr = pricing.reference === 'fixed' ? null : reference.rate(pricing.reference, on);
  const rate = lpr === null ? new Decimal(pricing.fixedRate ?? 0).plus(spread) : lpr.rate.plus(spread);
  return {
    rate,
    penaltyRate: rate.times(new Decimal(terms.penaltyUplift).plus(1)).toDecimalPlaces(6),
    referenceRate: lpr?.rate ?? null,
    referenceOn: lpr?.publishedOn ?? null,
  };
}

/** What may be advanced at most: face × ratio, rounded down to the fen in favour of the bank; a purchase takes it all. */
export const largestAdvance = (product: FinancedProduct, terms: ProductTerms, face: Decimal): Decimal =>
  isPurchase(product) ? face : floorToFen(face.times(terms.advanceRatio));

export type QuoteInput = Readonly<{
  product: FinancedProduct;
  terms: ProductTerms;
  face: Decimal;
  amount: Decimal;
  valueDate: IsoDate;
  dueDate: IsoDate;
  vatRate: Decimal;
}>;

export type Quote = Readonly<
  Pricing & {
    amount: Decimal;
    valueDate: IsoDate;
    /** The due date moved to a business day; interest runs to it. */
    maturityDate: IsoDate;
    /** A maturity past the published calendar: recomputed when the calendar arrives. */
    provisional: boolean;
    overdueFrom: IsoDate;
    days: number;
    interest: Decimal;
    /** Part of a purchase's interest that the debtor bears. */
    debtorInterest: Decimal;
    fee: Decimal;
    feeNet: Decimal;
    feeTax: Decimal;
    vatRate: Decimal;
    /** What reaches the applicant's account. */
    netProceeds: Decimal;
    /** What is due from the borrower, or the debtor, at maturity. */
    dueAtMaturity: Decimal;
    /** When which money flows. */
    schedule: readonly Instalment[];
    /** What it costs a year in all, fees included; null for a financing of no day. */
    allInRate: Decimal | null;
  }
>;

/** Money on a day: received by the applicant, with what is taken off, or due at maturity. Yuan to the fen. */
export type Instalment = Readonly<{
  on: IsoDate;
  flow: 'received' | 'due';
  principal: Decimal;
  interest: Decimal;
  fee: Decimal;
  amount: Decimal;
}>;

/**
 * The simple yearly rate on the cash received: all that is paid back or given up beyond it ÷ it × 360 ÷ days, six
 * decimals, half up. Without a fee a loan costs its contract rate.
 */
export function allInRate(received: Decimal, given: Decimal, days: number): Decimal | null {
  if (days <= 0) return null;
  return given.minus(received).times(360).dividedBy(received.times(days)).toDecimalPlaces(6, Decimal.ROUND_HALF_UP);
}

/** Every figure of a financing as its disbursement on the value date books it. Amounts in yuan to the fen. */
export function quote(input: QuoteInput, reference: Reference): Quote {
  const { product, terms, amount, valueDate, dueDate } = input;
  const maturity = reference.rollForward(dueDate);
  const days = daysBetween(valueDate, maturity.date);
  requireTenor(terms, days);
  const pricing = priceOn(terms, valueDate, reference);
  const interest = interestForDays(amount, pricing.rate, days);
  const fee = roundToFen(amount.times(terms.pricing.feeRate));
  const { net: feeNet, vat: feeTax } = splitVat(fee, input.vatRate);
  const purchase = isPurchase(product);
  const debtorInterest = purchase ? roundToFen(interest.times(terms.pricing.debtorShare)) : new Decimal(0);
  const taken = purchase ? interest.minus(debtorInterest) : new Decimal(0);
  const netProceeds = amount.minus(taken).minus(fee);
  const dueAtMaturity = purchase ? amount : amount.plus(interest);
  if (!netProceeds.greaterThan(0)) {
    throw new Refusal('terms-leave-nothing', 'interest and fee are not less than the amount', { field: '/amount' });
  }
  const overdueFrom =
    terms.graceDays === 0 ? maturity.date : reference.rollForward(addDays(maturity.date, terms.graceDays)).date;
  return {
    ...pricing,
    amount,
    valueDate,
    maturityDate: maturity.date,
    provisional: maturity.provisional,
    overdueFrom,
    days,
    interest,
    debtorInterest,
    fee,
    feeNet,
    feeTax,
    vatRate: input.vatRate,
    netProceeds,
    dueAtMaturity,
    schedule: [
      { on: valueDate, flow: 'received', principal: amount, interest: taken, fee, amount: netProceeds },
      {
        ...{ on: maturity.date, flow: 'due', principal: amount, fee: new Decimal(0), amount: dueAtMaturity },
        interest: dueAtMaturity.minus(amount),
      },
    ],
    allInRate: allInRate(netProceeds, dueAtMaturity, days),
  };
}

function requireTenor(terms: ProductTerms, days: number): void {
  if (days >= terms.minTenorDays && days <= terms.maxTenorDays) return;
  throw new Refusal('tenor-outside-programme', `the tenor is ${days} days`, {
    field: '/dueDate',
    accepted: `a maturity ${terms.minTenorDays} to ${terms.maxTenorDays} days after the value date`,
    days,
  });
}
