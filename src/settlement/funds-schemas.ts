import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  Money,
  nullable,
  object,
  oneOf,
  PositiveMoney,
} from '../platform/http/schemas.ts';

const receipt = {
  id: Id,
  bookId: Id,
  kind: oneOf(['collection', 'deposit']),
  partyId: Id,
  bankReference: Type.String({ examples: ['20260915-000127'] }),
  amount: PositiveMoney,
  receivedOn: Day,
  receivables: Count,
  toFinancings: Money,
  toHolders: Money,
  unapplied: Money,
  createdAt: Instant,
};

export const ReceiptOfFunds = component('ReceiptOfFunds', object(receipt));

export const Collection = component(
  'Collection',
  object({
    ...receipt,
    applied: Type.Array(
      object({
        receivableId: Id,
        amount: PositiveMoney,
        toFinancings: Type.Array(object({ financingId: Id, amount: PositiveMoney })),
        toHolders: Type.Array(object({ holderId: Id, amount: PositiveMoney })),
      }),
      { description: 'The first 1,000 receivables; all of them, payee by payee, are the lines of the receipt.' },
    ),
  }),
);

export const FundsLine = component(
  'FundsLine',
  object({ id: Id, receivableId: Id, financingId: nullable(Id), holderId: Id, amount: PositiveMoney }),
);

/** Receivables that a payment is for. */
export const PaidReceivables = Type.Array(object({ receivableId: Id, amount: PositiveMoney }), {
  minItems: 1,
  maxItems: 100_000,
});
