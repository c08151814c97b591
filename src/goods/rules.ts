import { Decimal, roundToFen } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';

/** Goods with what they are valued by; `unitCost` null when the purchase price is not known. */
export type Valued = Readonly<{ quantity: Decimal; price: Decimal; unitCost: Decimal | null; haircut: Decimal }>;

/** Yuan of a unit: the lower of cost and market, less the haircut. Exact: rounded once, with the value of the whole. */
export const unitValue = ({ price, unitCost, haircut }: Omit<Valued, 'quantity'>): Decimal =>
  (unitCost === null ? price : Decimal.min(unitCost, price)).times(new Decimal(1).minus(haircut));

/** Value of goods in yuan, half up to the fen, once for all of them (domain.md 3.3: Σ quantity × price × (1 − haircut)). */
export const goodsValue = (goods: readonly Valued[]): Decimal =>
  roundToFen(goods.reduce((sum, each) => sum.plus(each.quantity.times(unitValue(each))), new Decimal(0)));

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
