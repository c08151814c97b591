import { uuidv7 } from 'uuidv7';
import { registrationsOf } from '../collateral/store.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { largestAdvance } from '../financing/quote.ts';
import type { FinancingRow } from '../financing/store.ts';
import { changeLot } from '../goods/lots.ts';
import { isStale } from '../goods/rules.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { ReceiptTerms } from '../programme/receipt-terms.ts';
import { tell } from './answer.ts';
import { requireClear } from './command.ts';
import { receiptLifecycle, receiptPledgeLifecycle, releaseOrderLifecycle } from './lifecycle.ts';
import { memoAccount } from './postings.ts';
import {
  lockReceipts,
  lotOf,
  pledgeOf,
  type ReceiptRow,
  type ReleaseOrderRow,
  receiptPledges,
  receipts,
  receiptsOf,
  releaseOrders,
} from './store.ts';

const sum = (rows: readonly ReceiptRow[], of: 'value' | 'booked'): Decimal =>
  rows.reduce((total, row) => total.plus(row[of]), new Decimal(0));

/** What the terms of a financing say about receipts. */
export const termsOf = ({ terms }: Pick<FinancingRow, 'terms'>): ReceiptTerms => {
  if (terms.receipt === undefined) throw new Error('a loan on receipts has terms for them');
  return terms.receipt;
};

/** Warehouse receipts as collateral: endorsed to the bank, each for one financing. */
export const receiptKeeper: CollateralKeeper = {
  lock: (work, items) =>
    lockReceipts(work, { financingIds: [...new Set(items.map(({ financingId }) => financingId))] }),
  requireSound: (work, financing) => {
    const rows = receiptsOf(work, financing.id);
    for (const receipt of rows) {
      requireClear(receipt);
      requireFresh(receipt, termsOf(financing), work.author.now);
      // Money goes out next: by then the warehouse must have signed what was endorsed.
      if (financing.status === 'approved') requireSigned(work, receipt);
    }
    requireCovered(financing, sum(rows, 'value'));
  },
  secure: (work, financing) => {
    const { perfection } = termsOf(financing);
    const secured = receiptsOf(work, financing.id).map((receipt) => {
      const pledge = pledgeOf(work, receipt.id);
      work.update(receiptPledges, pledge.id, { state: nextState(receiptPledgeLifecycle, pledge.state, 'take_effect') });
      return work.update(receipts, receipt.id, { state: nextState(receiptLifecycle, receipt.state, 'pledge') });
    });
    if (perfection === 'endorsement') return [];
    return secured.map(({ id, value }) => ({ kind: 'pledge', subjectKind: 'receipt', subjectId: id, amount: value }));
  },
  fund: (work, financing) => {
    for (const receipt of receiptsOf(work, financing.id)) {
      perfect(work, financing, receipt);
      work.update(receipts, receipt.id, { booked: receipt.value });
    }
  },
  held: (work, { id }) => {
    const amount = sum(receiptsOf(work, id), 'booked');
    return amount.isZero() ? null : { account: memoAccount, amount };
  },
  memoAccounts: [memoAccount],
  fellOverdue: () => undefined,
  release: (work, financing) => {
    for (const receipt of receiptsOf(work, financing.id)) letGo(work, financing, receipt);
  },
};

/** The same, for a command that names receipts or release orders beside what secures its financing. */
export const keeperOf = (
  named: Readonly<{ receiptIds?: readonly string[]; orderIds?: readonly string[] }>,
): CollateralKeeper => ({
  ...receiptKeeper,
  lock: (work, items) =>
    lockReceipts(work, { ...named, financingIds: [...new Set(items.map(({ financingId }) => financingId))] }),
});

/** Refuses to pay out or to let goods go by a quotation that is stale. */
export function requireFresh({ quotedAt }: ReceiptRow, { staleAfterHours }: ReceiptTerms, now: Date): void {
  const fresh = quotedAt !== null && !isStale(quotedAt, now, staleAfterHours);
  require(fresh, 'price-stale', `the goods were last valued by a quotation of ${quotedAt ?? 'no moment'}`, {
    accepted: `a valuation by a quotation not older than ${staleAfterHours} hours`,
  });
}

