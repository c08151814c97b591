import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, object, oneOf, Ratio } from '../platform/http/schemas.ts';

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
