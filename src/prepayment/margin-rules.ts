import { type Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';

/** Refuses until the first margin has been deposited in full. Amounts in yuan. */
export function requireMargin({ margin, deposited }: Readonly<{ margin: Decimal; deposited: Decimal }>): void {
  const missing = margin.minus(deposited);
  if (missing.isZero()) return;
  throw new Refusal('margin-missing', `${formatMoney(missing)} of the first margin is missing`, {
    accepted: `a deposit of ${formatMoney(missing)}`,
    missing: formatMoney(missing),
  });
}
