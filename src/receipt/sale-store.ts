import type { SaleState } from '../financing/sale-lifecycle.ts';
import { date, defineTable, instant, int, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';

const columns = {
  id: uuid,
  financingId: uuid,
  receiptId: uuid,
  bookId: uuid,
  pledgorId: uuid,
  operatorId: uuid,
  buyerId: uuid,
  noticedOn: date,
  proceeds: money,
  cost: money,
  bankReference: text,
  state: oneOf<SaleState>(),
  applied: nullable(money),
  surplus: nullable(money),
  owedAfter: nullable(money),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type ReceiptSaleRow = RowOf<typeof columns>;

/** Locked after the receipt and its lot, before its loan. */
export const receiptSales = defineTable('receipt_sale', {
  rank: 49,
  key: 'id',
  columns,
  changeable: ['state', 'applied', 'surplus', 'owedAfter', 'version'],
});
