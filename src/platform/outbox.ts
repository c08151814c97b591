import type { Database, Tx } from './database.ts';
import { asWorker } from './worker.ts';

/** What a reader takes up: events that the second snapshot sees and the first did not. Both are PostgreSQL's own text. */
export type Span = Readonly<{ after: string; upTo: string }>;

/**
 * Moves a reader of the outbox forward: `takeUp` is given each event once, in a span of snapshots, with `IN_SPAN` as
 * the condition. Neither ids nor transaction numbers are commit order, and a reader that waits below the oldest
 * transaction under way (pg_snapshot_xmin) can still meet a later event of an object before an earlier one, since a
 * transaction has its number before it has its locks. A snapshot has neither fault: what was committed is in it, at
 * once and only once; and who sees an event sees every earlier one of the same object, whose transaction it waited
 * for. Of several processes one does it; the others leave it to that one and answer false.
 */
export const relayEvents = (
  database: Database,
  reader: string,
  takeUp: (tx: Tx, span: Span) => Promise<void>,
): Promise<boolean> =>
  asWorker(database, async (tx) => {
    await tx.query(
      'outbox.open',
      "insert into outbox_reader (name, seen) values ($1, '1:1:') on conflict (name) do nothing",
      [reader],
    );
    const [position] = await tx.query<{ seen: string }>(
      'outbox.lock',
      'select seen::text from outbox_reader where name = $1 for no key update skip locked',
      [reader],
    );
    if (position === undefined) return false;
    const [present] = await tx.query<{ snapshot: string }>(
      'outbox.snapshot',
      'select pg_current_snapshot()::text as snapshot',
    );
    const upTo = present?.snapshot ?? position.seen;
    await takeUp(tx, { after: position.seen, upTo });
    await tx.query('outbox.advance', 'update outbox_reader set seen = $2::pg_snapshot where name = $1', [reader, upTo]);
    return true;
  });

/** The events `e` of a span, whose two snapshots are the parameters $1 and $2. */
export const IN_SPAN = `e.xid >= pg_snapshot_xmin($1::pg_snapshot) and e.xid < pg_snapshot_xmax($2::pg_snapshot)
  and not pg_visible_in_snapshot(e.xid, $1::pg_snapshot) and pg_visible_in_snapshot(e.xid, $2::pg_snapshot)`;
