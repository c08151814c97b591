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
  Rate,
  SignedMoney,
  Version,
} from '../platform/http/schemas.ts';
import { financedProducts } from '../programme/terms.ts';
import { financingLifecycle } from './lifecycle.ts';
import { riskClasses } from './loan-rules.ts';
import { readinessNames } from './readiness.ts';
import { repaymentSources } from './store.ts';

export const ProductName = component(
  'ProductName',
  oneOf(financedProducts, { description: 'What is financed, and how.' }),
);
export const FinancingStatus = oneOf(financingLifecycle.states);

const text = (example: string) => Type.String({ examples: [example] });

export const Financing = component(
  'Financing',
  object({
    id: Id,
    number: text('LR-01981F0E-2F5A8D4E6B10'),
    bookId: Id,
    chainId: Id,
    programmeId: Id,
    programmeVersion: Type.Integer({ minimum: 1, examples: [1] }),
    product: ProductName,
    status: FinancingStatus,
    borrowerId: Id,
    debtorId: nullable(Id),
    face: Money,
    amount: Money,
    principal: Money,
    rate: Rate,
    penaltyRate: Rate,
    fee: Money,
    discount: Money,
    valueDate: nullable(Day),
    dueDate: Day,
    maturityDate: Day,
    overdueFrom: Day,
    overdueSince: nullable(Day),
    riskClass: oneOf(riskClasses),
    extensions: Count,
    shortfall: Money,
    misused: Money,
    misuseRate: Rate,
    approvalId: nullable(Id),
    guaranteeTaskId: nullable(Id),
    registrationId: nullable(Id),
    paymentId: nullable(Id),
    settledOn: nullable(Day),
    note: nullable(text('按合同约定三个月内付清')),
    version: Version,
    createdAt: Instant,
  }),
);

export const JournalLines = component(
  'JournalLines',
  object({
    id: Id,
    kind: text('financing.repaid'),
    businessDate: Day,
    lines: Type.Array(object({ account: text('1101'), amount: SignedMoney, balanceAfter: SignedMoney })),
  }),
);

export const Quote = component(
  'Quote',
  object({
    amount: Money,
    valueDate: Day,
    maturityDate: Day,
    provisional: Type.Boolean({ description: 'The maturity lies past the published calendar.', examples: [false] }),
    days: Count,
    rate: Rate,
    penaltyRate: Rate,
    referenceRate: nullable(Rate),
    referenceOn: nullable(Day),
    interest: Money,
    debtorInterest: Money,
    fee: Money,
    feeNet: Money,
    feeTax: Money,
    netProceeds: Money,
    dueAtMaturity: Money,
    schedule: Type.Array(
      object({
        on: Day,
        flow: oneOf(['received', 'due'], { description: 'Received by the applicant, or due at maturity.' }),
        principal: Money,
        interest: Money,
        fee: Money,
        amount: Money,
      }),
    ),
    allInRate: nullable(
      Type.Unsafe<string>({
        ...Rate,
        description: 'Simple yearly cost on the cash received, fees included; days over 360.',
      }),
    ),
  }),
);

const Spread = {
  amount: PositiveMoney,
  penalty: Money,
  compound: Money,
  interest: Money,
  principal: Money,
};

export const Repayment = component(
  'Repayment',
  object({ id: Id, financing: Financing, ...Spread, journals: Type.Array(JournalLines) }),
);

export const Claim = component(
  'RecourseClaim',
  object({ financing: Financing, taken: Money, journals: Type.Array(JournalLines) }),
);

export const Position = component(
  'Position',
  object({
    financing: Financing,
    asOf: Day,
    due: object({ principal: Money, interest: Money, penalty: Money, compound: Money, total: Money }),
    items: Type.Array(object({ receivableId: nullable(Id), holdingId: Id, amount: Money })),
    repayments: Type.Array(
      object({
        id: Id,
        source: oneOf(repaymentSources),
        paidOn: Day,
        ...Spread,
      }),
    ),
  }),
);

export const Readiness = component(
  'Readiness',
  object({
    ready: Type.Boolean({ examples: [false] }),
    conditions: Type.Array(
      object({
        condition: oneOf(readinessNames),
        passed: Type.Boolean(),
        code: Type.Optional(text('security-not-registered')),
        message: Type.Optional(text('the security is not registered yet')),
        accepted: Type.Optional(text('a registration in state registered')),
        who: Type.Optional(text('bank')),
        remedy: Type.Optional(text('Wait for the register.')),
      }),
    ),
  }),
);
