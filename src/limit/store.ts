import {
  bool,
  date,
  defineTable,
  instant,
  int,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Product } from '../programme/terms.ts';

export const limitKinds = ['group', 'programme', 'member', 'product'] as const;
export type LimitKind = (typeof limitKinds)[number];
export type MoveKind = 'reserve' | 'use' | 'release' | 'free' | 'adjust';

const nodeColumns = {
  id: uuid,
  bookId: uuid,
  parentId: nullable(uuid),
  kind: oneOf<LimitKind>(),
  orgId: nullable(uuid),
  programmeId: nullable(uuid),
  product: nullable(oneOf<Product>()),
  amount: money,
  reserved: money,
  used: money,
  expiresOn: date,
  status: oneOf<'active' | 'frozen'>(),
  revolving: bool,
  approvalId: nullable(uuid),
  /** Counts changes of what was granted; what drawdowns do to a node is counted by `version` alone. */
  termsVersion: int,
  version: int,
  createdAt: instant,
} as const;
export type LimitNodeRow = RowOf<typeof nodeColumns>;
export const limitNodes = defineTable('limit_node', {
  rank: 60,
  key: 'id',
  columns: nodeColumns,
  changeable: [
    'amount',
    'reserved',
    'used',
    'expiresOn',
    'status',
    'revolving',
    'approvalId',
    'termsVersion',
    'version',
  ],
});

const moveColumns = {
  id: uuid,
  bookId: uuid,
  nodeId: uuid,
  financingId: nullable(uuid),
  kind: oneOf<MoveKind>(),
  amount: money,
  reservedAfter: money,
  usedAfter: money,
  reason: nullable(text),
  createdAt: instant,
} as const;
export const limitMoves = defineTable('limit_move', { rank: 61, key: 'id', columns: moveColumns, changeable: [] });
