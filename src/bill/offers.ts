import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { billStandings, type OfferKind, offerStates, returned } from './lifecycle.ts';
import {
  type BillHoldingRow,
  type BillMessageRow,
  type BillOfferRow,
  billHoldings,
  billMessages,
  billOffers,
  type MessageKind,
} from './store.ts';

export type OfferDraft = Readonly<{
  kind: OfferKind;
  fromId: string;
  toId: string;
  terms: Readonly<Record<string, unknown>>;
  batchId: string;
  madeOn: IsoDate;
  /** The last business day of the exchange on which it can be answered. */
  expiresOn: IsoDate;
  now: Date;
}>;

/** Refuses what a court has frozen, and what is offered to somebody already. */
export function requireFree(holding: BillHoldingRow): void {
  require(!holding.frozen, 'bill-frozen', 'a court has frozen the bill', { accepted: 'a bill that is not frozen' });
  require(holding.offerId === null, 'bill-offer-pending', 'an offer about this holding is under way', {
    offerId: holding.offerId,
    accepted: 'a holding that is not offered to anyone',
  });
}

/**
 * Offers something about a holding: it is locked until the other side answers, the offeror withdraws or the day comes.
 * Refusals `bill-frozen`, `bill-offer-pending`, `illegal-transition` (the standing does not admit it).
 */
export function makeOffer(work: Workspace, holding: BillHoldingRow, draft: OfferDraft): BillOfferRow {
  requireFree(holding);
  const standing = nextState(billStandings, holding.standing, `offer_${draft.kind}` as never);
  const offer: BillOfferRow = {
    id: uuidv7(),
    batchId: draft.batchId,
    chainId: holding.chainId,
    billId: holding.billId,
    holdingId: holding.id,
    kind: draft.kind,
    fromId: draft.fromId,
    toId: draft.toId,
    state: 'pending',
    amount: holding.amount,
    firstUnit: holding.firstUnit,
    lastUnit: holding.lastUnit,
    terms: draft.terms,
    standingBefore: holding.standing,
    madeOn: draft.madeOn,
    expiresOn: draft.expiresOn,
    answeredOn: null,
    code: null,
    reason: null,
    version: 1,
    createdAt: draft.now.toISOString(),
  };
  work.insert(billOffers, offer);
  work.update(billHoldings, holding.id, { standing, offerId: offer.id, offeredToId: draft.toId });
  tellOffer(work, offer, 'offered');
  return offer;
}

/** The other side agrees: the offer waits for the exchange, or for the money. */
export function acceptOffer(work: Workspace, offer: BillOfferRow, on: IsoDate): BillOfferRow {
  const state = nextState(offerStates, offer.state, 'accept');
  const after = work.update(billOffers, offer.id, { state, answeredOn: on });
  tellOffer(work, after, 'accepted');
  return after;
}

type Ending = Readonly<{ on: IsoDate; code?: string | null; reason?: string | null }>;

/** The offer comes to nothing: its holding is again what it was before. */
export function endOffer(
  work: Workspace,
  offer: BillOfferRow,
  event: 'refuse' | 'withdraw' | 'lapse' | 'fail',
  { on, code = null, reason = null }: Ending,
): BillOfferRow {
  const state = nextState(offerStates, offer.state, event);
  const after = work.update(billOffers, offer.id, { state, answeredOn: on, code, reason });
  const holding = work.get(billHoldings, offer.holdingId);
  work.update(billHoldings, holding.id, {
    standing: returned(holding.standing, offer.standingBefore),
    offerId: null,
    offeredToId: null,
  });
  tellOffer(work, after, state);
  return after;
}

/** The offer takes effect: `effect` is what becomes of its holding. */
export function completeOffer(
  work: Workspace,
  offer: BillOfferRow,
  effect: Partial<BillHoldingRow>,
  code: string | null = null,
): BillHoldingRow {
  const state = nextState(offerStates, offer.state, 'confirm');
  const after = work.update(billOffers, offer.id, { state, code });
  const holding = work.update(billHoldings, offer.holdingId, { ...effect, offerId: null, offeredToId: null });
  tellOffer(work, after, state);
  return holding;
}

type Told = Readonly<{
  kind: MessageKind;
  chainId: string;
  billId: string;
  offerId: string | null;
  orgId: string;
  payload: Readonly<Record<string, unknown>>;
  now: Date;
}>;

/** Puts a message to the exchange into the outbox; the pump sends it until it is answered. */
export function tellExchange(work: Workspace, { now, ...told }: Told): BillMessageRow {
  const message: BillMessageRow = {
    id: uuidv7(),
    ...told,
    state: 'created',
    code: null,
    reason: null,
    sentAt: null,
    answeredAt: null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(billMessages, message);
  work.wakes.add('bill-messages');
  return message;
}

/** Tells the exchange what the two have agreed on; its confirmation makes it so. */
export const tellAgreed = (work: Workspace, offer: BillOfferRow, number: string | null, now: Date): BillMessageRow =>
  tellExchange(work, {
    kind: offer.kind,
    chainId: offer.chainId,
    billId: offer.billId,
    offerId: offer.id,
    orgId: offer.toId,
    payload: {
      number,
      firstUnit: offer.firstUnit,
      lastUnit: offer.lastUnit,
      amount: offer.amount.toFixed(2),
      fromId: offer.fromId,
      toId: offer.toId,
    },
    now,
  });

function tellOffer(work: Workspace, offer: BillOfferRow, what: string): void {
  work.emit({
    kind: `bill_offer.${what}`,
    objectKind: 'bill_offer',
    objectId: offer.id,
    scopeId: offer.chainId,
    parties: [offer.fromId, offer.toId],
    data: {
      kind: offer.kind,
      billId: offer.billId,
      holdingId: offer.holdingId,
      amount: offer.amount.toFixed(2),
      firstUnit: offer.firstUnit,
      lastUnit: offer.lastUnit,
      ...(offer.code === null ? {} : { code: offer.code }),
    },
  });
}
