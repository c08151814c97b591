import { books } from '../ledger/book-store.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discharge } from './acceptance.ts';
import { billHoldingAnswer } from './answer.ts';
import { giveBackTrade } from './background.ts';
import { acceptingBooks, endAcceptance, lockAcceptanceMoney } from './bank-acceptance.ts';
import { billStandings } from './lifecycle.ts';
import { lockMarket, marketDay } from './market.ts';
import { requireFree, tellExchange } from './offers.ts';
import { requireWhole } from './receipt.ts';
import { atItem, billScope, heldBy, laneOf, type Selection } from './selection.ts';
import {
  acceptors,
  type BillHoldingRow,
  type BillRow,
  billBackgrounds,
  billHoldings,
  billOffers,
  bills,
} from './store.ts';

/** Locks whole packages that may come to nothing: their acceptors, holdings, offers, trade, limits and accounts. */
export async function lockToEnd(
  work: Workspace,
  targets: readonly Readonly<{ billId: string; holdingId: string }>[],
): Promise<void> {
  const billIds = targets.map(({ billId }) => billId);
  const unlocked = await work.read(bills, 'id', billIds);
  await work.lock(books, acceptingBooks(unlocked));
  await work.lock(
    acceptors,
    unlocked.map(({ acceptorId }) => acceptorId),
  );
  const locked = await work.lock(bills, billIds);
  const held = await work.lock(
    billHoldings,
    targets.map(({ holdingId }) => holdingId),
  );
  await work.lock(
    billOffers,
    held.flatMap(({ offerId }) => offerId ?? []),
  );
  await work.lockBy(billBackgrounds, 'billId', billIds, 'not released');
  await lockAcceptanceMoney(work, locked);
}

/**
 * A package that was never received ends: its trade can stand for another, what its acceptor undertook is free again,
 * and a bank gives the margin back. The fee for an acceptance stays earned.
 */
export function endPackage(
  work: Workspace,
  { bill, holding, event }: Readonly<{ bill: BillRow; holding: BillHoldingRow; event: 'void' | 'expire' }>,
  occasion: Readonly<{ requestId: string; now: Date }>,
): BillHoldingRow {
  const standing = nextState(billStandings, holding.standing, event);
  const after = work.update(billHoldings, holding.id, { standing });
  giveBackTrade(work, bill.id);
  if (bill.acceptedOn !== null) {
    discharge(work, bill.acceptorId, { amount: bill.face, margin: bill.margin });
    endAcceptance(work, bill, occasion);
  }
  work.emit({
    kind: event === 'void' ? 'bill.voided' : 'bill.expired',
    objectKind: 'bill',
    objectId: bill.id,
    scopeId: bill.chainId,
    parties: [bill.drawerId, bill.payeeId, bill.acceptorId, bill.bankId],
    data: { number: bill.number, face: bill.face.toFixed(2) },
  });
  return after;
}

/** The drawer takes whole packages back before their payees have received them (撤票). */
export const voidBills: UseCase<Selection, { holdings: ReturnType<typeof billHoldingAnswer>[] }> = {
  name: 'bill.void',
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: async (work, commands: readonly Command<Selection>[]) => {
    await lockMarket(work);
    await lockToEnd(
      work,
      commands.flatMap(({ input }) => input.items),
    );
  },
  decide: (work, { actor, input, now }) => {
    marketDay(work);
    const holdings = input.items.map((item) =>
      atItem(item.field, () => {
        const holding = heldBy(work, actor, item);
        requireWhole(item, holding);
        requireFree(holding);
        const bill = work.get(bills, holding.billId);
        require(bill.drawerId === actor.orgId, 'not-a-party', 'only its drawer voids a bill');
        const after = endPackage(work, { bill, holding, event: 'void' }, { requestId: actor.requestId, now });
        tellExchange(work, {
          kind: 'void',
          chainId: bill.chainId,
          billId: bill.id,
          offerId: null,
          orgId: bill.drawerId,
          payload: { number: bill.number },
          now,
        });
        return after;
      }),
    );
    return { holdings: holdings.map(billHoldingAnswer) };
  },
};
