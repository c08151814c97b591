import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AccountPath } from './chart.ts';
import { FIRST_HASH } from './seal.ts';

export type { PostedJournal } from './records.ts';

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
    // The status as a subquery, not a join: before a new table is analyzed, a join would read the whole book per row.
    `select b.path, b.guard, b.posted, b.held, b.version,
            (select a.status = 'open' from account a where a.book_id = b.book_id and a.path = b.path) as open
       from balance b
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
       from unnest($2::text[], $5::smallint[]) as u(path, guard), book where book.id = $1 on conflict do nothing`,
    [
      bookId,
      ordered.map((a) => a.path),
      ordered.map((a) => a.code),
      ordered.map((a) => a.partyId),
      ordered.map((a) => a.guard),
    ],
  );
}

/** Where the hash chain of a book ends. */
export type Head = Readonly<{ seq: bigint; hash: Buffer; sealedAt: string | null }>;

/** Locks the head of a book's hash chain: the last lock, so that seal order is commit order. */
export async function lockHead(work: Workspace, bookId: string): Promise<Head> {
  const lock = () =>
    work.query<{ seq: string; hash: Buffer; sealed_at: string | null }>(
      'ledger_head.lock',
      'select seq, hash, sealed_at from ledger_head where book_id = $1 for update',
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
  return { seq: BigInt(head.seq), hash: head.hash, sealedAt: head.sealed_at };
}
