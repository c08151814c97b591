import { uuidv7 } from 'uuidv7';
import type { OrganizationRow } from '../identity/store.ts';
import { addDays } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { gatesOf } from './discount-eligibility.ts';
import { consentKey, type LoadedDiscounts } from './discount-loading.ts';
import type { BillQuoteRow, DiscountLineRow, DiscountRow, QuotedLine } from './discount-store.ts';
import { takePart } from './holdings.ts';
import { billOf } from './loading.ts';
import { marketDay } from './market.ts';
import { makeOffer } from './offers.ts';
import { rediscountPurposesOf } from './rediscount-rules.ts';
import { type BillHoldingRow, billHoldings } from './store.ts';

type Locking = Readonly<{
  line: QuotedLine;
  quote: BillQuoteRow;
  discount: DiscountRow;
  seller: OrganizationRow;
  loaded: LoadedDiscounts;
  now: Date;
}>;

/** One bill of the quote passes its gates again, is cut off its holding and offered to the bank. */
export function lockBill(work: Workspace, { line, quote, discount, seller, loaded, now }: Locking): DiscountLineRow {
  const today = marketDay(work);
  const bill = billOf(loaded, line.billId);
  const holding = holdingOf(work, line, seller.id);
  const [amiss] = gatesOf(holding, bill, { loaded, backing: loaded.backing, today });
  if (amiss !== undefined) throw amiss;
  requireConsent(line, quote, loaded);
  const part = takePart(work, holding, { range: { start: line.firstUnit, end: line.lastUnit } }, now);
  const offer = makeOffer(work, part, {
    kind: 'discount',
    fromId: seller.id,
    toId: discount.bookId,
    terms: { discountId: discount.id, kind: discount.kind },
    batchId: discount.id,
    madeOn: today,
    expiresOn: addDays(bill.dueDate, -1),
    now,
  });
  return {
    id: uuidv7(),
    discountId: discount.id,
    bookId: discount.bookId,
    chainId: bill.chainId,
    sellerId: seller.id,
    billId: bill.id,
    holdingId: part.id,
    offerId: offer.id,
    amount: new Decimal(line.amount),
    interest: new Decimal(line.interest),
    sellerInterest: new Decimal(line.sellerInterest),
    buyerInterest: new Decimal(line.buyerInterest),
    buyerId: line.buyerId,
    earnsFrom: discount.valueDate,
    earnsUntil: line.interestUntil,
    vatRate: discount.vatRate,
    redemptionFrom: discount.redemptionFrom,
    redemptionUntil: discount.redemptionUntil,
    maturityDate: line.maturityDate,
    state: 'pending',
    purposes: rediscountPurposesOf(seller),
    rediscountId: null,
    endedOn: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}

const contains = (holding: BillHoldingRow, { firstUnit, lastUnit }: QuotedLine): boolean =>
  holding.live && holding.firstUnit <= firstUnit && lastUnit <= holding.lastUnit;

/** The seller's holding with the units quoted: the one quoted, or what another line of this deal has cut off it. */
function holdingOf(work: Workspace, line: QuotedLine, sellerId: string): BillHoldingRow {
  const quoted = work.get(billHoldings, line.holdingId);
  const holding = contains(quoted, line)
    ? quoted
    : work.all(billHoldings).find((each) => each.billId === line.billId && contains(each, line));
  require(holding?.holderId === sellerId, 'quote-expired', 'the seller no longer holds these units', {
    accepted: 'a new quote',
  });
  return holding;
}

/** Refuses when the drawer has ended its consent since the quote. */
function requireConsent(
  { consentId, buyerId }: QuotedLine,
  { chainId, bookId }: BillQuoteRow,
  loaded: LoadedDiscounts,
): void {
  if (consentId === null) return;
  const standing = loaded.consents.get(consentKey(chainId, bookId, buyerId));
  require(standing?.id === consentId, 'interest-consent-missing', 'the drawer has ended its consent', {
    accepted: 'a new quote',
  });
}
