import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { BillDiscountTerms } from './bill-schemas.ts';
import type { ProductTerms } from './terms.ts';

/**
 * Refuses terms of `bill_discount` that a discount cannot have: it takes interest and no fee, and pays for the whole
 * face; how it does is told in a section of its own.
 */
export function checkBillDiscount(terms: ProductTerms | undefined, section: BillDiscountTerms | undefined): void {
  require((terms === undefined) === (section === undefined), 'invalid-input', 'bill discount is told in two places', {
    field: '/terms/billDiscount',
    accepted: 'billDiscount together with products/bill_discount, or neither',
  });
  if (terms === undefined) return;
  const at = '/terms/products/bill_discount';
  require(new Decimal(terms.pricing.feeRate).isZero(), 'invalid-input', 'a discount bears no fee beside its interest', {
    field: `${at}/pricing/feeRate`,
    accepted: '0.000000',
  });
  require(new Decimal(terms.advanceRatio).equals(1), 'invalid-input', 'a discount pays for the whole face', {
    field: `${at}/advanceRatio`,
    accepted: '1.000000',
  });
}
