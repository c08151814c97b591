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
  Reference,
  Uscc,
  Version,
} from '../platform/http/schemas.ts';
import { billStates, circulations, offerKinds, offerStates } from './lifecycle.ts';

const text = (example: string) => Type.String({ examples: [example] });
const Range = text('1-30000000');

export const BillStateName = oneOf(billStates, { description: '票据状态, the state of the bill.' });
export const CirculationName = oneOf(circulations, { description: '流转状态, whether and how it circulates.' });
export const OfferKindName = oneOf(offerKinds);
export const OfferStateName = oneOf(offerStates.states);

export const Bill = component(
  'Bill',
  object({
    id: Id,
    chainId: Id,
    number: nullable(text('710245100001920260701000000017')),
    reference: Reference,
    kind: oneOf(['commercial', 'bank']),
    drawerId: Id,
    payeeId: Id,
    acceptorId: Id,
    bankId: Id,
    face: PositiveMoney,
    range: Range,
    issueDate: Day,
    dueDate: Day,
    maturityDate: Day,
    presentableUntil: Day,
    provisional: Type.Boolean({ description: 'Whether its days rest on a calendar that is not published yet.' }),
    transferable: Type.Boolean(),
    acceptedOn: nullable(Day),
    receivedOn: nullable(Day),
    programmeId: nullable(Id),
    margin: Money,
    fee: Money,
    version: Version,
    createdAt: Instant,
  }),
);

const TitleStep = object({
  kind: oneOf(['issue', 'endorsement', 'discount', 'redemption', 'rediscount', 'recourse']),
  fromId: Id,
  toId: Id,
  on: Day,
  transferable: Type.Boolean(),
});

export const BillHolding = component(
  'BillHolding',
  object({
    id: Id,
    billId: Id,
    chainId: Id,
    range: Range,
    firstUnit: Count,
    lastUnit: Count,
    amount: PositiveMoney,
    holderId: Id,
    fromId: nullable(Id),
    parentId: nullable(Id),
    mergedIntoId: nullable(Id),
    billState: BillStateName,
    billStateCode: text('CS03'),
    circulation: CirculationName,
    circulationCode: text('TF0301'),
    live: Type.Boolean(),
    offerId: nullable(Id),
    bookId: nullable(Id),
    pledgeeId: nullable(Id),
    financingId: nullable(Id),
    frozen: Type.Boolean(),
    title: object({
      steps: Type.Array(TitleStep),
      guarantors: Type.Array(object({ guarantorId: Id, guaranteesId: Id, on: Day })),
    }),
    dishonouredOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const BillOffer = component(
  'BillOffer',
  object({
    id: Id,
    batchId: Id,
    billId: Id,
    holdingId: Id,
    kind: OfferKindName,
    fromId: Id,
    toId: Id,
    state: OfferStateName,
    amount: PositiveMoney,
    range: Range,
    terms: Type.Record(Type.String(), Type.Unknown(), { description: 'What this kind of offer says beside.' }),
    madeOn: Day,
    expiresOn: Day,
    answeredOn: nullable(Day),
    code: nullable(text('SU00')),
    reason: nullable(text('清分失败')),
    version: Version,
    createdAt: Instant,
  }),
);

/**
 * What an operation is about: a holding, an amount from its start or the units named of it; or all that one holds of a
 * bill.
 */
const BillItem = component(
  'BillItem',
  object(
    {
      holdingId: Type.Optional(Id),
      billId: Type.Optional(Id),
      amount: Type.Optional(PositiveMoney),
      range: Type.Optional(object({ start: Count, end: Count })),
    },
    { description: 'One of holdingId and billId; with holdingId an amount or a range, else the whole.' },
  ),
);
export const BillItems = Type.Array(BillItem, { minItems: 1, maxItems: 1000 });

export const OffersMade = component(
  'BillOffersMade',
  object({ offers: Type.Array(BillOffer), holdings: Type.Array(BillHolding) }),
);

export const BillMarket = component(
  'BillMarket',
  object({
    businessDate: Day,
    closing: Type.Boolean(),
    step: text('open'),
    version: Version,
  }),
);

export const Acceptor = component(
  'BillAcceptor',
  object({
    orgId: Id,
    acceptanceLimit: Money,
    accepted: Money,
    available: Money,
    margin: Money,
    totalAssets: nullable(Money),
    deposits: nullable(Money),
    listedFrom: nullable(Day),
    sustainedUntil: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

const disclosed = {
  number: Type.String({ pattern: '^[1-8]\\d{29}$', examples: ['710245100001920260701000000017'] }),
  issueDate: Day,
  acceptedOn: Day,
  dueDate: Day,
  drawerName: Name,
  acceptorName: Name,
  acceptorUscc: Uscc,
  amount: PositiveMoney,
};
export const NewDisclosure = component('NewBillDisclosure', object({ billId: Id, ...disclosed }));
export const Disclosure = component(
  'BillDisclosure',
  object({ billId: Id, acceptorId: Id, ...disclosed, disclosedOn: Day, version: Version }),
);

export const BillMessage = component(
  'BillMessage',
  object({
    id: Id,
    billId: Id,
    offerId: nullable(Id),
    kind: oneOf(['registration', 'void', ...offerKinds]),
    state: oneOf(['created', 'sent', 'confirmed', 'rejected']),
    code: nullable(text('SU00')),
    reason: nullable(text('清分失败')),
    sentAt: nullable(Instant),
    answeredAt: nullable(Instant),
    createdAt: Instant,
  }),
);
