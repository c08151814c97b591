import { Decimal, roundToFen, splitByLargestRemainder } from '../money/decimal.ts';

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

/** Divides a loss between bank, guarantors and funds by their agreed shares, which sum to one; the parts sum exactly. */
export function shareLoss(loss: Decimal, shares: readonly Readonly<{ party: string; share: Decimal }>[]) {
  const whole = shares.reduce((sum, { share }) => sum.plus(share), new Decimal(0));
  if (!whole.equals(1)) throw new RangeError(`shares of a loss sum to 1, not to ${whole.toFixed()}`);
  const parts = splitByLargestRemainder(
    loss,
    shares.map(({ share }) => share),
  );
  return shares.map(({ party }, line) => ({ party, amount: parts[line] ?? new Decimal(0) }));
}

/**
 * What a risk-compensation pool pays on a loss and what stays with the bank: the pool's share, within its balance and
 * what its yearly cap leaves (济管财金〔2022〕25号 二(八), 风险补偿资金池).
 */
export function poolCompensation(loss: Decimal, poolShare: Decimal, balance: Decimal, capLeft: Decimal = balance) {
  const compensation = Decimal.min(roundToFen(loss.times(poolShare)), balance, capLeft);
  return { compensation, bankBears: loss.minus(compensation) };
}

/** Fee in yuan for days of bridging by the loan-rollover fund, at its daily rate (济管财金〔2022〕25号 二(八), 还贷周转金). */
export const rolloverFundFee = (principal: Decimal, dailyRate: Decimal, days: number): Decimal =>
  roundToFen(principal.times(dailyRate).times(days));
