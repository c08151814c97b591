import { duesAt, totalDue } from '../financing/meters.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell, undeliveredValue } from './answer.ts';
import { ordersWithOpenNotices } from './known-store.ts';
import { acceptanceStates, orderStages } from './lifecycle.ts';
import { type Answer, answerFor, financingOf, loadOrders, type OnVersion, orderFor, scopeOfOrder } from './loading.ts';
import { freeObligation } from './obligation.ts';
import { record } from './payment.ts';
import { marginOf, marginReturned } from './postings.ts';
import { acceptances, accounts, type OrderRow, orders } from './store.ts';

/** Nothing is owed and no goods are under way: the order ends, and what is left of the margin goes back. */
export const closeOrder: UseCase<OnVersion, Answer, Set<string>> = {
  name: 'prepayment.close',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    await loadOrders(work, inputs, {
      obligations: true,
      ledger: ({ buyerId }) => [`2001/${buyerId}`, marginOf(buyerId)],
    });
    return ordersWithOpenNotices(
      work,
      inputs.map(({ orderId }) => orderId),
    );
  },
  decide: (work, command, open) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = orderFor(work, input);
    const party = actor.orgId === order.buyerId || actor.orgId === order.bookId;
    require(party, 'not-a-party', 'only the distributor or its bank closes an order');
    const stage = nextState(orderStages, order.stage, 'close');
    requireNothingOwed(work, order, businessDate);
    require(!open.has(order.id), 'goods-under-way', 'release notices are still to be answered');
    const { held } = work.get(accounts, order.id);
    if (held.greaterThan(0)) {
      const lines = marginReturned({ buyer: order.buyerId, amount: held });
      const journal = {
        bookId: order.bookId,
        kind: 'prepayment.margin_returned',
        businessDate,
        subjectId: order.id,
        lines,
      };
      ledgerOf(work).post(journal, { requestId: actor.requestId, now });
      record(work, order, { kind: 'returned', amount: held, bankReference: null }, { command, businessDate });
    }
    work.update(accounts, order.id, { held: new Decimal(0), extra: new Decimal(0) });
    freeObligation(work, order, Decimal.max(undeliveredValue(order).minus(order.refunded), 0));
    const after = work.update(orders, order.id, { stage });
    tell(work, 'closed', after);
    return answerFor(work, command);
  },
};

function requireNothingOwed(work: Workspace, order: OrderRow, on: string): void {
  const financing = financingOf(work, order.id);
  const acceptance = work.find(acceptances, order.id);
  const debt = financing === undefined ? new Decimal(0) : totalDue(duesAt(financing, on));
  const promised = acceptance !== undefined && 'pay' in acceptanceStates.arrows[acceptance.state];
  require(debt.isZero() && !promised, 'debt-outstanding', promised
    ? 'the bill is not paid yet'
    : `${formatMoney(debt)} is owed`, {
    due: formatMoney(promised ? acceptance.face : debt),
    accepted: 'an order for which nothing is owed',
  });
}
