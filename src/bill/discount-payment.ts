import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { Hold } from '../ledger/records.ts';
import { releaseReservation, useLimit } from '../limit/path.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { splitVat } from '../money/tax.ts';
import { recordOutcome } from '../payment/commands.ts';
import type { PaymentOutcome } from '../payment/rules.ts';
import { draftPayment, payments } from '../payment/store.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discountAnswer, tellDiscount } from './discount-answer.ts';
import { discountLifecycle, discountLineStates } from './discount-lifecycle.ts';
import { type LoadedDeals, type LocatedDiscount, linesOf, locatedScope, lockDiscounts } from './discount-loading.ts';
import { billDiscountEarned, discountSettled } from './discount-postings.ts';
import {
  type BuyerHold,
  billDiscounts,
  type DiscountLineRow,
  type DiscountRow,
  discountLines,
} from './discount-store.ts';
import { billStandings } from './lifecycle.ts';
import { marketDay } from './market.ts';
import { acceptOffer, completeOffer, endOffer } from './offers.ts';
import { BILL_MARKET, type BillHoldingRow, billHoldings, billOffers, markets } from './store.ts';

type Settling = Readonly<{ discount: DiscountRow; lines: readonly DiscountLineRow[]; now: Date }>;

/** The hold of a buyer's part of the interest. */
export const holdOf = ({ bookId, number }: DiscountRow, { id, buyerId, amount }: BuyerHold): Hold => ({
  bookId,
  id,
  account: `2001/${buyerId}`,
  amount: new Decimal(amount),
  reason: `interest of discount ${number}`,
  expiresOn: null,
});

/** The bank pays: offers are agreed to and wait for the money, which one instruction brings to the seller. */
export function instructPayment(
  work: Workspace,
  { discount, lines, now }: Settling,
  { accounts }: Pick<LoadedDeals, 'accounts'>,
): DiscountRow {
  const today = marketDay(work);
  const { businessDate } = requireOpenBook(work, discount.bookId);
  if (businessDate !== discount.valueDate) {
    throw new Refusal('quote-expired', `the price was for ${discount.valueDate}`, { accepted: 'a new quote' });
  }
  const account = accounts.get(discount.payeeAccountId);
  if (account?.orgId !== discount.sellerId || account.status !== 'verified') {
    throw new Refusal('account-not-verified', 'the account to be paid has not been verified', {
      field: '/payeeAccountId',
      accepted: 'a verified settlement account of the seller',
    });
  }
  for (const { offerId } of lines) acceptOffer(work, work.get(billOffers, offerId), today);
  const payment = draftPayment({
    bookId: discount.bookId,
    purpose: 'bill_discount',
    subjectId: discount.id,
    payee: { id: account.orgId, name: account.holderName, account: account.accountNumber, bank: account.cnaps },
    amount: discount.proceeds,
    businessDate,
    now,
  });
  work.insert(payments, payment);
  work.wakes.add('payments');
  const event = discount.status === 'proposed' ? 'approve' : 'pay';
  const after = work.update(billDiscounts, discount.id, {
    status: nextState(discountLifecycle, discount.status, event),
    paymentId: payment.id,
  });
  tellDiscount(work, 'paying', after, { paymentId: payment.id });
  return after;
}

type Undoing = Settling &
  Readonly<{
    event: 'reject' | 'cancel' | 'lapse' | 'payment_failed';
    on: IsoDate;
    businessDate: IsoDate;
    endedHolds: ReadonlySet<string>;
    note: string | null;
  }>;
const offerEvents = { reject: 'refuse', cancel: 'withdraw', lapse: 'lapse' } as const;
/** 清分失败: what two had agreed on, and the money did not clear. */
const NOT_CLEARED = 'SU02';

/** A discount comes to nothing: bills, limits and the buyers' money are as they were before. */
export function undoDiscount(
  work: Workspace,
  { discount, lines, event, on, businessDate, endedHolds, note, now }: Undoing,
): DiscountRow {
  const status = nextState(discountLifecycle, discount.status, event);
  for (const line of lines) {
    const offer = work.get(billOffers, line.offerId);
    if (event === 'payment_failed') endOffer(work, offer, 'fail', { on, code: NOT_CLEARED, reason: note });
    else if (offer.state === 'pending') endOffer(work, offer, offerEvents[event], { on, reason: note });
    const state = nextState(discountLineStates, line.state, 'void');
    work.update(discountLines, line.id, { state, endedOn: businessDate });
  }
  releaseReservation(work, discount.limitPath, discount.face, { financingId: discount.id, on: businessDate, now });
  for (const hold of discount.holds) {
    if (!endedHolds.has(hold.id)) ledgerOf(work).endHold(holdOf(discount, hold), 'released');
  }
  const after = work.update(billDiscounts, discount.id, { status, note });
  tellDiscount(work, status, after, note === null ? {} : { reason: note });
  return after;
}

