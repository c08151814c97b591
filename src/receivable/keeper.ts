import type { CollateralKeeper } from '../financing/keeper.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { holdingRights } from './lifecycle.ts';
import { type HoldingRow, holdings, lockReceivables } from './store.ts';

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
