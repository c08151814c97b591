import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import type { Product } from '../programme/terms.ts';
import type { NewPlace } from './rules.ts';
import type { LimitKind, MoveKind } from './store.ts';

export type LimitFilter = Readonly<{
  id?: string;
  bookId?: string;
  parentId?: string;
  programmeId?: string;
  orgId?: string;
  kind?: LimitKind;
  status?: 'active' | 'frozen';
}>;

const columnOf = {
  id: 'id',
  bookId: 'book_id',
  parentId: 'parent_id',
  programmeId: 'programme_id',
  orgId: 'org_id',
  kind: 'kind',
  status: 'status',
} as const;

/** Limits as the API answers them; what waits for an approval is the bank's own affair. */
export function limitAnswers(db: Reader, filter: LimitFilter) {
  let query = db
    .selectFrom('limit_node')
    .select([
      'id',
      'book_id as bookId',
      'parent_id as parentId',
      sql<LimitKind>`kind`.as('kind'),
      'org_id as orgId',
      'programme_id as programmeId',
      sql<Product | null>`product`.as('product'),
      sql<string>`round(amount, 2)::text`.as('amount'),
      sql<string>`round(reserved, 2)::text`.as('reserved'),
      sql<string>`round(used, 2)::text`.as('used'),
      sql<string>`round(amount - reserved - used, 2)::text`.as('available'),
      'expires_on as expiresOn',
      sql<'active' | 'frozen'>`status`.as('status'),
      'revolving',
      sql<string | null>`case when book_id = app_org() then approval_id end`.as('approvalId'),
      'terms_version as version',
      'created_at as createdAt',
    ]);
  for (const name of Object.keys(columnOf) as (keyof LimitFilter)[]) {
    const value = filter[name];
    if (value !== undefined) query = query.where(columnOf[name], '=', value);
  }
  return query;
}

/** What was done to a limit, as the API answers it. */
export const moveAnswers = (db: Reader, limitId: string) =>
  db
    .selectFrom('limit_move')
    .where('node_id', '=', limitId)
    .select([
      'id',
      'financing_id as financingId',
      sql<MoveKind>`kind`.as('kind'),
      sql<string>`round(amount, 2)::text`.as('amount'),
      sql<string>`round(reserved_after, 2)::text`.as('reservedAfter'),
      sql<string>`round(used_after, 2)::text`.as('usedAfter'),
      'reason',
      'created_at as createdAt',
    ]);

/**
 * The chain that a new limit of a bank would be for: that of its programme; for a group, the first that the core
 * enterprise or the head of its group has admitted the bank to. Null when there is none.
 */
export async function chainOfLimit(db: Reader, bankId: string, place: NewPlace): Promise<string | null> {
  const { orgId = null, programmeId = null, parentId = null } = place;
  const { rows } =
    place.kind === 'group'
      ? await sql<{ id: string }>`
          select c.id from chain_bank b
            join chain c on c.id = b.chain_id join organization core on core.id = c.core_id
           where b.bank_id = ${bankId} and b.status = 'admitted' and ${orgId}::uuid in (core.id, core.parent_id)
           order by c.id limit 1`.execute(db)
      : await sql<{ id: string }>`
          select chain_id as id from programme
           where book_id = ${bankId}
             and id = coalesce(${programmeId}::uuid, (select programme_id from limit_node where id = ${parentId}))`.execute(
          db,
        );
  return rows[0]?.id ?? null;
}
