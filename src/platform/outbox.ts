import type { Database, Tx } from './database.ts';
import { asWorker } from './worker.ts';

/**
 * Takes up the events a reader has not taken up yet: all it can see whose transaction is `seenBefore` or later. It may
 * be shown an event again and keeps each once, by a unique key.
 */
export type TakeUp = (tx: Tx, seenBefore: string) => Promise<void>;

/**
 * Moves a reader of the outbox forward. Neither ids nor transaction numbers are commit order, so the reader looks
 * again at everything since the oldest transaction that was under way the last time: what such a transaction wrote
 * shows up late, and nothing is missed. What has been committed is taken up at once, however long others take; and
 * whoever sees an event also sees every earlier one of the same object, since its transaction had to wait for theirs.
 * Of several processes one does it; the others leave it to that one and answer false.
 */
export const relayEvents = (database: Database, reader: string, takeUp: TakeUp): Promise<boolean> =>
  asWorker(database, async (tx) => {
    await tx.query(
      'outbox.open',
      "insert into outbox_reader (name, seen_before) values ($1, '0') on conflict (name) do nothing",
      [reader],
    );
    const [position] = await tx.query<{ seen_before: string }>(
      'outbox.lock',
      'select seen_before from outbox_reader where name = $1 for no key update skip locked',
      [reader],
    );
    if (position === undefined) return false;
    // Read before the events are: whatever had ended by now is visible to every later statement.
    const [horizon] = await tx.query<{ xmin: string }>(
      'outbox.horizon',
      'select pg_snapshot_xmin(pg_current_snapshot())::text as xmin',
    );
    await takeUp(tx, position.seen_before);
    await tx.query('outbox.advance', 'update outbox_reader set seen_before = $2::text::xid8 where name = $1', [
      reader,
      horizon?.xmin,
    ]);
    return true;
  });
