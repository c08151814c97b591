import { Decimal, floorToFen, roundToFen, splitByLargestRemainder } from '../money/decimal.ts';

/**
 * What a risk-compensation pool pays on a loss and what stays with the bank: the pool's share, within its balance and
 * what its yearly cap leaves (济管财金〔2022〕25号 二(八), 风险补偿资金池).
 */
export function poolCompensation(loss: Decimal, poolShare: Decimal, balance: Decimal, capLeft: Decimal = balance) {
  const compensation = Decimal.min(roundToFen(loss.times(poolShare)), balance, capLeft);
  return { compensation, bankBears: loss.minus(compensation) };
}

export type PoolTerms = Readonly<{ share: string; annualCap: string; stopLoss: string }>;

/**
 * What the yearly cap and the stop-loss leave of a pool, in yuan and not below nothing: compensation of the calendar
 * year up to the cap, of all time up to its part of what the programme has lent.
 */
export function poolRoom(
  terms: PoolTerms,
  paid: Readonly<{ thisYear: Decimal; ever: Decimal }>,
  lent: Decimal,
): Decimal {
  const ofYear = new Decimal(terms.annualCap).minus(paid.thisYear);
  const ofLoans = floorToFen(lent.times(terms.stopLoss)).minus(paid.ever);
  return Decimal.max(Decimal.min(ofYear, ofLoans), 0);
}

/**
 * A recovery on a loss that a pool has shared goes back in the proportion in which pool and bank have borne it, to the
 * fen, the pool up to what it is still owed and the bank up to what the loan still owes.
 */
export function shareWithPool(
  amount: Decimal,
  borne: Readonly<{ pool: Decimal; bank: Decimal }>,
  owed: Readonly<{ pool: Decimal; bank: Decimal }>,
): Readonly<{ toPool: Decimal; toBank: Decimal }> {
  if (amount.greaterThan(owed.pool.plus(owed.bank))) throw new RangeError('more is recovered than is owed');
  const [share = new Decimal(0)] = splitByLargestRemainder(amount, [borne.pool, borne.bank]);
  const toPool = Decimal.max(Decimal.min(share, owed.pool), amount.minus(owed.bank));
  return { toPool, toBank: amount.minus(toPool) };
}

/** What is left of a fund, by what each has paid in, to the fen; who would get nothing is left out. */
export function distribute(
  balance: Decimal,
  contributors: readonly Readonly<{ partyId: string; paidIn: Decimal }>[],
): Readonly<{ partyId: string; amount: Decimal }>[] {
  if (balance.isZero()) return [];
  const parts = splitByLargestRemainder(
    balance,
    contributors.map(({ paidIn }) => paidIn),
  );
  return contributors
    .map(({ partyId }, line) => ({ partyId, amount: parts[line] ?? new Decimal(0) }))
    .filter(({ amount }) => !amount.isZero());
}

/** Fee in yuan for days of bridging by the loan-rollover fund, at its daily rate (济管财金〔2022〕25号 二(八), 还贷周转金). */
export const rolloverFundFee = (principal: Decimal, dailyRate: Decimal, days: number): Decimal =>
  roundToFen(principal.times(dailyRate).times(days));
