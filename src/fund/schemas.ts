import { Type } from '@fastify/type-provider-typebox';
import {
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
  Ratio,
  Version,
} from '../platform/http/schemas.ts';
import { fundLifecycle, fundUseLifecycle } from './lifecycle.ts';

const DailyRate = Type.String({
  pattern: '^0\\.\\d{1,8}$',
  description: 'The fee of one day as a fraction of what was bridged.',
  examples: ['0.00015000'],
});

const PoolTerms = object({
  share: Ratio,
  annualCap: PositiveMoney,
  stopLoss: Ratio,
});
const RolloverTerms = object({
  dailyRate: DailyRate,
  cap: PositiveMoney,
  useCap: PositiveMoney,
  windowDays: Type.Integer({
    minimum: 0,
    maximum: 90,
    description: 'Days before its maturity from which a loan is bridged.',
  }),
});

const common = { ownerId: Id, sponsor: oneOf(['fiscal', 'commercial']), name: Name };

export const PoolBody = object({ ...common, programmeId: Id, terms: PoolTerms });
export const RolloverFundBody = object({ ...common, terms: RolloverTerms });

const FundState = oneOf(fundLifecycle.states);
export const Fund = component(
  'Fund',
  object({
    id: Id,
    bookId: Id,
    kind: oneOf(['risk_pool', 'rollover']),
    ...common,
    programmeId: nullable(Id),
    terms: object({ pool: Type.Optional(PoolTerms), rollover: Type.Optional(RolloverTerms) }),
    balance: Money,
    lent: Money,
    state: FundState,
    approvalId: Id,
    closingTaskId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const FundUseState = oneOf(fundUseLifecycle.states);
export const FundUse = component(
  'FundUse',
  object({
    id: Id,
    fundId: Id,
    bookId: Id,
    kind: oneOf(['compensation', 'rollover']),
    financingId: Id,
    borrowerId: Id,
    renewalId: nullable(Id),
    state: FundUseState,
    loss: Money,
    amount: Money,
    recovered: Money,
    fee: Money,
    usedOn: nullable(Day),
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);

export const FundMove = component(
  'FundMove',
  object({
    id: Id,
    kind: oneOf(['contribute', 'compensate', 'recover', 'draw', 'return', 'fee', 'distribute']),
    partyId: Id,
    useId: nullable(Id),
    amount: PositiveMoney,
    balanceAfter: Money,
    bankReference: nullable(Type.String()),
    movedOn: Day,
    createdAt: Instant,
  }),
);
