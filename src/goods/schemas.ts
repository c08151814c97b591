import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  Ratio,
  Reference,
  Version,
} from '../platform/http/schemas.ts';
import { lotClaims, lotStates, proposalLifecycle } from './lifecycle.ts';
import { commodityClasses } from './store.ts';

const text = (example: string) => Type.String({ examples: [example] });

/** So much of a commodity. */
export const Quantity = component(
  'Quantity',
  Type.String({
    pattern: '^(?!0(\\.0{1,6})?$)(0|[1-9]\\d{0,10})(\\.\\d{1,6})?$',
    description: 'A quantity above zero in the unit of the commodity, as text with up to six decimals.',
    examples: ['65.573'],
  }),
);
/** A quantity, which may be none. */
export const QuantityOrZero = component(
  'QuantityOrZero',
  Type.String({
    pattern: '^(0|[1-9]\\d{0,10})(\\.\\d{1,6})?$',
    description: 'A quantity in the unit of the commodity, as text with up to six decimals.',
    examples: ['499.998'],
  }),
);
const UnitPrice = component(
  'UnitPrice',
  Type.String({
    pattern: '^(?!0(\\.0{1,6})?$)(0|[1-9]\\d{0,10})(\\.\\d{1,6})?$',
    description: 'Yuan of a unit without VAT, above zero, with up to six decimals.',
    examples: ['17050.00'],
  }),
);

const Code = Type.String({ pattern: '^[0-9A-Z][0-9A-Z_.-]{0,31}$', description: 'A short code.', examples: ['AL'] });
const GradeCode = Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z_./-]{0,31}$', examples: ['A00'] });
const Step = Type.String({
  pattern: '^(0\\.0{0,5}[1-9]\\d{0,5}|[1-9]\\d{0,3}(\\.\\d{1,6})?)$',
  maxLength: 12,
  description: 'The smallest quantity that is weighed out.',
  examples: ['0.001'],
});
const Marks = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[0-9A-Za-z\\p{Script=Han}][0-9A-Za-z\\p{Script=Han}/_.()#-]*$',
  description: 'The marks (唛头) that tell a lot from others in its pile.',
  examples: ['ML-0815'],
});

export const NewCommodity = object({
  code: Code,
  name: Name,
  class: oneOf(commodityClasses),
  unit: Type.String({ pattern: '^[0-9A-Za-z\\p{Script=Han}]{1,16}$', examples: ['t'] }),
  step: Step,
});
export const Commodity = component(
  'Commodity',
  object({ id: Id, ...NewCommodity.properties, version: Version, createdAt: Instant }),
);
export const NewGrade = object({ code: GradeCode, name: Name });
export const Grade = component(
  'Grade',
  object({
    id: Id,
    commodityId: Id,
    ...NewGrade.properties,
    unit: text('t'),
    step: Step,
    version: Version,
    createdAt: Instant,
  }),
);
export const NewWarehouse = object({ name: Name, address: Name });
export const Warehouse = component(
  'Warehouse',
  object({
    id: Id,
    operatorId: Id,
    ...NewWarehouse.properties,
    status: oneOf(['active', 'suspended']),
    lastSequence: Count,
    version: Version,
    createdAt: Instant,
  }),
);
export const NewPile = object({ code: Reference });
export const Pile = component(
  'Pile',
  object({ id: Id, warehouseId: Id, operatorId: Id, code: text('A-01'), version: Version, createdAt: Instant }),
);

export const LotStateName = oneOf(lotStates.states);
export const Lot = component(
  'Lot',
  object({
    id: Id,
    warehouseId: Id,
    pileId: Id,
    marks: text('ML-0815'),
    commodityId: Id,
    gradeId: Id,
    ownerId: Id,
    quantity: QuantityOrZero,
    unitCost: nullable(UnitPrice),
    state: LotStateName,
    claim: oneOf(lotClaims.states),
    receiptId: nullable(Id),
    pledgeId: nullable(Id),
    bookId: nullable(Id),
    parentId: nullable(Id),
    receivedOn: Day,
    version: Version,
    createdAt: Instant,
  }),
);

