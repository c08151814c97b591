import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  Money,
  Name,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Uscc,
} from '../platform/http/schemas.ts';
import { MAX_FLOWS } from './flow-file.ts';
import { flowClasses } from './flow-rules.ts';

export const FlowClassName = oneOf(flowClasses, {
  description:
    'By who is on the other side: securities and real estate by industry or name; the group of the debtor; whoever ' +
    'was paid for the borrower and pays back; a firm of the platform; anybody else.',
});
const Direction = oneOf(['in', 'out'], { description: 'Into the account of the borrower, or out of it.' });
const BankReference = Type.String({
  pattern: '^[\\x21-\\x7e]{1,64}$',
  description: 'The bank’s own number of the movement; once in a book.',
  examples: ['TX20260701000123'],
});
const Account = Type.String({ pattern: '^[0-9A-Za-z]{1,34}$', examples: ['1602001009014412345'] });
const IndustryCode = Type.String({
  pattern: '^[A-T]\\d{2,4}$',
  description: 'GB/T 4754: a section and two to four digits.',
  examples: ['K7010'],
});

const movement = {
  reference: BankReference,
  direction: Direction,
  amount: PositiveMoney,
  bookedOn: Day,
  counterpartyName: Name,
};

export const NewFlows = object({
  items: Type.Array(
    object({
      ...movement,
      holderUscc: Uscc,
      counterpartyAccount: Type.Optional(Account),
      counterpartyUscc: Type.Optional(Uscc),
      counterpartyIndustry: Type.Optional(IndustryCode),
      purpose: Type.Optional(Name),
    }),
    { minItems: 1, maxItems: MAX_FLOWS },
  ),
});

export const AccountTransaction = component(
  'AccountTransaction',
  object({
    id: Id,
    bookId: Id,
    ...movement,
    holderId: Id,
    counterpartyAccount: nullable(Account),
    counterpartyUscc: nullable(Type.String()),
    counterpartyIndustry: nullable(IndustryCode),
    purpose: nullable(Type.String()),
    class: FlowClassName,
    createdAt: Instant,
  }),
);

export const FlowResults = component(
  'FlowResults',
  object({
    recorded: Count,
    known: Count,
    refused: Count,
    alerts: Count,
    results: Type.Array(
      object({
        line: Type.Integer({ minimum: 1 }),
        outcome: oneOf(['recorded', 'known', 'refused']),
        id: Type.Optional(Id),
        class: Type.Optional(FlowClassName),
        code: Type.Optional(Type.String()),
        message: Type.Optional(Type.String()),
        field: Type.Optional(Type.String()),
        accepted: Type.Optional(Type.String()),
      }),
    ),
  }),
);

export const FlowTrace = component(
  'FlowTrace',
  object({
    id: Id,
    transactionId: Id,
    financingId: Id,
    alertId: nullable(Id),
    class: FlowClassName,
    amount: PositiveMoney,
    reference: BankReference,
    direction: Direction,
    bookedOn: Day,
    counterpartyName: Name,
    purpose: nullable(Type.String()),
  }),
);

export const FundFlow = component(
  'FundFlow',
  object({
    financingId: Id,
    bookId: Id,
    borrowerId: Id,
    valueDate: nullable(Day),
    paidOut: Money,
    traced: Money,
    untraced: Money,
    classes: Type.Array(object({ class: FlowClassName, movements: Count, amount: PositiveMoney })),
  }),
);
