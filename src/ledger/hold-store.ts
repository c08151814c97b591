import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Reader } from '../platform/database.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AccountPath } from './chart.ts';
import type { HoldState } from './hold-rules.ts';
import type { HoldEndKind, PlacedHold } from './records.ts';

export type HoldRow = PlacedHold & Readonly<{ state: HoldState }>;

type Stored = {
  id: string;
  path: AccountPath;
  amount: string;
  reason: string;
  expires_on: IsoDate | null;
  request_id: string;
  actor_person: string;
  created_at: string;
};

/** Holds of a book as they were placed. They never change, so they are read before the account is locked. */
export async function placedHolds(work: Workspace, bookId: string, ids: readonly string[]): Promise<PlacedHold[]> {
  const rows = await work.query<Stored>(
    'hold.placed',
    `select id, path, amount, reason, expires_on, request_id, actor_person, created_at
       from hold where book_id = $1 and id = any($2::uuid[])`,
    [bookId, ids],
  );
  return rows.map((row) => ({
    bookId,
    id: row.id,
    account: row.path,
    amount: new Decimal(row.amount),
    reason: row.reason,
    expiresOn: row.expires_on,
    requestId: row.request_id,
    actorPerson: row.actor_person,
    createdAt: row.created_at,
  }));
}

/** How holds have ended. Asked once their accounts are locked, since whoever ends a hold locks its account. */
export async function endsOf(
  work: Workspace,
  bookId: string,
  ids: readonly string[],
): Promise<Map<string, HoldEndKind>> {
  const rows = await work.query<{ hold_id: string; kind: HoldEndKind }>(
    'hold_event.of',
    'select hold_id, kind from hold_event where book_id = $1 and hold_id = any($2::uuid[])',
    [bookId, ids],
  );
  return new Map(rows.map(({ hold_id, kind }) => [hold_id, kind]));
}

/** Those of these accounts that the book has: nobody opens an account by asking for a hold on it. */
export async function existingAccounts(
  work: Workspace,
  bookId: string,
  paths: readonly AccountPath[],
): Promise<AccountPath[]> {
  const rows = await work.query<{ path: AccountPath }>(
    'account.existing',
    'select path from account where book_id = $1 and path = any($2::text[])',
    [bookId, paths],
  );
  return rows.map(({ path }) => path);
}

/** Up to `limit` holds whose last day is before `day` and that stand, in the order of their ids after `after`. */
export async function holdsExpiredBefore(
  db: Reader,
  { bookId, day, after, limit }: Readonly<{ bookId: string; day: IsoDate; after: string; limit: number }>,
): Promise<string[]> {
  const rows = await db
    .selectFrom('hold')
    .select('id')
    .where('book_id', '=', bookId)
    .where('expires_on', '<', day)
    .where('id', '>', after)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('hold_event')
            .select('hold_id')
            .whereRef('hold_event.book_id', '=', 'hold.book_id')
            .whereRef('hold_event.hold_id', '=', 'hold.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
