import { require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireBeforeDue, requireDisclosed, requireRegistered, requireUnlisted } from './gates.ts';
import { returned } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings, partiesOf, requireActive } from './loading.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import { billScope, heldBy, laneOf } from './selection.ts';
import type { BillHoldingRow, BillOfferRow, BillRow } from './store.ts';

export type GuaranteeTerms = Readonly<{ guaranteesId: string }>;
type Ask = Offering & Readonly<{ toId: string; guaranteesId: string | null }>;

/** Everyone who owes on a holding: drawer, acceptor, and who has handed it on. */
const debtorsOn = (holding: BillHoldingRow, bill: BillRow): ReadonlySet<string> =>
  new Set([
    bill.drawerId,
    ...(bill.acceptedOn === null ? [] : [bill.acceptorId]),
    ...holding.title.steps.map(({ fromId }) => fromId),
    holding.holderId,
  ]);

/**
 * A holder asks for a guarantee (保证) of one who owes on the bill: unnamed, the acceptor, or the drawer of a bill not
 * accepted (票据法 art. 47). The guarantor is none of these (art. 45). Once accepted, the acceptor's disclosure is checked.
 */
export const offerGuarantee: UseCase<Ask, OffersMade, LoadedHoldings> = {
  name: 'bill.offer_guarantee',
  status: 201,
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => [...billScope(input.items), input.toId],
  load: (work, commands) =>
    loadHoldings(
      work,
      commands.flatMap(({ input }) => input.items),
      commands.map(({ input }) => input.toId),
    ),
  decide: (work, command, loaded) =>
    offerEach(work, command, loaded, {
      kind: 'guarantee',
      find: heldBy,
      judge: ({ holding, bill, today }) => {
        const { toId } = command.input;
        const debtors = debtorsOn(holding, bill);
        const guaranteesId = command.input.guaranteesId ?? (bill.acceptedOn === null ? bill.drawerId : bill.acceptorId);
        requireRegistered(bill);
        requireBeforeDue(bill, today);
        requireActive(loaded, toId, '/toId');
        require(debtors.has(guaranteesId), 'invalid-input', 'this organization owes nothing on the bill', {
          field: '/guaranteesId',
          accepted: 'the drawer, the acceptor of an accepted bill, or an endorser',
        });
        const guarantees = holding.title.guarantors.some(({ guarantorId }) => guarantorId === toId);
        require(!debtors.has(toId) && !guarantees, 'already-liable', 'the guarantor owes on the bill already', {
          field: '/toId',
          accepted: 'an organization that is no debtor on the bill',
        });
        if (bill.acceptedOn !== null) {
          requireUnlisted(loaded.acceptors.get(bill.acceptorId), today);
          requireDisclosed(bill, loaded.disclosures.get(bill.id), partiesOf(loaded, bill));
        }
        return { toId, terms: { guaranteesId } satisfies GuaranteeTerms };
      },
    }),
};

/** A guarantee that the exchange has confirmed: it goes with the holding wherever it goes. */
export function guaranteed(holding: BillHoldingRow, offer: BillOfferRow): Partial<BillHoldingRow> {
  const { guaranteesId } = offer.terms as GuaranteeTerms;
  const surety = { guarantorId: offer.toId, guaranteesId, on: offer.answeredOn ?? offer.madeOn };
  return {
    standing: returned(holding.standing, offer.standingBefore),
    title: { ...holding.title, guarantors: [...holding.title.guarantors, surety] },
  };
}
