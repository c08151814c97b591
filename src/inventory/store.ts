import type { SaleState } from '../financing/sale-lifecycle.ts';
import {
  bool,
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { InventoryTerms } from '../programme/inventory-terms.ts';
import type { MarginCallState, PledgeStatus, ReleaseState } from './lifecycle.ts';
import type { Rung } from './rules.ts';

/** The terms a pledge was set up under: the ladder of its programme and the loan to value it begins with. */
export type PledgeTerms = InventoryTerms & Readonly<{ initial: string }>;

/** What shows that the supervisor controls the goods: agreements, lists, pictures, by their digest. */
export type Evidence = Readonly<{ kind: string; sha256: string; reference: string }>;
export type Supervision = Readonly<{
  agreementNumber: string;
  /** The search of the register made before lending: its number and what it showed. */
  searchNumber: string;
  searchSha256: string;
  insurance: Readonly<{ insurer: string; policyNumber: string; amount: string; expiresOn: string }> | null;
  evidence: readonly Evidence[];
}>;

const pledgeColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  pledgorId: uuid,
  mode: oneOf<'static' | 'floating'>(),
  purchaseMoney: bool,
  status: oneOf<PledgeStatus>(),
  outbound: oneOf<'free' | 'stale_price' | 'variance'>(),
  terms: json<PledgeTerms>(),
  value: money,
  margin: money,
  valuedAt: nullable(instant),
  supervisorId: nullable(uuid),
  supervision: json<Supervision | null>(),
  controlledFrom: nullable(instant),
  appointedBy: nullable(uuid),
  confirmedBy: nullable(uuid),
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type PledgeRow = RowOf<typeof pledgeColumns>;

/** A pledge is locked before its lots and before the financings it backs: whoever changes what covers them holds it. */
export const pledges = defineTable('inventory_pledge', {
  rank: 44,
  key: 'id',
  columns: pledgeColumns,
  changeable: [
    'status',
    'outbound',
    'value',
    'margin',
    'valuedAt',
    'supervisorId',
    'supervision',
    'controlledFrom',
    'appointedBy',
    'confirmedBy',
    'note',
    'version',
  ],
});

export type ValuationCause = 'confirmed' | 'price' | 'close' | 'movement' | 'release' | 'repayment' | 'margin' | 'sale';
const valuationColumns = {
  id: uuid,
  pledgeId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  businessDate: date,
  cause: oneOf<ValuationCause>(),
  value: money,
  exposure: money,
  margin: money,
  controlLine: money,
  loanToValue: nullable(decimal),
  rung: oneOf<Rung>(),
  lots: int,
  unpriced: int,
  oldestQuote: nullable(instant),
  valuedAt: instant,
} as const;
export const valuations = defineTable('pledge_valuation', {
  rank: 52,
  key: 'id',
  columns: valuationColumns,
  changeable: [],
});

const callColumns = {
  id: uuid,
  pledgeId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  state: oneOf<MarginCallState>(),
  calledOn: date,
  dueOn: date,
  value: money,
  exposure: money,
  cash: money,
  goodsValue: money,
  endedOn: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type MarginCallRow = RowOf<typeof callColumns>;
export const marginCalls = defineTable('margin_call', {
  rank: 45,
  key: 'id',
  columns: callColumns,
  changeable: ['state', 'endedOn', 'version'],
});

const releaseColumns = {
  id: uuid,
  pledgeId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  supervisorId: uuid,
  lotId: uuid,
  quantity: decimal,
  state: oneOf<ReleaseState>(),
  releasedLotId: nullable(uuid),
  value: nullable(money),
  rule: text,
  decidedBy: nullable(uuid),
  reason: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type ReleaseRow = RowOf<typeof releaseColumns>;
export const releases = defineTable('goods_release', {
  rank: 45,
  key: 'id',
  columns: releaseColumns,
  changeable: ['state', 'releasedLotId', 'value', 'rule', 'decidedBy', 'reason', 'version'],
});

export type SoldLot = Readonly<{ lotId: string; quantity: string }>;
const saleColumns = {
  id: uuid,
  pledgeId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  buyerId: uuid,
  lots: json<readonly SoldLot[]>(),
  proceeds: money,
  cost: money,
  bankReference: text,
  state: oneOf<SaleState>(),
  applied: json<readonly Readonly<{ financingId: string; amount: string; left: string }>[] | null>(),
  surplus: nullable(money),
  loss: nullable(money),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type SaleRow = RowOf<typeof saleColumns>;
export const sales = defineTable('goods_sale', {
  rank: 45,
  key: 'id',
  columns: saleColumns,
  changeable: ['state', 'applied', 'surplus', 'loss', 'version'],
});
