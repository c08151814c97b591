import type { CollateralKeeper } from '../financing/keeper.ts';
import type { FinancingStatus } from '../financing/lifecycle.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { holdingRights } from './lifecycle.ts';
import { type HoldingRow, holdings, lockReceivables, receivables } from './store.ts';

/** Parts of receivables that back a financing now. */
const partsOf = (work: Workspace, financingId: string): HoldingRow[] =>
  work.all(holdings).filter((holding) => holding.financingId === financingId && holding.state === 'live');

/** Receivables as collateral: pledged for a loan, assigned for factoring with recourse, sold without. */
export const receivableKeeper: CollateralKeeper = {
  lock: (work, items) =>
    lockReceivables(
      work,
      items.map((item) => item.receivableId as string),
    ),
  secure: (work, financing) => {
    const event = financing.product === 'pledge_loan' ? 'pledge' : 'assign';
    for (const part of partsOf(work, financing.id)) {
      const { disputed } = work.get(receivables, part.receivableId);
      require(disputed.isZero(), 'already-disputed', 'the debtor disputes a receivable behind the financing', {
        receivableId: part.receivableId,
      });
      work.update(holdings, part.id, { legal: nextState(holdingRights, part.legal, event) });
    }
  },
  fund: (work, financing) => {
    if (financing.accruing !== 'discount') return;
    for (const part of partsOf(work, financing.id)) {
      work.update(holdings, part.id, { legal: nextState(holdingRights, part.legal, 'sell') });
    }
  },
  release: (work, financing) => {
    for (const part of partsOf(work, financing.id)) {
      const legal = part.legal === 'none' ? part.legal : nextState(holdingRights, part.legal, 'release');
      work.update(holdings, part.id, { legal, financingId: null, bookId: null });
    }
  },
};

/** The same, for a command that also touches these receivables, whether they back a financing or not. */
export const keeperOf = (receivableIds: readonly string[]): CollateralKeeper => ({
  ...receivableKeeper,
  lock: (work, items) => lockReceivables(work, [...items.map((item) => item.receivableId as string), ...receivableIds]),
});

/**
 * The financing that a part backs, or null. Refuses one that is not paid out yet, or was applied for a moment ago:
 * until it is active or cancelled the part stays as it is.
 */
export function financingBehind(work: Workspace, part: HoldingRow): FinancingRow | null {
  if (part.financingId === null) return null;
  const financing = work.find(financings, part.financingId);
  if (financing !== undefined && paidOut.includes(financing.status)) return financing;
  throw new Refusal('financing-pending', 'a financing of this receivable is not paid out yet', {
    accepted: 'the same after it is paid out, or after it is cancelled',
    financingId: part.financingId,
  });
}

const paidOut: readonly FinancingStatus[] = ['active', 'overdue', 'recovering', 'written_off'];
