import { date, defineTable, instant, json, money, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';

/** Where a part of a receipt went. */
export type Application = Readonly<{
  receivableId: string;
  amount: string;
  toFinancings: readonly Readonly<{ financingId: string; amount: string }>[];
  toHolders: readonly Readonly<{ holderId: string; amount: string }>[];
}>;

const columns = {
  id: uuid,
  bookId: uuid,
  kind: oneOf<'collection' | 'deposit'>(),
  partyId: uuid,
  bankReference: text,
  amount: money,
  receivedOn: date,
  applied: json<readonly Application[]>(),
  createdAt: instant,
} as const;
export type FundsRow = RowOf<typeof columns>;
export const funds = defineTable('receipt_of_funds', { rank: 74, key: 'id', columns, changeable: [] });

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
