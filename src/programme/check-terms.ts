import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, object } from '../platform/http/schemas.ts';

const Items = Type.Array(
  Type.String({
    pattern: '^[a-z][a-z0-9_]{1,59}$',
    description: 'What has to be found out, by the bank’s own code.',
    examples: ['site_visit'],
  }),
  { minItems: 1, maxItems: 30, uniqueItems: true },
);

/** What a bank finds out before it approves, before it pays out, and while a loan runs (贷款三查). */
export const CheckTerms = component(
  'CheckTerms',
  object({
    businessDays: Type.Integer({ minimum: 1, maximum: 30, description: 'Business days for a check before the loan.' }),
    preLoan: Type.Optional(Items),
    inLoan: Type.Optional(Items),
    postLoan: Type.Optional(
      object({
        items: Items,
        firstAfterDays: Type.Integer({ minimum: 1, maximum: 366, description: 'Days after the money was paid out.' }),
        everyMonths: Type.Integer({ minimum: 1, maximum: 12, description: 'Months from one check to the next.' }),
      }),
    ),
  }),
);
export type CheckTerms = Static<typeof CheckTerms>;
