import { uuidv7 } from 'uuidv7';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discountLineAnswer, tellDiscount } from './discount-answer.ts';
import { discountLineStates } from './discount-lifecycle.ts';
import { type LoadedDeals, type LocatedDiscount, linesOf, locatedScope, lockDiscounts } from './discount-loading.ts';
import { billsRedeemed } from './discount-postings.ts';
import { rebateOn } from './discount-pricing.ts';
import { billDiscounts, type DiscountLineRow, type DiscountRow, discountLines } from './discount-store.ts';
import { billStandings } from './lifecycle.ts';
import { marketDay } from './market.ts';
import { acceptOffer, completeOffer, makeOffer } from './offers.ts';
import { type BillHoldingRow, billHoldings } from './store.ts';

type Redeem = LocatedDiscount &
  Readonly<{
    expectedVersion: number;
    /** Null redeems all that the bank still holds of the discount. */
    lineIds: readonly string[] | null;
  }>;
type Redeemed = Readonly<{
  discountId: string;
  face: string;
  /** What the seller paid: the face less its part of the interest that was not earned yet. */
  price: string;
  sellerRebate: string;
  buyerRebate: string;
  lines: ReturnType<typeof discountLineAnswer>[];
}>;

/**
 * A seller takes bills back within the window agreed (回购式贴现赎回): at face, interest not earned going back to whoever
 * bore it, out of its deposit at the bank. Bills, money and limits move at once or not at all (`insufficient-funds`).
 */
export const redeemBills: UseCase<Redeem, Redeemed, LoadedDeals> = {
  name: 'bill_discount.redeem',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => locatedScope(input),
  load: (work, commands) =>
    lockDiscounts(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const discount = work.get(billDiscounts, input.discountId);
    require(actor.orgId === discount.sellerId, 'not-a-party', 'the seller redeems');
    requireVersion(discount.version, input.expectedVersion);
    requireWindow(discount, businessDate);
    const chosen = chosenLines(linesOf(work, loaded, discount.id), input.lineIds);
    const rebates = chosen.map((line) => ({ line, ...rebateOn(line, businessDate) }));
    const after = chosen.map((line) => giveBack(work, line, { businessDate, today: marketDay(work), now }));
    const sum = (amounts: readonly Decimal[]) => amounts.reduce((total, each) => total.plus(each), new Decimal(0));
    const face = sum(chosen.map(({ amount }) => amount));
    const sellerRebate = sum(rebates.map(({ seller }) => seller));
    const buyers = buyersOf(rebates);
    ledgerOf(work).post(
      {
        bookId: discount.bookId,
        kind: 'bill_discount.redeemed',
        businessDate,
        subjectId: discount.id,
        lines: billsRedeemed({ seller: discount.sellerId, face, sellerRebate, buyers }),
      },
      { requestId: actor.requestId, now },
    );
    freeLimit(work, discount.limitPath, face, { financingId: discount.id, on: businessDate, now });
    const counted = work.update(billDiscounts, discount.id, {});
    tellDiscount(work, 'redeemed', counted, { redeemed: face.toFixed(2) });
    return {
      discountId: discount.id,
      face: face.toFixed(2),
      price: face.minus(sellerRebate).toFixed(2),
      sellerRebate: sellerRebate.toFixed(2),
      buyerRebate: sum(buyers.map(({ amount }) => amount)).toFixed(2),
      lines: after.map(discountLineAnswer),
    };
  },
};

function requireWindow({ redemptionFrom, redemptionUntil }: DiscountRow, on: IsoDate): void {
  if (redemptionFrom === null || redemptionUntil === null) {
    throw new Refusal('redemption-not-offered', 'the bills were sold outright', {
      accepted: 'a discount of kind repo',
    });
  }
  require(redemptionFrom <= on && on <= redemptionUntil, 'redemption-outside-window', `the bank is at ${on}`, {
    accepted: `${redemptionFrom} to ${redemptionUntil}`,
  });
}

function chosenLines(lines: readonly DiscountLineRow[], ids: readonly string[] | null): DiscountLineRow[] {
  if (ids === null) {
    const held = lines.filter(({ state }) => state === 'held');
    require(held.length > 0, 'illegal-transition', 'the bank holds none of these bills any more');
    return held;
  }
  return [...new Set(ids)].map((id, place) => {
    const line = lines.find((each) => each.id === id);
    if (line === undefined) throw new Refusal('not-found', `there is no bill ${id}`, { field: `/lineIds/${place}` });
    return line;
  });
}

type Occasion = Readonly<{ businessDate: IsoDate; today: IsoDate; now: Date }>;

function giveBack(work: Workspace, line: DiscountLineRow, { businessDate, today, now }: Occasion): DiscountLineRow {
  const state = nextState(discountLineStates, line.state, 'redeem');
  const { bookId, sellerId } = line;
  const offer = makeOffer(work, work.get(billHoldings, line.holdingId), {
    kind: 'redemption',
    fromId: sellerId,
    toId: bookId,
    terms: { discountId: line.discountId },
    batchId: uuidv7(),
    madeOn: today,
    expiresOn: today,
    now,
  });
  const locked = work.get(billHoldings, line.holdingId);
  const step = { kind: 'redemption', fromId: bookId, toId: sellerId, on: today, transferable: true } as const;
  const effect: Partial<BillHoldingRow> = {
    standing: nextState(billStandings, locked.standing, 'redeem'),
    holderId: sellerId,
    fromId: bookId,
    bookId: null,
    title: { ...locked.title, steps: [...locked.title.steps, step] },
  };
  completeOffer(work, acceptOffer(work, offer, today), effect, 'SU00');
  return work.update(discountLines, line.id, { state, endedOn: businessDate });
}

function buyersOf(rebates: readonly Readonly<{ line: DiscountLineRow; buyer: Decimal }>[]) {
  const byBuyer = new Map<string, Decimal>();
  for (const { line, buyer } of rebates) {
    byBuyer.set(line.buyerId, (byBuyer.get(line.buyerId) ?? new Decimal(0)).plus(buyer));
  }
  return [...byBuyer].filter(([, amount]) => !amount.isZero()).map(([buyerId, amount]) => ({ buyerId, amount }));
}
