import type { Workspace } from '../platform/workspace.ts';
import type { FinancingItemRow, FinancingRow } from './store.ts';

/**
 * What a product does with the things that back its financings. The lifecycle that all products share calls it; a
 * product implements it once.
 */
export type CollateralKeeper = Readonly<{
  /** Locks what backs these financings. Called before the financings themselves are locked. */
  lock: (work: Workspace, items: readonly FinancingItemRow[]) => Promise<void>;
  /** The bank has approved: the pledge or assignment takes legal effect. */
  secure: (work: Workspace, financing: FinancingRow, items: readonly FinancingItemRow[]) => void;
  /** The money has been paid: a purchase passes ownership. */
  fund: (work: Workspace, financing: FinancingRow, items: readonly FinancingItemRow[]) => void;
  /** Nothing is owed any more, or the application has ended: everything is free again. */
  release: (work: Workspace, financing: FinancingRow, items: readonly FinancingItemRow[]) => void;
}>;
