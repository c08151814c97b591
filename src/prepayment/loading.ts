import { lockTasks } from '../approval/store.ts';
import { type LoadedFinancings, loadForPayment } from '../financing/loading.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference } from '../reference/store.ts';
import { accountAnswer, orderAnswer } from './answer.ts';
import { prepaymentKeeper } from './keeper.ts';
import { acceptances, accounts, calls, lockOrders, notices, type OrderRow, orders } from './store.ts';

/** An order and where it belongs: found under the asking organization's row-level security, and never changing. */
export type OnOrder = Readonly<{
  orderId: string;
  bookId: string;
  chainId: string;
  buyerId: string;
  sellerId: string;
}>;

/** What a transaction on orders may touch. */
export const scopeOfOrder = ({ input }: Readonly<{ input: OnOrder }>): string[] => [
  input.bookId,
  input.chainId,
  input.buyerId,
  input.sellerId,
];

type Wanted = Readonly<{
  /** Notices that are decided on. */
  noticeIds?: readonly string[];
  /** Whether an approval is asked for or given. */
  approvals?: boolean;
  /** Whether what the seller owes changes. */
  obligations?: boolean;
  /** Accounts that are posted to, beside those of the financings behind the orders. */
  ledger?: (order: OrderRow) => readonly AccountPath[];
}>;

/** Locks orders for decisions: with book, approvals, account, notices, financing, limits and ledger accounts, in that order. */
export async function loadOrders(
  work: Workspace,
  targets: readonly OnOrder[],
  { noticeIds = [], approvals = false, obligations = false, ledger = () => [] }: Wanted = {},
): Promise<LoadedFinancings> {
  const ids = targets.map(({ orderId }) => orderId);
  const bookIds = targets.map(({ bookId }) => bookId);
  const reference = await loadReference(work);
  const asked = approvals ? await approvalsOf(work, ids, noticeIds) : [];
  await work.lock(books, bookIds);
  await lockTasks(work, asked);
  await lockOrders(work, ids, obligations);
  await work.lock(notices, noticeIds);
  await work.lock(calls, ids);
  await work.lock(acceptances, ids);
  const behind = ids.flatMap((id) => work.find(accounts, id)?.financingId ?? []);
  await work.lock(financings, behind);
  await work.lock(limitNodes, [
    ...behind.flatMap((id) => work.get(financings, id).limitPath),
    ...ids.flatMap((id) => work.find(acceptances, id)?.limitPath ?? []),
  ]);
  const located = behind.map((financingId) => {
    const { bookId, chainId, borrowerId, debtorId } = work.get(financings, financingId);
    return { financingId, bookId, chainId, borrowerId, debtorId };
  });
  const backing = await loadForPayment(work, located, prepaymentKeeper, bookIds);
  for (const bookId of new Set(bookIds)) {
    const ofBook = ids.flatMap((id) => work.find(orders, id) ?? []).filter((order) => order.bookId === bookId);
    await ledgerOf(work).lock(bookId, ofBook.flatMap(ledger));
  }
  return { ...backing, reference };
}

async function approvalsOf(work: Workspace, orderIds: readonly string[], noticeIds: readonly string[]) {
  const asked = [
    ...(await work.read(notices, 'id', noticeIds)),
    ...(await work.read(acceptances, 'orderId', orderIds)),
  ];
  return asked.map(({ approvalId }) => approvalId);
}

/** The loan or the advance behind a locked order, if there is one. */
export const financingOf = (work: Workspace, orderId: string): FinancingRow | undefined => {
  const { financingId } = work.get(accounts, orderId);
  return financingId === null ? undefined : work.find(financings, financingId);
};

/** A locked order as its buyer and its bank are answered. */
export function wholeAnswer(work: Workspace, orderId: string, on: IsoDate) {
  const behind = {
    financing: financingOf(work, orderId),
    acceptance: work.find(acceptances, orderId),
    call: work.find(calls, orderId),
  };
  return orderAnswer(work.get(orders, orderId), accountAnswer(work.get(accounts, orderId), on, behind));
}

/** A locked order as whoever asks is answered: what the buyer has with its bank is for these two. */
export function answerFor(work: Workspace, { actor, input }: Command<OnOrder>) {
  const { businessDate } = requireOpenBook(work, input.bookId);
  const party = actor.orgId === input.buyerId || actor.orgId === input.bookId;
  return party ? wholeAnswer(work, input.orderId, businessDate) : orderAnswer(work.get(orders, input.orderId), null);
}

/** What every command on an order answers. */
export type Answer = ReturnType<typeof answerFor>;

export type OnVersion = OnOrder & Readonly<{ expectedVersion: number }>;

/** The locked order at the version the caller decided on. */
export function orderFor(work: Workspace, { orderId, expectedVersion }: OnVersion): OrderRow {
  const order = work.get(orders, orderId);
  requireVersion(order.version, expectedVersion);
  return order;
}
