import { formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FundsRow } from './store.ts';

/** Refuses a payment of the bank that this batch or an earlier one has booked. */
export function requireNewReference(
  work: Workspace,
  known: Set<string>,
  { bookId, bankReference }: Readonly<{ bookId: string; bankReference: string }>,
): void {
  const key = `${bookId} ${bankReference}`;
  require(!known.has(key), 'duplicate-bank-reference', 'this payment of the bank has been booked already', {
    field: '/bankReference',
    accepted: 'the reference of a payment not booked yet',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

/** Money that came in, as the API shows it. */
export const fundsAnswer = (row: FundsRow) => ({
  id: row.id,
  bookId: row.bookId,
  kind: row.kind,
  partyId: row.partyId,
  bankReference: row.bankReference,
  amount: formatMoney(row.amount),
  receivedOn: row.receivedOn,
  receivables: row.receivables,
  toFinancings: formatMoney(row.toFinancings),
  toHolders: formatMoney(row.toHolders),
  unapplied: formatMoney(row.unapplied),
  createdAt: row.createdAt,
});
