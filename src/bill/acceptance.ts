import { addDays, earliest, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/lookup.ts';
import { loadReference } from '../reference/store.ts';
import {
  acceptanceCaps,
  lastAnswerDay,
  requireAcceptanceRoom,
  requireBeforeDue,
  requireRegistered,
  requireUnlisted,
} from './gates.ts';
import { billStandings } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings } from './loading.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import { requireWhole } from './receipt.ts';
import { billScope, heldBy, laneOf } from './selection.ts';
import { acceptors, type BillHoldingRow, type BillRow } from './store.ts';

type Loaded = LoadedHoldings & Readonly<{ reference: Reference }>;

/** The drawer presents registered bills to their acceptors (提示承兑), who answer within the days of 票据法 art. 41. */
export const offerAcceptance: UseCase<Offering, OffersMade, Loaded> = {
  name: 'bill.offer_acceptance',
  status: 201,
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: async (work, commands) => {
    const reference = await loadReference(work);
    const items = commands.flatMap(({ input }) => input.items);
    return { ...(await loadHoldings(work, items, [])), reference };
  },
  decide: (work, command, loaded) =>
    offerEach(work, command, loaded, {
      kind: 'acceptance',
      find: heldBy,
      judge: ({ holding, bill, item, today }) => {
        requireWhole(item, holding);
        requireRegistered(bill);
        requireBeforeDue(bill, today);
        requireUnlisted(loaded.acceptors.get(bill.acceptorId), today);
        return { toId: bill.acceptorId };
      },
      until: (asked, today, bill) => lastAcceptanceDay(asked, today, bill, loaded.reference),
    }),
};

/** Three days to answer (票据法 art. 41), never beyond the day before the bill is due. */
function lastAcceptanceDay(asked: IsoDate | null, today: IsoDate, bill: BillRow, reference: Reference): IsoDate {
  const days = reference.requireParameter('bill.acceptanceAnswerDays', today).value.toNumber();
  const latest = addDays(today, days);
  const answered = lastAnswerDay(asked, today, bill);
  if (asked === null) return earliest([answered, latest]);
  require(asked <= latest, 'invalid-input', `an acceptor answers within ${days} days`, {
    field: '/expiresOn',
    accepted: `a day from ${today} to ${latest}`,
  });
  return answered;
}

type Undertaking = Readonly<{ margin: Decimal; today: IsoDate; reference: Reference }>;

/** The acceptor undertakes to pay: its limit and caps have room, and it is not on the list. Its row is locked. */
export function undertake(work: Workspace, bill: BillRow, { margin, today, reference }: Undertaking): void {
  const acceptor = requireUnlisted(work.find(acceptors, bill.acceptorId), today);
  requireAcceptanceRoom(acceptor, { face: bill.face, margin }, acceptanceCaps(reference, today));
  work.update(acceptors, acceptor.orgId, {
    accepted: acceptor.accepted.plus(bill.face),
    margin: acceptor.margin.plus(margin),
  });
}

/** What an acceptor undertook to pay is no longer owed: paid, or the bill came to nothing. Its row is locked. */
export function discharge(
  work: Workspace,
  acceptorId: string,
  { amount, margin = new Decimal(0) }: Readonly<{ amount: Decimal; margin?: Decimal }>,
): void {
  const { accepted, margin: held } = work.get(acceptors, acceptorId);
  work.update(acceptors, acceptorId, { accepted: accepted.minus(amount), margin: held.minus(margin) });
}

/** An acceptance that the exchange has confirmed. */
export const accepted = (holding: BillHoldingRow): Partial<BillHoldingRow> => ({
  standing: nextState(billStandings, holding.standing, 'accept'),
});
