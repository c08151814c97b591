import { date, defineTable, instant, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FinancedProduct } from '../programme/terms.ts';
import type { FlowClass, Watch } from './flow-rules.ts';

const transactionColumns = {
  id: uuid,
  bookId: uuid,
  reference: text,
  holderId: uuid,
  direction: oneOf<'in' | 'out'>(),
  amount: money,
  bookedOn: date,
  counterpartyName: text,
  counterpartyAccount: nullable(text),
  counterpartyUscc: nullable(text),
  counterpartyIndustry: nullable(text),
  purpose: nullable(text),
  class: oneOf<FlowClass>(),
  recordedBy: uuid,
  createdAt: instant,
} as const;
export type AccountTransactionRow = RowOf<typeof transactionColumns>;
export const accountTransactions = defineTable('account_transaction', {
  rank: 57,
  key: 'id',
  columns: transactionColumns,
  changeable: [],
});

const positionColumns = { financingId: uuid, bookId: uuid, amount: money, traced: money } as const;
/** How much of the money of a financing has been followed: locked by whoever follows more of it. */
export const flowPositions = defineTable('flow_position', {
  rank: 56,
  key: 'financingId',
  columns: positionColumns,
  changeable: ['traced'],
});

const traceColumns = {
  id: uuid,
  bookId: uuid,
  transactionId: uuid,
  financingId: uuid,
  amount: money,
  class: oneOf<FlowClass>(),
  alertId: nullable(uuid),
} as const;
export const flowTraces = defineTable('flow_trace', { rank: 58, key: 'id', columns: traceColumns, changeable: [] });

/** A loan whose money may be found among the movements of its borrower. */
export type FollowedLoan = Readonly<{
  id: string;
  borrower_id: string;
  debtor_id: string | null;
  product: FinancedProduct;
  value_date: string;
}>;

/** Loans of these borrowers at a bank that run and were paid out from a day on. */
export const loansSince = (work: Workspace, bookId: string, borrowerIds: readonly string[], since: string) =>
  work.query<FollowedLoan>(
    'financing.followed',
    `select id, borrower_id, debtor_id, product, value_date from financing
      where book_id = $1 and borrower_id = any($2::uuid[]) and value_date >= $3
        and status in ('active', 'overdue', 'recovering')
      order by value_date, id`,
    [bookId, borrowerIds, since],
  );

/** Locks how far the money of these financings has been followed, from nothing when that has not begun. */
export async function lockPositions(work: Workspace, financingIds: readonly string[]): Promise<void> {
  if (financingIds.length === 0) return;
  work.passRank(flowPositions.rank, flowPositions.name);
  await work.query(
    'flow_position.begin',
    `insert into flow_position (financing_id, book_id, amount)
     select id, book_id, amount from financing where id = any($1::uuid[]) order by id
     on conflict (financing_id) do nothing`,
    [financingIds],
  );
  await work.lock(flowPositions, financingIds);
}

/** The watch list, past entries included. */
export async function watchList(work: Workspace): Promise<Watch[]> {
  const rows = await work.query<
    Pick<Watch, 'class' | 'kind' | 'value'> & { effective_from: string; effective_to: string | null }
  >(
    'flow_watch.all',
    'select class, kind, value, effective_from, effective_to from flow_watch order by class, kind, value',
    [],
  );
  return rows.map(({ effective_from, effective_to, ...row }) => ({
    ...row,
    effectiveFrom: effective_from,
    effectiveTo: effective_to,
  }));
}

/** Groups by code and by id of organization; whoever is not on the platform is left out. */
export async function groupsOf(
  work: Workspace,
  codes: readonly string[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await work.query<{ uscc: string; org_id: string; group_id: string }>(
    'organization.groups',
    'select uscc, org_id, group_id from groups_of($1::text[], $2::uuid[])',
    [[...new Set(codes)], [...new Set(ids)]],
  );
  return new Map(
    rows.flatMap(({ uscc, org_id, group_id }) => [
      [uscc, group_id],
      [org_id, group_id],
    ]),
  );
}

/** Movements that a book has recorded under these references. */
export async function recordedUnder(
  work: Workspace,
  bookId: string,
  references: readonly string[],
): Promise<AccountTransactionRow[]> {
  const rows = await work.query(
    'account_transaction.under',
    'select * from account_transaction where book_id = $1 and reference = any($2::text[])',
    [bookId, references],
  );
  return rows.map(accountTransactions.fromSql);
}
