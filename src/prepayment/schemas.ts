import { Type } from '@fastify/type-provider-typebox';
import { Quantity, QuantityOrZero } from '../goods/schemas.ts';
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
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import { acceptanceStates, callStates, noticeStates, orderStages } from './lifecycle.ts';

export const Stage = oneOf(orderStages.states);
export const NoticeStateName = oneOf(noticeStates.states);
export const Clause = oneOf(['refund', 'repurchase'], { description: 'What the seller owes for goods not delivered.' });

const text = (example: string) => Type.String({ examples: [example] });

const Acceptance = object({
  id: Id,
  state: oneOf(acceptanceStates.states),
  face: Money,
  fee: Money,
  maturityDate: Day,
  approvalId: Id,
  version: Version,
});

const PrepaymentAccount = component(
  'PrepaymentAccount',
  object({
    form: oneOf(['loan', 'bill']),
    policy: oneOf(['margin_last', 'pro_rata', 'margin_counts']),
    programmeVersion: Version,
    margin: Money,
    deposited: Money,
    funded: Money,
    paidIn: Money,
    held: Money,
    extraMargin: Money,
    releasable: Money,
    noticed: Money,
    free: Money,
    goodsHeld: Money,
    fundedOn: nullable(Day),
    pickUp: oneOf(['on_track', 'near_breach', 'breach']),
    financingId: nullable(Id),
    principal: Money,
    acceptance: nullable(Acceptance),
    marginCall: nullable(
      object({ state: oneOf(callStates.states), price: QuantityOrZero, missing: Money, dueOn: Day }),
    ),
  }),
);

export const Prepayment = component(
  'Prepayment',
  object({
    id: Id,
    bookId: Id,
    chainId: Id,
    programmeId: Id,
    buyerId: Id,
    sellerId: Id,
    custodianId: Id,
    number: text('CG-2026-0815'),
    commodity: text('热轧卷板'),
    gradeId: nullable(Id),
    unit: text('吨'),
    step: Quantity,
    quantity: Quantity,
    value: Money,
    expiresOn: Day,
    stage: Stage,
    clause: nullable(Clause),
    arrived: QuantityOrZero,
    noticed: QuantityOrZero,
    delivered: QuantityOrZero,
    undeliveredValue: Money,
    refunded: Money,
    shortSince: nullable(Day),
    note: nullable(text('无货可供')),
    account: nullable(PrepaymentAccount),
    version: Version,
    createdAt: Instant,
  }),
);

export const PrepaymentItem = component(
  'PrepaymentItem',
  object({
    id: Id,
    bookId: Id,
    chainId: Id,
    buyerId: Id,
    sellerId: Id,
    custodianId: Id,
    number: text('CG-2026-0815'),
    commodity: text('热轧卷板'),
    unit: text('吨'),
    quantity: Quantity,
    value: Money,
    expiresOn: Day,
    stage: Stage,
    clause: nullable(Clause),
    noticed: QuantityOrZero,
    delivered: QuantityOrZero,
    shortSince: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const ReleaseNotice = component(
  'ReleaseNotice',
  object({
    id: Id,
    orderId: Id,
    buyerId: Id,
    sellerId: Id,
    custodianId: Id,
    serial: text('TH20260815-2F5A8D4E6B10'),
    quantity: Quantity,
    amount: Money,
    state: NoticeStateName,
    approvalId: Id,
    issuedOn: nullable(Day),
    acknowledgeBy: nullable(Day),
    late: Type.Boolean({ description: 'Not acknowledged by the day agreed.', examples: [false] }),
    waybill: nullable(text('YD-0001')),
    received: nullable(QuantityOrZero),
    note: nullable(text('下月再提')),
    version: Version,
    createdAt: Instant,
  }),
);

export const NewPrepayment = component(
  'NewPrepayment',
  object({
    programmeId: Id,
    number: Reference,
    commodity: Name,
    gradeId: Type.Optional(Id),
    unit: Name,
    step: Quantity,
    quantity: Quantity,
    value: PositiveMoney,
    margin: Type.Optional(PositiveMoney),
    expiresOn: Day,
  }),
);
