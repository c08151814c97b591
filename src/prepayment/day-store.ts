import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';

type Place = { id: string; book_id: string; chain_id: string; buyer_id: string; seller_id: string };
const placeOf = (row: Place) => ({
  orderId: row.id,
  bookId: row.book_id,
  chainId: row.chain_id,
  buyerId: row.buyer_id,
  sellerId: row.seller_id,
});
const PLACE = 'o.id, o.book_id, o.chain_id, o.buyer_id, o.seller_id';

/** Orders whose bill is due by the end of a day, or whose loan is and for which there is money in the margin account. */
export async function maturedOrders(work: Workspace, bookId: string, on: string, limit: number) {
  const rows = await work.query<Place>(
    'prepayment_order.matured',
    `select ${PLACE} from prepayment_acceptance c join prepayment_order o on o.id = c.order_id
      where c.book_id = $1 and c.state = 'accepted' and c.maturity_date <= $2
     union all
     select ${PLACE} from financing f join prepayment_account a on a.financing_id = f.id
       join prepayment_order o on o.id = a.order_id
      where f.book_id = $1 and f.status = 'active' and f.maturity_date <= $2 and f.product = 'prepayment' and a.held > 0
     order by 1 limit $3`,
    [bookId, on, limit],
  );
  return rows.map(placeOf);
}

/** Orders that follow a grade and have not been judged by the quotation of it that is in force at a moment. */
export async function quotedOrders(work: Workspace, bookId: string, at: Date, limit: number) {
  const rows = await work.query<Place & { price: string; source: string; quoted_at: string }>(
    'prepayment_order.quoted',
    `select ${PLACE}, p.price, p.source, p.quoted_at
       from prepayment_order o
       cross join lateral (select price, source, quoted_at from goods_price
                            where book_id = o.book_id and grade_id = o.grade_id and quoted_at <= $2 and recorded_at <= $2
                            order by quoted_at desc, recorded_at desc, id desc limit 1) p
       left join lateral (select price, quoted_at from order_price where order_id = o.id
                           order by quoted_at desc, id desc limit 1) k on true
      where o.book_id = $1 and o.grade_id is not null and o.stage in ('funded', 'delivering')
        and (k.quoted_at is null or k.quoted_at < p.quoted_at or (k.quoted_at = p.quoted_at and k.price <> p.price))
      order by o.id limit $3`,
    [bookId, at.toISOString(), limit],
  );
  return rows.map((row) => ({
    ...placeOf(row),
    price: new Decimal(row.price),
    source: row.source,
    quotedAt: row.quoted_at,
  }));
}

/** Orders that come within the days before expiry on which the seller is prompted, and have not been. */
export async function ordersToPrompt(work: Workspace, bookId: string, on: string, limit: number) {
  const rows = await work.query<{ id: string }>(
    'prepayment_order.to_prompt',
    `select o.id from prepayment_order o join prepayment_account a on a.order_id = o.id
      where o.book_id = $1 and o.stage in ('funded', 'delivering') and not o.prompted
        and o.expires_on <= $2::date + (a.terms->'prepayment'->>'promptDays')::integer
      order by o.expires_on, o.id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ id }) => id);
}

/** Release notices that were to be acknowledged by the end of a day, and were not. */
export async function lateNotices(work: Workspace, bookId: string, on: string, limit: number): Promise<string[]> {
  const rows = await work.query<{ id: string }>(
    'release_notice.unanswered',
    `select id from release_notice where book_id = $1 and state = 'issued' and not late and acknowledge_by <= $2
      order by acknowledge_by, id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ id }) => id);
}

/** Margin calls that were to be answered by the end of a day, and were not. */
export async function unansweredCalls(work: Workspace, bookId: string, on: string, limit: number): Promise<string[]> {
  const rows = await work.query<{ order_id: string }>(
    'prepayment_margin_call.unanswered',
    `select order_id from prepayment_margin_call where book_id = $1 and state = 'open' and due_on <= $2 order by due_on, order_id limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ order_id }) => order_id);
}
