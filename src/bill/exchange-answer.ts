import { books } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { HoldEndKind } from '../ledger/records.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { accepted, discharge } from './acceptance.ts';
import { giveBackTrade } from './background.ts';
import {
  acceptingBooks,
  bookAcceptance,
  endedHolds,
  lockAcceptanceMoney,
  recordPledge,
  undoAcceptance,
} from './bank-acceptance.ts';
import { endorsed, restored } from './endorsement.ts';
import type { ExchangeAnswer } from './exchange.ts';
import { guaranteed } from './guarantee.ts';
import { billStandings, type OfferKind } from './lifecycle.ts';
import { lockMarket } from './market.ts';
import { completeOffer, endOffer } from './offers.ts';
import { pledged, released } from './pledge.ts';
import { received } from './receipt.ts';
import {
  acceptors,
  BILL_MARKET,
  type BillHoldingRow,
  type BillMessageRow,
  type BillOfferRow,
  type BillRow,
  billBackgrounds,
  billHoldings,
  billMessages,
  billOffers,
  bills,
  markets,
} from './store.ts';

export type FinalAnswer = Exclude<ExchangeAnswer, string>;
/** What the exchange said to a message, and whose rows it touches. */
export type Told = Readonly<{
  messageId: string;
  chainId: string;
  /** Acceptor, drawer and both sides of the offer: their profile or book may change. */
  parties: readonly string[];
  answer: FinalAnswer;
}>;
type Loaded = Readonly<{ reference: Reference; ended: ReadonlyMap<string, HoldEndKind> }>;
type Occasion = Readonly<{ offer: BillOfferRow; bill: BillRow; holding: BillHoldingRow }>;

/** What an offer that the exchange confirms makes of its holding. */
const effects: Partial<Record<OfferKind, (occasion: Occasion) => Partial<BillHoldingRow>>> = {
  acceptance: ({ holding }) => accepted(holding),
  receipt: ({ holding, offer, bill }) => received(holding, offer, bill),
  endorsement: ({ holding, offer }) => endorsed(holding, offer),
  restore_transfer: ({ holding }) => restored(holding),
  guarantee: ({ holding, offer }) => guaranteed(holding, offer),
  pledge: ({ holding, offer }) => pledged(holding, offer),
  pledge_release: ({ holding }) => released(holding),
};

async function load(work: Workspace, commands: readonly Command<Told>[]): Promise<Loaded> {
  const ids = commands.map(({ input }) => input.messageId);
  const messages = await work.read(billMessages, 'id', ids);
  const offers = await work.read(
    billOffers,
    'id',
    messages.flatMap(({ offerId }) => offerId ?? []),
  );
  const billIds = messages.map(({ billId }) => billId);
  const unlocked = await work.read(bills, 'id', billIds);
  const accepting = unlocked.filter(({ id }) => offers.some((o) => o.billId === id && o.kind === 'acceptance'));
  const pledgees = offers.flatMap(({ kind, fromId, toId }) =>
    kind === 'pledge' ? [toId] : kind === 'pledge_release' ? [fromId] : [],
  );
  const reference = await loadReference(work);
  await lockMarket(work);
  const banks = await work.lock(books, [...acceptingBooks(accepting), ...pledgees]);
  await work.lock(
    acceptors,
    accepting.map(({ acceptorId }) => acceptorId),
  );
  // An endorsement changes nothing of the bill: it does not wait for others of the same package.
  const changing = messages.filter(
    ({ kind }) => kind === 'registration' || kind === 'acceptance' || kind === 'receipt',
  );
  const locked = await work.lock(
    bills,
    changing.map(({ billId }) => billId),
  );
  const registering = messages.filter(({ kind }) => kind === 'registration').map(({ billId }) => billId);
  await work.lockBy(billHoldings, 'billId', registering, 'live');
  await work.lock(
    billHoldings,
    offers.map(({ holdingId }) => holdingId),
  );
  await work.lock(
    billOffers,
    offers.map(({ id }) => id),
  );
  await work.lockBy(billBackgrounds, 'billId', registering, 'not released');
  await work.lock(billMessages, ids);
  const ofBanks = locked.filter(({ id }) => accepting.some((bill) => bill.id === id));
  await lockAcceptanceMoney(work, ofBanks);
  for (const bookId of pledgees.filter((id) => banks.some((book) => book.id === id))) {
    await ledgerOf(work).lock(bookId, ['9005', '9999']);
  }
  const ended = await endedHolds(
    work,
    accepting,
    offers.map(({ id }) => id),
  );
  return { reference, ended };
}

