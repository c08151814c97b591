import { financings } from '../financing/store.ts';
import { lotInStock } from '../goods/lots.ts';
import { books } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { memoAccounts } from './revaluation.ts';
import { loadStandings, owingIds, type Standings } from './standing.ts';
import { marginCalls, type PledgeRow, pledges } from './store.ts';

/** A pledge and where it belongs: found under the asking organization's row-level security, and never changing. */
export type LocatedPledge = Readonly<{
  pledgeId: string;
  bookId: string;
  chainId: string;
  pledgorId: string;
  supervisorId: string | null;
}>;

/** What a transaction on a pledge may touch. */
export const scopeOf = ({ input }: Readonly<{ input: LocatedPledge }>): string[] =>
  [input.bookId, input.chainId, input.pledgorId, input.supervisorId].filter((id) => id !== null);

/** What a decision on pledges has before it, beside the rows locked in the global order. */
export type LoadedPledges = Readonly<{ standings: Standings; reference: Reference }>;

/** Locks pledges and their open margin calls: after the books, before lots and financings. */
export async function lockPledges(work: Workspace, pledgeIds: readonly string[]): Promise<void> {
  await work.lock(pledges, pledgeIds);
  await work.lockBy(marginCalls, 'pledgeId', pledgeIds, "state = 'open'");
}

/** With the pledges and lots locked: where they stand, their financings, and the memo accounts of their banks. */
export async function loadStood(work: Workspace, pledgeIds: readonly string[], now: Date): Promise<LoadedPledges> {
  const reference = await loadReference(work);
  const standings = await loadStandings(work, pledgeIds, now);
  await work.lock(financings, owingIds(standings, pledgeIds));
  for (const bookId of new Set(pledgeIds.flatMap((id) => work.find(pledges, id)?.bookId ?? []))) {
    await ledgerOf(work).lock(bookId, memoAccounts);
  }
  return { standings, reference };
}

/** The locked pledge of a bank whose day is open, or the refusals `not-found` and `book-closing`. */
export function pledgeIn(work: Workspace, { pledgeId, bookId }: Pick<LocatedPledge, 'pledgeId' | 'bookId'>): PledgeRow {
  const pledge = work.get(pledges, pledgeId);
  if (pledge.bookId !== bookId) throw new Refusal('not-found', `there is no inventory pledge ${pledgeId}`);
  if (work.get(books, bookId).closing) throw new Refusal('book-closing', `the book ${bookId} is closing its day`);
  return pledge;
}

/** Refuses a lot that is not under the pledge, or that has less than the quantity, in a list of them. */
export function requireLotUnder(
  work: Workspace,
  pledge: PledgeRow,
  { lotId, quantity }: Readonly<{ lotId: string; quantity: string }>,
  index: number,
): void {
  const field = `/lots/${index}`;
  const lot = lotInStock(work, lotId, `${field}/lotId`);
  require(lot.pledgeId === pledge.id, 'not-found', `the pledge has no lot ${lotId}`, { field: `${field}/lotId` });
  require(lot.quantity.greaterThanOrEqualTo(
    quantity,
  ), 'quantity-exceeds-lot', `the lot has ${lot.quantity.toFixed()}`, {
    field: `${field}/quantity`,
    accepted: `at most ${lot.quantity.toFixed()}`,
  });
}
