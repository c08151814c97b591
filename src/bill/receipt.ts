import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireBeforeDue } from './gates.ts';
import { billStandings } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings } from './loading.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import { billScope, heldBy, laneOf, type SelectedHolding } from './selection.ts';
import type { BillHoldingRow, BillOfferRow, BillRow, TitleStep } from './store.ts';

/** Refuses a part where only the whole package counts: acceptance, receipt and withdrawal (features.md 1.8 B2). */
export function requireWhole({ amount, range, field }: SelectedHolding, holding: BillHoldingRow): void {
  const { firstUnit, lastUnit } = holding;
  const isWhole =
    (amount === undefined || amount.equals(holding.amount)) &&
    (range === undefined || (range.start === firstUnit && range.end === lastUnit));
  require(isWhole, 'whole-package-only', 'this is done for the whole package', {
    field,
    accepted: 'the whole package',
  });
}

/** The drawer hands accepted bills to their payees (提示收票). */
export const offerReceipt: UseCase<Offering, OffersMade, LoadedHoldings> = {
  name: 'bill.offer_receipt',
  status: 201,
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: (work, commands) =>
    loadHoldings(
      work,
      commands.flatMap(({ input }) => input.items),
      [],
    ),
  decide: (work, command, loaded) =>
    offerEach(work, command, loaded, {
      kind: 'receipt',
      find: heldBy,
      judge: ({ holding, bill, item, today }) => {
        requireWhole(item, holding);
        requireBeforeDue(bill, today);
        return { toId: bill.payeeId };
      },
    }),
};

/** A receipt that the exchange has confirmed: the payee holds the package, free to hand on unless the drawer forbade it. */
export function received(holding: BillHoldingRow, offer: BillOfferRow, bill: BillRow): Partial<BillHoldingRow> {
  const step: TitleStep = {
    kind: 'issue',
    fromId: bill.drawerId,
    toId: bill.payeeId,
    on: offer.answeredOn ?? offer.madeOn,
    transferable: bill.transferable,
  };
  return {
    standing: nextState(billStandings, holding.standing, bill.transferable ? 'receive' : 'receive_not_transferable'),
    holderId: bill.payeeId,
    fromId: bill.drawerId,
    title: { ...holding.title, steps: [...holding.title.steps, step] },
  };
}
