import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { accounts, type OrderRow, obligations } from './store.ts';

/** Refuses what exceeds the limit of the terms the order was entered under, and any order while the bank claims from the seller. */
export function drawObligation(work: Workspace, order: OrderRow): void {
  const { terms } = work.get(accounts, order.id);
  const limit = new Decimal(terms.prepayment?.obligationLimit ?? 0);
  const before = work.find(obligations, order.programmeId);
  require((before?.claims ?? 0) === 0, 'seller-in-default', 'the bank claims a refund from the seller');
  const outstanding = (before?.outstanding ?? new Decimal(0)).plus(order.value);
  if (outstanding.greaterThan(limit)) {
    const left = Decimal.max(limit.minus(outstanding).plus(order.value), 0);
    throw new Refusal('obligation-limit-exceeded', `the seller may owe ${formatMoney(left)} more in goods`, {
      available: formatMoney(left),
      missing: formatMoney(order.value.minus(left)),
      accepted: `an order of at most ${formatMoney(left)}`,
    });
  }
  if (before !== undefined) work.update(obligations, order.programmeId, { outstanding, granted: limit });
  else {
    const { programmeId, bookId, sellerId } = order;
    work.insert(obligations, { programmeId, bookId, sellerId, granted: limit, outstanding, claims: 0, version: 1 });
  }
}

/** The seller owes an amount less: goods delivered, money refunded, an order that ended. */
export function freeObligation(work: Workspace, order: OrderRow, amount: Decimal): void {
  const { outstanding } = work.get(obligations, order.programmeId);
  work.update(obligations, order.programmeId, { outstanding: outstanding.minus(amount) });
}
