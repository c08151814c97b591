import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Product, ProductTerms } from './terms.ts';

const refuse = (field: string, message: string, accepted: string): never => {
  throw new Refusal('invalid-input', message, { field, accepted });
};

/** Refuses terms of a prepayment that are missing, misplaced or contradict themselves. */
export function checkPrepayment(product: Product, terms: ProductTerms, at: (name: string) => string): void {
  const { prepayment } = terms;
  if (product !== 'prepayment') {
    if (prepayment !== undefined) refuse(at('prepayment'), `${product} is no prepayment`, 'nothing');
    return;
  }
  if (prepayment === undefined) {
    throw new Refusal('invalid-input', 'a prepayment has terms of its own', {
      field: at('prepayment'),
      accepted: 'those terms',
    });
  }
  const own = (name: string) => at(`prepayment/${name}`);
  const margin = new Decimal(prepayment.marginRatio);
  if (!margin.plus(terms.advanceRatio).equals(1)) {
    refuse(own('marginRatio'), 'margin and advance are not the whole order', 'one less the advance ratio');
  }
  if (prepayment.form === 'bill' && prepayment.cash === 'repay') {
    refuse(own('cash'), 'a bill is not repaid before its maturity', 'deposit');
  }
  if (prepayment.form === 'loan' && !new Decimal(prepayment.acceptanceFeeRate).isZero()) {
    refuse(own('acceptanceFeeRate'), 'a loan has no acceptance fee', '0');
  }
  if (!new Decimal(terms.pricing.feeRate).isZero()) {
    refuse(at('pricing/feeRate'), 'the seller is paid in full, nothing is left to take a fee from', '0');
  }
  const { warn, call } = prepayment.priceFall;
  if (new Decimal(warn).greaterThan(call)) {
    refuse(own('priceFall/warn'), 'the warning comes after the margin call', `at most ${call}`);
  }
  for (const [index, { afterDays, share }] of prepayment.pickUp.entries()) {
    const before = prepayment.pickUp[index - 1];
    if (before === undefined) continue;
    if (afterDays <= before.afterDays || new Decimal(share).lessThan(before.share)) {
      refuse(own(`pickUp/${index}`), 'the steps of a pick-up schedule rise', 'a later day and no smaller share');
    }
  }
}
