import { uuidv7 } from 'uuidv7';
import { type LoadedFinancings, principalAccountOf } from '../financing/loading.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { orderAnswer, tell } from './answer.ts';
import { knownArrivals } from './known-store.ts';
import { orderStages } from './lifecycle.ts';
import { financingOf, loadOrders, type OnOrder, scopeOfOrder } from './loading.ts';
import { freeObligation } from './obligation.ts';
import { convertedToInventory, goodsHeld } from './postings.ts';
import { deliveredValue } from './rules.ts';
import { accounts, arrivals, type OrderRow, orders } from './store.ts';

type Arrival = OnOrder & Readonly<{ quantity: Decimal; document: string }>;
type Loaded = LoadedFinancings & Readonly<{ known: Set<string> }>;

/**
 * A part of the goods has arrived in the supervised warehouse: the seller has delivered it, the bank holds it. With the
 * last part the loan on a promise becomes one on goods (先票后货). Each document of the warehouse counts once.
 */
export const recordArrival: UseCase<Arrival, ReturnType<typeof orderAnswer>, Loaded> = {
  name: 'prepayment.arrive',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const documents = commands.map(({ actor, input }) => ({ custodianId: actor.orgId, document: input.document }));
    const loaded = await loadOrders(work, inputs, {
      obligations: true,
      ledger: () => ['1104', '1105', '9003', '9999'],
    });
    return { ...loaded, known: await knownArrivals(work, documents) };
  },
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = work.get(orders, input.orderId);
    require(actor.orgId === order.custodianId &&
      order.custodianId !== order.sellerId, 'not-a-party', 'only the warehouse of the order records what arrives');
    const stage = nextState(orderStages, order.stage, 'arrive');
    requireNewDocument(work, loaded.known, `${actor.orgId} ${input.document}`);
    requireRoom(order, input.quantity);
    const arrived = order.arrived.plus(input.quantity);
    const value = deliveredValue(order, arrived).minus(deliveredValue(order, order.arrived));
    const after = work.update(orders, order.id, { arrived, stage });
    const { goods } = work.get(accounts, order.id);
    work.update(accounts, order.id, { goods: goods.plus(value) });
    const { id: orderId, bookId, buyerId, sellerId, custodianId } = order;
    const { document, quantity } = input;
    const parties = { orderId, bookId, buyerId, sellerId, custodianId };
    work.insert(arrivals, {
      ...parties,
      id: uuidv7(),
      document,
      quantity,
      arrivedOn: businessDate,
      createdAt: now.toISOString(),
    });
    freeObligation(work, order, value);
    const post = (kind: string, lines: Line[]) => {
      if (lines.length === 0) return;
      const journal = { bookId, kind, businessDate, subjectId: orderId, lines };
      ledgerOf(work).post(journal, { requestId: actor.requestId, now });
    };
    post('prepayment.goods_arrived', goodsHeld(value));
    if (arrived.equals(order.quantity)) post('prepayment.converted', convert(work, orderId, loaded));
    tell(work, 'arrived', after, { quantity: quantity.toFixed(), document });
    return orderAnswer(after, null);
  },
};

function requireNewDocument(work: Workspace, known: Set<string>, key: string): void {
  require(!known.has(key), 'already-exists', 'the document has been recorded', {
    field: '/document',
    accepted: 'a document of the warehouse that is not recorded yet',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

function requireRoom({ quantity, arrived, step }: OrderRow, coming: Decimal): void {
  const left = quantity.minus(arrived);
  require(coming.greaterThan(0) &&
    coming.modulo(step).isZero() &&
    coming.lessThanOrEqualTo(left), 'not-a-whole-step', `${left.toFixed()} are still to arrive`, {
    field: '/quantity',
    accepted: `a multiple of ${step.toFixed()}, at most ${left.toFixed()}`,
  });
}

/** Moves what is left of a performing loan to where loans on goods stand. */
function convert(work: Workspace, orderId: string, loaded: LoadedFinancings): Line[] {
  const financing = financingOf(work, orderId);
  if (financing === undefined || principalAccountOf(work, loaded, financing) !== '1104') return [];
  work.update(accounts, orderId, { converted: true });
  return convertedToInventory(financing.principal);
}
