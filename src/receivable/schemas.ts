import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  InvoiceNumber,
  Money,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import {
  holdingRights,
  holdingStates,
  receivablePayments,
  receivableStages,
  rejectionCodes,
  transferStates,
} from './lifecycle.ts';

const text = (example: string) => Type.String({ examples: [example] });

/** What can be had against receivables. */
export const ReceivableProduct = oneOf([
  'pledge_loan',
  'recourse_factoring',
  'nonrecourse_factoring',
  'payables_finance',
]);

export const Stage = oneOf(receivableStages.states);
export const PaymentAxis = oneOf(receivablePayments.states);

export const Rejection = oneOf(rejectionCodes, { description: 'Why the debtor does not owe it.' });

export const Receivable = component(
  'Receivable',
  object({
    id: Id,
    chainId: Id,
    debtorId: Id,
    creditorId: Id,
    reference: text('JN-2026-0815'),
    stage: Stage,
    payment: PaymentAxis,
    face: Money,
    confirmed: Money,
    credited: Money,
    paid: Money,
    outstanding: Money,
    disputed: Money,
    issueDate: Day,
    dueDate: Day,
    goodsAcceptedOn: nullable(Day),
    warnings: Type.Array(text('payment-term-too-long')),
    note: nullable(text('数量不符')),
    rejectionCode: nullable(Rejection),
    confirmedAt: nullable(Instant),
    version: Version,
    createdAt: Instant,
  }),
);

export const Holding = component(
  'Holding',
  object({
    id: Id,
    receivableId: Id,
    holderId: Id,
    parentId: nullable(Id),
    fromId: nullable(Id),
    amount: Money,
    state: oneOf(holdingStates.states),
    legal: oneOf(holdingRights.states),
    financingId: nullable(Id),
    transferId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const Transfer = component(
  'Transfer',
  object({
    id: Id,
    holdingId: Id,
    receivableId: Id,
    fromId: Id,
    toId: Id,
    amount: PositiveMoney,
    state: oneOf(transferStates.states),
    evidence: Name,
    expiresOn: Day,
    version: Version,
    createdAt: Instant,
  }),
);

export const NewReceivable = component(
  'NewReceivable',
  object({
    debtorId: Id,
    creditorId: Id,
    reference: Reference,
    invoiceNumber: Type.Optional(InvoiceNumber),
    invoiceCode: Type.Optional(Type.String({ pattern: '^(\\d{10}|\\d{12})$', examples: ['037002300111'] })),
    face: PositiveMoney,
    issueDate: Day,
    dueDate: Day,
    goodsAcceptedOn: Type.Optional(Day),
  }),
);

export const BulkResult = component(
  'ReceivableBulkResult',
  object({
    registered: Count,
    refused: Count,
    results: Type.Array(
      object({
        line: Count,
        outcome: oneOf(['registered', 'refused']),
        id: Type.Optional(Id),
        warnings: Type.Optional(Type.Array(Type.String())),
        code: Type.Optional(text('duplicate-invoice')),
        message: Type.Optional(text('this invoice stands for a receivable already')),
        field: Type.Optional(text('/items/3/invoiceNumber')),
        accepted: Type.Optional(text('an invoice that is not registered on the platform yet')),
      }),
    ),
  }),
);

const RefusedLine = {
  code: Type.Optional(text('illegal-transition')),
  message: Type.Optional(text('confirm is not possible for a receivable that is cancelled')),
  field: Type.Optional(text('/items/3/amount')),
  accepted: Type.Optional(text('0.01 to 1000.00')),
};

/** What a debtor says of one receivable of a list: it owes it, in full or in part, or it does not. */
export const DebtorAnswer = object({
  receivableId: Id,
  version: Version,
  amount: Type.Optional(PositiveMoney),
  reject: Type.Optional(Rejection),
  reason: Type.Optional(Note),
});

export const DebtorAnswers = component(
  'DebtorAnswers',
  object({
    confirmed: Count,
    rejected: Count,
    refused: Count,
    results: Type.Array(
      object({
        line: Count,
        receivableId: Id,
        outcome: oneOf(['confirmed', 'rejected', 'refused']),
        version: Type.Optional(Version),
        ...RefusedLine,
      }),
    ),
  }),
);

export const ApplicationBody = object({
  programmeId: Id,
  product: ReceivableProduct,
  items: Type.Array(object({ receivableId: Id, holdingId: Id, amount: PositiveMoney }), { minItems: 1, maxItems: 100 }),
  amount: Type.Optional(PositiveMoney),
});

export const Eligibility = component(
  'Eligibility',
  object({
    eligible: Type.Boolean({ examples: [false] }),
    findings: Type.Array(
      object({
        code: text('not-confirmed'),
        message: text('the receivable is registered'),
        field: text('/items'),
        accepted: text('a receivable its debtor has confirmed'),
        who: text('debtor'),
        remedy: text('Confirm the receivable.'),
      }),
    ),
  }),
);
