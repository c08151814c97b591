import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { noticeAnswer, tell, tellOfNotice } from './answer.ts';
import { noticeStates, orderStages } from './lifecycle.ts';
import { loadOrders, scopeOfOrder } from './loading.ts';
import { freeObligation } from './obligation.ts';
import { goodsReleased } from './postings.ts';
import { loadNotices, noticeFor, type OnNotice } from './release.ts';
import { countedAsDelivered, deliveredValue } from './rules.ts';
import { accounts, type NoticeRow, notices, type OrderRow, orders } from './store.ts';

type NoticeAnswer = ReturnType<typeof noticeAnswer>;

/** Whoever keeps the goods says that it has the notice and will hand them over. */
export const acknowledgeRelease: UseCase<OnNotice, NoticeAnswer, unknown> = {
  name: 'prepayment.acknowledge_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) => loadNotices(work, commands, false),
  decide: (work, { actor, input }) => {
    requireOpenBook(work, input.bookId);
    const notice = noticeFor(work, input);
    requireCustodian(actor.orgId, notice);
    const after = work.update(notices, notice.id, { state: nextState(noticeStates, notice.state, 'acknowledge') });
    tellOfNotice(work, 'acknowledged', after);
    return noticeAnswer(after);
  },
};

const requireCustodian = (orgId: string, notice: NoticeRow): void =>
  require(orgId === notice.custodianId, 'not-a-party', 'only whoever keeps the goods answers a release notice');

/** The goods have left, under a waybill. What lay in a supervised warehouse is off the list of what the bank holds. */
export const shipGoods: UseCase<OnNotice & Readonly<{ waybill: string }>, NoticeAnswer, unknown> = {
  name: 'prepayment.ship',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { noticeIds: commands.map(({ input }) => input.noticeId), ledger: () => ['9003', '9999'] },
    ),
  decide: (work, command) => {
    const { actor, input } = command;
    requireOpenBook(work, input.bookId);
    const notice = noticeFor(work, input);
    requireCustodian(actor.orgId, notice);
    const state = nextState(noticeStates, notice.state, 'ship');
    takeFromWarehouse(work, notice, command);
    const after = work.update(notices, notice.id, { state, waybill: input.waybill });
    tellOfNotice(work, 'shipped', after);
    return noticeAnswer(after);
  },
};

function takeFromWarehouse(work: Workspace, notice: NoticeRow, { actor, input, now }: Command<OnNotice>): void {
  const { goods } = work.get(accounts, notice.orderId);
  const amount = Decimal.min(goods, notice.amount);
  if (amount.isZero()) return;
  const { businessDate } = requireOpenBook(work, input.bookId);
  work.update(accounts, notice.orderId, { goods: goods.minus(amount) });
  const lines = goodsReleased(amount);
  const journal = {
    bookId: input.bookId,
    kind: 'prepayment.goods_released',
    businessDate,
    subjectId: notice.orderId,
    lines,
  };
  ledgerOf(work).post(journal, { requestId: actor.requestId, now });
}

/**
 * The distributor has the goods. What is missing beyond the tolerance was not delivered: the seller owes it still, and
 * it is not released a second time.
 */
export const receiveGoods: UseCase<OnNotice & Readonly<{ quantity: Decimal }>, NoticeAnswer, unknown> = {
  name: 'prepayment.receive',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { noticeIds: commands.map(({ input }) => input.noticeId), obligations: true },
    ),
  decide: (work, { actor, input }) => {
    requireOpenBook(work, input.bookId);
    const notice = noticeFor(work, input);
    const order = work.get(orders, notice.orderId);
    require(actor.orgId === notice.buyerId, 'not-a-party', 'only the distributor receives its goods');
    const state = nextState(noticeStates, notice.state, 'receive');
    requireWithin(input.quantity, notice, order);
    const tolerance = new Decimal(work.get(accounts, order.id).terms.prepayment?.shortageTolerance ?? 0);
    const counted = countedAsDelivered(notice.quantity, input.quantity, tolerance);
    const after = work.update(notices, notice.id, { state, received: input.quantity, counted });
    tellOfNotice(work, counted.lessThan(notice.quantity) ? 'received_short' : 'received', after);
    countDelivered(work, order, counted);
    return noticeAnswer(after);
  },
};

function requireWithin(quantity: Decimal, notice: NoticeRow, { step }: OrderRow): void {
  const fits = quantity.lessThanOrEqualTo(notice.quantity) && quantity.modulo(step).isZero();
  require(fits, 'not-a-whole-step', `the notice is for ${notice.quantity.toFixed()}`, {
    field: '/quantity',
    accepted: `a multiple of ${step.toFixed()}, at most ${notice.quantity.toFixed()}`,
  });
}

/** Goods with the distributor discharge the seller, unless the warehouse has had them from it already. */
function countDelivered(work: Workspace, order: OrderRow, counted: Decimal): void {
  const delivered = order.delivered.plus(counted);
  const whole = delivered.equals(order.quantity) && 'complete' in orderStages.arrows[order.stage];
  const stage = nextState(orderStages, order.stage, whole ? 'complete' : 'receive');
  const after = work.update(orders, order.id, { delivered, stage });
  if (order.custodianId === order.sellerId) {
    const value = deliveredValue(order, delivered).minus(deliveredValue(order, order.delivered));
    freeObligation(work, order, value);
  }
  if (whole) tell(work, 'completed', after);
}
