import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, Money, object, oneOf, Ratio } from '../platform/http/schemas.ts';

/** What is known of a member's trade in a chain and may count for its limit. */
const creditInputs = [
  'monthsOfTrade',
  'disputeRate',
  'dilutionRate',
  'onTimeRate',
  'concentration',
  'documentedShare',
] as const;
export type CreditInput = (typeof creditInputs)[number];

const Figure = Type.String({
  pattern: '^(0|[1-9]\\d{0,2})(\\.\\d{1,6})?$',
  description: 'A number of months, or a share.',
  examples: ['0.050000'],
});

const months = (description: string) => Type.Integer({ minimum: 1, maximum: 36, description });

/**
 * How the record of a member in the chain makes its limit: annual volume × share × score, the score being the weighted
 * sum of what each input reaches between its worst and its best figure.
 */
export const CreditTerms = component(
  'CreditTerms',
  object({
    observedMonths: months('How far back the record is read.'),
    volumeShare: Ratio,
    maxAmount: Money,
    factors: Type.Array(
      object({
        input: oneOf(creditInputs),
        weight: Ratio,
        worst: Figure,
        best: Figure,
      }),
      { minItems: 1, maxItems: creditInputs.length, description: 'Each input once; the weights sum to 1.' },
    ),
    declineBelow: Ratio,
    referBelow: Ratio,
    declarationMonths: months('How long a declaration of figures counts.'),
  }),
);
export type CreditTerms = Static<typeof CreditTerms>;
