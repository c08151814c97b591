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

/** Which of these bank references a book knows already. */
export async function knownReferences(work: Workspace, bookIds: readonly string[], references: readonly string[]) {
  const rows = await work.query<{ known: string }>(
    'receipt_of_funds.known',
    `select book_id || ' ' || bank_reference as known from receipt_of_funds
      where (book_id, bank_reference) in (select * from unnest($1::uuid[], $2::text[]))`,
    [bookIds, references],
  );
  return new Set(rows.map(({ known }) => known));
}
