import { date, defineTable, instant, int, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';

const columns = {
  id: uuid,
  bookId: uuid,
  kind: oneOf<'collection' | 'deposit'>(),
  partyId: uuid,
  bankReference: text,
  amount: money,
  receivedOn: date,
  receivables: int,
  toFinancings: money,
  toHolders: money,
  unapplied: money,
  createdAt: instant,
} as const;
export type FundsRow = RowOf<typeof columns>;
export const funds = defineTable('receipt_of_funds', { rank: 74, key: 'id', columns, changeable: [] });

const lineColumns = {
  id: uuid,
  receiptId: uuid,
  bookId: uuid,
  partyId: uuid,
  receivableId: uuid,
  financingId: nullable(uuid),
  holderId: uuid,
  amount: money,
} as const;
/** A payee of a receivable that a receipt paid. */
export type FundsLineRow = RowOf<typeof lineColumns>;
export const fundsLines = defineTable('funds_line', { rank: 75, key: 'id', columns: lineColumns, changeable: [] });

const unappliedColumns = {
  id: uuid,
  bookId: uuid,
  partyId: nullable(uuid),
  remitter: nullable(text),
  bankReference: text,
  amount: money,
  remaining: money,
  state: oneOf<'unapplied' | 'matched' | 'refunding' | 'refunded'>(),
  paymentId: nullable(uuid),
  receivedOn: date,
  version: int,
  createdAt: instant,
} as const;
export type UnappliedRow = RowOf<typeof unappliedColumns>;
export const unappliedFunds = defineTable('unapplied_funds', {
  rank: 32,
  key: 'id',
  columns: unappliedColumns,
  changeable: ['partyId', 'remaining', 'state', 'paymentId', 'version'],
});

/** Which of these bank references a book knows already, as collections, deposits or unapplied. */
export async function knownReferences(work: Workspace, bookIds: readonly string[], references: readonly string[]) {
  const rows = await work.query<{ known: string }>(
    'receipt_of_funds.known',
    `with asked as (select * from unnest($1::uuid[], $2::text[]) as asked(book_id, bank_reference))
     select book_id || ' ' || bank_reference as known from receipt_of_funds join asked using (book_id, bank_reference)
     union select book_id || ' ' || bank_reference from unapplied_funds join asked using (book_id, bank_reference)`,
    [bookIds, references],
  );
  return new Set(rows.map(({ known }) => known));
}
