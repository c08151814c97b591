import type { RegistrationKind, SubjectKind } from '../collateral/store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FinancedProduct } from '../programme/terms.ts';
import type { Held } from './postings.ts';
import type { FinancingItemRow, FinancingRow, ItemKind, RepaymentRow } from './store.ts';

/** What the movable-finance register is told of one thing that secures a financing. */
export type Security = Readonly<{
  kind: RegistrationKind;
  subjectKind: SubjectKind;
  subjectId: string;
  /** What of the claim it secures, yuan to the fen. */
  amount: Decimal;
}>;

/** Principal that came back: from which source, out of which account. */
export type PrincipalRepaid = Readonly<{ source: RepaymentRow['source']; from: AccountPath; principal: Decimal }>;

type Act<Answer> = (work: Workspace, financing: FinancingRow, items: readonly FinancingItemRow[]) => Answer;

/**
 * What a product does with the things that back its financings. The lifecycle that all products share calls it; a
 * product implements it once.
 */
export type CollateralKeeper = Readonly<{
  /** Locks what backs these financings. Called before the financings themselves are locked. */
  lock: (work: Workspace, items: readonly FinancingItemRow[]) => Promise<void>;
  /** Other financings that share what backs these, and that what befalls these may change: locked with them. */
  alongside?: (work: Workspace, items: readonly FinancingItemRow[]) => readonly string[];
  /** Refuses collateral that is contested or does not cover any more: nothing is approved or paid out on it. */
  requireSound: Act<void>;
  /** The bank has approved: the pledge or assignment takes legal effect. Answers all that is to be registered. */
  secure: Act<readonly Security[]>;
  /** The money has been paid: a purchase passes ownership. */
  fund: Act<void>;
  /** What stands off the balance sheet for the collateral now, or null for none. */
  held: Act<Held | null>;
  /** Accounts off the balance sheet that `held` may name. */
  memoAccounts: readonly AccountPath[];
  /** Grace has passed unpaid by the end of a day. */
  fellOverdue: (
    work: Workspace,
    financing: FinancingRow,
    items: readonly FinancingItemRow[],
    businessDate: IsoDate,
  ) => void;
  /** Accounts that the keeper posts to beside those of every financing. */
  accounts?: Act<readonly AccountPath[]>;
  /** Where principal stands, when that is not the account of the product or of overdue loans; else null. */
  principalAccount?: Act<AccountPath | null>;
  /** Principal has been repaid: what it frees is freed. */
  repaid?: (
    work: Workspace,
    financing: FinancingRow,
    items: readonly FinancingItemRow[],
    payment: PrincipalRepaid,
  ) => void;
  /** Nothing is owed any more, or the application has ended: everything is free again. */
  release: Act<void>;
}>;

/** The keeper of a loan that nothing backs. */
export const unsecuredKeeper: CollateralKeeper = {
  lock: async () => undefined,
  requireSound: () => undefined,
  secure: () => [],
  fund: () => undefined,
  held: () => null,
  memoAccounts: [],
  fellOverdue: () => undefined,
  release: () => undefined,
};

export type Keepers = Readonly<{
  byProduct: Readonly<Record<FinancedProduct, CollateralKeeper>>;
  /** Keepers of the things themselves, in the global lock order. */
  byItem: Readonly<Partial<Record<ItemKind, CollateralKeeper>>>;
}>;

/** One keeper for the financings of every product: each is passed to the keeper of its product. */
export const keeperOfAll = ({ byProduct, byItem }: Keepers): CollateralKeeper => ({
  lock: async (work, items) => {
    for (const [kind, keeper] of Object.entries(byItem)) {
      const ofKind = items.filter((item) => item.kind === kind);
      if (ofKind.length > 0) await keeper.lock(work, ofKind);
    }
  },
  alongside: (work, items) =>
    Object.entries(byItem).flatMap(
      ([kind, keeper]) =>
        keeper.alongside?.(
          work,
          items.filter((item) => item.kind === kind),
        ) ?? [],
    ),
  requireSound: (work, financing, items) => byProduct[financing.product].requireSound(work, financing, items),
  secure: (work, financing, items) => byProduct[financing.product].secure(work, financing, items),
  fund: (work, financing, items) => byProduct[financing.product].fund(work, financing, items),
  held: (work, financing, items) => byProduct[financing.product].held(work, financing, items),
  memoAccounts: [...new Set(Object.values(byProduct).flatMap(({ memoAccounts }) => memoAccounts))],
  fellOverdue: (work, financing, items, on) => byProduct[financing.product].fellOverdue(work, financing, items, on),
  accounts: (work, financing, items) => byProduct[financing.product].accounts?.(work, financing, items) ?? [],
  principalAccount: (work, financing, items) =>
    byProduct[financing.product].principalAccount?.(work, financing, items) ?? null,
  repaid: (work, financing, items, payment) => byProduct[financing.product].repaid?.(work, financing, items, payment),
  release: (work, financing, items) => byProduct[financing.product].release(work, financing, items),
});
