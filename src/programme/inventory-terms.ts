import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, object, oneOf, Ratio } from '../platform/http/schemas.ts';

export const pledgeModes = ['static', 'floating'] as const;

const Share = Type.String({
  pattern: '^0\\.\\d{1,6}$',
  description: 'Loan to value, below one.',
  examples: ['0.750000'],
});

/**
 * How a bank lends on goods. The advance ratio of the product is the loan to value it begins with and that a cure
 * restores; the other lines lie above it.
 */
export const InventoryTerms = component(
  'InventoryTerms',
  object({
    modes: Type.Array(oneOf(pledgeModes), { minItems: 1, maxItems: 2, uniqueItems: true }),
    warning: Share,
    call: Share,
    closeOut: Share,
    cureBusinessDays: Type.Integer({ minimum: 1, maximum: 30, description: 'Business days to answer a margin call.' }),
    staleAfterHours: Type.Integer({
      minimum: 1,
      maximum: 2_160,
      description: 'Hours after which a quotation no longer lets goods go or money out.',
    }),
    varianceTolerance: Ratio,
  }),
);
export type InventoryTerms = Static<typeof InventoryTerms>;
