import { Decimal, roundToFen } from './decimal.ts';

/** Splits a price that includes VAT: net = gross ÷ (1 + rate), tax = the rest (增值税法 art. 10). */
export function splitVat(gross: Decimal, rate: Decimal) {
  const net = roundToFen(gross.dividedBy(rate.plus(1)));
  return { net, vat: gross.minus(net) };
}

export type SmallLoan = Readonly<{
  interest: Decimal;
  loanRate: Decimal;
  /** One-year LPR as a fraction, and how many times it the exemption reaches. */
  lprOneYear: Decimal;
  capMultiple: Decimal;
  method: 1 | 2;
  vatRate: Decimal;
}>;

/**
 * VAT on interest from a small or micro borrower (财政部税务总局公告2023年第16号). At or below the cap, 150 % of the one-year
 * LPR, all is exempt. Above it method 1 taxes the whole loan, method 2 the part of the rate above the cap. All in yuan,
 * tax included; `exempt` and `taxableGross` sum to the interest.
 */
export function smallLoanVat({ interest, loanRate, lprOneYear, capMultiple, method, vatRate }: SmallLoan) {
  const cap = lprOneYear.times(capMultiple);
  const exemptShare = (): Decimal => (method === 1 ? new Decimal(0) : cap.dividedBy(loanRate));
  const exempt = loanRate.lessThanOrEqualTo(cap) ? interest : roundToFen(interest.times(exemptShare()));
  const taxableGross = interest.minus(exempt);
  return { exempt, taxableGross, vat: splitVat(taxableGross, vatRate).vat };
}

/** Stamp duty on a loan contract; small and micro borrowers are exempt (印花税法; 公告2023年第13号). */
export const loanStampDuty = (principal: Decimal, rate: Decimal, smallMicroBorrower: boolean): Decimal =>
  smallMicroBorrower ? new Decimal(0) : roundToFen(principal.times(rate));
