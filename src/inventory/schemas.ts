import { Type } from '@fastify/type-provider-typebox';
import { saleLifecycle } from '../financing/sale-lifecycle.ts';
import { Financing } from '../financing/schemas.ts';
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
  SignedMoney,
  Version,
} from '../platform/http/schemas.ts';
import { InventoryTerms, pledgeModes } from '../programme/inventory-terms.ts';
import { marginCallLifecycle, pledgeLifecycle, releaseLifecycle, substitutionLifecycle } from './lifecycle.ts';

const text = (example: string) => Type.String({ examples: [example] });
const LoanToValue = nullable(
  Type.String({
    description: 'Loan to value, six decimals; null when nothing covers the loan.',
    examples: ['0.773770'],
  }),
);
const Rung = oneOf(['sound', 'warning', 'call', 'close_out']);

const Insurance = object({ insurer: Name, policyNumber: Reference, amount: PositiveMoney, expiresOn: Day });
const Evidence = object({ kind: Name, sha256: Digest, reference: Name });
export const NewSupervision = object({
  agreementNumber: Reference,
  searchNumber: Reference,
  searchSha256: Digest,
  insurance: Type.Optional(Insurance),
});
export const Attestation = object({
  controlledFrom: Instant,
  evidence: Type.Array(Evidence, { minItems: 1, maxItems: 50 }),
});

export const PledgeStatus = oneOf(pledgeLifecycle.states);
export const Pledge = component(
  'InventoryPledge',
  object({
    id: Id,
    bookId: Id,
    chainId: Id,
    programmeId: Id,
    programmeVersion: Count,
    pledgorId: Id,
    mode: oneOf(pledgeModes),
    purchaseMoney: Type.Boolean({ examples: [false] }),
    status: PledgeStatus,
    outbound: oneOf(['free', 'stale_price', 'variance']),
    terms: Type.Intersect([InventoryTerms, Type.Object({ initial: Ratio })]),
    value: Money,
    margin: Money,
    valuedAt: nullable(Instant),
    supervisorId: nullable(Id),
    supervision: nullable(
      object({
        agreementNumber: Reference,
        searchNumber: Reference,
        searchSha256: Digest,
        insurance: nullable(Insurance),
        evidence: Type.Array(Evidence),
      }),
    ),
    controlledFrom: nullable(Instant),
    note: nullable(text('按合同约定')),
    version: Version,
    createdAt: Instant,
  }),
);
export const NewPledge = object({
  programmeId: Id,
  mode: oneOf(pledgeModes),
  purchaseMoney: Type.Optional(Type.Boolean({ description: 'The loan pays for these goods (Civil Code art. 416).' })),
});
export const LotIds = object({ lotIds: Type.Array(Id, { minItems: 1, maxItems: 1_000, uniqueItems: true }) });

export const MarginCall = component(
  'MarginCall',
  object({
    id: Id,
    pledgeId: Id,
    state: oneOf(marginCallLifecycle.states),
    calledOn: Day,
    dueOn: Day,
    value: Money,
    exposure: Money,
    cash: PositiveMoney,
    goodsValue: PositiveMoney,
    endedOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);
export const Standing = component(
  'PledgeStanding',
  object({
    pledge: Pledge,
    cover: object({
      value: Money,
      exposure: Money,
      margin: Money,
      controlLine: Money,
      loanToValue: LoanToValue,
      rung: Rung,
      drawable: Money,
      lots: Count,
      unpriced: Count,
      oldestQuote: nullable(Instant),
    }),
    marginCall: nullable(MarginCall),
    cure: nullable(
      object({
        cash: PositiveMoney,
        margin: PositiveMoney,
        goodsValue: PositiveMoney,
        quantities: Type.Array(object({ gradeId: Id, quantity: Quantity })),
      }),
    ),
    priority: object({
      registerNumber: nullable(text('00000000000000000001')),
      registeredAt: nullable(Instant),
      controlledFrom: nullable(Instant),
      purchaseMoney: Type.Boolean(),
      outranksEarlier: Type.Boolean(),
    }),
  }),
);
export const Valuation = component(
  'PledgeValuation',
  object({
    id: Id,
    businessDate: Day,
    cause: oneOf(['confirmed', 'price', 'close', 'movement', 'release', 'repayment', 'margin', 'sale']),
    value: Money,
    exposure: Money,
    margin: Money,
    controlLine: Money,
    loanToValue: LoanToValue,
    rung: Rung,
    lots: Count,
    unpriced: Count,
    oldestQuote: nullable(Instant),
    valuedAt: Instant,
  }),
);
export const PastValuation = component(
  'PastValuation',
  object({
    pledgeId: Id,
    at: Instant,
    knownAt: Instant,
    value: Money,
    lots: Count,
    unpriced: Count,
    oldestQuote: nullable(Instant),
  }),
);
export const NewDrawing = object({ amount: Type.Optional(PositiveMoney), dueDate: Day });
export const NewRelease = object({ lotId: Id, quantity: Quantity });
export const Release = component(
  'GoodsRelease',
  object({
    id: Id,
    pledgeId: Id,
    lotId: Id,
    quantity: Quantity,
    state: oneOf(releaseLifecycle.states),
    releasedLotId: nullable(Id),
    value: nullable(Money),
    rule: text('floating pledge: free above the control line'),
    reason: nullable(text('货值不足')),
    version: Version,
    createdAt: Instant,
  }),
);
export const PaidDown = component(
  'PledgePaidDown',
  object({
    pledge: Pledge,
    financing: Financing,
    principal: Money,
    journals: Type.Array(
      object({
        id: Id,
        kind: text('financing.repaid'),
        businessDate: Day,
        lines: Type.Array(object({ account: text('1105'), amount: SignedMoney, balanceAfter: SignedMoney })),
      }),
    ),
  }),
);
const SomeLots = Type.Array(object({ lotId: Id, quantity: Quantity }), { minItems: 1, maxItems: 500 });
export const NewSubstitution = object({ lots: SomeLots });
export const Substitution = component(
  'GoodsSubstitution',
  object({
    id: Id,
    pledgeId: Id,
    lots: SomeLots,
    state: oneOf(substitutionLifecycle.states),
    reason: nullable(text('品级不符')),
    documentNumber: nullable(text('ZH-2026-0001')),
    version: Version,
    createdAt: Instant,
  }),
);
export const NewSale = object({
  buyerId: Id,
  lots: SomeLots,
  proceeds: PositiveMoney,
  cost: Money,
  bankReference: Reference,
});
export const Sale = component(
  'GoodsSale',
  object({
    id: Id,
    pledgeId: Id,
    buyerId: Id,
    lots: SomeLots,
    proceeds: PositiveMoney,
    cost: Money,
    bankReference: Reference,
    state: oneOf(saleLifecycle.states),
    applied: nullable(Type.Array(object({ financingId: Id, amount: PositiveMoney, left: Money }))),
    surplus: nullable(Money),
    loss: nullable(Money),
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);
