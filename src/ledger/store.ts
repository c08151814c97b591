import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AccountPath } from './chart.ts';
import type { Journal, Line } from './journal.ts';
import type { BalanceState } from './ledger.ts';
import { FIRST_HASH, sealHash } from './seal.ts';

export type PostedLine = Line & Readonly<{ balanceAfter: Decimal; accountVersion: bigint }>;
export type PostedJournal = Omit<Journal, 'lines'> &
  Readonly<{ id: string; lines: readonly PostedLine[]; requestId: string; createdAt: string }>;

type BalanceRow = {
  path: AccountPath;
  guard: 1 | -1 | 0;
  posted: string;
  held: string;
  version: string;
  open: boolean;
};

/** Locks balances in path order, the last but one lock of every command. */
export async function lockBalances(work: Workspace, bookId: string, paths: readonly AccountPath[]) {
  const rows = await work.query<BalanceRow>(
    'balance.lock',
    `select b.path, b.guard, b.posted, b.held, b.version, a.status = 'open' as open
       from balance b join account a using (book_id, path)
      where b.book_id = $1 and b.path = any($2) order by b.path for no key update of b`,
    [bookId, [...paths].sort()],
  );
  return rows.map((row) => ({
    ...row,
    posted: new Decimal(row.posted),
    held: new Decimal(row.held),
    version: BigInt(row.version),
  }));
}

type NewAccount = Readonly<{ path: AccountPath; code: string; partyId: string | null; guard: number }>;

/** Opens accounts that do not exist yet; one that another transaction opens meanwhile is left as it is. */
export async function openAccounts(work: Workspace, bookId: string, accounts: readonly NewAccount[]): Promise<void> {
  const ordered = [...accounts].sort((a, b) => (a.path < b.path ? -1 : 1));
  await work.query(
    'account.open',
    `with opened as (
       insert into account (book_id, path, code, party_id, opened_on)
       select $1, u.path, u.code, u.party_id, book.business_date
         from unnest($2::text[], $3::text[], $4::uuid[]) as u(path, code, party_id), book where book.id = $1
       on conflict do nothing)
     insert into balance (book_id, path, guard) select $1, u.path, u.guard
       from unnest($2::text[], $5::smallint[]) as u(path, guard) on conflict do nothing`,
    [
      bookId,
      ordered.map((a) => a.path),
      ordered.map((a) => a.code),
      ordered.map((a) => a.partyId),
      ordered.map((a) => a.guard),
    ],
  );
}

/** Locks the head of a book's hash chain: the last lock, so that seal order is commit order. */
export async function lockHead(work: Workspace, bookId: string): Promise<{ seq: bigint; hash: Buffer }> {
  const lock = () =>
    work.query<{ seq: string; hash: Buffer }>(
      'ledger_head.lock',
      'select seq, hash from ledger_head where book_id = $1 for update',
      [bookId],
    );
  let [head] = await lock();
  if (head === undefined) {
    await work.query('ledger_head.open', 'insert into ledger_head values ($1, 0, $2) on conflict do nothing', [
      bookId,
      FIRST_HASH,
    ]);
    [head] = await lock();
  }
  if (head === undefined) throw new Error(`the book ${bookId} has no head`);
  return { seq: BigInt(head.seq), hash: head.hash };
}

type Postings = Readonly<{
  bookId: string;
  head: Readonly<{ seq: bigint; hash: Buffer }>;
  journals: readonly PostedJournal[];
  balances: readonly (BalanceState & Readonly<{ path: string }>)[];
}>;

const WRITE_POSTINGS = `
with journals as (
  insert into journal (book_id, id, kind, business_date, effective_date, subject_id, reverses, reason, request_id, seal_seq, position, created_at)
  select $1, u.id, u.kind, u.business_date, u.effective_date, u.subject_id, u.reverses, u.reason, u.request_id, $2, u.position, u.created_at
    from unnest($3::uuid[], $4::text[], $5::date[], $6::date[], $7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::int[], $12::timestamptz[])
      as u(id, kind, business_date, effective_date, subject_id, reverses, reason, request_id, position, created_at)
), entries as (
  insert into entry (book_id, journal_id, line, path, amount, balance_after, account_version, business_date, effective_date)
  select $1, u.* from unnest($13::uuid[], $14::int[], $15::text[], $16::numeric[], $17::numeric[], $18::bigint[], $19::date[], $20::date[]) as u
  returning path, effective_date, amount
), days as (
  insert into account_day (book_id, path, effective_date, debit, credit)
  select $1, path, effective_date, sum(greatest(amount, 0)), sum(greatest(-amount, 0)) from entries group by path, effective_date
  on conflict (book_id, path, effective_date) do update
    set debit = account_day.debit + excluded.debit, credit = account_day.credit + excluded.credit
), balances as (
  update balance set posted = u.posted, held = u.held, version = u.version
    from unnest($21::text[], $22::numeric[], $23::numeric[], $24::bigint[]) as u(path, posted, held, version)
   where balance.book_id = $1 and balance.path = u.path
), sealed as (
  insert into seal (book_id, seq, previous_hash, hash, journals, created_at)
  select $1, $2, $25, $26, $27, $28 where $27 > 0
)
update ledger_head set seq = $2, hash = $26 where book_id = $1 and $27 > 0`;

/** Writes a batch of postings in one statement: journals, entries, daily movement, balances and the seal over them. */
export async function writePostings(work: Workspace, { bookId, head, journals, balances }: Postings): Promise<void> {
  const seq = head.seq + 1n;
  const hash = sealHash(bookId, seq, head.hash, journals);
  const entries = journals.flatMap((journal) => journal.lines.map((line, index) => ({ journal, line, index })));
  const effective = (journal: PostedJournal) => journal.effectiveDate ?? journal.businessDate;
  await work.query('ledger.write', WRITE_POSTINGS, [
    bookId,
    seq.toString(),
    journals.map((j) => j.id),
    journals.map((j) => j.kind),
    journals.map((j) => j.businessDate),
    journals.map(effective),
    journals.map((j) => j.subjectId),
    journals.map((j) => j.reverses ?? null),
    journals.map((j) => j.reason ?? null),
    journals.map((j) => j.requestId),
    journals.map((_, position) => position),
    journals.map((j) => j.createdAt),
    entries.map(({ journal }) => journal.id),
    entries.map(({ index }) => index),
    entries.map(({ line }) => line.account),
    entries.map(({ line }) => line.amount.toFixed(2)),
    entries.map(({ line }) => line.balanceAfter.toFixed(2)),
    entries.map(({ line }) => line.accountVersion.toString()),
    entries.map(({ journal }) => journal.businessDate),
    entries.map(({ journal }) => effective(journal)),
    balances.map((b) => b.path),
    balances.map((b) => b.posted.toFixed(2)),
    balances.map((b) => b.held.toFixed(2)),
    balances.map((b) => b.version.toString()),
    head.hash,
    hash,
    journals.length,
    journals.at(-1)?.createdAt ?? null,
  ]);
}
