import { Decimal, roundToFen } from './decimal.ts';

/** Splits a price that includes VAT: net = gross ÷ (1 + rate), tax = the rest (增值税法 art. 10). */
export function splitVat(gross: Decimal, rate: Decimal) {
  const net = roundToFen(gross.dividedBy(rate.plus(1)));
  return { net, vat: gross.minus(net) };
}

/**
 * VAT on interest from a small or micro borrower (财政部税务总局公告2023年第16号). Method 1 exempts the whole loan up to
 * the capped rate and nothing above it; method 2 exempts the part up to it. The cap is 150 % of the one-year LPR.
 */
export function smallLoanVat(
  interest: Decimal,
  loanRate: Decimal,
  cappedRate: Decimal,
  method: 1 | 2,
  vatRate: Decimal,
) {
  const withinCap = loanRate.lessThanOrEqualTo(cappedRate);
  const part = method === 1 ? new Decimal(0) : roundToFen(interest.times(cappedRate).dividedBy(loanRate));
  const exempt = withinCap ? interest : part;
  const taxableGross = interest.minus(exempt);
  return { exempt, taxableGross, vat: splitVat(taxableGross, vatRate).vat };
}

/** Stamp duty on a loan contract; small and micro borrowers are exempt (印花税法; 公告2023年第13号). */
export const loanStampDuty = (principal: Decimal, rate: Decimal, smallMicroBorrower: boolean): Decimal =>
  smallMicroBorrower ? new Decimal(0) : roundToFen(principal.times(rate));
