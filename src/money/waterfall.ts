import { Decimal } from './decimal.ts';

/** What a payment can settle, in the default order: Civil Code art. 561 (costs, interest, principal). */
export const defaultOrder = ['fees', 'compoundInterest', 'penaltyInterest', 'interest', 'principal'] as const;
export type Bucket = (typeof defaultOrder)[number];
export type Dues = Readonly<Record<Bucket, Decimal>>;

/** Spreads a payment over the dues in order; every fen lands in a bucket or in `unapplied`. Amounts in yuan. */
export function applyWaterfall(payment: Decimal, due: Dues, order: readonly Bucket[] = defaultOrder) {
  const paid: Record<Bucket, Decimal> = {
    fees: new Decimal(0),
    compoundInterest: new Decimal(0),
    penaltyInterest: new Decimal(0),
    interest: new Decimal(0),
    principal: new Decimal(0),
  };
  let left = payment;
  for (const bucket of order) {
    paid[bucket] = Decimal.min(left, due[bucket]);
    left = left.minus(paid[bucket]);
  }
  return { ...paid, unapplied: left };
}

export type Debt = Readonly<{
  id: string;
  amount: Decimal;
  matured: boolean;
  securedPct: number;
  rate: Decimal;
  dueDate: string;
}>;

/**
 * Spreads one payment over several debts of the same kind (Civil Code art. 560): the debtor's designation first,
 * then matured, least secured, heaviest burden, earliest due; equal in all of that, in proportion is left to the caller.
 */
export function allocateAcrossDebts(payment: Decimal, debts: readonly Debt[], designation: string | null) {
  const ranked = [...debts].sort(
    (a, b) =>
      Number(b.id === designation) - Number(a.id === designation) ||
      Number(b.matured) - Number(a.matured) ||
      a.securedPct - b.securedPct ||
      b.rate.comparedTo(a.rate) ||
      a.dueDate.localeCompare(b.dueDate),
  );
  let left = payment;
  return ranked.map(({ id, amount }) => {
    const paid = Decimal.min(left, amount);
    left = left.minus(paid);
    return { id, paid };
  });
}
