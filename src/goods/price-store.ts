import type { Workspace } from '../platform/workspace.ts';
import { type PriceRow, prices } from './store.ts';

/** Ids of grades named by their id, or as COMMODITY/GRADE by their codes; what is unknown is left out. */
export async function findGrades(work: Workspace, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await work.query<{ name: string; id: string }>(
    'grade.find',
    `select u.name, g.id from unnest($1::text[]) as u(name) join grade g on g.id::text = u.name
     union
     select u.name, g.id from unnest($1::text[]) as u(name) join commodity c on c.code = split_part(u.name, '/', 1)
       join grade g on g.commodity_id = c.id and g.code = substr(u.name, length(c.code) + 2)`,
    [[...new Set(names)]],
  );
  return new Map(rows.map(({ name, id }) => [name, id]));
}

type PriceMoment = Readonly<{ bookId: string; gradeId: string; quotedAt: string }>;

/** What has been recorded last for these moments. */
export async function quotationsAt(work: Workspace, moments: readonly PriceMoment[]): Promise<PriceRow[]> {
  const rows = await work.query(
    'goods_price.at',
    `select p.* from (select distinct * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as u(book_id, grade_id, quoted_at)) u
      cross join lateral (select * from goods_price p where p.book_id = u.book_id and p.grade_id = u.grade_id
                             and p.quoted_at = u.quoted_at order by p.recorded_at desc, p.id desc limit 1) p`,
    [moments.map((m) => m.bookId), moments.map((m) => m.gradeId), moments.map((m) => m.quotedAt)],
  );
  return rows.map(prices.fromSql);
}
