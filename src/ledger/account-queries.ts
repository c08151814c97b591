import { sql } from 'kysely';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import { type AccountCode, type AccountPath, chart } from './chart.ts';
import { available } from './ledger.ts';

export const accountSorts = { account: [['account.path', 'asc']] } as const;
export const statementSorts = {
  newest: [['entry.account_version', 'desc']],
  oldest: [['entry.account_version', 'asc']],
} as const;

export type AccountFilters = Readonly<{ code?: AccountCode; partyId?: string }>;

/** Whether the actor reads the whole book: the bank whose it is, or a regulator. Others read their own accounts. */
export const readsWholeBook = (actor: Pick<Actor, 'orgId' | 'orgKind'>, bookId: string): boolean =>
  actor.orgId === bookId || actor.orgKind === 'regulator';

/** The accounts of a book with their balances, as far as the reader sees them. */
export const accountsOf = (db: Reader, bookId: string) =>
  db
    .selectFrom('account')
    .innerJoin('balance', (join) =>
      join.onRef('balance.book_id', '=', 'account.book_id').onRef('balance.path', '=', 'account.path'),
    )
    .select(['account.path', 'code', 'party_id', 'status', 'opened_on', 'guard', 'posted', 'held', 'balance.version'])
    .where('account.book_id', '=', bookId);

type AccountRow = Awaited<ReturnType<ReturnType<typeof accountsOf>['executeTakeFirstOrThrow']>>;

const toAccount = (row: AccountRow) => {
  const { name, kind } = chart[row.code as AccountCode];
  const guard = row.guard as 1 | -1 | 0;
  const [posted, held] = [new Decimal(row.posted), new Decimal(row.held)];
  return {
    account: row.path as AccountPath,
    code: row.code as AccountCode,
    name,
    kind,
    partyId: row.party_id,
    status: row.status as 'open' | 'closed',
    openedOn: row.opened_on,
    posted: posted.toFixed(2),
    held: held.toFixed(2),
    available: guard === 0 ? null : available({ guard, posted, held }).toFixed(2),
    entries: Number(row.version),
  };
};

/** A page of the accounts of a book that the actor sees. */
export async function listAccounts(
  db: Reader,
  {
    actor,
    bookId,
    filters,
    page,
  }: Readonly<{ actor: Actor; bookId: string; filters: AccountFilters; page: PageQuery }>,
) {
  let query = accountsOf(db, bookId);
  if (filters.code !== undefined) query = query.where('code', '=', filters.code);
  if (filters.partyId !== undefined) query = query.where('party_id', '=', filters.partyId);
  // Row-level security says the same; said here it is found in an index.
  if (!readsWholeBook(actor, bookId)) query = query.where('party_id', '=', actor.orgId);
  const { items, nextCursor } = await paginate(query, { page, sorts: accountSorts });
  return { items: items.map(toAccount), nextCursor };
}

/** The account as it is now, or the refusal `not-found`. */
export async function readAccount(db: Reader, bookId: string, path: AccountPath) {
  const row = await accountsOf(db, bookId).where('account.path', '=', path).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no account ${path}`);
  return toAccount(row);
}

/** A page of the statement of an account: every entry with the balance it left. */
export async function readStatement(db: Reader, bookId: string, path: AccountPath, page: PageQuery) {
  await readAccount(db, bookId, path);
  const query = db
    .selectFrom('entry')
    .innerJoin('journal', (join) =>
      join.onRef('journal.book_id', '=', 'entry.book_id').onRef('journal.id', '=', 'entry.journal_id'),
    )
    .select(['account_version', 'journal_id', 'kind', 'subject_id', 'reason', 'amount', 'balance_after'])
    .select(['entry.business_date', 'entry.effective_date', 'journal.created_at'])
    .where('entry.book_id', '=', bookId)
    .where('entry.path', '=', path);
  const { items, nextCursor } = await paginate(query, { page, sorts: statementSorts });
  return {
    items: items.map((row) => ({
      number: Number(row.account_version),
      journalId: row.journal_id,
      kind: row.kind,
      subjectId: row.subject_id,
      reason: row.reason,
      amount: row.amount,
      balanceAfter: row.balance_after,
      businessDate: row.business_date,
      effectiveDate: row.effective_date,
      recordedAt: row.created_at,
    })),
    nextCursor,
  };
}

export type Moment = Readonly<{
  /** Record axis: what had been recorded by this instant. */
  asOf?: string;
  /** Effective axis: what counts for days up to this one. */
  onDate?: IsoDate;
}>;

/**
 * The balance of an account at a past moment: recorded by then, effective by then, or both. Later corrections dated
 * back count on the effective axis only.
 */
export async function readPastBalance(db: Reader, bookId: string, path: AccountPath, { asOf, onDate }: Moment) {
  const { posted } = await readAccount(db, bookId, path);
  const version = asOf === undefined ? null : await versionAsOf(db, bookId, path, asOf);
  const balance =
    version === null && onDate === undefined
      ? posted
      : version === null
        ? await sumOfDays(db, bookId, path, onDate as IsoDate)
        : await sumOfEntries(db, { bookId, path, version, onDate: onDate ?? null });
  return { account: path, asOf: asOf ?? null, onDate: onDate ?? null, posted: new Decimal(balance).toFixed(2) };
}

async function sumOfDays(db: Reader, bookId: string, path: AccountPath, onDate: IsoDate): Promise<string> {
  const { rows } = await sql<{ sum: string }>`
    select coalesce(sum(debit - credit), 0) as sum from account_day
     where book_id = ${bookId} and path = ${path} and effective_date <= ${onDate}`.execute(db);
  return rows[0]?.sum as string;
}

async function sumOfEntries(
  db: Reader,
  { bookId, path, version, onDate }: Readonly<{ bookId: string; path: string; version: string; onDate: string | null }>,
): Promise<string> {
  const { rows } = await (onDate === null
    ? sql<{ sum: string }>`select balance_after as sum from entry
        where book_id = ${bookId} and path = ${path} and account_version = ${version}`
    : sql<{ sum: string }>`select sum(amount) as sum from entry
        where book_id = ${bookId} and path = ${path} and account_version <= ${version} and effective_date <= ${onDate}`
  ).execute(db);
  return rows[0]?.sum ?? '0';
}

/**
 * The version of an account at an instant: the last one whose journal had been recorded. Journals are recorded in the
 * order of versions and never earlier than the one before, so it is searched by halving.
 */
async function versionAsOf(db: Reader, bookId: string, path: AccountPath, asOf: string): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    with recursive search(low, high) as (
      select 0::bigint, version from balance where book_id = ${bookId} and path = ${path}
      union all
      select case when early then middle else low end, case when early then high else middle - 1 end
        from search,
             lateral (select low + (high - low + 1) / 2 as middle) m,
             lateral (select created_at <= ${asOf}::timestamptz as early from entry e
                        join journal j on j.book_id = e.book_id and j.id = e.journal_id
                       where e.book_id = ${bookId} and e.path = ${path} and e.account_version = middle) c
       where low < high)
    select low as version from search where low = high`.execute(db);
  return rows[0]?.version as string;
}
