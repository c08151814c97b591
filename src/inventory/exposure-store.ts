import type { FinancingStatus } from '../financing/lifecycle.ts';
import { Decimal } from '../money/decimal.ts';
import type { Tx } from '../platform/database.ts';
import type { Workspace } from '../platform/workspace.ts';

/** A financing as far as a pledge has to carry it. */
export type Backed = Readonly<{
  financingId: string;
  pledgeId: string;
  status: FinancingStatus;
  principal: Decimal;
  amount: Decimal;
}>;

type BackedRow = {
  financing_id: string;
  pledge_id: string;
  status: FinancingStatus;
  principal: string;
  amount: string;
};

/**
 * Financings behind these locked pledges. Whoever draws on a pledge holds it, so that what is owed can only shrink
 * meanwhile.
 */
export async function backedBy(work: Workspace, pledgeIds: readonly string[]): Promise<Backed[]> {
  if (pledgeIds.length === 0) return [];
  const rows = await work.query<BackedRow>(
    'inventory_pledge.backs',
    `select f.id as financing_id, i.item_id as pledge_id, f.status, f.principal, f.amount
       from financing_item i join financing f on f.id = i.financing_id
      where i.item_id = any($1::uuid[]) and i.kind = 'lot' order by f.id`,
    [pledgeIds],
  );
  return rows.map((row) => ({
    financingId: row.financing_id,
    pledgeId: row.pledge_id,
    status: row.status,
    principal: new Decimal(row.principal),
    amount: new Decimal(row.amount),
  }));
}

/** Pledges of a book that are to be valued at a moment, all or the next ones after an id. */
export const liveOf = async (work: Workspace, bookId: string): Promise<string[]> =>
  (
    await work.query<{ id: string }>(
      'inventory_pledge.live',
      `select id from inventory_pledge where book_id = $1 and status in ('active', 'warning', 'margin_call', 'enforcing') order by id`,
      [bookId],
    )
  ).map(({ id }) => id);

/** Banks with a live pledge valued before the latest quotation or haircut they recorded, and when that was. */
export async function quotedAnew(tx: Tx): Promise<{ bookId: string; latest: string }[]> {
  const rows = await tx.query<{ book_id: string; latest: string }>(
    'inventory_pledge.quoted_anew',
    `select b.book_id, greatest(p.at, h.at)::text as latest
       from (select book_id, min(coalesce(valued_at, '-infinity')) as valued_at from inventory_pledge
              where status in ('active', 'warning', 'margin_call', 'enforcing') group by 1) b
       left join lateral (select max(recorded_at) as at from goods_price where book_id = b.book_id) p on true
       left join lateral (select max(recorded_at) as at from haircut where book_id = b.book_id) h on true
      where greatest(p.at, h.at) >= b.valued_at`,
    [],
  );
  return rows.map((row) => ({ bookId: row.book_id, latest: row.latest }));
}
