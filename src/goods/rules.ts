import type { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';

/** Refuses a quantity that is not above zero or that the warehouse cannot weigh out: a whole number of steps. */
export function requireSteps(quantity: Decimal, step: Decimal, field: string): void {
  require(quantity.greaterThan(0) &&
    quantity.lessThan(1e12) &&
    quantity
      .modulo(step)
      .isZero(), 'not-whole-steps', `${quantity.toFixed()} is not a quantity in steps of ${step.toFixed()}`, {
    field,
    accepted: `a positive multiple of ${step.toFixed()}`,
  });
}

/** Whether a quotation is too old to lend or to release by, at an instant. */
export const isStale = (quotedAt: string, at: Date, hours: number): boolean =>
  at.getTime() - Date.parse(quotedAt) > hours * 3_600_000;
