import { uuidv7 } from 'uuidv7';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { LoadedFinancings } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment, type Payment } from '../financing/repayment.ts';
import type { FinancingRow } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell, tellBuyer } from './answer.ts';
import { orderStages } from './lifecycle.ts';
import { type Answer, financingOf, loadOrders, type OnOrder, scopeOfOrder, wholeAnswer } from './loading.ts';
import { marginDeposited, marginOf } from './postings.ts';
import { reviewCall } from './price.ts';
import { interestOnPart } from './rules.ts';
import { type AccountRow, acceptances, accounts, type MovementRow, movements, type OrderRow, orders } from './store.ts';

type Paying = OnOrder & Readonly<{ amount: Decimal }>;
type Context = Readonly<{ command: Command<Paying>; businessDate: string; loaded: LoadedFinancings }>;

/** The shape of every payment of a distributor about its order: from its deposit, on the business day. */
const paying = (
  name: string,
  pay: (work: Workspace, order: OrderRow, account: AccountRow, context: Context) => void,
): UseCase<Paying, Answer, LoadedFinancings> => ({
  name,
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { ledger: ({ buyerId }) => [`2001/${buyerId}`, marginOf(buyerId)] },
    ),
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = work.get(orders, input.orderId);
    require(actor.orgId === order.buyerId, 'not-a-party', 'only the distributor pays for its order');
    pay(work, order, work.get(accounts, order.id), { command, businessDate, loaded });
    reviewCall(work, order.id);
    return wholeAnswer(work, order.id, businessDate);
  },
});

/** The first margin, whole or in parts: from the distributor's deposit into its margin account. */
export const depositMargin = paying('prepayment.deposit_margin', (work, order, account, context) => {
  const { amount } = context.command.input;
  nextState(orderStages, order.stage, 'deposit');
  const missing = account.margin.minus(account.deposited);
  requireAtMost(amount, missing, 'of the first margin is missing');
  intoMargin(work, order, amount, 'margin', context);
  work.update(accounts, order.id, { deposited: account.deposited.plus(amount), held: account.held.plus(amount) });
  const event = amount.equals(missing) ? 'complete_margin' : 'deposit';
  const after = work.update(orders, order.id, { stage: nextState(orderStages, order.stage, event) });
  if (event === 'complete_margin') tell(work, 'margin_paid', after);
  else tellBuyer(work, 'margin_paid_in_part', work.get(accounts, order.id), { amount: formatMoney(amount) });
});

/** Margin beyond what the order asks for, such as after a fall in price: it secures, and frees no goods. */
export const addExtraMargin = paying('prepayment.add_margin', (work, order, account, context) => {
  const { amount } = context.command.input;
  nextState(orderStages, order.stage, 'pay');
  intoMargin(work, order, amount, 'extra_margin', context);
  const after = work.update(accounts, order.id, {
    extra: account.extra.plus(amount),
    held: account.held.plus(amount),
  });
  tellBuyer(work, 'margin_added', after, { amount: formatMoney(amount) });
});

/**
 * Cash for the release of goods, as the programme has it: it repays principal, with the interest on that part on top
 * or all interest due first, or it stays in the margin account until maturity. Refuses more than the bank's part.
 */
export const payForRelease = paying('prepayment.pay', (work, order, account, context) => {
  const { amount } = context.command.input;
  nextState(orderStages, order.stage, 'pay');
  const left = account.value.minus(account.margin).minus(account.paidIn);
  if (account.terms.prepayment?.cash === 'deposit') {
    requireAtMost(amount, left, 'of the bank’s part is left to be paid');
    intoMargin(work, order, amount, 'release', context);
    work.update(accounts, order.id, { paidIn: account.paidIn.plus(amount), held: account.held.plus(amount) });
    freeAcceptance(work, order.id, amount, context);
  } else repayForRelease(work, order, account, context);
  tellBuyer(work, 'paid', work.get(accounts, order.id), { amount: formatMoney(amount) });
});

function repayForRelease(work: Workspace, order: OrderRow, account: AccountRow, context: Context): void {
  const { command, businessDate, loaded } = context;
  const { amount } = command.input;
  const financing = financingOf(work, order.id);
  if (financing === undefined) throw new Error(`order ${order.id} is funded by no loan`);
  nextState(financingLifecycle, financing.status, 'repay');
  const dues = duesAt(financing, businessDate);
  const onPart = account.terms.prepayment?.interest === 'on_part';
  requireAtMost(amount, onPart ? financing.principal : totalDue(dues), 'is owed');
  const payment: Payment = {
    amount,
    source: 'borrower',
    from: `2001/${order.buyerId}`,
    businessDate,
    requestId: command.actor.requestId,
    now: command.now,
  };
  applyPayment(work, financing, onPart ? withInterest(financing, payment) : payment, loaded);
  record(work, order, { kind: 'release', amount, bankReference: null }, context);
}

/** The payment of a part of the principal and of the interest on that part (利随本清). */
function withInterest(financing: FinancingRow, payment: Payment): Payment {
  const { interest: due } = duesAt(financing, payment.businessDate);
  const interest = interestOnPart(due, financing.principal, payment.amount);
  const none = new Decimal(0);
  const against = { fees: none, compoundInterest: none, penaltyInterest: none, interest, principal: payment.amount };
  return { ...payment, amount: payment.amount.plus(interest), against };
}

/** What the margin account holds for the bill, the bank does not have at stake any more. */
function freeAcceptance(work: Workspace, orderId: string, amount: Decimal, { command, businessDate }: Context): void {
  const acceptance = work.find(acceptances, orderId);
  if (acceptance === undefined) return;
  freeLimit(work, acceptance.limitPath, amount, { financingId: acceptance.id, on: businessDate, now: command.now });
  work.update(acceptances, orderId, { reserved: acceptance.reserved.minus(amount) });
}

function requireAtMost(amount: Decimal, most: Decimal, what: string): void {
  if (amount.lessThanOrEqualTo(most)) return;
  throw new Refusal('amount-exceeds-due', `${formatMoney(most)} ${what}`, {
    field: '/amount',
    accepted: `at most ${formatMoney(most)}`,
    due: formatMoney(most),
  });
}

function intoMargin(
  work: Workspace,
  order: OrderRow,
  amount: Decimal,
  kind: MovementRow['kind'],
  context: Context,
): void {
  const { command, businessDate } = context;
  const lines = marginDeposited({ buyer: order.buyerId, amount });
  ledgerOf(work).post(
    { bookId: order.bookId, kind: `prepayment.${kind}`, businessDate, subjectId: order.id, lines },
    { requestId: command.actor.requestId, now: command.now },
  );
  record(work, order, { kind, amount, bankReference: null }, context);
}

/** Keeps what moved because of an order. */
export function record(
  work: Workspace,
  { id, bookId, buyerId }: OrderRow,
  moved: Pick<MovementRow, 'kind' | 'amount' | 'bankReference'>,
  { command, businessDate }: Readonly<{ command: Readonly<{ now: Date }>; businessDate: string }>,
): void {
  work.insert(movements, {
    ...moved,
    id: uuidv7(),
    orderId: id,
    bookId,
    buyerId,
    movedOn: businessDate,
    createdAt: command.now.toISOString(),
  });
}
