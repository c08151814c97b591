import { Type } from '@fastify/type-provider-typebox';
import { Quantity } from '../goods/schemas.ts';
import {
  Count,
  component,
  Day,
  Digest,
  Id,
  Instant,
  Money,
  Name,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Ratio,
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import { perfections } from '../programme/receipt-terms.ts';
import {
  endorsementLifecycle,
  receiptLifecycle,
  receiptPledgeLifecycle,
  releaseOrderLifecycle,
  standingLifecycle,
} from './lifecycle.ts';

const text = (example: string) => Type.String({ examples: [example] });
const AnyQuantity = Type.String({ pattern: '^(0|[1-9]\\d{0,10})(\\.\\d{1,6})?$', examples: ['75.617'] });
const DailyFee = Type.String({
  pattern: '^(0|[1-9]\\d{0,7})(\\.\\d{1,6})?$',
  description: 'Yuan for a unit and a day, with up to six decimals.',
  examples: ['0.45'],
});

export const ReceiptStateName = oneOf(receiptLifecycle.states);
const claimBases = ['receipt', 'receipt_pledge', 'goods_pledge', 'lien'] as const;

const Insured = { insurer: Name, amount: PositiveMoney, from: Day, to: Day };

/**
 * What a warehouse states. Every item of Civil Code art. 909 is optional here, so that what is missing is refused by
 * the rule, all of it at once and by its name in the law.
 */
export const NewReceipt = component(
  'NewReceipt',
  object({
    number: Reference,
    lotId: Id,
    depositorDomicile: Type.Optional(Name),
    quantity: Type.Optional(Quantity),
    quality: Type.Optional(Name),
    packing: Type.Optional(Name),
    pieces: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000, examples: [120] })),
    lossStandard: Type.Optional(Ratio),
    storageFrom: Type.Optional(Day),
    storageTo: Type.Optional(Day),
    dailyFee: Type.Optional(DailyFee),
    insurance: Type.Optional(
      nullable(
        object({
          insurer: Type.Optional(Insured.insurer),
          amount: Type.Optional(Insured.amount),
          from: Type.Optional(Day),
          to: Type.Optional(Day),
        }),
      ),
    ),
    placeOfIssue: Type.Optional(Name),
    seal: Type.Optional(Digest),
  }),
);

const Content = component(
  'ReceiptContent',
  object(
    {
      number: text('WR-001'),
      depositor: object({ name: Name, domicile: Name }),
      goods: object({
        commodity: Name,
        grade: Name,
        quantity: AnyQuantity,
        unit: text('t'),
        quality: Name,
        packing: Name,
        pieces: Count,
        marks: text('ML-0815'),
      }),
      lossStandard: Ratio,
      place: object({ warehouse: Name, address: Name, pile: text('A-01') }),
      storage: object({ from: Day, to: Day }),
      dailyFee: DailyFee,
      insurance: nullable(object(Insured)),
      issuer: object({ name: Name, place: Name, issuedOn: Day, seal: Digest }),
    },
    { description: 'What the receipt says, in the order of Civil Code article 909.' },
  ),
);

export const Receipt = component(
  'WarehouseReceipt',
  object({
    id: Id,
    number: text('WR-001'),
    warehouseId: Id,
    operatorId: Id,
    lotId: Id,
    gradeId: Id,
    depositorId: Id,
    holderId: Id,
    quantity: AnyQuantity,
    lost: AnyQuantity,
    pieces: Count,
    lossStandard: Ratio,
    dailyFee: DailyFee,
    storageFrom: Day,
    storageTo: Day,
    insuredTo: nullable(Day),
    feePaid: Money,
    content: Content,
    contentHash: Digest,
    state: ReceiptStateName,
    standing: oneOf(standingLifecycle.states),
    frozenBy: nullable(Id),
    registerCode: nullable(text('CD012345678901234567')),
    offeredTo: nullable(Id),
    financingId: nullable(Id),
    bookId: nullable(Id),
    value: Money,
    quotedAt: nullable(Instant),
    parentId: nullable(Id),
    issuedOn: Day,
    note: nullable(text('claimed by another holder')),
    version: Version,
    createdAt: Instant,
  }),
);
export const Receipts = object({ items: Type.Array(Receipt) });

