import { books } from '../ledger/book-store.ts';
import { findLimitPath } from '../limit/path.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { undertake } from './acceptance.ts';
import { billOfferAnswer } from './answer.ts';
import { acceptingBooks, lockAcceptanceMoney, reserveAcceptance } from './bank-acceptance.ts';
import { requireBeforeDue } from './gates.ts';
import type { OfferKind } from './lifecycle.ts';
import { lockMarket, marketDay } from './market.ts';
import { acceptOffer, endOffer, tellAgreed } from './offers.ts';
import { atItem, billScope, laneOf } from './selection.ts';
import { acceptors, type BillOfferRow, type BillRow, billHoldings, billOffers, bills } from './store.ts';

/** An offer and where it belongs: found under the asking organization's row-level security, and never changing. */
export type LocatedOffer = Readonly<{
  offerId: string;
  holdingId: string;
  billId: string;
  chainId: string;
  acceptorId: string;
  drawerId: string;
  kind: OfferKind;
}>;
type Answers = Readonly<{ offers: readonly LocatedOffer[] }>;
type Answered = Readonly<{ offers: ReturnType<typeof billOfferAnswer>[] }>;

/** Kinds that clear at the exchange and are agreed to in this file. */
const plainKinds: ReadonlySet<OfferKind> = new Set([
  'receipt',
  'endorsement',
  'restore_transfer',
  'guarantee',
  'pledge',
  'pledge_release',
]);
/** A refusal or withdrawal of these means more than that their holding is free again. */
const weightyKinds: ReadonlySet<OfferKind> = new Set(['discount', 'redemption', 'rediscount', 'payment', 'recourse']);
/** What a plain offer needs no due date for. */
const afterDue: ReadonlySet<OfferKind> = new Set(['pledge_release']);

type Loaded = Readonly<{ bills: ReadonlyMap<string, BillRow> }>;

async function lockOffers(work: Workspace, commands: readonly Command<Answers>[]): Promise<Loaded> {
  const located = commands.flatMap(({ input }) => input.offers);
  const found = await work.read(
    bills,
    'id',
    located.map(({ billId }) => billId),
  );
  await lockMarket(work);
  await lockOffersAlone(work, located);
  return { bills: new Map(found.map((bill) => [bill.id, bill])) };
}

async function lockOffersAlone(work: Workspace, located: readonly LocatedOffer[]): Promise<void> {
  await work.lock(
    billHoldings,
    located.map(({ holdingId }) => holdingId),
  );
  await work.lock(
    billOffers,
    located.map(({ offerId }) => offerId),
  );
}

/** The offer, when it is the actor's to answer (or, as the offeror, to withdraw) and its holding is not frozen. */
function answerable(
  work: Workspace,
  actor: Pick<Actor, 'orgId'>,
  offerId: string,
  side: 'toId' | 'fromId',
): BillOfferRow {
  const offer = work.get(billOffers, offerId);
  const who = side === 'toId' ? 'the other side answers' : 'the offeror withdraws';
  require(offer[side] === actor.orgId, 'not-a-party', `only ${who}`);
  require(!work.get(billHoldings, offer.holdingId).frozen, 'bill-frozen', 'a court has frozen the bill');
  return offer;
}

function requireLight({ kind }: BillOfferRow): void {
  if (!weightyKinds.has(kind)) return;
  throw new Refusal('wrong-answer-route', `a ${kind} is refused or withdrawn by its own operation`, { kind });
}

const each = <T>(input: Answers, decide: (located: LocatedOffer) => T): T[] =>
  input.offers.map((located, place) => atItem(`/offerIds/${place}`, () => decide(located)));

/** The other sides agree to a list of offers; the exchange is told, and its confirmation makes each effective. */
export const acceptOffers: UseCase<Answers, Answered, Loaded> = {
  name: 'bill_offer.accept',
  lane: ({ input }) => laneOf(input.offers),
  scope: ({ input }) => billScope(input.offers),
  load: lockOffers,
  decide: (work, { actor, input, now }, loaded) => {
    const today = marketDay(work);
    const offers = each(input, ({ offerId, billId }) => {
      const offer = answerable(work, actor, offerId, 'toId');
      require(plainKinds.has(offer.kind), 'wrong-answer-route', `a ${offer.kind} is agreed to by its own operation`, {
        kind: offer.kind,
        accepted: [...plainKinds].join(', '),
      });
      const bill = loaded.bills.get(billId) as BillRow;
      if (!afterDue.has(offer.kind)) requireBeforeDue(bill, today);
      const after = acceptOffer(work, offer, today);
      tellAgreed(work, after, bill.number, now);
      return after;
    });
    return { offers: offers.map(billOfferAnswer) };
  },
};

