import { uuidv7 } from 'uuidv7';
import type { LoadedFinancings } from '../financing/loading.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { workdaysAfter } from '../money/calendar.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { tellBuyer } from './answer.ts';
import { callStates, orderStages } from './lifecycle.ts';
import { type Answer, financingOf, loadOrders, type OnOrder, scopeOfOrder, wholeAnswer } from './loading.ts';
import { type Coverage, missingMargin, priceSignal } from './rules.ts';
import { acceptances, accounts, calls, orders, prices } from './store.ts';

/** What the bank has at stake in an order, in yuan: its loan, or the bill it has accepted, less the margin it holds. */
function exposureOf(work: Workspace, orderId: string): Decimal {
  const { held } = work.get(accounts, orderId);
  const accepted = work.find(acceptances, orderId);
  const promised = accepted?.acceptedOn != null && accepted.advanceId === null ? accepted.face : new Decimal(0);
  const lent = financingOf(work, orderId)?.principal ?? new Decimal(0);
  return Decimal.max(lent.plus(promised).minus(held), 0);
}

/** How the goods that are still to be released cover the bank, at a price per unit in yuan. */
function coverageOf(work: Workspace, orderId: string, price: Decimal): Coverage {
  const order = work.get(orders, orderId);
  return {
    exposure: exposureOf(work, orderId),
    undelivered: order.quantity.minus(order.noticed),
    price,
    basePrice: order.value.dividedBy(order.quantity),
    marginRatio: new Decimal(work.get(accounts, orderId).terms.prepayment?.marginRatio ?? 0),
  };
}

type Quoted = OnOrder & Readonly<{ price: Decimal; source: string; quotedAt: string }>;

/**
 * The bank records what a unit of the goods is worth. A fall to the call line with margin missing calls the
 * distributor for it, with so many business days to answer; a price that covers again cures the call.
 */
export const recordPrice: UseCase<Quoted, Answer, LoadedFinancings> = {
  name: 'prepayment.record_price',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, { input, now }, { reference }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = work.get(orders, input.orderId);
    nextState(orderStages, order.stage, 'pay');
    require(order.gradeId ===
      null, 'price-follows-grade', 'the price of the order follows the quotations of its grade');
    judgePrice(work, order.id, input, { on: businessDate, reference, now });
    return wholeAnswer(work, order.id, businessDate);
  },
};

type Price = Readonly<{ price: Decimal; source: string; quotedAt: string }>;

/** Records what a unit of the goods of a locked order is worth, and warns or calls the distributor, or cures its call. */
export function judgePrice(
  work: Workspace,
  orderId: string,
  { price, source, quotedAt }: Price,
  { on, reference, now }: Readonly<{ on: IsoDate; reference: Reference; now: Date }>,
): void {
  const account = work.get(accounts, orderId);
  const { bookId } = account;
  work.insert(prices, { id: uuidv7(), orderId, bookId, price, source, quotedAt, createdAt: now.toISOString() });
  const lines = account.terms.prepayment?.priceFall;
  const coverage = coverageOf(work, orderId, price);
  const signal = priceSignal(coverage, { warn: new Decimal(lines?.warn ?? 1), call: new Decimal(lines?.call ?? 1) });
  if (work.find(calls, orderId) !== undefined) work.update(calls, orderId, { price });
  if (signal === 'warning') tellBuyer(work, 'price_fell', account, { price: price.toFixed() });
  if (signal === 'call') {
    const dueOn = workdaysAfter(on, lines?.cureDays ?? 1, reference.calendar);
    callMargin(work, orderId, coverage, { calledOn: on, dueOn });
  } else reviewCall(work, orderId);
}

/** Calls for the margin that is missing. A call that stands keeps its due date: another fall gives no more time. */
function callMargin(
  work: Workspace,
  orderId: string,
  coverage: Coverage,
  days: Readonly<{ calledOn: IsoDate; dueOn: IsoDate }>,
): void {
  const account = work.get(accounts, orderId);
  const missing = missingMargin(coverage);
  const before = work.find(calls, orderId);
  const { bookId, buyerId } = account;
  if (before === undefined) {
    work.insert(calls, {
      orderId,
      bookId,
      buyerId,
      state: 'open',
      price: coverage.price,
      missing,
      ...days,
      version: 1,
    });
  } else {
    const renewed = 'cure' in callStates.arrows[before.state] ? {} : days;
    work.update(calls, orderId, {
      ...renewed,
      state: nextState(callStates, before.state, 'fall'),
      price: coverage.price,
      missing,
    });
  }
  tellBuyer(work, 'margin_called', account, { missing: formatMoney(missing), dueOn: days.dueOn });
}

/** Looks at a call that stands after margin, a payment or a price has come: cured when nothing is missing any more. */
export function reviewCall(work: Workspace, orderId: string): void {
  const call = work.find(calls, orderId);
  if (call === undefined || !('cure' in callStates.arrows[call.state])) return;
  const missing = missingMargin(coverageOf(work, orderId, call.price));
  const cured = missing.isZero();
  work.update(calls, orderId, { missing, ...(cured ? { state: nextState(callStates, call.state, 'cure') } : {}) });
  if (cured) tellBuyer(work, 'margin_call_cured', work.get(accounts, orderId));
}

/** Refuses while a margin call is not cured: no goods leave before the margin is there. */
export function requireNoCall(work: Workspace, orderId: string): void {
  const call = work.find(calls, orderId);
  const stands = call !== undefined && 'cure' in callStates.arrows[call.state];
  require(!stands, 'margin-call-open', `a margin of ${formatMoney(call?.missing ?? new Decimal(0))} is called for`, {
    accepted: `extra margin of ${formatMoney(call?.missing ?? new Decimal(0))}`,
  });
}
