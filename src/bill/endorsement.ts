import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireBeforeDue, requireParticipant } from './gates.ts';
import { billStandings } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings, placesOf } from './loading.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import { billScope, heldBy, laneOf } from './selection.ts';
import type { BillHoldingRow, BillOfferRow, TitleStep } from './store.ts';

/** What an endorsement says beside to whom. */
export type EndorsementTerms = Readonly<{
  /** False writes "not transferable" on it: the endorsee cannot hand it on (EM01). */
  transferable: boolean;
  /** The contract or invoice of the trade behind this step (票据法 art. 10). */
  evidence: string;
}>;
type Endorse = Offering & EndorsementTerms & Readonly<{ toId: string }>;

/** A holder offers bills, or parts of them, to another member of the chain. They pass when the other side accepts. */
export const offerEndorsement: UseCase<Endorse, OffersMade, LoadedHoldings> = {
  name: 'bill.offer_endorsement',
  status: 201,
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: (work, commands) =>
    loadHoldings(
      work,
      commands.flatMap(({ input }) => input.items),
      commands.map(({ input }) => input.toId),
    ),
  decide: (work, command, loaded) =>
    offerEach(work, command, loaded, {
      kind: 'endorsement',
      find: heldBy,
      judge: ({ holding, bill, today }) => {
        const { toId, transferable, evidence } = command.input;
        requireBeforeDue(bill, today);
        require(toId !== holding.holderId, 'invalid-input', 'nobody endorses to himself', { field: '/toId' });
        requireParticipant(placesOf(loaded, bill.chainId), toId, '/toId');
        return { toId, terms: { transferable, evidence } satisfies EndorsementTerms };
      },
    }),
};

/** An endorsement that the exchange has confirmed: the holding is the endorsee's, its title one step longer. */
export function endorsed(holding: BillHoldingRow, offer: BillOfferRow): Partial<BillHoldingRow> {
  const { transferable } = offer.terms as EndorsementTerms;
  const on = offer.answeredOn ?? offer.madeOn;
  const step: TitleStep = { kind: 'endorsement', fromId: offer.fromId, toId: offer.toId, on, transferable };
  return {
    standing: nextState(billStandings, holding.standing, transferable ? 'endorse' : 'endorse_not_transferable'),
    holderId: offer.toId,
    fromId: offer.fromId,
    title: { ...holding.title, steps: [...holding.title.steps, step] },
  };
}

/** A holder asks who wrote "not transferable" to take it back (不得转让撤销). */
export const offerRestoration: UseCase<Offering, OffersMade, LoadedHoldings> = {
  name: 'bill.offer_restoration',
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
      kind: 'restore_transfer',
      find: heldBy,
      judge: ({ holding, bill, today }) => {
        requireBeforeDue(bill, today);
        return { toId: holding.title.steps.at(-1)?.fromId ?? bill.drawerId };
      },
    }),
};

/** The mark is taken back: the last step of the title no longer bears it. */
export function restored(holding: BillHoldingRow): Partial<BillHoldingRow> {
  const steps = holding.title.steps.map((step, place, all) =>
    place === all.length - 1 ? { ...step, transferable: true } : step,
  );
  return {
    standing: nextState(billStandings, holding.standing, 'restore_transfer'),
    title: { ...holding.title, steps },
  };
}