export const ReceiptWithFee = object({
  receipt: Receipt,
  fee: object(
    { accrued: Money, whole: Money, paid: Money },
    {
      description: 'Storage fee of the days so far, what is charged if the goods are fetched today, and what is paid.',
    },
  ),
});

export const Endorsement = component(
  'ReceiptEndorsement',
  object({
    id: Id,
    receiptId: Id,
    fromId: Id,
    toId: Id,
    evidence: Name,
    state: oneOf(endorsementLifecycle.states),
    reason: nullable(text('印鉴不符')),
    version: Version,
    createdAt: Instant,
  }),
);

export const ReceiptPledge = component(
  'ReceiptPledge',
  object({
    id: Id,
    receiptId: Id,
    financingId: Id,
    bookId: Id,
    holderId: Id,
    perfection: oneOf(perfections),
    state: oneOf(receiptPledgeLifecycle.states),
    endorsedAt: Instant,
    signedAt: nullable(Instant),
    registerNumber: nullable(text('20260701000000000001')),
    perfectedAt: nullable(Instant),
    parentId: nullable(Id),
    endedAt: nullable(Instant),
    version: Version,
    createdAt: Instant,
  }),
);
export const ReceiptChain = object({ endorsements: Type.Array(Endorsement), pledges: Type.Array(ReceiptPledge) });

export const ReleaseOrder = component(
  'ReleaseOrder',
  object({
    id: Id,
    financingId: Id,
    bookId: Id,
    holderId: Id,
    operatorId: Id,
    receiptId: Id,
    asked: nullable(AnyQuantity),
    releasedId: nullable(Id),
    keptId: nullable(Id),
    quantity: nullable(AnyQuantity),
    value: nullable(Money),
    state: oneOf(releaseOrderLifecycle.states),
    rule: text('nothing is owed any more'),
    reason: nullable(text('价格波动较大')),
    version: Version,
    createdAt: Instant,
  }),
);

export const NewClaim = object({
  claimant: Name,
  basis: oneOf(claimBases),
  amount: PositiveMoney,
  perfectedAt: nullable(Instant),
  evidenceHash: Digest,
});
export const ReceiptClaim = component(
  'ReceiptClaim',
  object({ id: Id, receiptId: Id, ...NewClaim.properties, recordedAt: Instant }),
);
export const RankedClaims = object({
  items: Type.Array(
    object({
      id: Id,
      rank: Type.Integer({ minimum: 1, description: 'Claims of one rank share in proportion.', examples: [1] }),
      paid: Money,
      claim: nullable(ReceiptClaim),
    }),
  ),
});

export const NewLoan = object({
  programmeId: Id,
  receiptIds: Type.Array(Id, { minItems: 1, maxItems: 100 }),
  amount: Type.Optional(PositiveMoney),
  dueDate: Day,
});
export const LoanCover = component(
  'ReceiptLoanCover',
  object({
    financingId: Id,
    exposure: Money,
    value: Money,
    required: Money,
    spare: Money,
    cash: Money,
    loanToValue: nullable(Type.String({ description: 'Exposure by value, six decimals.', examples: ['0.645418'] })),
    receipts: Type.Array(
      object({ id: Id, number: text('WR-001-1'), quantity: AnyQuantity, value: Money, quotedAt: nullable(Instant) }),
    ),
  }),
);
/** A numbered document of the warehouse. */
export const DocumentHead = {
  documentNumber: Reference,
  sequence: Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'One more than that of the last document of the warehouse.',
    examples: [7],
  }),
  happenedAt: Instant,
};
export const MeasuredQuantity = AnyQuantity;
