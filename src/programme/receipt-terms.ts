import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, object, oneOf } from '../platform/http/schemas.ts';

/** How a pledge of a receipt is made good against others: the warehouse signs the endorsement, the register records it, or both. */
export const perfections = ['endorsement', 'registration', 'both'] as const;
export type Perfection = (typeof perfections)[number];

/** How a bank lends on warehouse receipts. The advance ratio of the product is the loan to value that releases keep. */
export const ReceiptTerms = component(
  'ReceiptTerms',
  object({
    perfection: oneOf(perfections),
    staleAfterHours: Type.Integer({
      minimum: 1,
      maximum: 2_160,
      description: 'Hours after which a quotation no longer lets goods go or money out.',
    }),
    storageAlertDays: Type.Integer({
      minimum: 0,
      maximum: 365,
      description: 'Days before the end of storage from which its bank and holder are told every day.',
    }),
  }),
);
export type ReceiptTerms = Static<typeof ReceiptTerms>;
