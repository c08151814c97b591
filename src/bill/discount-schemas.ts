import { Type } from '@fastify/type-provider-typebox';
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
  Version,
} from '../platform/http/schemas.ts';
import { discountLifecycle, discountLineStates, rediscountLifecycle } from './discount-lifecycle.ts';
import { discountKinds, rediscountPurposes } from './discount-store.ts';

const text = (example: string) => Type.String({ examples: [example] });
const Yield = Type.String({
  description: 'Simple yearly yield on the money advanced, actual/360, six decimals (PBOC公告〔2021〕3号).',
  examples: ['0.021227'],
});

export const DiscountKindName = oneOf(discountKinds, { description: 'Outright, or with redemption by the seller.' });
export const DiscountStatusName = oneOf(discountLifecycle.states);
export const LineStateName = oneOf(discountLineStates.states);
export const PurposeName = oneOf(rediscountPurposes, { description: 'Small firms, agriculture, green.' });

const QuotedBill = object({
  holdingId: Id,
  billId: Id,
  range: text('30000001-75678912'),
  amount: PositiveMoney,
  dueDate: Day,
  maturityDate: Day,
  movedDays: Type.Integer({ minimum: 0, description: 'Days by which holidays move the due date.' }),
  provisional: Type.Boolean({ description: 'Whether the maturity rests on a calendar that is not published yet.' }),
  interestUntil: Day,
  days: Type.Integer({ minimum: 1 }),
  interest: Money,
  sellerInterest: Money,
  buyerInterest: Money,
  acceptorId: Id,
  buyerId: Id,
  consentId: nullable(Id),
  proceeds: PositiveMoney,
  annualYield: Yield,
});

export const BillQuote = component(
  'BillQuote',
  object({
    id: Id,
    requestId: Id,
    chainId: Id,
    bookId: Id,
    programmeId: Id,
    programmeVersion: Type.Integer({ minimum: 1 }),
    sellerId: Id,
    kind: DiscountKindName,
    redemptionFrom: nullable(Day),
    redemptionUntil: nullable(Day),
    rate: Rate,
    referenceRate: nullable(Rate),
    referenceOn: nullable(Day),
    valueDate: Day,
    face: PositiveMoney,
    interest: Money,
    sellerInterest: Money,
    buyerInterest: Money,
    proceeds: PositiveMoney,
    annualYield: Yield,
    lines: Type.Array(QuotedBill),
    expiresAt: Instant,
    discountId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

const DiscountFinding = component(
  'DiscountFinding',
  object({
    item: nullable(
      Type.Integer({ minimum: 0, description: 'Place among the holdings asked about; null: all of them.' }),
    ),
    code: text('not-disclosed'),
    message: text('the acceptor has not disclosed this bill'),
    field: text('/items/3'),
    accepted: nullable(text('a bill its acceptor has disclosed')),
    who: text('acceptor'),
    remedy: text('Disclose the bill.'),
  }),
);

export const DiscountQuotes = component(
  'DiscountQuotes',
  object({
    requestId: Id,
    banks: Type.Array(
      object({
        programmeId: Id,
        bookId: Id,
        quote: nullable(BillQuote),
        findings: Type.Array(DiscountFinding),
      }),
      { description: 'Of every programme asked, what it firmly offers and why it does not offer the rest.' },
    ),
  }),
);

export const BillDiscount = component(
  'BillDiscount',
  object({
    id: Id,
    number: text('TX-01981F0E-2F5A8D4E6B10'),
    quoteId: Id,
    chainId: Id,
    bookId: Id,
    programmeId: Id,
    programmeVersion: Type.Integer({ minimum: 1 }),
    sellerId: Id,
    kind: DiscountKindName,
    redemptionFrom: nullable(Day),
    redemptionUntil: nullable(Day),
    status: DiscountStatusName,
    rate: Rate,
    valueDate: Day,
    face: PositiveMoney,
    interest: Money,
    sellerInterest: Money,
    buyerInterest: Money,
    proceeds: PositiveMoney,
    payeeAccountId: Id,
    approvalLevel: oneOf(['auto', 'one', 'two']),
    approvalId: nullable(Id),
    paymentId: nullable(Id),
    settledOn: nullable(Day),
    note: nullable(text('AC04')),
    version: Version,
    createdAt: Instant,
  }),
);

export const DiscountedBill = component(
  'DiscountedBill',
  object({
    id: Id,
    discountId: Id,
    bookId: Id,
    sellerId: Id,
    billId: Id,
    holdingId: Id,
    amount: PositiveMoney,
    interest: Money,
    sellerInterest: Money,
    buyerInterest: Money,
    buyerId: Id,
    earnsFrom: Day,
    earnsUntil: Day,
    redemptionFrom: nullable(Day),
    redemptionUntil: nullable(Day),
    maturityDate: Day,
    state: LineStateName,
    purposes: Type.Array(PurposeName),
    rediscountId: nullable(Id),
    endedOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const BillRedemption = component(
  'BillRedemption',
  object({
    discountId: Id,
    face: PositiveMoney,
    price: PositiveMoney,
    sellerRebate: Money,
    buyerRebate: Money,
    lines: Type.Array(DiscountedBill),
  }),
);

export const InterestConsent = component(
  'BillInterestConsent',
  object({
    id: Id,
    chainId: Id,
    bookId: Id,
    buyerId: Id,
    buyerShare: Ratio,
    validFrom: Day,
    validUntil: Day,
    endedOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const BillRediscount = component(
  'BillRediscount',
  object({
    id: Id,
    bookId: Id,
    status: oneOf(rediscountLifecycle.states),
    purpose: PurposeName,
    rate: Rate,
    valueDate: Day,
    face: PositiveMoney,
    interest: Money,
    proceeds: PositiveMoney,
    approvalId: Id,
    note: nullable(text('额度不足')),
    version: Version,
    createdAt: Instant,
  }),
);

export const AmortisedDay = component(
  'BillAmortisation',
  object({ lineId: Id, amortisedOn: Day, kind: oneOf(['discount', 'rediscount']), amount: Money, tax: Money }),
);
