import { defineTable, instant, int, json, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { SubstitutionState } from './lifecycle.ts';

/** So much of a lot, the quantity as text. */
export type LeavingLot = Readonly<{ lotId: string; quantity: string }>;

const columns = {
  id: uuid,
  pledgeId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  supervisorId: uuid,
  lots: json<readonly LeavingLot[]>(),
  state: oneOf<SubstitutionState>(),
  askedBy: uuid,
  decidedBy: nullable(uuid),
  reason: nullable(text),
  documentNumber: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type SubstitutionRow = RowOf<typeof columns>;

/** Locked after the pledge, of which one is open at a time, and before its lots. */
export const substitutions = defineTable('goods_substitution', {
  rank: 45,
  key: 'id',
  columns,
  changeable: ['state', 'decidedBy', 'reason', 'documentNumber', 'version'],
});
