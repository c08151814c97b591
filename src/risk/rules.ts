import { Decimal, roundToFen } from '../money/decimal.ts';

/** A year ahead: the chance of default in it and the exposure then, in yuan. */
export type LossYear = Readonly<{ defaultProbability: Decimal; exposure: Decimal }>;

export type LossBasis =
  | Readonly<{ stage: 1; exposure: Decimal; lossGivenDefault: Decimal; defaultProbability: Decimal }>
  | Readonly<{ stage: 2; years: readonly LossYear[]; lossGivenDefault: Decimal; effectiveRate: Decimal }>
  | Readonly<{ stage: 3; exposure: Decimal; lossGivenDefault: Decimal }>;

function exactLoss(basis: LossBasis): Decimal {
  if (basis.stage === 1) return basis.exposure.times(basis.defaultProbability);
  if (basis.stage === 3) return basis.exposure;
  const growth = basis.effectiveRate.plus(1);
  return basis.years.reduce(
    (sum, year, index) => sum.plus(year.defaultProbability.times(year.exposure).dividedBy(growth.pow(index + 1))),
    new Decimal(0),
  );
}

/**
 * Expected credit loss in yuan (CAS 22, IFRS 9): twelve months in stage 1; each year of life, discounted at the
 * effective rate from its end, in stage 2; the whole exposure in default in stage 3. Rounded once.
 */
export const expectedCreditLoss = (basis: LossBasis): Decimal =>
  roundToFen(exactLoss(basis).times(basis.lossGivenDefault));