type Outcome = LocatedDiscount & Readonly<{ paymentId: string; outcome: PaymentOutcome }>;

/**
 * The bank's answer to the payment of a discount. Settled: the bills are the bank's, booked at the figures that were
 * quoted, and earn from this business day. Refused: everything as before.
 */
export const recordDiscountPayment: UseCase<Outcome, unknown, LoadedDeals> = {
  name: 'bill_discount.record_payment',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => locatedScope(input),
  load: (work, commands) =>
    lockDiscounts(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const on = work.get(markets, BILL_MARKET).businessDate;
    const discount = work.get(billDiscounts, input.discountId);
    recordOutcome(work, input.paymentId, input.outcome);
    // Money that comes back after it had settled stays on the seller's deposit: the bills have been sold.
    if (discount.status !== 'paying') return { status: discount.status };
    const lines = linesOf(work, loaded, discount.id);
    const { endedHolds } = loaded;
    if (input.outcome.state !== 'settled') {
      const note = input.outcome.reasonCode;
      const undone = { discount, lines, event: 'payment_failed', on, businessDate, endedHolds, note, now } as const;
      return discountAnswer(undoDiscount(work, undone));
    }
    for (const hold of discount.holds) {
      if (!endedHolds.has(hold.id)) ledgerOf(work).endHold(holdOf(discount, hold), 'posted');
    }
    for (const line of lines) takeOver(work, line, { discount, on, businessDate });
    useLimit(work, discount.limitPath, discount.face, { financingId: discount.id, on: businessDate, now });
    const after = work.update(billDiscounts, discount.id, {
      status: nextState(discountLifecycle, discount.status, 'payment_settled'),
      settledOn: businessDate,
    });
    postSettled(work, after, { lines, businessDate, requestId: actor.requestId, now });
    tellDiscount(work, 'settled', after);
    return discountAnswer(after);
  },
};

/** One bill passes to the bank. */
function takeOver(
  work: Workspace,
  line: DiscountLineRow,
  { discount, on, businessDate }: Readonly<{ discount: DiscountRow; on: IsoDate; businessDate: IsoDate }>,
): void {
  const holding = work.get(billHoldings, line.holdingId);
  const { bookId, sellerId } = discount;
  const step = { kind: 'discount', fromId: sellerId, toId: bookId, on, transferable: true } as const;
  const effect: Partial<BillHoldingRow> = {
    standing: nextState(
      billStandings,
      holding.standing,
      discount.kind === 'repo' ? 'discount_for_redemption' : 'discount',
    ),
    holderId: bookId,
    fromId: sellerId,
    bookId,
    title: { ...holding.title, steps: [...holding.title.steps, step] },
  };
  completeOffer(work, work.get(billOffers, line.offerId), effect, 'SU00');
  work.update(discountLines, line.id, {
    state: nextState(discountLineStates, line.state, 'settle'),
    earnsFrom: businessDate,
  });
}

type Posting = Readonly<{ lines: readonly DiscountLineRow[]; businessDate: IsoDate; requestId: string; now: Date }>;

function postSettled(work: Workspace, discount: DiscountRow, { lines, businessDate, requestId, now }: Posting): void {
  const { id, bookId, sellerId, face, interest, proceeds, holds } = discount;
  const buyers = holds.map(({ buyerId, amount }) => ({ buyerId, amount: new Decimal(amount) }));
  // A bill that the bank pays for on its maturity or later has no day left to earn its interest on.
  const late = lines.filter(({ earnsUntil }) => daysBetween(businessDate, earnsUntil) <= 0);
  const gross = late.reduce((sum, line) => sum.plus(line.interest), new Decimal(0));
  const tax = late.reduce((sum, line) => sum.plus(splitVat(line.interest, line.vatRate).vat), new Decimal(0));
  const journals = [
    { kind: 'bill_discount.settled', lines: discountSettled({ seller: sellerId, face, interest, proceeds, buyers }) },
    { kind: 'bill_discount.earned', lines: billDiscountEarned({ gross, tax }) },
  ];
  for (const journal of journals.filter((each) => each.lines.length > 0)) {
    ledgerOf(work).post({ bookId, businessDate, subjectId: id, ...journal }, { requestId, now });
  }
}
