import type { Static } from '@fastify/type-provider-typebox';
import { component, object, Ratio } from '../platform/http/schemas.ts';

/** Where a programme names these, no financing of the product is approved before a guarantor has approved it too. */
export const GuaranteeTerms = component(
  'GuaranteeTerms',
  object(
    { minShare: Ratio },
    { description: 'The least share of a loss that the guarantors together must bear (银担合作).' },
  ),
);
export type GuaranteeTerms = Static<typeof GuaranteeTerms>;
