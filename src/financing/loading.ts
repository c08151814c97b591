import { lockTasks } from '../approval/store.ts';
import { lockRegistrationsOf } from '../collateral/store.ts';
import { books } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { limitNodes } from '../limit/store.ts';
import { lockChecksOf } from '../oversight/check-store.ts';
import { payments } from '../payment/store.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import type { CollateralKeeper } from './keeper.ts';
import { principalAccounts } from './postings.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from './store.ts';

/** A financing and where it belongs: found under the asking organization's row-level security, and never changing. */
export type Located = Readonly<{
  financingId: string;
  bookId: string;
  chainId: string;
  borrowerId: string;
  /** Whom it is a claim on beside the borrower, if anyone. */
  debtorId: string | null;
}>;

/** What a transaction on financings may touch. */
export const scopeOf = ({ input }: Readonly<{ input: Located }>): string[] =>
  [input.bookId, input.chainId, input.borrowerId, input.debtorId].filter((id) => id !== null);

/** What backs each financing of a batch, and who keeps it. */
export type Backing = Readonly<{
  items: ReadonlyMap<string, readonly FinancingItemRow[]>;
  keeper: CollateralKeeper;
}>;

/** What a decision on financings has before it, beside the rows locked in the global order. */
export type LoadedFinancings = Backing & Readonly<{ reference: Reference }>;

const present = (values: readonly (string | null | undefined)[]): string[] =>
  values.filter((value): value is string => typeof value === 'string');

/** Accounts that commands on this financing may post to. */
function accountsOf(financing: FinancingRow, memoAccounts: readonly AccountPath[]): AccountPath[] {
  const parties: AccountPath[] = [`2001/${financing.borrowerId}`];
  if (financing.debtorId !== null) parties.push(`2001/${financing.debtorId}`, `2003/${financing.debtorId}`);
  return [
    ...parties,
    '1001',
    principalAccounts[financing.product],
    '1103',
    '1120',
    '1131',
    '1132',
    '1190',
    '2011',
    '4001',
    '4002',
    '4003',
    '4004',
    '4006',
    '5002',
    ...memoAccounts,
    '9008',
    '9999',
  ];
}

/** Items of financings, by financing. */
async function itemsOf(work: Workspace, financingIds: Iterable<string>) {
  const items = new Map<string, FinancingItemRow[]>();
  for (const item of await work.read(financingItems, 'financingId', financingIds)) {
    items.set(item.financingId, [...(items.get(item.financingId) ?? []), item]);
  }
  return items;
}

/** Locks financings for a decision: with book, approval, collateral, limits, payment, registration and accounts. */
export async function loadFinancings(
  work: Workspace,
  targets: readonly Located[],
  keeper: CollateralKeeper,
): Promise<LoadedFinancings> {
  const ids = targets.map(({ financingId }) => financingId);
  const unlocked = await work.read(financings, 'id', ids);
  const reference = await loadReference(work);
  await work.lock(
    books,
    targets.map(({ bookId }) => bookId),
  );
  // Whose terms ask for no checks has none.
  const checked = unlocked.filter(({ terms }) => terms.checks !== undefined).map(({ id }) => id);
  if (checked.length > 0) await lockChecksOf(work, checked);
  await lockTasks(
    work,
    present(unlocked.flatMap((each) => [each.approvalId, each.guaranteeTaskId, each.pending?.taskId])),
  );
  return { ...(await lockBacked(work, ids, keeper, true)), reference };
}

/** Locks financings for a payment, which needs neither approvals nor reference data, and books that it goes through. */
export async function loadForPayment(
  work: Workspace,
  targets: readonly Located[],
  keeper: CollateralKeeper,
  bookIds: readonly string[] = [],
): Promise<Backing> {
  await work.lock(books, [...bookIds, ...targets.map(({ bookId }) => bookId)]);
  return lockBacked(
    work,
    targets.map(({ financingId }) => financingId),
    keeper,
    false,
  );
}

async function lockBacked(
  work: Workspace,
  ids: readonly string[],
  keeper: CollateralKeeper,
  withPayments: boolean,
): Promise<Backing> {
  const items = await itemsOf(work, ids);
  const all = [...items.values()].flat();
  await keeper.lock(work, all);
  await work.lock(financings, [...ids, ...(keeper.alongside?.(work, all) ?? [])]);
  const locked = [...new Set(ids)].flatMap((id) => work.find(financings, id) ?? []);
  await work.lock(
    limitNodes,
    locked.flatMap(({ limitPath }) => limitPath),
  );
  if (withPayments) await work.lock(payments, present(locked.map(({ paymentId }) => paymentId)));
  await lockRegistrationsOf(work, ids);
  const ledger = ledgerOf(work);
  for (const bookId of new Set(locked.map((financing) => financing.bookId))) {
    await ledger.lock(
      bookId,
      locked
        .filter((f) => f.bookId === bookId)
        .flatMap((f) => [
          ...accountsOf(f, keeper.memoAccounts),
          ...(keeper.accounts?.(work, f, items.get(f.id) ?? []) ?? []),
        ]),
    );
  }
  return { items, keeper };
}

/** Where the principal of a loaded financing stands. */
export const principalAccountOf = (work: Workspace, loaded: Backing, financing: FinancingRow): AccountPath =>
  loaded.keeper.principalAccount?.(work, financing, itemsFor(loaded, financing)) ??
  (financing.overdueSince === null ? principalAccounts[financing.product] : '1120');

export const itemsFor = (loaded: Backing, financing: FinancingRow): readonly FinancingItemRow[] =>
  loaded.items.get(financing.id) ?? [];
