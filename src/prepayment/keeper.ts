import type { CollateralKeeper } from '../financing/keeper.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { FinancingRow } from '../financing/store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell } from './answer.ts';
import { orderStages } from './lifecycle.ts';
import { requireMargin } from './margin-rules.ts';
import { marginOf, marginPassedOn } from './postings.ts';
import { type AccountRow, accounts, lockOrders, type OrderRow, obligations, orders } from './store.ts';

const orderOf = (work: Workspace, items: readonly Readonly<{ itemId: string }>[]) => {
  const id = items[0]?.itemId as string;
  return { order: work.get(orders, id), account: work.get(accounts, id) };
};

/** Whether the financing waits for its payment: the margin must be there by then. */
const awaitsPayout = ({ status }: FinancingRow): boolean => 'disburse' in financingLifecycle.arrows[status];
/** Whether the application has ended before it was paid out. */
const neverPaid = ({ valueDate }: FinancingRow): boolean => valueDate === null;

/** Goods ordered and paid for in advance: the seller owes them, or their price. */
export const prepaymentKeeper: CollateralKeeper = {
  lock: (work, items) =>
    lockOrders(
      work,
      items.map(({ itemId }) => itemId),
    ),
  requireSound: (work, financing, items) => {
    const { order, account } = orderOf(work, items);
    if (awaitsPayout(financing)) requireMargin(account);
    nextState(orderStages, order.stage, awaitsPayout(financing) ? 'fund' : 'apply');
  },
  secure: (_work, _financing, items) =>
    items.map(({ itemId, amount }) => ({ kind: 'pledge', subjectKind: 'order', subjectId: itemId, amount })),
  fund: (work, financing, items) => {
    const { order, account } = orderOf(work, items);
    const { actor, now } = work.author;
    const businessDate = financing.valueDate as IsoDate;
    fundOrder(work, order, account, { on: businessDate, spent: account.deposited });
    const lines = marginPassedOn({ buyer: order.buyerId, seller: order.sellerId, amount: account.deposited });
    if (lines.length === 0) return;
    const journal = {
      bookId: order.bookId,
      kind: 'prepayment.margin_passed_on',
      businessDate,
      subjectId: order.id,
      lines,
    };
    ledgerOf(work).post(journal, { requestId: actor.requestId, now });
  },
  held: (work, _financing, items) => {
    const { goods } = orderOf(work, items).account;
    return goods.isZero() ? null : { account: '9003', amount: goods };
  },
  memoAccounts: ['9003'],
  fellOverdue: (work, _financing, items, on) => expireOrder(work, orderOf(work, items).order, on),
  accounts: (work, { borrowerId }, items) => {
    const { order, account } = orderOf(work, items);
    return [
      marginOf(borrowerId),
      ...(account.converted ? ['1105' as const] : []),
      ...(isClaimed(order) ? ['1133' as const] : []),
    ];
  },
  principalAccount: (work, financing, items) => {
    const { order, account } = orderOf(work, items);
    if (isClaimed(order)) return '1133';
    if (financing.product === 'bill_acceptance') return '1109';
    return account.converted && financing.overdueSince === null ? '1105' : null;
  },
  repaid: (work, _financing, items, { source, from, principal }) => {
    const { account } = orderOf(work, items);
    // The seller's money frees no goods, and what lay in the margin account has freed them already.
    if (source === 'collection' || from.startsWith('2002')) return;
    const funded = account.value.minus(account.margin);
    work.update(accounts, account.orderId, { paidIn: Decimal.min(account.paidIn.plus(principal), funded) });
  },
  release: (work, financing, items) => {
    const { order, account } = orderOf(work, items);
    if (neverPaid(financing)) work.update(accounts, order.id, { financingId: null });
    else {
      work.update(accounts, order.id, { goods: new Decimal(0) });
      resume(work, order, account);
    }
  },
};

const isClaimed = ({ stage }: OrderRow): boolean => stage === 'claimed';

/** The order's part is paid: from here goods are released against payment. `spent` is what left the margin account. */
export function fundOrder(
  work: Workspace,
  order: OrderRow,
  account: AccountRow,
  { on, spent }: Readonly<{ on: IsoDate; spent: Decimal }>,
): void {
  const after = work.update(orders, order.id, { stage: nextState(orderStages, order.stage, 'fund') });
  work.update(accounts, order.id, { fundedOn: on, held: account.held.minus(spent) });
  tell(work, 'funded', after);
}

/** The order ends with goods undelivered that the bank has paid for and the distributor has not: the seller owes for them. */
export function expireOrder(work: Workspace, order: OrderRow, on: IsoDate): void {
  if (!('expire' in orderStages.arrows[order.stage])) return;
  const after = work.update(orders, order.id, {
    stage: nextState(orderStages, order.stage, 'expire'),
    shortSince: on,
  });
  tell(work, 'expired', after, { undelivered: order.quantity.minus(order.delivered).toFixed() });
}

/** The distributor has paid late, and all: the goods are its own again, and nothing is claimed for them any more. */
function resume(work: Workspace, order: OrderRow, { value, margin, paidIn }: AccountRow): void {
  if (!('resume' in orderStages.arrows[order.stage]) || paidIn.lessThan(value.minus(margin))) return;
  if (isClaimed(order)) {
    const { claims } = work.get(obligations, order.programmeId);
    work.update(obligations, order.programmeId, { claims: claims - 1 });
  }
  const after = work.update(orders, order.id, {
    stage: nextState(orderStages, order.stage, 'resume'),
    shortSince: null,
  });
  tell(work, 'resumed', after);
}
