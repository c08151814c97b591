import type { CollateralKeeper } from '../financing/keeper.ts';
import type { FinancingStatus } from '../financing/lifecycle.ts';
import { type FinancingItemRow, type FinancingRow, financings } from '../financing/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { undisputed } from './answer.ts';
import { holdingRights, receivablePayments } from './lifecycle.ts';
import { backingOf, type HoldingRow, holdings, lockReceivables, partsBehind, receivables } from './store.ts';

/** Receivables as collateral: pledged for a loan, assigned for factoring with recourse, sold without. */
export const receivableKeeper: CollateralKeeper = {
  lock: (work, items) =>
    lockReceivables(
      work,
      items.map((item) => item.receivableId as string),
    ),
  requireSound: (work, financing) => {
    for (const { receivableId } of partsBehind(work, financing.id)) {
      const receivable = work.get(receivables, receivableId);
      const covered = backingOf(work, receivableId).lessThanOrEqualTo(undisputed(receivable));
      require(covered, 'already-disputed', 'the debtor disputes a receivable behind the financing', { receivableId });
    }
  },
  secure: (work, financing, items) => {
    const event = financing.product === 'pledge_loan' ? 'pledge' : 'assign';
    for (const part of partsBehind(work, financing.id)) {
      work.update(holdings, part.id, { legal: nextState(holdingRights, part.legal, event) });
    }
    giveNotice(work, financing, items);
    return securedBy(items).map(([subjectId, amount]) => ({
      kind: event === 'pledge' ? 'pledge' : 'assignment',
      subjectKind: 'receivable',
      subjectId,
      amount,
    }));
  },
  fund: (work, financing) => {
    if (financing.accruing !== 'discount') return;
    for (const part of partsBehind(work, financing.id)) {
      work.update(holdings, part.id, { legal: nextState(holdingRights, part.legal, 'sell') });
    }
  },
  held: (_work, { face }) => ({ account: '9001', amount: face }),
  memoAccounts: ['9001'],
  fellOverdue: (work, _financing, items, on) => {
    for (const { receivableId } of items) markOverdue(work, receivableId as string, on);
  },
  release: (work, financing) => {
    for (const part of partsBehind(work, financing.id)) {
      const legal = part.legal === 'none' ? part.legal : nextState(holdingRights, part.legal, 'release');
      work.update(holdings, part.id, { legal, financingId: null, bookId: null });
    }
  },
};

/** How much of each receivable backs a financing. */
function securedBy(items: readonly FinancingItemRow[]): [receivableId: string, amount: Decimal][] {
  const amounts = new Map<string, Decimal>();
  for (const { receivableId, amount } of items) {
    amounts.set(receivableId as string, amount.plus(amounts.get(receivableId as string) ?? 0));
  }
  return [...amounts];
}

/** The debtor learns whom it pays with discharging effect from now on (Civil Code art. 546). */
function giveNotice(work: Workspace, financing: FinancingRow, items: readonly FinancingItemRow[]): void {
  if (financing.debtorId === null) return;
  work.emit({
    kind: 'receivable.notice_given',
    objectKind: 'financing',
    objectId: financing.id,
    scopeId: financing.bookId,
    parties: [financing.debtorId, financing.bookId, financing.borrowerId],
    data: {
      notice: 'pay into the collection account of the bank named',
      bookId: financing.bookId,
      receivableIds: items.map(({ receivableId }) => receivableId),
    },
  });
}

function markOverdue(work: Workspace, receivableId: string, on: IsoDate): void {
  const receivable = work.get(receivables, receivableId);
  if (receivable.dueDate > on || receivable.payment === 'paid' || receivable.payment === 'overdue') return;
  work.update(receivables, receivableId, {
    payment: nextState(receivablePayments, receivable.payment, 'fall_overdue'),
  });
}

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
