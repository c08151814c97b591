import {
  date,
  decimal,
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
import type { RediscountLineState, RediscountStatus } from './discount-lifecycle.ts';
import type { RediscountPurpose } from './discount-store.ts';

const rediscountColumns = {
  id: uuid,
  bookId: uuid,
  status: oneOf<RediscountStatus>(),
  purpose: oneOf<RediscountPurpose>(),
  rate: decimal,
  valueDate: date,
  face: money,
  interest: money,
  proceeds: money,
  approvalId: uuid,
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;
export type RediscountRow = RowOf<typeof rediscountColumns>;
export const billRediscounts = defineTable('bill_rediscount', {
  rank: 52,
  key: 'id',
  columns: rediscountColumns,
  changeable: ['status', 'note', 'version'],
});

const lineColumns = {
  id: uuid,
  rediscountId: uuid,
  bookId: uuid,
  discountLineId: uuid,
  amount: money,
  interest: money,
  earnsFrom: date,
  earnsUntil: date,
  state: oneOf<RediscountLineState>(),
  endedOn: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type RediscountLineRow = RowOf<typeof lineColumns>;
export const rediscountLines = defineTable('bill_rediscount_line', {
  rank: 52,
  key: 'id',
  columns: lineColumns,
  changeable: ['state', 'endedOn', 'version'],
});
