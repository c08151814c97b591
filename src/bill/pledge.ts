import { duesAt, totalDue } from '../financing/meters.ts';
import { financings } from '../financing/store.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { requireBeforeDue, requireDisclosed, requireUnlisted } from './gates.ts';
import { billStandings } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings, partiesOf, requireActive } from './loading.ts';
import { marketDay } from './market.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import { coverOf } from './pledge-loan-keeper.ts';
import { billScope, heldBy, laneOf, type SelectedHolding } from './selection.ts';
import { type BillHoldingRow, type BillOfferRow, billHoldings } from './store.ts';

export type PledgeTerms = Readonly<{ purpose: string }>;
type Pledge = Offering & PledgeTerms & Readonly<{ toId: string }>;

/** A holder pledges bills, or parts of them: the holder stays, the pledgee has the proceeds (担保解释 art. 58). */
export const offerPledge: UseCase<Pledge, OffersMade, LoadedHoldings> = {
  name: 'bill.offer_pledge',
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
      kind: 'pledge',
      find: heldBy,
      judge: ({ holding, bill, today }) => {
        const { toId, purpose } = command.input;
        requireBeforeDue(bill, today);
        require(toId !== holding.holderId, 'invalid-input', 'nobody pledges to himself', { field: '/toId' });
        requireActive(loaded, toId, '/toId');
        requireUnlisted(loaded.acceptors.get(bill.acceptorId), today);
        requireDisclosed(bill, loaded.disclosures.get(bill.id), partiesOf(loaded, bill));
        return { toId, terms: { purpose } satisfies PledgeTerms };
      },
    }),
};

/** A pledge that the exchange has confirmed. */
export const pledged = (holding: BillHoldingRow, offer: BillOfferRow): Partial<BillHoldingRow> => ({
  standing: nextState(billStandings, holding.standing, 'pledge'),
  pledgeeId: offer.toId,
});

/** The holding, when the actor is its pledgee. */
function pledgedTo(work: Workspace, actor: Pick<Actor, 'orgId'>, item: SelectedHolding): BillHoldingRow {
  const holding = work.find(billHoldings, item.holdingId);
  if (holding?.live !== true)
    throw new Refusal('not-found', `there is no holding ${item.holdingId}`, { field: item.field });
  require(holding.pledgeeId === actor.orgId, 'not-a-party', 'this is for the pledgee', { field: item.field });
  return holding;
}

type LoadedForRelease = LoadedHoldings & Readonly<{ behind: readonly BillHoldingRow[] }>;

/** Locks the loans behind which these bills stand, then reads all that stands behind them. */
async function lockLoans(work: Workspace, items: readonly SelectedHolding[]): Promise<BillHoldingRow[]> {
  const ids = items.flatMap(({ holdingId }) => work.find(billHoldings, holdingId)?.financingId ?? []);
  await work.lock(financings, ids);
  return work.read(billHoldings, 'financingId', ids);
}

/** Refuses when what stays behind a loan, without what is on its way out, does not cover what is owed. */
function requireStillCovered(work: Workspace, behind: readonly BillHoldingRow[], on: IsoDate): void {
  const now = new Map([...behind, ...work.all(billHoldings)].map((row) => [row.id, row]));
  for (const financing of work.all(financings)) {
    const rows = [...now.values()].filter(({ live, financingId }) => live && financingId === financing.id);
    const owed = financing.valueDate === null ? financing.amount : totalDue(duesAt(financing, on));
    const cover = coverOf(financing, rows);
    require(owed.lessThanOrEqualTo(cover), 'cover-insufficient', `the rest would carry ${formatMoney(cover)}`, {
      field: '/items',
      accepted: `bills and margin that carry ${formatMoney(owed)}`,
      missing: formatMoney(owed.minus(cover)),
    });
  }
}

/** A release is no matter of the due date: it can be answered on the day asked for, or for ten days. */
function lastReleaseDay(asked: IsoDate | null, today: IsoDate): IsoDate {
  require(asked === null || asked >= today, 'invalid-input', 'an offer cannot be answered on a day gone by', {
    field: '/expiresOn',
    accepted: `a day from ${today}`,
  });
  return asked ?? addDays(today, 10);
}

/** The pledgee offers a pledge back, also after maturity: when the holder accepts, the bill is free. */
export const offerRelease: UseCase<Offering, OffersMade, LoadedForRelease> = {
  name: 'bill.offer_release',
  status: 201,
  lane: ({ input }) => laneOf(input.items),
  scope: ({ actor, input }) => [...billScope(input.items), actor.orgId],
  load: async (work, commands) => {
    const items = commands.flatMap(({ input }) => input.items);
    const loaded = await loadHoldings(work, items, []);
    return { ...loaded, behind: await lockLoans(work, items) };
  },
  decide: (work, command, loaded) => {
    const answer = offerEach(work, command, loaded, {
      kind: 'pledge_release',
      find: pledgedTo,
      judge: ({ holding }) => ({ toId: holding.holderId }),
      until: lastReleaseDay,
    });
    requireStillCovered(work, loaded.behind, marketDay(work));
    return answer;
  },
};

/** A release that the exchange has confirmed: the holder has it free again, or in collection after maturity. */
export const released = (holding: BillHoldingRow): Partial<BillHoldingRow> => ({
  standing: nextState(billStandings, holding.standing, 'release'),
  pledgeeId: null,
  financingId: null,
});
