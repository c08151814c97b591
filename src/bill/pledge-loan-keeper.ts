import type { CollateralKeeper } from '../financing/keeper.ts';
import { largestAdvance } from '../financing/quote.ts';
import type { FinancingRow } from '../financing/store.ts';
import { books } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { marginReturned } from './payment-postings.ts';
import { type BillHoldingRow, billHoldings } from './store.ts';

const isPledged = ({ standing }: BillHoldingRow): boolean =>
  standing === 'received.pledged' || standing === 'matured.pledged';
/** Whether the acceptor has paid it: what it brought in is margin. */
export const isPaid = ({ standing }: BillHoldingRow): boolean => standing === 'settled.ended';

const sum = (rows: readonly BillHoldingRow[]): Decimal =>
  rows.reduce((total, { amount }) => total.plus(amount), new Decimal(0));

/** The locked bills behind a financing, with those that have been paid into margin. */
export const billsBehind = (work: Workspace, financingId: string): BillHoldingRow[] =>
  work.all(billHoldings).filter((holding) => holding.live && holding.financingId === financingId);

/** What bills have brought in as margin of the borrower, yuan to the fen. */
export const collected = (rows: readonly BillHoldingRow[]): Decimal => sum(rows.filter(isPaid));

/**
 * What a loan may be at most on these bills: the advance on the face of what is pledged and neither refused nor on its
 * way out, and the whole of what has been paid into margin already.
 */
export function coverOf({ product, terms }: FinancingRow, rows: readonly BillHoldingRow[]): Decimal {
  const good = rows.filter((row) => isPledged(row) && row.offerId === null && row.dishonouredOn === null);
  return largestAdvance(product, terms, sum(good)).plus(collected(rows));
}

/** Unties these bills from their financing: the pledge itself goes on until the bank releases it. */
export function untie(work: Workspace, rows: readonly BillHoldingRow[]): void {
  for (const { id } of rows) work.update(billHoldings, id, { financingId: null });
}

/** Bills pledged to the lender (Civil Code art. 441, 担保制度解释 art. 58): delivered by the exchange, so no register is told. */
export const billPledgeKeeper: CollateralKeeper = {
  lock: (work, items) =>
    work.lockBy(billHoldings, 'financingId', [...new Set(items.map(({ financingId }) => financingId))], 'live'),
  requireSound: (work, financing) => {
    const rows = billsBehind(work, financing.id);
    const frozen = rows.find((row) => row.frozen);
    require(frozen === undefined, 'bill-frozen', 'a bill behind the loan is frozen', { holdingId: frozen?.id });
    const most = coverOf(financing, rows);
    require(financing.amount.lessThanOrEqualTo(most), 'cover-insufficient', `the bills carry ${formatMoney(most)}`, {
      accepted: `at most ${formatMoney(most)}`,
    });
  },
  secure: () => [],
  fund: () => undefined,
  // The pledge stands off the balance sheet by itself, from the day the exchange confirmed it.
  held: () => null,
  memoAccounts: [],
  fellOverdue: () => undefined,
  accounts: (_work, { borrowerId }) => [`2001/${borrowerId}`, `2002/${borrowerId}`],
  release: (work, financing) => {
    const rows = billsBehind(work, financing.id);
    giveBack(work, financing, collected(rows));
    untie(work, rows);
  },
};

/** Margin that a loan needs no longer goes to the borrower's deposit. */
export function giveBack(work: Workspace, { id, bookId, borrowerId }: FinancingRow, amount: Decimal): void {
  if (amount.isZero()) return;
  const { actor, now } = work.author;
  // Its callers have the book open, or are its close.
  const { businessDate } = work.get(books, bookId);
  const lines = marginReturned({ party: borrowerId, amount });
  const journal = { bookId, kind: 'bill.margin_returned', businessDate, subjectId: id, lines };
  ledgerOf(work).post(journal, { requestId: actor.requestId, now });
}