const MAX_LINES = 500;
const Arrival = object({
  pileId: Id,
  marks: Marks,
  gradeId: Id,
  ownerId: Id,
  quantity: Quantity,
  unitCost: Type.Optional(UnitPrice),
  receivedOn: Day,
  pledgeId: Type.Optional(Id),
});
const Departure = object({ lotId: Id, quantity: Quantity });
const Counted = object({ lotId: Id, counted: QuantityOrZero });
const lines = <T extends typeof Arrival | typeof Departure | typeof Counted>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: MAX_LINES });
const head = {
  sequence: Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'Number of the document: one more than that of the last one of the warehouse.',
    examples: [1],
  }),
  documentNumber: Reference,
  happenedAt: Instant,
};
/** What a warehouse reports: one kind of document each. */
export const NewDocument = Type.Union([
  object({ ...head, kind: Type.Literal('inbound'), arrivals: lines(Arrival) }),
  object({ ...head, kind: Type.Literal('outbound'), departures: lines(Departure) }),
  object({ ...head, kind: Type.Literal('substitution'), arrivals: lines(Arrival), departures: lines(Departure) }),
  object({ ...head, kind: Type.Literal('stock_take'), counts: lines(Counted) }),
]);
export const WarehouseDocument = component(
  'WarehouseDocument',
  object({
    id: Id,
    warehouseId: Id,
    documentNumber: text('CK-2026-0001'),
    sequence: Count,
    kind: oneOf(['inbound', 'outbound', 'substitution', 'stock_take']),
    lots: Type.Array(Lot),
  }),
);
export const StockMovement = component(
  'StockMovement',
  object({
    id: Id,
    warehouseId: Id,
    kind: oneOf(['inbound', 'outbound', 'substitution', 'stock_take', 'split', 'merge']),
    documentNumber: text('CK-2026-0001'),
    sequence: nullable(Count),
    change: Type.String({ description: 'By how much quantities change in all.', examples: ['-65.573'] }),
    happenedAt: Instant,
    createdAt: Instant,
  }),
);

const quoted = {
  grade: Type.String({ minLength: 1, maxLength: 72, description: 'Its id, or codes.', examples: ['AL/A00'] }),
  price: UnitPrice,
  quotedAt: Instant,
};
const Correction = Type.Boolean({ description: 'It corrects what was quoted for the same moment.' });
const NewQuotation = object({ ...quoted, correction: Type.Optional(Correction) });
export const NewPrices = object({
  source: Name,
  items: Type.Array(NewQuotation, { minItems: 1, maxItems: 10_000 }),
});
export const NewPriceProposal = object({
  source: Name,
  reason: Note,
  items: Type.Array(NewQuotation, { minItems: 1, maxItems: 100 }),
});
export const ProposalStateName = oneOf(proposalLifecycle.states);
export const PriceProposal = component(
  'PriceProposal',
  object({
    id: Id,
    bookId: Id,
    source: Name,
    reason: Note,
    lines: Type.Array(object({ ...quoted, correction: Correction })),
    state: ProposalStateName,
    proposedBy: Id,
    decidedBy: nullable(Id),
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);
export const PriceResults = component(
  'PriceResults',
  object({
    recorded: Count,
    refused: Count,
    results: Type.Array(
      object({
        line: Count,
        outcome: oneOf(['recorded', 'corrected', 'unchanged', 'refused']),
        id: Type.Optional(Id),
        code: Type.Optional(text('price-recorded')),
        message: Type.Optional(text('17050 was quoted at this moment')),
        field: Type.Optional(text('/items/3/correction')),
        accepted: Type.Optional(text('true')),
      }),
    ),
  }),
);
export const Price = component(
  'GoodsPrice',
  object({
    id: Id,
    bookId: Id,
    gradeId: Id,
    price: UnitPrice,
    quotedAt: Instant,
    source: Name,
    correctsId: nullable(Id),
    recordedAt: Instant,
    proposalId: nullable(Id),
  }),
);
export const Haircut = component(
  'Haircut',
  object({ id: Id, bookId: Id, gradeId: Id, ratio: Ratio, effectiveAt: Instant }),
);
