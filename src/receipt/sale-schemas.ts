import { saleLifecycle } from '../financing/sale-lifecycle.ts';
import {
  component,
  Day,
  Id,
  Instant,
  Money,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Reference,
  Version,
} from '../platform/http/schemas.ts';

export const NewReceiptSale = object({
  receiptId: Id,
  buyerId: Id,
  noticedOn: Day,
  proceeds: PositiveMoney,
  cost: Money,
  bankReference: Reference,
});
export const SaleStateName = oneOf(saleLifecycle.states);
export const ReceiptSale = component(
  'ReceiptSale',
  object({
    id: Id,
    financingId: Id,
    receiptId: Id,
    buyerId: Id,
    noticedOn: Day,
    proceeds: PositiveMoney,
    cost: Money,
    bankReference: Reference,
    state: SaleStateName,
    applied: nullable(Money),
    surplus: nullable(Money),
    owedAfter: nullable(Money),
    approvalId: Id,
    version: Version,
    createdAt: Instant,
  }),
);
