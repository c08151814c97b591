import { financingLifecycle } from '../financing/lifecycle.ts';
import { type LoadedFinancings, principalAccountOf } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell, undeliveredValue } from './answer.ts';
import { knownRefunds } from './known-store.ts';
import { orderStages } from './lifecycle.ts';
import {
  type Answer,
  answerFor,
  financingOf,
  loadOrders,
  type OnOrder,
  type OnVersion,
  orderFor,
  scopeOfOrder,
} from './loading.ts';
import { freeObligation } from './obligation.ts';
import { record } from './payment.ts';
import { claimEnded, refundClaimed, refundReceived, refundResidual, trustOf } from './postings.ts';
import { owedAtExpiry } from './rules.ts';
import { type OrderRow, obligations, orders } from './store.ts';

type Refund = OnOrder & Readonly<{ amount: Decimal; from: 'outside' | 'deposit'; bankReference: string | null }>;
type Loaded = LoadedFinancings & Readonly<{ known: Set<string> }>;
type Context = Readonly<{ command: Command<OnOrder>; businessDate: string; loaded: LoadedFinancings }>;

/**
 * The seller refunds (差额退款) or buys back (回购) what it has not delivered: told by the bank when the money came from
 * outside, or from the seller's own deposit. The debt takes its part in the order of the waterfall, the rest is the
 * distributor's.
 */
export const refundOrder: UseCase<Refund, Answer, Loaded> = {
  name: 'prepayment.refund',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const loaded = await loadOrders(work, inputs, {
      obligations: true,
      ledger: ({ buyerId, sellerId }) => [
        '1001',
        '1109',
        '1120',
        '1133',
        `2001/${buyerId}`,
        `2001/${sellerId}`,
        trustOf(sellerId),
      ],
    });
    return { ...loaded, known: await knownRefunds(work, inputs) };
  },
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const context = { command, businessDate, loaded };
    const order = work.get(orders, input.orderId);
    const payer = input.from === 'outside' ? order.bookId : order.sellerId;
    require(actor.orgId === payer, 'not-a-party', 'the seller pays from its deposit, its bank tells of other money');
    nextState(orderStages, order.stage, 'refund');
    requireNewReference(work, loaded.known, input);
    const owed = owedBySeller(work, order, businessDate);
    if (input.amount.greaterThan(owed)) {
      throw new Refusal('amount-exceeds-due', `the seller owes ${formatMoney(owed)}`, {
        field: '/amount',
        accepted: `at most ${formatMoney(owed)}`,
        due: formatMoney(owed),
      });
    }
    const { sellerId: seller, buyerId: buyer } = order;
    post(
      work,
      order,
      context,
      'prepayment.refund_received',
      refundReceived({ seller, amount: input.amount, from: input.from }),
    );
    const rest = payDebt(work, order, input.amount, context);
    post(work, order, context, 'prepayment.refund_residual', refundResidual({ seller, buyer, amount: rest }));
    record(work, order, { kind: 'refund', amount: input.amount, bankReference: input.bankReference }, context);
    settleRefund(work, order, { amount: input.amount, whole: input.amount.equals(owed) }, context);
    return answerFor(work, command);
  },
};

/** What the seller still owes for an order that has expired, in yuan. */
function owedBySeller(work: Workspace, order: OrderRow, on: string): Decimal {
  const financing = financingOf(work, order.id);
  const debt = financing === undefined ? new Decimal(0) : totalDue(duesAt(financing, on));
  const undelivered = undeliveredValue(order);
  const whole = owedAtExpiry(order.clause ?? 'refund', { undelivered, debt: debt.plus(order.refunded) });
  return Decimal.max(whole.minus(order.refunded), 0);
}

function requireNewReference(work: Workspace, known: Set<string>, { bookId, bankReference }: Refund): void {
  if (bankReference === null) return;
  const key = `${bookId} ${bankReference}`;
  require(!known.has(key), 'duplicate-bank-reference', 'this payment of the bank has been booked already', {
    field: '/bankReference',
    accepted: 'the reference of a payment not booked yet',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

/** Pays what is owed for the order out of the seller's money and answers what is left of it. */
function payDebt(
  work: Workspace,
  order: OrderRow,
  amount: Decimal,
  { command, businessDate, loaded }: Context,
): Decimal {
  const financing = financingOf(work, order.id);
  if (financing === undefined) return amount;
  const from = trustOf(order.sellerId);
  const { actor, now } = command;
  const payment = { amount, source: 'collection', from, businessDate, requestId: actor.requestId, now } as const;
  return applyPayment(work, financing, payment, loaded).unapplied;
}

function settleRefund(
  work: Workspace,
  { id, clause }: OrderRow,
  { amount, whole }: Readonly<{ amount: Decimal; whole: boolean }>,
  context: Context,
): void {
  const before = work.get(orders, id);
  const left = Decimal.max(undeliveredValue(before).minus(before.refunded), 0);
  freeObligation(work, before, Decimal.min(amount, left));
  const event = !whole ? 'refund' : clause === 'repurchase' ? 'repurchase_all' : 'refund_all';
  const after = work.update(orders, id, {
    refunded: before.refunded.plus(amount),
    stage: nextState(orderStages, before.stage, event),
  });
  if (whole && isClaimed(before)) endClaim(work, before, after, context);
  tell(work, whole ? after.stage : 'refunded_in_part', after, { amount: formatMoney(amount) });
}

/** Nothing is claimed from the seller any more; what the distributor still owes stands as overdue again. */
function endClaim(work: Workspace, before: OrderRow, after: OrderRow, context: Context): void {
  const { claims } = work.get(obligations, before.programmeId);
  work.update(obligations, before.programmeId, { claims: claims - 1 });
  const financing = financingOf(work, before.id);
  if (financing === undefined) return;
  const to = principalAccountOf(work, context.loaded, financing);
  post(work, after, context, 'prepayment.claim_ended', claimEnded({ to, principal: financing.principal }));
}

const isClaimed = ({ stage }: OrderRow): boolean => stage === 'claimed';

/**
 * The seller has neither delivered nor refunded: the bank claims what it is owed from the seller itself. Principal moves
 * to claims, and the seller's obligations under the programme are frozen until it has paid.
 */
export const claimRefund: UseCase<OnVersion, Answer, LoadedFinancings> = {
  name: 'prepayment.claim',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { obligations: true, ledger: () => ['1109', '1120', '1133'] },
    ),
  decide: (work, command, loaded) => {
    const { input } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = orderFor(work, input);
    const stage = nextState(orderStages, order.stage, 'claim');
    const financing = financingOf(work, order.id) as FinancingRow;
    const from = principalAccountOf(work, loaded, financing);
    work.update(financings, financing.id, {
      status: nextState(financingLifecycle, financing.status, 'claim_recourse'),
    });
    const { claims } = work.get(obligations, order.programmeId);
    work.update(obligations, order.programmeId, { claims: claims + 1 });
    const after = work.update(orders, order.id, { stage });
    const lines = refundClaimed({ from, principal: financing.principal });
    post(work, after, { command, businessDate, loaded }, 'prepayment.claimed', lines);
    tell(work, 'claimed', after, { undelivered: formatMoney(undeliveredValue(after)) });
    return answerFor(work, command);
  },
};

function post(work: Workspace, order: OrderRow, { command, businessDate }: Context, kind: string, lines: Line[]): void {
  if (lines.length === 0) return;
  const journal = { bookId: order.bookId, kind, businessDate, subjectId: order.id, lines };
  ledgerOf(work).post(journal, { requestId: command.actor.requestId, now: command.now });
}