type Refuse = Answers & Readonly<{ code: string | null; reason: string | null }>;

/** The other sides refuse a list of offers: each holding is what it was before. */
export const refuseOffers: UseCase<Refuse, Answered, Loaded> = {
  name: 'bill_offer.refuse',
  lane: ({ input }) => laneOf(input.offers),
  scope: ({ input }) => billScope(input.offers),
  load: lockOffers,
  decide: (work, { actor, input }) => {
    const on = marketDay(work);
    const { code, reason } = input;
    const offers = each(input, ({ offerId }) => {
      const offer = answerable(work, actor, offerId, 'toId');
      requireLight(offer);
      return endOffer(work, offer, 'refuse', { on, code, reason });
    });
    return { offers: offers.map(billOfferAnswer) };
  },
};

/** The offeror takes a list of offers back before they are answered. */
export const withdrawOffers: UseCase<Answers, Answered, Loaded> = {
  name: 'bill_offer.withdraw',
  lane: ({ input }) => laneOf(input.offers),
  scope: ({ input }) => billScope(input.offers),
  load: lockOffers,
  decide: (work, { actor, input }) => {
    const on = marketDay(work);
    const offers = each(input, ({ offerId }) => {
      const offer = answerable(work, actor, offerId, 'fromId');
      requireLight(offer);
      return endOffer(work, offer, 'withdraw', { on });
    });
    return { offers: offers.map(billOfferAnswer) };
  },
};

type Accept = Answers & Readonly<{ programmeId: string | null }>;
type LoadedAcceptances = Readonly<{
  reference: Reference;
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  /** Limit nodes found for a drawer under a programme. */
  paths: ReadonlyMap<string, readonly string[]>;
}>;
const pathKey = (programmeId: string | null, drawerId: string): string => `${programmeId} ${drawerId}`;

/**
 * Acceptors undertake to pay a list of bills. The acceptor's own limit and caps must have room; a bank does it under a
 * programme, whose margin and fee the drawer's deposit must have and whose limits must have room for the exposure.
 */
export const acceptAcceptances: UseCase<Accept, Answered, LoadedAcceptances> = {
  name: 'bill_offer.accept_acceptance',
  lane: ({ input }) => laneOf(input.offers),
  scope: ({ input }) => billScope(input.offers),
  load: async (work, commands) => {
    const located = commands.flatMap(({ input }) => input.offers);
    const reference = await loadReference(work);
    const named = commands.flatMap(({ input }) =>
      input.programmeId === null
        ? []
        : input.offers.map(({ drawerId }) => ({ programmeId: input.programmeId as string, orgId: drawerId })),
    );
    const programmes = await loadProgrammes(
      work,
      named.map(({ programmeId }) => programmeId),
    );
    const found = await findLimitPath(
      work,
      named.map((target) => ({ ...target, product: 'bill_acceptance' as const })),
    );
    const unlocked = await work.read(
      bills,
      'id',
      located.map(({ billId }) => billId),
    );
    await lockMarket(work);
    await work.lock(books, acceptingBooks(unlocked));
    await work.lock(
      acceptors,
      located.map(({ acceptorId }) => acceptorId),
    );
    const locked = await work.lock(
      bills,
      located.map(({ billId }) => billId),
    );
    await lockOffersAlone(work, located);
    await lockAcceptanceMoney(work, locked, found.flat());
    return {
      reference,
      programmes,
      paths: new Map(named.map(({ programmeId, orgId }, i) => [pathKey(programmeId, orgId), found[i] ?? []])),
    };
  },
  decide: (work, { actor, input, now }, { reference, programmes, paths }) => {
    const today = marketDay(work);
    const offers = each(input, ({ offerId, billId }) => {
      const offer = answerable(work, actor, offerId, 'toId');
      if (offer.kind !== 'acceptance') {
        throw new Refusal('wrong-answer-route', 'this is no offer to be accepted as a bill', { kind: offer.kind });
      }
      const bill = work.get(bills, billId);
      requireBeforeDue(bill, today);
      const after = acceptOffer(work, offer, today);
      const path = paths.get(pathKey(input.programmeId, bill.drawerId)) ?? [];
      const priced = reserveAcceptance(work, bill, offer, { programmes, programmeId: input.programmeId, path, now });
      undertake(work, priced, { margin: bill.kind === 'bank' ? priced.margin : new Decimal(0), today, reference });
      tellAgreed(work, after, bill.number, now);
      return after;
    });
    return { offers: offers.map(billOfferAnswer) };
  },
};
