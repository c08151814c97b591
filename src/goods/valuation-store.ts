import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';

// Yuan of a unit of a lot `l`: the lower of cost and market, less the haircut (domain.md 3.3). Exact, rounded later.
const UNIT = '(case when l.unit_cost < p.price then l.unit_cost else p.price end) * (1 - coalesce(h.ratio, 0))';
/** Quotation `p` and haircut `h` in force for the grade of a lot `l` at $2, by what had been recorded by $3. */
const IN_FORCE = `
  left join lateral (
    select price, quoted_at from goods_price
     where book_id = $1 and grade_id = l.grade_id and quoted_at <= $2 and recorded_at <= $3
     order by quoted_at desc, recorded_at desc, id desc limit 1) p on true
  left join lateral (
    select ratio from haircut
     where book_id = $1 and grade_id = l.grade_id and effective_at <= $2 and recorded_at <= $3
     order by effective_at desc, recorded_at desc, id desc limit 1) h on true`;

/** What goods are worth to a bank: exact yuan, and the age of the quotations it rests on. */
export type Cover = Readonly<{
  /** Exact; round it once. Lots without a quotation count nothing. */
  value: Decimal;
  lots: number;
  unpriced: number;
  /** The oldest quotation used; null when there is none. */
  oldestQuote: string | null;
}>;

export const noCover: Cover = { value: new Decimal(0), lots: 0, unpriced: 0, oldestQuote: null };

type Moment = Readonly<{ bookId: string; at: Date; knownAt?: Date }>;
type CoverRow = { id: string; value: string | null; lots: number; unpriced: number; oldest: string | null };

const coverOf = (row: CoverRow): Cover => ({
  value: new Decimal(row.value ?? 0),
  lots: row.lots,
  unpriced: row.unpriced,
  oldestQuote: row.oldest,
});

// Lots of one grade and cost are summed before they are valued, and quotations are looked up once for a grade: numbers
// are multiplied a few times, however many the lots.
const covers = (claim: 'pledge' | 'receipt', where: string) => `
  with l as materialized (
    select ${claim}_id as id, grade_id, unit_cost, sum(quantity) as quantity, count(*) as lots
      from lot where ${where} and state = 'in_stock' group by 1, 2, 3),
  g as materialized (select distinct grade_id from l),
  quoted as materialized (select l.grade_id, p.price, p.quoted_at, h.ratio from g as l ${IN_FORCE})
  select l.id, sum(l.quantity * ${UNIT.replaceAll(/[ph]\./g, 'q.')}) as value, sum(l.lots)::int as lots,
         coalesce(sum(l.lots) filter (where q.price is null), 0)::int as unpriced, min(q.quoted_at) as oldest
    from l join quoted q using (grade_id) group by 1`;

/** What lies under these pledges or receipts now, valued at a moment: one statement for any number of lots. */
export async function coversOf(
  work: Workspace,
  claim: 'pledge' | 'receipt',
  ids: readonly string[],
  { bookId, at, knownAt = at }: Moment,
): Promise<ReadonlyMap<string, Cover>> {
  if (ids.length === 0) return new Map();
  const where = `${claim === 'pledge' ? 'book_id = $1 and ' : ''}${claim}_id = any($4::uuid[])`;
  const rows = await work.query<CoverRow>(`goods.covers of ${claim}s`, covers(claim, where), [
    bookId,
    at.toISOString(),
    knownAt.toISOString(),
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, coverOf(row)]));
}

type UnitRow = { id: string; unit: string | null; quoted_at: string | null };
export type UnitWorth = Readonly<{ value: Decimal; quotedAt: string }>;

/** Yuan of a unit of each of these grades with the cost given, by grade and cost as asked; null without a quotation. */
export async function unitWorths(
  work: Workspace,
  goods: readonly Readonly<{ id: string; gradeId: string; unitCost: Decimal | null }>[],
  { bookId, at, knownAt = at }: Moment,
): Promise<ReadonlyMap<string, UnitWorth>> {
  if (goods.length === 0) return new Map();
  const rows = await work.query<UnitRow>(
    'goods.unit worths',
    `select l.id, ${UNIT} as unit, p.quoted_at
       from unnest($4::text[], $5::uuid[], $6::numeric[]) as l(id, grade_id, unit_cost) ${IN_FORCE}`,
    [
      bookId,
      at.toISOString(),
      knownAt.toISOString(),
      goods.map(({ id }) => id),
      goods.map(({ gradeId }) => gradeId),
      goods.map(({ unitCost }) => unitCost?.toFixed() ?? null),
    ],
  );
  return new Map(
    rows.flatMap(({ id, unit, quoted_at }) =>
      unit === null || quoted_at === null ? [] : [[id, { value: new Decimal(unit), quotedAt: quoted_at }]],
    ),
  );
}
