import { uuidv7 } from 'uuidv7';
import { openTask } from '../approval/commands.ts';
import { type SettlementAccountRow, settlementAccounts } from '../identity/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { findLimitPath, limitPath, reserveLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { authorityFor } from '../programme/rules.ts';
import { programmeInForce } from '../programme/store.ts';
import { discountAnswer, tellDiscount } from './discount-answer.ts';
import { sellerGatesOf } from './discount-eligibility.ts';
import { type DiscountRequest, discountScope, type LoadedDiscounts, loadDiscounts } from './discount-loading.ts';
import { lockBill } from './discount-locking.ts';
import { holdOf, instructPayment } from './discount-payment.ts';
import {
  type BillQuoteRow,
  type BuyerHold,
  billDiscounts,
  billQuotes,
  type DiscountRow,
  discountLines,
  type QuotedLine,
} from './discount-store.ts';
import { atItem } from './selection.ts';

type Take = DiscountRequest & Readonly<{ quoteId: string; payeeAccountId: string; buyerIds: readonly string[] }>;
type Loaded = LoadedDiscounts &
  Readonly<{
    accounts: ReadonlyMap<string, SettlementAccountRow>;
    limitPaths: ReadonlyMap<string, readonly string[]>;
  }>;

/**
 * A seller takes a firm quote: its bills are locked, limits reserved on the whole path and the buyers' parts of the
 * interest set aside on their deposits. Where the authority matrix leaves it to its rule the payment goes out at once.
 */
export const takeQuote: UseCase<Take, ReturnType<typeof discountAnswer>, Loaded> = {
  name: 'bill_discount.take_quote',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => discountScope(input),
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const accounts = await work.read(
      settlementAccounts,
      'id',
      inputs.map(({ payeeAccountId }) => payeeAccountId),
    );
    const targets = commands.flatMap(({ actor, input }) =>
      input.programmes.map(({ programmeId }) => ({
        programmeId,
        orgId: actor.orgId,
        product: 'bill_discount' as const,
      })),
    );
    const paths = await findLimitPath(work, targets);
    const loaded = await loadDiscounts(
      work,
      inputs,
      commands.map(({ actor }) => actor.orgId),
    );
    await work.lock(
      billQuotes,
      inputs.map(({ quoteId }) => quoteId),
    );
    await work.lock(limitNodes, paths.flat());
    for (const { programmes, buyerIds } of inputs) {
      for (const { bookId } of programmes) {
        await ledgerOf(work).lock(
          bookId,
          buyerIds.map((buyerId): AccountPath => `2001/${buyerId}`),
        );
      }
    }
    return {
      ...loaded,
      accounts: new Map(accounts.map((account) => [account.id, account])),
      limitPaths: new Map(targets.map((target, i) => [`${target.programmeId} ${target.orgId}`, paths[i] ?? []])),
    };
  },
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.programmes[0]?.bookId ?? '');
    const quote = requireFirm(work.get(billQuotes, input.quoteId), { sellerId: actor.orgId, on: businessDate, now });
    const { version } = programmeInForce(loaded.programmes, quote.programmeId, businessDate);
    const seller = loaded.organizations.get(actor.orgId);
    if (seller === undefined) throw new Refusal('not-found', 'the seller is not known');
    const product = version.terms.products.bill_discount;
    const [amiss] = sellerGatesOf(product, { loaded, chainId: quote.chainId, seller });
    if (amiss !== undefined) throw amiss;

    const target = { programmeId: quote.programmeId, product: 'bill_discount' as const };
    const path = limitPath(work, loaded.limitPaths.get(`${quote.programmeId} ${actor.orgId}`) ?? [], target);
    const { approval: level, rule } = authorityFor(version.terms, quote.face, seller.tags);
    const discount = drawUp(quote, { path, level, payeeAccountId: input.payeeAccountId, now });
    reserveLimit(work, path, discount.face, { financingId: discount.id, on: businessDate, now });
    const lines = quote.lines.map((line, place) =>
      atItem(`/lines/${place}`, () => lockBill(work, { line, quote, discount, seller, loaded, now })),
    );
    for (const hold of discount.holds) ledgerOf(work).hold(holdOf(discount, hold));
    work.insert(billDiscounts, discount);
    for (const line of lines) work.insert(discountLines, line);
    work.update(billQuotes, quote.id, { discountId: discount.id });
    tellDiscount(work, 'submitted', discount);
    if (level !== 'auto') return discountAnswer(discount);
    const task = openTask(work, {
      bookId: discount.bookId,
      subjectKind: 'bill_discount',
      subjectId: discount.id,
      action: 'approve',
      amount: discount.face,
      level,
      rule: `programme version ${version.number}: ${rule}`,
      maker: actor,
      subjectVersion: discount.version,
      now,
    });
    const approved = work.update(billDiscounts, discount.id, { approvalId: task.id });
    return discountAnswer(instructPayment(work, { discount: approved, lines, now }, loaded));
  },
};

type Taking = Readonly<{ sellerId: string; on: IsoDate; now: Date }>;

/** Refuses a quote of somebody else, one that was taken, and one whose time or business day is over. */
function requireFirm(quote: BillQuoteRow, { sellerId, on, now }: Taking): BillQuoteRow {
  require(quote.sellerId === sellerId, 'not-a-party', 'this is for whoever was quoted');
  require(quote.discountId === null, 'quote-taken', 'the quote has been taken', { discountId: quote.discountId });
  require(now.toISOString() < quote.expiresAt &&
    on === quote.valueDate, 'quote-expired', 'the quote is no longer firm', {
    expiresAt: quote.expiresAt,
    valueDate: quote.valueDate,
    accepted: `before ${quote.expiresAt}, on ${quote.valueDate}`,
  });
  return quote;
}

function drawUp(
  quote: BillQuoteRow,
  given: Readonly<{ path: string[]; level: DiscountRow['approvalLevel']; payeeAccountId: string; now: Date }>,
): DiscountRow {
  const id = uuidv7();
  const { kind, redemptionFrom, redemptionUntil, rate, vatRate, valueDate } = quote;
  return {
    id,
    number: `TX-${id.slice(0, 8)}-${id.slice(-12)}`.toUpperCase(),
    quoteId: quote.id,
    chainId: quote.chainId,
    bookId: quote.bookId,
    programmeId: quote.programmeId,
    programmeVersion: quote.programmeVersion,
    sellerId: quote.sellerId,
    ...{ kind, redemptionFrom, redemptionUntil, rate, vatRate, valueDate },
    status: 'submitted',
    face: quote.face,
    interest: quote.interest,
    sellerInterest: quote.sellerInterest,
    buyerInterest: quote.buyerInterest,
    proceeds: quote.proceeds,
    payeeAccountId: given.payeeAccountId,
    limitPath: given.path,
    approvalLevel: given.level,
    approvalId: null,
    paymentId: null,
    holds: holdsOf(quote.lines),
    settledOn: null,
    note: null,
    version: 1,
    createdAt: given.now.toISOString(),
  };
}

/** One hold for each buyer, of all that it bears. */
function holdsOf(lines: readonly QuotedLine[]): BuyerHold[] {
  const borne = new Map<string, Decimal>();
  for (const { buyerId, buyerInterest } of lines) {
    borne.set(buyerId, (borne.get(buyerId) ?? new Decimal(0)).plus(buyerInterest));
  }
  return [...borne]
    .filter(([, amount]) => !amount.isZero())
    .map(([buyerId, amount]) => ({ id: uuidv7(), buyerId, amount: amount.toFixed(2) }));
}
