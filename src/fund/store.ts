import { Decimal } from '../money/decimal.ts';
import {
  date,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FundState, FundUseState } from './lifecycle.ts';
import type { PoolTerms } from './rules.ts';

export type RolloverTerms = Readonly<{
  dailyRate: string;
  /** Most that may be out at a time, in all and for one loan. */
  cap: string;
  useCap: string;
  /** Days before its maturity from which a loan may be bridged. */
  windowDays: number;
}>;
export type FundTerms = Readonly<{ pool?: PoolTerms; rollover?: RolloverTerms }>;

const fundColumns = {
  id: uuid,
  bookId: uuid,
  kind: oneOf<'risk_pool' | 'rollover'>(),
  ownerId: uuid,
  sponsor: oneOf<'fiscal' | 'commercial'>(),
  name: text,
  /** The programme whose losses a pool shares. */
  programmeId: nullable(uuid),
  terms: json<FundTerms>(),
  balance: money,
  /** Out on loan from a rollover fund. */
  lent: money,
  state: oneOf<FundState>(),
  approvalId: uuid,
  /** The approval that winds the fund up, while it is open. */
  closingTaskId: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type FundRow = RowOf<typeof fundColumns>;
export const funds = defineTable('fund', {
  rank: 34,
  key: 'id',
  columns: fundColumns,
  changeable: ['balance', 'lent', 'state', 'closingTaskId', 'version'],
});

const useColumns = {
  id: uuid,
  fundId: uuid,
  bookId: uuid,
  ownerId: uuid,
  kind: oneOf<'compensation' | 'rollover'>(),
  financingId: uuid,
  chainId: uuid,
  borrowerId: uuid,
  renewalId: nullable(uuid),
  state: oneOf<FundUseState>(),
  loss: money,
  amount: money,
  recovered: money,
  fee: money,
  usedOn: nullable(date),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type FundUseRow = RowOf<typeof useColumns>;
export const fundUses = defineTable('fund_use', {
  rank: 35,
  key: 'id',
  columns: useColumns,
  changeable: ['state', 'loss', 'amount', 'recovered', 'fee', 'usedOn', 'version'],
});

export type MoveKind = 'contribute' | 'compensate' | 'recover' | 'draw' | 'return' | 'fee' | 'distribute';

const moveColumns = {
  id: uuid,
  fundId: uuid,
  bookId: uuid,
  ownerId: uuid,
  kind: oneOf<MoveKind>(),
  partyId: uuid,
  useId: nullable(uuid),
  amount: money,
  balanceAfter: money,
  bankReference: nullable(text),
  movedOn: date,
  createdAt: instant,
} as const;
export const fundMoves = defineTable('fund_move', { rank: 73, key: 'id', columns: moveColumns, changeable: [] });

/** What a pool has paid and what its programme has lent, in yuan. */
export type PoolUse = Readonly<{ thisYear: Decimal; ever: Decimal; lent: Decimal }>;

/** The use of locked pools by the end of what is committed; `on` tells the year. */
export async function poolUses(work: Workspace, fundIds: readonly string[], on: string): Promise<Map<string, PoolUse>> {
  const rows = await work.query<{ id: string; this_year: string; ever: string; lent: string }>(
    'fund.uses',
    `select f.id, coalesce(paid.this_year, 0) as this_year, coalesce(paid.ever, 0) as ever, coalesce(loans.lent, 0) as lent
       from fund f
       left join lateral (
         select sum(m.amount) filter (where m.moved_on >= date_trunc('year', $2::date)) as this_year, sum(m.amount) as ever
           from fund_move m where m.fund_id = f.id and m.kind = 'compensate') paid on true
       left join lateral (
         select sum(l.amount) as lent from financing l
          where l.book_id = f.book_id and l.programme_id = f.programme_id and l.value_date is not null) loans on true
      where f.id = any($1::uuid[])`,
    [fundIds, on],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { thisYear: new Decimal(row.this_year), ever: new Decimal(row.ever), lent: new Decimal(row.lent) },
    ]),
  );
}

type Receipt = Readonly<{ bookId: string; bankReference: string }>;

/** Which of these payments from outside a book has booked already, whatever for. */
export async function knownContributions(work: Workspace, receipts: readonly Receipt[]): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'fund_move.known',
    `with asked as (select * from unnest($1::uuid[], $2::text[]) as a(book_id, bank_reference))
     select book_id || ' ' || bank_reference as known from asked join fund_move using (book_id, bank_reference)
     union all
     select book_id || ' ' || bank_reference from asked join receipt_of_funds using (book_id, bank_reference)`,
    [receipts.map(({ bookId }) => bookId), receipts.map(({ bankReference }) => bankReference)],
  );
  return new Set(rows.map(({ known }) => known));
}

export type Contributor = Readonly<{ partyId: string; paidIn: Decimal }>;

/** What each has paid into these funds, in the order in which they first did. */
export async function contributorsOf(
  work: Workspace,
  fundIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Contributor[]>> {
  const rows = await work.query<{ fund_id: string; party_id: string; paid_in: string }>(
    'fund.contributors',
    `select fund_id, party_id, sum(amount) as paid_in from fund_move
      where fund_id = any($1::uuid[]) and kind = 'contribute' group by 1, 2 order by fund_id, min(created_at), party_id`,
    [fundIds],
  );
  const found = new Map<string, Contributor[]>();
  for (const { fund_id, party_id, paid_in } of rows) {
    found.set(fund_id, [...(found.get(fund_id) ?? []), { partyId: party_id, paidIn: new Decimal(paid_in) }]);
  }
  return found;
}

/** Which of these funds have a use that waits for a decision or is out on loan. */
export async function fundsInUse(work: Workspace, fundIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await work.query<{ fund_id: string }>(
    'fund.in_use',
    "select distinct fund_id from fund_use where fund_id = any($1::uuid[]) and state in ('requested', 'drawn')",
    [fundIds],
  );
  return new Set(rows.map(({ fund_id }) => fund_id));
}

/** Uses of funds for these loans that stand. */
export const usesFor = (work: Workspace, financingIds: readonly string[]): Promise<FundUseRow[]> =>
  work.read(fundUses, 'financingId', financingIds);

/** Which of these organizations are on the platform; the transaction's scope must include them. */
export async function organizationsAmong(work: Workspace, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await work.query<{ id: string }>(
    'fund.owners',
    "select id from organization where id = any($1::uuid[]) and kind in ('guarantor', 'enterprise') and status = 'active'",
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
