import { addDays } from '../money/dates.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { billStandings } from './lifecycle.ts';
import { lockMarket } from './market.ts';
import type { Chunk, MarketStep } from './market-close.ts';
import { endOffer } from './offers.ts';
import { BILL_MARKET, billHoldings, billOffers, bills, lockHoldings } from './store.ts';
import { endPackage, lockToEnd } from './void.ts';

type Done = Readonly<{ done: number }>;

const scopeOf = ({ input }: Readonly<{ input: Chunk }>): string[] => [BILL_MARKET, input.chainId, ...input.parties];
const laneOf = ({ input }: Readonly<{ input: Chunk }>): string => input.chainId;

/** Offers that nobody answered by their last day, or before their bill falls due tomorrow, come to nothing. */
const lapse: UseCase<Chunk, Done> = {
  name: 'bill_market.lapse_offers',
  lane: laneOf,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.flatMap(({ input }) => input.targets);
    await lockMarket(work);
    await work.lock(
      billHoldings,
      targets.map(({ holdingId }) => holdingId),
    );
    await work.lock(
      billOffers,
      targets.map(({ id }) => id),
    );
  },
  decide: (work, { input }) => {
    const pending = input.targets.map(({ id }) => work.get(billOffers, id)).filter(({ state }) => state === 'pending');
    for (const offer of pending) endOffer(work, offer, 'lapse', { on: input.day });
    return { done: pending.length };
  },
};

export const lapseOffers: MarketStep = {
  name: 'lapse',
  find: (tx, day) =>
    tx.query(
      'bill_market.lapsing',
      `select o.id, o.bill_id, o.holding_id, o.chain_id, '{}'::text[] as parties from bill_offer o
        where o.state = 'pending' and o.expires_on <= $1
       union
       select o.id, o.bill_id, o.holding_id, o.chain_id, '{}'::text[] from bill b join bill_offer o on o.bill_id = b.id
        where b.maturity_date = $2 and o.state = 'pending' and o.standing_before like 'received.%'
       limit 500`,
      [day, addDays(day, 1)],
    ),
  useCase: lapse,
};

/** Bills that their payees had not received when they fell due are at an end. */
const expire: UseCase<Chunk, Done> = {
  name: 'bill_market.expire_bills',
  lane: laneOf,
  scope: scopeOf,
  load: async (work, commands) => {
    await lockMarket(work);
    await lockToEnd(
      work,
      commands.flatMap(({ input }) => input.targets),
    );
  },
  decide: (work, { actor, input, now }) => {
    for (const { holdingId } of input.targets) {
      const holding = work.get(billHoldings, holdingId);
      const bill = work.get(bills, holding.billId);
      endPackage(work, { bill, holding, event: 'expire' }, { requestId: actor.requestId, now });
    }
    return { done: input.targets.length };
  },
};

export const expireBills: MarketStep = {
  name: 'expire',
  find: (tx, day) =>
    tx.query(
      'bill_market.expiring',
      `select h.id, h.bill_id, h.id as holding_id, h.chain_id, array[b.acceptor_id, b.drawer_id]::text[] as parties
         from bill b join bill_holding h on h.bill_id = b.id and h.live
        where b.maturity_date = $1 and h.standing in ('issued.awaiting_receipt', 'accepted.awaiting_receipt')
        limit 500`,
      [day],
    ),
  useCase: expire,
};

/** Bills in circulation that fall due tomorrow are in collection when it begins: they present themselves. */
const mature: UseCase<Chunk, Done> = {
  name: 'bill_market.mature_bills',
  lane: laneOf,
  scope: scopeOf,
  load: async (work, commands) => {
    await lockMarket(work);
    await lockHoldings(
      work,
      commands.flatMap(({ input }) => input.targets.map(({ holdingId }) => holdingId)),
    );
  },
  decide: (work, { input }) => {
    for (const { holdingId } of input.targets) {
      const holding = work.get(billHoldings, holdingId);
      const standing = nextState(billStandings, holding.standing, 'mature');
      const after = work.update(billHoldings, holding.id, { standing });
      work.emit({
        kind: 'bill_holding.matured',
        objectKind: 'bill_holding',
        objectId: after.id,
        scopeId: after.chainId,
        parties: [after.holderId, ...(after.pledgeeId === null ? [] : [after.pledgeeId])],
        data: { billId: after.billId, amount: after.amount.toFixed(2), on: addDays(input.day, 1) },
      });
    }
    return { done: input.targets.length };
  },
};

export const matureBills: MarketStep = {
  name: 'mature',
  find: (tx, day) =>
    tx.query(
      'bill_market.maturing',
      `select h.id, h.bill_id, h.id as holding_id, h.chain_id, '{}'::text[] as parties
         from bill b join bill_holding h on h.bill_id = b.id and h.live
        where b.maturity_date = $1 and h.standing in ('received.circulating', 'received.not_transferable',
          'received.pledged', 'received.awaiting_redemption')
        limit 500`,
      [addDays(day, 1)],
    ),
  useCase: mature,
};
