import { lockTasks } from '../approval/store.ts';
import { type SettlementAccountRow, settlementAccounts } from '../identity/store.ts';
import { books } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { endsOf } from '../ledger/hold-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { limitNodes } from '../limit/store.ts';
import { Decimal } from '../money/decimal.ts';
import { payments } from '../payment/store.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import {
  billDiscounts,
  type ConsentRow,
  type DiscountLineRow,
  type DiscountRow,
  discountLines,
  interestConsents,
} from './discount-store.ts';
import { type LoadedHoldings, loadHoldings } from './loading.ts';
import { lockMarket } from './market.ts';
import type { SelectedHolding } from './selection.ts';
import { BILL_MARKET, billHoldings, billOffers } from './store.ts';

/** A holding selected for discount; its drawer may bear a part of the interest. */
export type DiscountItem = SelectedHolding & Readonly<{ drawerId: string }>;

/** Whose bills, which banks: what questions and deals about discounts have in common. */
export type DiscountRequest = Readonly<{
  chainId: string;
  programmes: readonly Readonly<{ programmeId: string; bookId: string }>[];
  items: readonly DiscountItem[];
}>;

/** What a transaction about discounts may touch: the market's day, the chain, its parties and the books of the banks. */
export const discountScope = ({ chainId, programmes, items }: DiscountRequest): string[] => [
  BILL_MARKET,
  chainId,
  ...programmes.map(({ bookId }) => bookId),
  ...items.flatMap(({ acceptorId, drawerId }) => [acceptorId, drawerId]),
];

export type LoadedDiscounts = LoadedHoldings &
  Readonly<{
    reference: Reference;
    programmes: ReadonlyMap<string, ProgrammeWithVersions>;
    /** Consents in force, by chain, bank and drawer. */
    consents: ReadonlyMap<string, ConsentRow>;
    backing: ReadonlyMap<string, Decimal>;
  }>;

export const consentKey = (chainId: string, bookId: string, buyerId: string): string =>
  `${chainId} ${bookId} ${buyerId}`;

async function loadConsents(work: Workspace, requests: readonly DiscountRequest[]) {
  const found = await work.query<{ id: string }>(
    'bill_interest_consent.standing',
    `select id from bill_interest_consent
      where chain_id = any($1::uuid[]) and book_id = any($2::uuid[]) and ended_on is null`,
    [
      requests.map(({ chainId }) => chainId),
      requests.flatMap(({ programmes }) => programmes.map(({ bookId }) => bookId)),
    ],
  );
  const rows = await work.read(
    interestConsents,
    'id',
    found.map(({ id }) => id),
  );
  return new Map(rows.map((row) => [consentKey(row.chainId, row.bookId, row.buyerId), row]));
}

async function loadBacking(work: Workspace, billIds: readonly string[]): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await work.query<{ bill_id: string; amount: string }>(
    'bill_background.of_bills',
    `select bill_id, sum(amount) as amount from bill_background
      where bill_id = any($1::uuid[]) and not released group by bill_id`,
    [[...new Set(billIds)]],
  );
  return new Map(rows.map(({ bill_id, amount }) => [bill_id, new Decimal(amount)]));
}

/** Reads and locks what discounts are judged by: programmes, consents, trade; then the day, books, holdings. */
export async function loadDiscounts(
  work: Workspace,
  requests: readonly DiscountRequest[],
  sellerIds: readonly string[],
): Promise<LoadedDiscounts> {
  const items = requests.flatMap((request) => request.items);
  const banks = requests.flatMap((request) => request.programmes);
  const reference = await loadReference(work);
  const programmes = await loadProgrammes(
    work,
    banks.map(({ programmeId }) => programmeId),
  );
  const consents = await loadConsents(work, requests);
  const backing = await loadBacking(
    work,
    items.map(({ billId }) => billId),
  );
  await lockMarket(work);
  await work.lock(
    books,
    banks.map(({ bookId }) => bookId),
  );
  const loaded = await loadHoldings(work, items, sellerIds);
  return { ...loaded, reference, programmes, consents, backing };
}

/** A discount and where it belongs: found under the asking organization's row-level security, and never changing. */
export type LocatedDiscount = Readonly<{ discountId: string; bookId: string; chainId: string; sellerId: string }>;

/** What a transaction on a discount may touch. */
export const locatedScope = ({ bookId, chainId, sellerId }: LocatedDiscount): string[] => [
  BILL_MARKET,
  bookId,
  chainId,
  sellerId,
];

/** What a decision on discounts has before it, beside the rows locked in the global order. */
export type LoadedDeals = Readonly<{
  lines: ReadonlyMap<string, readonly string[]>;
  accounts: ReadonlyMap<string, SettlementAccountRow>;
  /** Holds that have ended already, by hand or by the same answer told before. */
  endedHolds: ReadonlySet<string>;
}>;

/** Accounts that a discount moves. */
const accountsOf = ({ sellerId, holds }: DiscountRow): AccountPath[] => [
  '1107',
  '1108',
  '2011',
  '4002',
  `2001/${sellerId}`,
  ...holds.map(({ buyerId }): AccountPath => `2001/${buyerId}`),
];

/** Locks discounts with their books, approvals, holdings, offers, lines, limits, payments and accounts. */
export async function lockDiscounts(work: Workspace, located: readonly LocatedDiscount[]): Promise<LoadedDeals> {
  const bookIds = located.map(({ bookId }) => bookId);
  await lockMarket(work);
  await work.lock(books, bookIds);
  return lockDeals(
    work,
    located.map(({ discountId }) => discountId),
    bookIds,
  );
}

/** The same for whoever holds the books already. */
export async function lockDeals(
  work: Workspace,
  discountIds: readonly string[],
  bookIds: readonly string[],
): Promise<LoadedDeals> {
  const found = await work.read(billDiscounts, 'id', discountIds);
  const all = await work.read(discountLines, 'discountId', discountIds);
  const accounts = await work.read(
    settlementAccounts,
    'id',
    found.map(({ payeeAccountId }) => payeeAccountId),
  );
  await lockTasks(
    work,
    found.flatMap(({ approvalId }) => approvalId ?? []),
  );
  await work.lock(
    billHoldings,
    all.map(({ holdingId }) => holdingId),
  );
  await work.lock(
    billOffers,
    all.map(({ offerId }) => offerId),
  );
  const locked = await work.lock(billDiscounts, discountIds);
  await work.lock(
    discountLines,
    all.map(({ id }) => id),
  );
  await work.lock(
    limitNodes,
    locked.flatMap(({ limitPath }) => limitPath),
  );
  await work.lock(
    payments,
    locked.flatMap(({ paymentId }) => paymentId ?? []),
  );
  const endedHolds = new Set<string>();
  for (const bookId of new Set(bookIds)) {
    const ofBook = locked.filter((each) => each.bookId === bookId);
    await ledgerOf(work).lock(bookId, ofBook.flatMap(accountsOf));
    const ids = ofBook.flatMap(({ holds }) => holds.map(({ id }) => id));
    for (const id of (await endsOf(work, bookId, ids)).keys()) endedHolds.add(id);
  }
  const lines = new Map<string, string[]>();
  for (const discountId of discountIds) lines.set(discountId, []);
  for (const { id, discountId } of all) lines.get(discountId)?.push(id);
  return { lines, accounts: new Map(accounts.map((account) => [account.id, account])), endedHolds };
}

/** The locked lines of a discount. */
export const linesOf = (work: Workspace, { lines }: LoadedDeals, discountId: string): DiscountLineRow[] =>
  (lines.get(discountId) ?? []).map((id) => work.get(discountLines, id));