/**
 * What the exchange has answered to one message. Confirmed (SU00), the offer takes effect; refused or not cleared
 * (SU01, SU02), it comes to nothing. A message that was answered before changes nothing, so that answers may come in
 * any order, twice and late.
 */
export const takeExchangeAnswer: UseCase<Told, Readonly<{ state: BillMessageRow['state'] }>, Loaded> = {
  name: 'bill_message.answer',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [BILL_MARKET, input.chainId, ...input.parties],
  load,
  decide: (work, { actor, input, now }, loaded) => {
    const message = work.get(billMessages, input.messageId);
    if (message.answeredAt !== null) return { state: message.state };
    const { answer } = input;
    const occasion = { ...loaded, requestId: actor.requestId, now };
    if (message.kind === 'registration') takeRegistration(work, message, answer);
    else if (message.offerId !== null) takeOffer(work, message.offerId, answer, occasion);
    const { state } = work.update(billMessages, message.id, {
      state: answer.state,
      code: answer.code,
      reason: answer.state === 'rejected' ? answer.reason : null,
      answeredAt: now.toISOString(),
    });
    return { state };
  },
};

function takeRegistration(work: Workspace, { billId }: BillMessageRow, answer: FinalAnswer): void {
  const bill = work.get(bills, billId);
  const holding = work.all(billHoldings).find((each) => each.billId === billId && each.live) as BillHoldingRow;
  const confirmed = answer.state === 'confirmed';
  if (confirmed) work.update(bills, billId, { number: answer.number });
  // A bill that was voided meanwhile stays so.
  else if (holding.standing === 'issued.awaiting_receipt') {
    work.update(billHoldings, holding.id, { standing: nextState(billStandings, holding.standing, 'void') });
    giveBackTrade(work, billId);
  }
  work.emit({
    kind: confirmed ? 'bill.numbered' : 'bill.registration_refused',
    objectKind: 'bill',
    objectId: billId,
    scopeId: bill.chainId,
    parties: [bill.drawerId, bill.payeeId, bill.acceptorId, bill.bankId],
    data: { number: confirmed ? answer.number : null, code: answer.code },
  });
}

type Circumstances = Loaded & Readonly<{ requestId: string; now: Date }>;

function takeOffer(work: Workspace, offerId: string, answer: FinalAnswer, occasion: Circumstances): void {
  const offer = work.get(billOffers, offerId);
  // What money has settled is done already: the exchange is told, and its answer changes nothing.
  if (offer.state !== 'clearing') return;
  const holding = work.get(billHoldings, offer.holdingId);
  const bill = work.find(bills, offer.billId);
  const on = work.get(markets, BILL_MARKET).businessDate;
  if (answer.state === 'rejected') {
    endOffer(work, offer, 'fail', { on, code: answer.code, reason: answer.reason });
    if (offer.kind === 'acceptance' && bill !== undefined) {
      discharge(work, bill.acceptorId, { amount: bill.face, margin: bill.margin });
      undoAcceptance(work, bill, offer, occasion);
    }
    return;
  }
  const effect = effects[offer.kind];
  if (effect === undefined) throw new Error(`a ${offer.kind} does not clear at the exchange alone`);
  completeOffer(work, offer, effect({ offer, holding, bill: bill as BillRow }), answer.code);
  if (offer.kind === 'acceptance' && bill !== undefined) {
    bookAcceptance(work, bill, offer, occasion);
    work.update(bills, bill.id, { acceptedOn: on });
  }
  if (offer.kind === 'receipt' && bill !== undefined) work.update(bills, bill.id, { receivedOn: on });
  if (offer.kind === 'pledge' || offer.kind === 'pledge_release') recordPledge(work, offer, occasion);
}

type Sent = Readonly<{ chainId: string; messageIds: readonly string[] }>;

/** Notes that messages are about to be told, before they are. */
export const markTold: UseCase<Sent, Readonly<{ told: number }>> = {
  name: 'bill_message.mark_told',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    await work.lock(
      billMessages,
      commands.flatMap(({ input }) => input.messageIds),
    );
  },
  decide: (work, { input, now }) => {
    const fresh = input.messageIds.filter((id) => work.get(billMessages, id).state === 'created');
    for (const id of fresh) work.update(billMessages, id, { state: 'sent', sentAt: now.toISOString() });
    return { told: fresh.length };
  },
};
