import { type Static, Type } from '@fastify/type-provider-typebox';
import { Decimal } from '../money/decimal.ts';
import { component, object, oneOf, Ratio } from '../platform/http/schemas.ts';
import { require } from '../platform/refusal.ts';
import type { ProductTerms } from './terms.ts';

/** Who accepted a bill: an enterprise, or a bank. */
const acceptorKinds = ['commercial', 'bank'] as const;

/** What a programme says about discounts of bills beside the terms of the product. */
export const BillDiscountTerms = component(
  'BillDiscountTerms',
  object({
    acceptorKinds: Type.Array(oneOf(acceptorKinds), {
      minItems: 1,
      maxItems: acceptorKinds.length,
      uniqueItems: true,
      description: 'Whose bills the bank discounts.',
    }),
    mostBuyerShare: Ratio,
    firmForMinutes: Type.Integer({
      minimum: 1,
      maximum: 1_440,
      description: 'How long a quote can be taken; never beyond the business day it is for.',
    }),
    repoAllowed: Type.Boolean({ description: 'Whether the seller may agree to redeem its bills before they are due.' }),
  }),
);
export type BillDiscountTerms = Static<typeof BillDiscountTerms>;

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
