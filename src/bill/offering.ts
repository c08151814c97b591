import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import type { Actor } from '../platform/actor.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { billHoldingAnswer, billOfferAnswer } from './answer.ts';
import { lastAnswerDay } from './gates.ts';
import type { OfferKind } from './lifecycle.ts';
import { billOf, type LoadedHoldings } from './loading.ts';
import { marketDay } from './market.ts';
import { makeOffer } from './offers.ts';
import { atItem, partOfSelected, type SelectedHolding, type Selection } from './selection.ts';
import { type BillHoldingRow, type BillRow, billHoldings } from './store.ts';

/** What every offer about a list of holdings says. */
export type Offering = Selection & Readonly<{ expiresOn: IsoDate | null }>;

/** One holding that something is to be offered about, before a part is cut off it. */
export type Offered = Readonly<{ holding: BillHoldingRow; bill: BillRow; item: SelectedHolding; today: IsoDate }>;

type Shape = Readonly<{
  kind: OfferKind;
  /** The holding, when the actor may offer this about it. */
  find: (work: Workspace, actor: Pick<Actor, 'orgId'>, item: SelectedHolding) => BillHoldingRow;
  /** Refuses, or answers to whom it is offered on which terms. */
  judge: (offered: Offered) => Readonly<{ toId: string; terms?: Readonly<Record<string, unknown>> }>;
  /** The last day of an answer; unless told, the one asked for, up to the day before the bill is due. */
  until?: (asked: IsoDate | null, today: IsoDate, bill: BillRow) => IsoDate;
}>;

/**
 * Offers the same about every holding of a list, or a part of each: what is refused is named, and nothing is offered
 * unless all is. Answers the offers with their holdings.
 */
export function offerEach(
  work: Workspace,
  { actor, input, now }: Command<Offering>,
  loaded: LoadedHoldings,
  { kind, find, judge, until = lastAnswerDay }: Shape,
) {
  const today = marketDay(work);
  const batchId = uuidv7();
  const offers = input.items.map((item) =>
    atItem(item.field, () => {
      const holding = find(work, actor, item);
      const bill = billOf(loaded, holding.billId);
      const { toId, terms = {} } = judge({ holding, bill, item, today });
      const part = partOfSelected(work, holding, item, now);
      const expiresOn = until(input.expiresOn, today, bill);
      return makeOffer(work, part, { kind, fromId: actor.orgId, toId, terms, batchId, madeOn: today, expiresOn, now });
    }),
  );
  return {
    offers: offers.map(billOfferAnswer),
    holdings: offers.map(({ holdingId }) => billHoldingAnswer(work.get(billHoldings, holdingId))),
  };
}
export type OffersMade = ReturnType<typeof offerEach>;
