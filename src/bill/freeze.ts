import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { billHoldingAnswer } from './answer.ts';
import { lockMarket, marketDay } from './market.ts';
import { atItem, billScope, laneOf, partOfSelected, type Selection } from './selection.ts';
import { billHoldings, lockHoldings } from './store.ts';

type Order = Selection &
  Readonly<{
    /** The court and the number of its order. */
    order: string;
    frozen: boolean;
  }>;

/**
 * A court freezes holdings, or parts of them, or thaws them (挂失止付, 冻结): no act of a party touches them meanwhile, and
 * afterwards each stands where it stood. Recorded by the platform operator.
 */
export const freezeBills: UseCase<Order, { holdings: ReturnType<typeof billHoldingAnswer>[] }> = {
  name: 'bill.freeze',
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: async (work, commands) => {
    await lockMarket(work);
    await lockHoldings(
      work,
      commands.flatMap(({ input }) => input.items.map(({ holdingId }) => holdingId)),
    );
  },
  decide: (work, { input, now }) => {
    const on = marketDay(work);
    const holdings = input.items.map((item) =>
      atItem(item.field, () => {
        const holding = work.find(billHoldings, item.holdingId);
        if (holding?.live !== true) throw new Refusal('not-found', `there is no holding ${item.holdingId}`);
        const wanted = input.frozen ? 'a holding that is not frozen' : 'a frozen holding';
        require(holding.frozen !== input.frozen, 'illegal-transition', 'the order changes nothing', {
          accepted: wanted,
        });
        const part = partOfSelected(work, holding, item, now);
        const after = work.update(billHoldings, part.id, { frozen: input.frozen });
        work.emit({
          kind: input.frozen ? 'bill_holding.frozen' : 'bill_holding.thawed',
          objectKind: 'bill_holding',
          objectId: after.id,
          scopeId: after.chainId,
          parties: [after.holderId, ...(after.pledgeeId === null ? [] : [after.pledgeeId])],
          data: { order: input.order, billId: after.billId, amount: after.amount.toFixed(2), on },
        });
        return after;
      }),
    );
    return { holdings: holdings.map(billHoldingAnswer) };
  },
};
