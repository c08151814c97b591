import type { IsoDate } from '../money/dates.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { billHoldingAnswer, billOfferAnswer } from './answer.ts';
import { billStandings } from './lifecycle.ts';
import { type LoadedHoldings, loadHoldings } from './loading.ts';
import { marketDay } from './market.ts';
import { type Offering, type OffersMade, offerEach } from './offering.ts';
import {
  type LoadedPayments,
  type LocatedPresentation,
  lockPresentations,
  payBill,
  paymentScope,
  presentedNow,
  refusePayment,
  requireLocated,
} from './paying.ts';
import { atItem, billScope, laneOf, type SelectedHolding } from './selection.ts';
import { type BillHoldingRow, billHoldings, billOffers } from './store.ts';

/** The holding, when the actor may present it: as its holder, or as pledgee of what is pledged to it. */
function presentableBy(work: Workspace, orgId: string, item: SelectedHolding): BillHoldingRow {
  const holding = work.find(billHoldings, item.holdingId);
  if (holding?.live !== true) {
    throw new Refusal('not-found', `there is no holding ${item.holdingId}`, { field: item.field });
  }
  const presenter = holding.pledgeeId ?? holding.holderId;
  require(presenter === orgId, 'not-a-party', 'its holder, or its pledgee, presents a bill', { field: item.field });
  nextState(billStandings, holding.standing, 'offer_payment');
  return holding;
}

/**
 * A holder presents bills for payment before they are due, or again after they were refused (票据法 art. 53); on the day
 * they present themselves. The acceptor has the day to answer.
 */
export const presentBills: UseCase<Offering, OffersMade, LoadedHoldings> = {
  name: 'bill.present',
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
      kind: 'payment',
      find: (within, { orgId }, item) => presentableBy(within, orgId, item),
      judge: ({ bill }) => ({ toId: bill.acceptorId }),
      until: (_asked: IsoDate | null, today: IsoDate) => today,
    }),
};

/** Why a payment is refused, as the exchange codes it (中国票据业务系统直连接口规范). */
export const dishonourCodes = ['DC00', 'DC01', 'DC02', 'DC03', 'DC04', 'DC05', 'DC06', 'DC07', 'DC08', 'DC09'] as const;
export type DishonourCode = (typeof dishonourCodes)[number];

type AnswerPresentations = Readonly<{
  presentations: readonly LocatedPresentation[];
  verdict: 'pay' | 'refuse';
  code: DishonourCode | null;
  reason: string | null;
}>;
type Answered = Readonly<{
  offers: ReturnType<typeof billOfferAnswer>[];
  holdings: ReturnType<typeof billHoldingAnswer>[];
}>;

/** The acceptor pays a list of presented bills, or refuses them with the reason's code; all or none. */
export const answerPresentations: UseCase<AnswerPresentations, Answered, LoadedPayments> = {
  name: 'bill.answer_presentations',
  lane: ({ input }) => paymentScope(input.presentations).sort().join(' '),
  scope: ({ input }) => paymentScope(input.presentations),
  load: (work, commands) =>
    lockPresentations(
      work,
      commands.flatMap(({ input }) => input.presentations),
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const on = { today: marketDay(work), requestId: actor.requestId, now };
    const code = requireCode(input);
    const holdings = input.presentations.map((located, place) =>
      atItem(`/offerIds/${place}`, () => {
        const presented = presentedNow(work, loaded, located.offerId);
        require(presented.offer.kind === 'payment', 'wrong-answer-route', 'this is no presentation for payment');
        require(presented.offer.toId === actor.orgId, 'not-a-party', 'only the acceptor answers');
        require(!presented.holding.frozen, 'bill-frozen', 'a court has frozen the bill');
        requireLocated(located, presented.holding);
        return code === null
          ? payBill(work, presented, loaded, on)
          : refusePayment(work, presented, { code, reason: input.reason }, on);
      }),
    );
    return {
      offers: input.presentations.map(({ offerId }) => billOfferAnswer(work.get(billOffers, offerId))),
      holdings: holdings.map(billHoldingAnswer),
    };
  },
};

function requireCode({ verdict, code, reason }: AnswerPresentations): DishonourCode | null {
  if (verdict === 'pay') return null;
  if (code === null || (code === 'DC09' && reason === null)) {
    throw new Refusal('invalid-input', 'a refusal has a code, and DC09 its reason in words', {
      field: code === null ? '/code' : '/reason',
      accepted: code === null ? dishonourCodes.join(', ') : 'the reason',
    });
  }
  return code;
}
