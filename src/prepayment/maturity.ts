import { born, untouched } from '../financing/application.ts';
import type { LoadedFinancings } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment, type Payment } from '../financing/repayment.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tell, tellBuyer, tellOfNotice } from './answer.ts';
import { lateNotices, maturedOrders, ordersToPrompt, quotedOrders, unansweredCalls } from './day-store.ts';
import { expireOrder } from './keeper.ts';
import { acceptanceStates, callStates } from './lifecycle.ts';
import { financingOf, loadOrders, type OnOrder } from './loading.ts';
import { acceptanceEnded, billPaid, marginOf } from './postings.ts';
import { judgePrice } from './price.ts';
import {
  type AcceptanceRow,
  type AccountRow,
  acceptances,
  accounts,
  calls,
  lockOrders,
  notices,
  type OrderRow,
  orders,
} from './store.ts';

export type Day = Readonly<{ bookId: string; on: IsoDate; now: Date; requestId: string }>;

const AT_A_TIME = 200;

/**
 * Orders whose funding is due by the end of a day, some at a time: the margin account pays, and what it lacks for a bill
 * the bank advances. Answers how many there were.
 */
export async function matureOrders(work: Workspace, day: Day): Promise<number> {
  const due: OnOrder[] = await maturedOrders(work, day.bookId, day.on, AT_A_TIME);
  if (due.length === 0) return 0;
  const loaded = await loadOrders(work, due, {
    ledger: ({ buyerId }) => ['1001', '1109', '9002', '9999', marginOf(buyerId)],
  });
  for (const { orderId } of due) {
    const order = work.get(orders, orderId);
    const acceptance = work.find(acceptances, orderId);
    if (acceptance === undefined) payLoan(work, order, loaded, day);
    else payBill(work, order, acceptance, loaded, day);
  }
  return due.length;
}

/**
 * Orders of a grade that the bank has quoted anew, some at a time: a fall calls for margin, a rise may cure the call.
 * Answers how many there were.
 */
export async function followQuotations(work: Workspace, day: Day): Promise<number> {
  const quoted = await quotedOrders(work, day.bookId, day.now, AT_A_TIME);
  if (quoted.length === 0) return 0;
  const { reference } = await loadOrders(work, quoted);
  for (const { orderId, ...price } of quoted) judgePrice(work, orderId, price, { ...day, reference });
  return quoted.length;
}

/** Cash that lay in the margin account for release pays principal, extra margin whatever is owed. */
function payLoan(work: Workspace, { id, buyerId }: OrderRow, loaded: LoadedFinancings, day: Day): void {
  const { held, extra } = work.get(accounts, id);
  const payment = {
    source: 'top_up',
    from: marginOf(buyerId),
    businessDate: day.on,
    requestId: day.requestId,
    now: day.now,
  } as const;
  const none = new Decimal(0);
  const pay = (amount: Decimal, against?: Payment['against']): Decimal => {
    const financing = financingOf(work, id) as FinancingRow;
    if (amount.isZero() || financing.settledOn !== null) return none;
    const applied = applyPayment(work, financing, { ...payment, amount, ...(against && { against }) }, loaded);
    const account = work.get(accounts, id);
    work.update(accounts, id, { held: account.held.minus(amount.minus(applied.unapplied)) });
    return applied.repayment?.principal ?? none;
  };
  const { principal } = financingOf(work, id) as FinancingRow;
  const forRelease = Decimal.min(held.minus(extra), principal);
  const owed = { fees: none, penaltyInterest: none, compoundInterest: none, interest: none, principal: forRelease };
  pay(forRelease, owed);
  const financing = financingOf(work, id) as FinancingRow;
  const freed = pay(Decimal.min(extra, totalDue(duesAt(financing, day.on))));
  const account = work.get(accounts, id);
  const funded = account.value.minus(account.margin);
  work.update(accounts, id, {
    extra: Decimal.min(account.extra, account.held),
    paidIn: Decimal.min(account.paidIn.plus(freed), funded),
  });
}

