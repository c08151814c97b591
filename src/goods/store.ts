import {
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { LotClaim, LotState, ProposalState } from './lifecycle.ts';

export const commodityClasses = ['metal', 'steel', 'chemical', 'grain', 'energy', 'other'] as const;
export type CommodityClass = (typeof commodityClasses)[number];

const commodityColumns = {
  id: uuid,
  code: text,
  name: text,
  class: oneOf<CommodityClass>(),
  unit: text,
  step: decimal,
  version: int,
  createdAt: instant,
} as const;
export type CommodityRow = RowOf<typeof commodityColumns>;
export const commodities = defineTable('commodity', {
  rank: 25,
  key: 'id',
  columns: commodityColumns,
  changeable: ['name', 'version'],
});

const gradeColumns = {
  id: uuid,
  commodityId: uuid,
  code: text,
  name: text,
  unit: text,
  step: decimal,
  version: int,
  createdAt: instant,
} as const;
export type GradeRow = RowOf<typeof gradeColumns>;
export const grades = defineTable('grade', {
  rank: 26,
  key: 'id',
  columns: gradeColumns,
  changeable: ['name', 'version'],
});

const warehouseColumns = {
  id: uuid,
  operatorId: uuid,
  name: text,
  address: text,
  status: oneOf<'active' | 'suspended'>(),
  lastSequence: int,
  version: int,
  createdAt: instant,
} as const;
export type WarehouseRow = RowOf<typeof warehouseColumns>;
/** A warehouse is locked by its documents, which come in order. */
export const warehouses = defineTable('warehouse', {
  rank: 38,
  key: 'id',
  columns: warehouseColumns,
  changeable: ['status', 'lastSequence', 'version'],
});

const pileColumns = {
  id: uuid,
  warehouseId: uuid,
  operatorId: uuid,
  code: text,
  version: int,
  createdAt: instant,
} as const;
export type PileRow = RowOf<typeof pileColumns>;
export const piles = defineTable('pile', { rank: 39, key: 'id', columns: pileColumns, changeable: [] });

export type MovementKind = 'inbound' | 'outbound' | 'substitution' | 'stock_take' | 'split' | 'merge';

const movementColumns = {
  id: uuid,
  warehouseId: uuid,
  operatorId: uuid,
  kind: oneOf<MovementKind>(),
  documentNumber: text,
  sequence: nullable(int),
  contentHash: text,
  content: json<unknown>(),
  answer: json<unknown>(),
  change: decimal,
  happenedAt: instant,
  createdAt: instant,
} as const;
export type MovementRow = RowOf<typeof movementColumns>;
export const movements = defineTable('stock_movement', {
  rank: 46,
  key: 'id',
  columns: movementColumns,
  changeable: [],
});

const lotColumns = {
  id: uuid,
  warehouseId: uuid,
  operatorId: uuid,
  pileId: uuid,
  marks: text,
  commodityId: uuid,
  gradeId: uuid,
  ownerId: uuid,
  quantity: decimal,
  step: decimal,
  unitCost: nullable(decimal),
  state: oneOf<LotState>(),
  claim: oneOf<LotClaim>(),
  receiptId: nullable(uuid),
  pledgeId: nullable(uuid),
  bookId: nullable(uuid),
  parentId: nullable(uuid),
  receivedOn: date,
  changedAt: instant,
  version: int,
  createdAt: instant,
} as const;
export type LotRow = RowOf<typeof lotColumns>;

/**
 * Lots are locked after whatever claims them (receipts and pledges, ranks 44 and 45) and before financings. A claim
 * changes only while its lot is locked.
 */
export const lots = defineTable('lot', {
  rank: 47,
  key: 'id',
  columns: lotColumns,
  changeable: ['ownerId', 'quantity', 'state', 'claim', 'receiptId', 'pledgeId', 'bookId', 'changedAt', 'version'],
});

const entryColumns = { id: uuid, movementId: uuid, lotId: uuid, change: decimal } as const;
export const stockEntries = defineTable('stock_entry', { rank: 48, key: 'id', columns: entryColumns, changeable: [] });

const priceColumns = {
  id: uuid,
  bookId: uuid,
  gradeId: uuid,
  price: decimal,
  quotedAt: instant,
  source: text,
  correctsId: nullable(uuid),
  recordedBy: uuid,
  recordedAt: instant,
  proposalId: nullable(uuid),
} as const;
export type PriceRow = RowOf<typeof priceColumns>;
export const prices = defineTable('goods_price', { rank: 40, key: 'id', columns: priceColumns, changeable: [] });

const haircutColumns = {
  id: uuid,
  bookId: uuid,
  gradeId: uuid,
  ratio: decimal,
  effectiveAt: instant,
  recordedBy: uuid,
  recordedAt: instant,
} as const;
export const haircuts = defineTable('haircut', { rank: 40, key: 'id', columns: haircutColumns, changeable: [] });

/** A quotation as a person has typed it; yuan of a unit as text. */
export type ProposedPrice = Readonly<{ grade: string; price: string; quotedAt: string; correction: boolean }>;

const proposalColumns = {
  id: uuid,
  bookId: uuid,
  source: text,
  reason: text,
  lines: json<readonly ProposedPrice[]>(),
  state: oneOf<ProposalState>(),
  proposedBy: uuid,
  decidedBy: nullable(uuid),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type PriceProposalRow = RowOf<typeof proposalColumns>;
export const priceProposals = defineTable('price_proposal', {
  rank: 39.5,
  key: 'id',
  columns: proposalColumns,
  changeable: ['state', 'decidedBy', 'version'],
});
