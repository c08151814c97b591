import { CompiledQuery } from 'kysely';
import type { Reader } from '../platform/database.ts';
import type { Workspace } from '../platform/workspace.ts';

/** A limit that differs from what its moves add up to, yuan as text. */
export type LimitDrift = Readonly<{
  nodeId: string;
  amount: string;
  reserved: string;
  used: string;
  movesAmount: string;
  movesReserved: string;
  movesUsed: string;
}>;

// One pass over the moves of a book, or of all books for null.
const DRIFT = `
  with derived as (
    select node_id,
           sum(case kind when 'reserve' then amount when 'use' then -amount when 'release' then -amount else 0 end) as reserved,
           sum(case kind when 'use' then amount when 'free' then -amount else 0 end) as used
      from limit_move where $1::uuid is null or book_id = $1 group by node_id
  ), granted as (
    select distinct on (node_id) node_id, amount
      from limit_move where kind = 'adjust' and ($1::uuid is null or book_id = $1) order by node_id, id desc
  ), compared as (
    select n.id, n.amount, n.reserved, n.used, coalesce(g.amount, 0) as moves_amount,
           coalesce(d.reserved, 0) as moves_reserved, coalesce(d.used, 0) as moves_used
      from limit_node n left join derived d on d.node_id = n.id left join granted g on g.node_id = n.id
     where $1::uuid is null or n.book_id = $1
  )
  select id as "nodeId", round(amount, 2)::text as amount, round(reserved, 2)::text as reserved,
         round(used, 2)::text as used, round(moves_amount, 2)::text as "movesAmount",
         round(moves_reserved, 2)::text as "movesReserved", round(moves_used, 2)::text as "movesUsed"
    from compared
   where (amount, reserved, used) is distinct from (moves_amount, moves_reserved, moves_used)
   order by id`;

/** Derives the limits of a book, or every limit that the reader sees, from their moves anew, and names those that differ. */
export async function verifyLimits(db: Reader, bookId: string | null = null): Promise<LimitDrift[]> {
  const query = CompiledQuery.raw(DRIFT, [bookId]) as CompiledQuery<LimitDrift>;
  return (await db.executeQuery(query)).rows;
}

/** The same in a transaction of the book. */
export const driftOfBook = (work: Workspace, bookId: string): Promise<LimitDrift[]> =>
  work.query<LimitDrift>('limit_node.drift', DRIFT, [bookId]);

/** What is wrong with a limit, as a person would tell it. */
export const describeDrift = (drift: LimitDrift): string =>
  `limit ${drift.nodeId} has ${drift.amount}, ${drift.reserved} reserved and ${drift.used} used, its moves make ` +
  `${drift.movesAmount}, ${drift.movesReserved} and ${drift.movesUsed}`;
