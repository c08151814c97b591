import type { Tx } from '../platform/database.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';
import { lots } from './store.ts';

type Place = Readonly<{ pileId: string; marks: string }>;

/** Those of these places in which a lot lies. */
export async function occupiedPlaces(work: Workspace, places: readonly Place[]): Promise<Place[]> {
  if (places.length === 0) return [];
  const rows = await work.query<{ pile_id: string; marks: string }>(
    'lot.places',
    `select l.pile_id, l.marks from unnest($1::uuid[], $2::text[]) as u(pile_id, marks)
       join pile p on p.id = u.pile_id
       join lot l on l.warehouse_id = p.warehouse_id and l.pile_id = p.id and l.marks = u.marks and l.state = 'in_stock'`,
    [places.map(({ pileId }) => pileId), places.map(({ marks }) => marks)],
  );
  return rows.map((row) => ({ pileId: row.pile_id, marks: row.marks }));
}

type Freeing = Participant & Readonly<{ pledges: Map<string, string> }>;

/**
 * Frees every lot of a pledge when the transaction is written, in one statement however many they are. The pledge is
 * locked, so that none is added meanwhile.
 */
export function freeLotsOf(work: Workspace, pledgeId: string, now: Date): void {
  const { pledges } = work.participant('lots set free', freeing);
  pledges.set(pledgeId, now.toISOString());
  work.onUndo(() => pledges.delete(pledgeId));
}

function freeing(): Freeing {
  const pledges = new Map<string, string>();
  return {
    // After the lots that commands changed one by one.
    rank: lots.rank + 0.5,
    pledges,
    write: async (tx: Tx) => {
      if (pledges.size === 0) return;
      await tx.query(
        'lot.free',
        `update lot set claim = 'none', pledge_id = null, book_id = null, version = lot.version + 1,
                changed_at = greatest(lot.changed_at, u.at)
           from unnest($1::uuid[], $2::timestamptz[]) as u(pledge_id, at)
          where lot.pledge_id = u.pledge_id and lot.state = 'in_stock'`,
        [[...pledges.keys()], [...pledges.values()]],
      );
    },
  };
}
