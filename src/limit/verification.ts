import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';

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

/** Derives every limit that the reader sees from its moves anew, and names those that differ: none, or a fault. */
export async function verifyLimits(db: Reader): Promise<LimitDrift[]> {
  const { rows } = await sql<LimitDrift>`
    with derived as (
      select node_id,
             sum(case kind when 'reserve' then amount when 'use' then -amount when 'release' then -amount else 0 end) as reserved,
             sum(case kind when 'use' then amount when 'free' then -amount else 0 end) as used
        from limit_move group by node_id
    ), granted as (
      select distinct on (node_id) node_id, amount from limit_move where kind = 'adjust' order by node_id, id desc
    ), compared as (
      select n.id, n.amount, n.reserved, n.used, coalesce(g.amount, 0) as moves_amount,
             coalesce(d.reserved, 0) as moves_reserved, coalesce(d.used, 0) as moves_used
        from limit_node n left join derived d on d.node_id = n.id left join granted g on g.node_id = n.id
    )
    select id as "nodeId", amount::text, reserved::text, used::text, moves_amount::text as "movesAmount",
           moves_reserved::text as "movesReserved", moves_used::text as "movesUsed"
      from compared
     where (amount, reserved, used) is distinct from (moves_amount, moves_reserved, moves_used)
     order by id`.execute(db);
  return rows;
}
