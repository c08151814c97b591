import type { UseCase } from '../platform/unit-of-work.ts';
import { billHoldingAnswer } from './answer.ts';
import { mergeHoldings } from './holdings.ts';
import { lockMarket, marketDay } from './market.ts';
import { requireFree } from './offers.ts';
import { atItem, billScope, heldBy, laneOf, type Selection } from './selection.ts';
import { lockHoldings } from './store.ts';

/** A holder makes one holding of neighbours that are alike. */
export const mergeBills: UseCase<Selection, ReturnType<typeof billHoldingAnswer>> = {
  name: 'bill.merge',
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: async (work, commands) => {
    await lockMarket(work);
    await lockHoldings(
      work,
      commands.flatMap(({ input }) => input.items.map(({ holdingId }) => holdingId)),
    );
  },
  decide: (work, { actor, input }) => {
    marketDay(work);
    const parts = input.items.map((item) =>
      atItem(item.field, () => {
        const holding = heldBy(work, actor, item);
        requireFree(holding);
        return holding;
      }),
    );
    const merged = mergeHoldings(work, parts);
    work.emit({
      kind: 'bill_holding.merged',
      objectKind: 'bill_holding',
      objectId: merged.id,
      scopeId: merged.chainId,
      parties: [merged.holderId],
      data: { billId: merged.billId, amount: merged.amount.toFixed(2), parts: parts.map(({ id }) => id) },
    });
    return billHoldingAnswer(merged);
  },
};