/** The bank pays the bill: from the margin, and what that lacks by an advance, which is a financing overdue from today. */
function payBill(
  work: Workspace,
  order: OrderRow,
  acceptance: AcceptanceRow,
  { reference }: LoadedFinancings,
  day: Day,
): void {
  const account = work.get(accounts, order.id);
  const fromMargin = Decimal.min(account.held, acceptance.face);
  const advanced = acceptance.face.minus(fromMargin);
  post(work, order, day, 'prepayment.bill_paid', billPaid({ buyer: order.buyerId, fromMargin, advanced }));
  post(work, order, day, 'prepayment.acceptance_ended', acceptanceEnded(acceptance.face));
  const freed = acceptance.reserved.minus(advanced);
  const context = { financingId: acceptance.id, on: day.on, now: day.now };
  if (freed.greaterThan(0)) freeLimit(work, acceptance.limitPath, freed, context);
  const whole = advanced.isZero();
  const daily = whole ? new Decimal(0) : reference.requireParameter('acceptance.advanceDailyRate', day.on).value;
  const advance = whole ? null : advanceOf(order, acceptance, account, { advanced, daily, day });
  if (advance !== null) insertAdvance(work, order, advance);
  const held = account.held.minus(fromMargin);
  work.update(accounts, order.id, {
    held,
    extra: held,
    paidIn: account.value.minus(account.margin).minus(advanced),
    financingId: advance?.id ?? null,
  });
  work.update(acceptances, order.id, {
    state: nextState(acceptanceStates, acceptance.state, whole ? 'pay' : 'advance'),
    reserved: advanced,
    advanceId: advance?.id ?? null,
  });
  tellBuyer(work, whole ? 'bill_paid' : 'bill_advanced', account, { advanced: formatMoney(advanced) });
  if (!whole) expireOrder(work, order, day.on);
}

type Advanced = Readonly<{ advanced: Decimal; daily: Decimal; day: Day }>;

/** An advance bears the statutory rate by the day, actual/360 like everything else: 360 days of it are its annual rate. */
function advanceOf(
  order: OrderRow,
  acceptance: AcceptanceRow,
  { terms, programmeVersion }: AccountRow,
  { advanced, daily, day }: Advanced,
): FinancingRow {
  const annual = daily.times(360);
  const none = new Decimal(0);
  const { on } = day;
  return {
    ...untouched,
    ...born(day.now),
    bookId: order.bookId,
    chainId: order.chainId,
    programmeId: order.programmeId,
    programmeVersion,
    product: 'bill_acceptance',
    borrowerId: order.buyerId,
    debtorId: order.sellerId,
    status: 'overdue',
    face: advanced,
    amount: advanced,
    terms,
    rate: annual,
    referenceRate: null,
    referenceOn: null,
    penaltyRate: annual,
    vatRate: acceptance.vatRate,
    fee: none,
    discount: none,
    debtorDiscount: none,
    valueDate: on,
    dueDate: on,
    maturityDate: on,
    overdueFrom: on,
    principal: advanced,
    accruing: 'penalty',
    segmentFrom: on,
    overdueSince: on,
    payeeAccountId: null,
    limitPath: acceptance.limitPath,
    approvalId: acceptance.approvalId,
  };
}

function insertAdvance(work: Workspace, order: OrderRow, advance: FinancingRow): void {
  work.insert(financings, advance);
  const item: FinancingItemRow = {
    financingId: advance.id,
    itemId: order.id,
    bookId: order.bookId,
    borrowerId: order.buyerId,
    kind: 'order',
    receivableId: null,
    amount: advance.amount,
  };
  work.insert(financingItems, item);
}

function post(work: Workspace, order: OrderRow, day: Day, kind: string, lines: Line[]): void {
  const journal = { bookId: order.bookId, kind, businessDate: day.on, subjectId: order.id, lines };
  ledgerOf(work).post(journal, { requestId: day.requestId, now: day.now });
}

/**
 * What a day leaves unanswered, some at a time: sellers are prompted before orders expire, release notices are late,
 * margin calls lapse. Answers how many there were.
 */
export async function remindParties(work: Workspace, day: Day): Promise<number> {
  const toPrompt = await ordersToPrompt(work, day.bookId, day.on, AT_A_TIME);
  const late = await lateNotices(work, day.bookId, day.on, AT_A_TIME);
  const unanswered = await unansweredCalls(work, day.bookId, day.on, AT_A_TIME);
  await lockOrders(work, [...toPrompt, ...unanswered]);
  await work.lock(notices, late);
  await work.lock(calls, unanswered);
  for (const id of toPrompt) {
    const order = work.update(orders, id, { prompted: true });
    tell(work, order.clause === 'repurchase' ? 'repurchase_prompted' : 'refund_prompted', order, {
      expiresOn: order.expiresOn,
    });
  }
  for (const id of late) tellOfNotice(work, 'late', work.update(notices, id, { late: true }));
  for (const id of unanswered) {
    const { state } = work.get(calls, id);
    work.update(calls, id, { state: nextState(callStates, state, 'lapse') });
    tellBuyer(work, 'margin_call_lapsed', work.get(accounts, id));
  }
  return toPrompt.length + late.length + unanswered.length;
}
