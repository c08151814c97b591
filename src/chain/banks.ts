import type { Tx } from '../platform/database.ts';
import type { Participant, Workspace } from '../platform/workspace.ts';

type Place = Readonly<{ chainId: string; bankId: string }>;
type Admissions = Participant & Readonly<{ places: Map<string, Place> }>;

/** Makes a bank one of those that finance on a chain, if it is not yet. Its organization is in the scope. */
export function admitBank(work: Workspace, place: Place): void {
  const { places } = work.participant('chain_bank', admissions);
  const key = `${place.chainId} ${place.bankId}`;
  if (places.has(key)) return;
  places.set(key, place);
  work.onUndo(() => places.delete(key));
}

function admissions(): Admissions {
  const places = new Map<string, Place>();
  return {
    rank: 20,
    places,
    write: async (tx: Tx) => {
      if (places.size === 0) return;
      const ordered = [...places.values()];
      await tx.query(
        'chain_bank.admit',
        `insert into chain_bank (chain_id, bank_id) select * from unnest($1::uuid[], $2::uuid[])
           order by 1, 2 on conflict do nothing`,
        [ordered.map(({ chainId }) => chainId), ordered.map(({ bankId }) => bankId)],
      );
    },
  };
}
