import { Type } from '@fastify/type-provider-typebox';
import { JournalLines } from '../financing/schemas.ts';
import { defaultOrder } from '../money/waterfall.ts';
import {
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
  Ratio,
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import { agreementLifecycle, claimLifecycle } from './lifecycle.ts';

const text = (example: string) => Type.String({ examples: [example] });

const agreed = {
  guarantorId: Id,
  shares: Type.Array(object({ partyId: Id, share: Ratio }), {
    minItems: 1,
    maxItems: 10,
    description: 'Who bears which share of a loss, the bank itself among them; they sum to 1.',
  }),
  cap: PositiveMoney,
  financingCap: PositiveMoney,
  feeRate: Rate,
  waitingDays: Type.Integer({ minimum: 0, maximum: 360, description: 'Days overdue before a claim is opened.' }),
  stopLoss: Type.String({
    pattern: '^(0\\.(?!0{1,6}$)\\d{1,6}|1(\\.0{1,6})?)$',
    description: 'Claims of a calendar year, as a part of all that was guaranteed; the bank bears what is beyond.',
    examples: ['0.050000'],
  }),
  settles: Type.Array(oneOf(defaultOrder), {
    minItems: 1,
    maxItems: defaultOrder.length,
    uniqueItems: true,
    description: 'What the guarantors cover, in the order in which their money settles it.',
  }),
  persons: oneOf(['one', 'two'], { description: 'How many people of the guarantor approve.' }),
  expiresOn: Day,
};

export const AgreementState = oneOf(agreementLifecycle.states);
export const AgreementBody = object(agreed);
export const Agreement = component(
  'GuaranteeAgreement',
  object({
    id: Id,
    bookId: Id,
    ...agreed,
    state: AgreementState,
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);

const GuaranteeState = oneOf(['requested', 'granted', 'declined', 'withdrawn']);
export const Guarantee = component(
  'Guarantee',
  object({
    id: Id,
    agreementId: Id,
    bookId: Id,
    guarantorId: Id,
    financingId: Id,
    borrowerId: Id,
    product: text('credit_loan'),
    number: text('LR-01981F0E-2F5A8D4E6B10'),
    amount: PositiveMoney,
    cover: PositiveMoney,
    rate: Rate,
    maturityDate: Day,
    state: GuaranteeState,
    approvalId: Id,
    fee: nullable(Money),
    version: Version,
    createdAt: Instant,
  }),
);

export const ClaimState = oneOf(claimLifecycle.states);
export const GuaranteeClaim = component(
  'GuaranteeClaim',
  object({
    id: Id,
    guaranteeId: Id,
    agreementId: Id,
    bookId: Id,
    guarantorId: Id,
    financingId: Id,
    borrowerId: Id,
    state: ClaimState,
    loss: PositiveMoney,
    principal: Money,
    interest: Money,
    penalty: Money,
    parts: Type.Array(object({ partyId: Id, amount: Money, paid: Money, recovered: Money })),
    bankBears: Money,
    openedOn: Day,
    evidence: text('法院受理通知书'),
    note: nullable(Type.String()),
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);

export const CompensationBody = object({ partyId: Id, amount: PositiveMoney, bankReference: Reference });
export const SharedOut = component(
  'SharedOut',
  object({
    claim: GuaranteeClaim,
    shared: Type.Array(object({ partyId: Id, amount: Money })),
    journals: Type.Array(JournalLines),
  }),
);
