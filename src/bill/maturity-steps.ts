import { uuidv7 } from 'uuidv7';
import { addDays } from '../money/dates.ts';
import type { Tx } from '../platform/database.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { lockMarket } from './market.ts';
import type { Chunk, MarketStep } from './market-close.ts';
import { makeOffer } from './offers.ts';
import { type LoadedPayments, lockPresentations, payBill, presentedNow, refusePayment } from './paying.ts';
import { BILL_MARKET, type BillRow, billHoldings, bills } from './store.ts';

type Done = Readonly<{ done: number }>;

const scopeOf = ({ input }: Readonly<{ input: Chunk }>): string[] => [BILL_MARKET, input.chainId, ...input.parties];
const laneOf = ({ input }: Readonly<{ input: Chunk }>): string => input.chainId;

/** Bills that fall due tomorrow present themselves when it begins: nobody has to remember. */
const present: UseCase<Chunk, Done, ReadonlyMap<string, BillRow>> = {
  name: 'bill_market.present_bills',
  lane: laneOf,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.flatMap(({ input }) => input.targets);
    const found = await work.read(
      bills,
      'id',
      targets.map(({ billId }) => billId),
    );
    await lockMarket(work);
    await work.lock(
      billHoldings,
      targets.map(({ holdingId }) => holdingId),
    );
    return new Map(found.map((bill) => [bill.id, bill]));
  },
  decide: (work, { input, now }, byId) => {
    const batchId = uuidv7();
    const madeOn = addDays(input.day, 1);
    const waiting = input.targets
      .map(({ holdingId }) => work.get(billHoldings, holdingId))
      .filter(({ offerId, frozen }) => offerId === null && !frozen);
    for (const holding of waiting) {
      makeOffer(work, holding, {
        kind: 'payment',
        fromId: holding.pledgeeId ?? holding.holderId,
        toId: (byId.get(holding.billId) as BillRow).acceptorId,
        terms: {},
        batchId,
        madeOn,
        expiresOn: madeOn,
        now,
      });
    }
    return { done: waiting.length };
  },
};

export const presentMatured: MarketStep = {
  name: 'present',
  find: (tx: Tx, day) =>
    tx.query(
      'bill_market.presenting',
      `select h.id, h.bill_id, h.id as holding_id, h.chain_id, '{}'::text[] as parties
         from bill b join bill_holding h on h.bill_id = b.id and h.live
        where b.maturity_date = $1 and h.standing in ('matured.in_collection', 'matured.pledged')
          and h.offer_id is null and not h.frozen and h.dishonoured_on is null
        limit 500`,
      [addDays(day, 1)],
    ),
  useCase: present,
};

/**
 * At the end of the day a bank has paid what it accepted, whether it answered or not; anyone else who has not answered
 * has refused.
 */
const settle: UseCase<Chunk, Done, LoadedPayments> = {
  name: 'bill_market.settle_presentations',
  lane: laneOf,
  scope: scopeOf,
  load: (work, commands) =>
    lockPresentations(
      work,
      commands.flatMap(({ input }) =>
        input.targets.map(({ id, ...target }) => ({
          ...target,
          offerId: id,
          chainId: input.chainId,
          parties: input.parties,
        })),
      ),
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const on = { today: input.day, requestId: actor.requestId, now };
    const waiting = input.targets
      .map(({ id }) => presentedNow(work, loaded, id))
      .filter(({ offer, holding }) => offer.state === 'pending' && !holding.frozen);
    for (const presented of waiting) {
      if (presented.bill.kind === 'bank') payBill(work, presented, loaded, on);
      else refusePayment(work, presented, { code: 'DC00', reason: 'no answer by the end of the day' }, on);
    }
    return { done: waiting.length };
  },
};

export const settlePresentations: MarketStep = {
  name: 'settle',
  find: (tx: Tx, day) =>
    tx.query(
      'bill_market.settling',
      `select o.id, o.bill_id, o.holding_id, o.chain_id,
              array_remove(array[b.acceptor_id, b.drawer_id, b.bank_id, h.holder_id, h.pledgee_id], null)::text[] as parties
         from bill_offer o join bill b on b.id = o.bill_id join bill_holding h on h.id = o.holding_id
        where o.state = 'pending' and o.kind = 'payment' and o.expires_on <= $1 and not h.frozen
        limit 500`,
      [day],
    ),
  useCase: settle,
};