function requireSigned(work: Workspace, receipt: ReceiptRow): void {
  const { perfection, signedAt } = pledgeOf(work, receipt.id);
  require(perfection === 'registration' ||
    signedAt !== null, 'pledge-not-signed', 'the warehouse has not signed the pledge', {
    accepted: 'a pledge that the warehouse has signed',
    receiptId: receipt.id,
  });
}

function requireCovered({ product, terms, amount }: FinancingRow, value: Decimal): void {
  const most = largestAdvance(product, terms, value);
  require(amount.lessThanOrEqualTo(most), 'cover-insufficient', `the receipts are worth ${formatMoney(value)}`, {
    accepted: `at most ${formatMoney(most)}`,
    value: formatMoney(value),
  });
}

/** The moment from which the pledge holds against others: the warehouse's signature or the register's record, the earlier. */
function perfect(work: Workspace, financing: FinancingRow, receipt: ReceiptRow): void {
  const pledge = pledgeOf(work, receipt.id);
  const record = registrationsOf(work, financing.id).find(({ subjectId }) => subjectId === receipt.id);
  const moments = [pledge.signedAt, record?.registeredAt ?? null].filter((at) => at !== null);
  nextState(receiptPledgeLifecycle, pledge.state, 'perfect');
  work.update(receiptPledges, pledge.id, {
    registerNumber: record?.registerNumber ?? null,
    perfectedAt: moments.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null,
  });
}

/** Nothing of a financing any more: what a receipt is that secures none. */
export const unsecuring = {
  financingId: null,
  bookId: null,
  value: new Decimal(0),
  booked: new Decimal(0),
  quotedAt: null,
} as const;

/** Ends the pledge of a locked receipt; pledged, it waits for the warehouse's acknowledgement under a release order. */
function letGo(work: Workspace, financing: FinancingRow, receipt: ReceiptRow): void {
  const { now } = work.author;
  const pledge = pledgeOf(work, receipt.id);
  const effective = receipt.state === 'pledged';
  for (const order of work.all(releaseOrders)) {
    if (order.receiptId !== receipt.id || order.state !== 'requested') continue;
    const state = nextState(releaseOrderLifecycle, order.state, 'refuse');
    work.update(releaseOrders, order.id, { state, reason: 'the whole receipt is released' });
  }
  work.update(receiptPledges, pledge.id, {
    state: nextState(receiptPledgeLifecycle, pledge.state, effective ? 'release' : 'withdraw'),
    endedAt: now.toISOString(),
  });
  changeLot(work, lotOf(work, receipt), { bookId: null }, now);
  const state = nextState(receiptLifecycle, receipt.state, effective ? 'release' : 'withdraw_pledge');
  const after = work.update(receipts, receipt.id, { ...unsecuring, state });
  if (!effective) return;
  const rule = financing.status === 'settled' ? 'nothing is owed any more' : `the financing is ${financing.status}`;
  const order = orderWhole(work, receipt, { financing, holderId: receipt.holderId, rule });
  tell(work, 'released', after, { scopeId: financing.bookId, also: [financing.bookId], data: { orderId: order.id } });
}

type Ordered = Readonly<{ financing: FinancingRow; holderId: string; rule: string }>;

/** Orders the warehouse to keep the goods of a whole receipt, as it was while pledged, for nobody but its holder. */
export function orderWhole(
  work: Workspace,
  receipt: ReceiptRow,
  { financing, holderId, rule }: Ordered,
): ReleaseOrderRow {
  const { actor, now } = work.author;
  const order: ReleaseOrderRow = {
    id: uuidv7(),
    financingId: financing.id,
    bookId: financing.bookId,
    holderId,
    operatorId: receipt.operatorId,
    receiptId: receipt.id,
    asked: null,
    releasedId: receipt.id,
    keptId: null,
    quantity: receipt.quantity,
    value: receipt.value,
    state: 'granted',
    rule,
    requestedBy: actor.personId,
    decidedBy: null,
    acknowledgedBy: null,
    reason: null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(releaseOrders, order);
  return order;
}
