import { type Static, Type } from '@fastify/type-provider-typebox';
import { component, Money, object, oneOf, Ratio } from '../platform/http/schemas.ts';

const days = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description, examples: [2] });

/** What a programme agrees for goods paid for in advance (先款后货, 保兑仓), beside the terms every product has. */
export const PrepaymentTerms = component(
  'PrepaymentTerms',
  object({
    form: oneOf(['loan', 'bill'], { description: 'The bank pays the seller, or accepts a bill in its favour.' }),
    marginRatio: Ratio,
    release: oneOf(['margin_last', 'pro_rata', 'margin_counts'], {
      description: 'How payments free goods: the first margin at the end, in proportion, or from the start.',
    }),
    cash: oneOf(['repay', 'deposit'], {
      description: 'Cash paid for release repays principal, or stays in the margin account until maturity.',
    }),
    interest: oneOf(['on_part', 'waterfall'], {
      description:
        'A payment for release bears the interest on the part it repays (利随本清), or all interest due first.',
    }),
    acknowledgeWithinDays: days(1, 30, 'Business days within which a release notice is to be acknowledged.'),
    shortageTolerance: Ratio,
    obligationLimit: Money,
    acceptanceFeeRate: Ratio,
    promptDays: days(0, 365, 'Days before expiry on which the seller is prompted to deliver, refund or repurchase.'),
    priceFall: object({
      warn: Ratio,
      call: Ratio,
      cureDays: days(1, 30, 'Business days to answer a margin call.'),
    }),
    pickUp: Type.Array(object({ afterDays: days(1, 3_650, 'Days after funding.'), share: Ratio }), {
      maxItems: 24,
      description: 'The share of the order by value to be picked up by then.',
    }),
  }),
);
export type PrepaymentTerms = Static<typeof PrepaymentTerms>;
