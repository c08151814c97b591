import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';

// Whole fen throughout, so that SQL and the rules agree: round(total × elapsed ÷ days), half up, the last day the rest;
// the tax of what is earned to date is what is left of it net of VAT.
const EARNED = (elapsed: string): string =>
  `case when ${elapsed} >= term then total else div(2 * total * greatest(${elapsed}, 0) + term, 2 * term) end`;
const TAX = (gross: string): string =>
  `case vat when 1000000 then 0 else (${gross}) - div(2 * (${gross}) * 1000000 + vat, 2 * vat) end`;

const AMORTISE = `
with due as (
  select * from (
    (select id, 'discount' as kind, interest * 100 as total, 1000000 + round(vat_rate * 1000000) as vat,
            $2::date - earns_from as elapsed, earns_until - earns_from as term
       from bill_discount_line where book_id = $1 and state = 'held' and id > $3::uuid order by id limit $4)
    union all
    (select id, 'rediscount', interest * 100, 1000000, $2::date - earns_from, earns_until - earns_from
       from bill_rediscount_line where book_id = $1 and state = 'held' and id > $3::uuid order by id limit $4)
  ) lines order by id limit $4
), sums as (
  select id, kind, vat, ${EARNED('elapsed')} as before, ${EARNED('(elapsed + 1)')} as after from due
), written as (
  insert into bill_amortisation (book_id, line_id, amortised_on, kind, amount, tax)
  select $1, id, $2, kind, (after - before) * 0.01, ((${TAX('after')}) - (${TAX('before')})) * 0.01
    from sums where after > before
  on conflict do nothing
  returning line_id, amount, tax
)
select kind, count(*)::int as lines, max(id::text) as last, sum(written.amount) as amount, sum(written.tax) as tax
  from sums left join written on written.line_id = sums.id
 group by kind`;

type TotalsRow = {
  kind: 'discount' | 'rediscount';
  lines: number;
  last: string;
  amount: string | null;
  tax: string | null;
};

export type Amortised = Readonly<{
  lines: number;
  last: string | null;
  /** Discount earned, VAT inside. */
  earned: Readonly<{ gross: Decimal; tax: Decimal }>;
  /** Cost of rediscounted bills. */
  cost: Decimal;
}>;

/**
 * Amortises one day of the next `limit` discounted and rediscounted bills after `after`, in one statement that only
 * inserts: to-date of the next day less to-date of this one, so that the days of a bill sum to its interest.
 */
export async function amortiseChunk(
  work: Workspace,
  { bookId, on, after, limit }: Readonly<{ bookId: string; on: string; after: string; limit: number }>,
): Promise<Amortised> {
  const rows = await work.query<TotalsRow>('bill_amortisation.chunk', AMORTISE, [bookId, on, after, limit]);
  const of = (kind: TotalsRow['kind']) => rows.find((row) => row.kind === kind);
  const yuan = (text: string | null | undefined) => new Decimal(text ?? 0);
  return {
    lines: rows.reduce((sum, { lines }) => sum + lines, 0),
    last: rows.reduce<string | null>((last, row) => (last === null || row.last > last ? row.last : last), null),
    earned: { gross: yuan(of('discount')?.amount), tax: yuan(of('discount')?.tax) },
    cost: yuan(of('rediscount')?.amount),
  };
}

// Each account is the sum of what the bills on the books keep: to-date of the next day, as this one's amortisation left it.
const PROVE = `
with live as (
  select 'discount' as kind, amount, interest * 100 as total, $2::date + 1 - earns_from as elapsed, earns_until - earns_from as term
    from bill_discount_line where book_id = $1 and state = 'held'
  union all
  select 'rediscount', amount, interest * 100, $2::date + 1 - earns_from, earns_until - earns_from
    from bill_rediscount_line where book_id = $1 and state = 'held'
), sums as (
  select kind, sum(amount) as face, sum((total - (${EARNED('elapsed')})) * 0.01) as unearned from live group by kind
), kept(name, path, total) as (
  select 'discounted bills', '1107', (select face from sums where kind = 'discount') union all
  select 'their unearned interest', '1108', (select -unearned from sums where kind = 'discount') union all
  select 'rediscounted bills', '2005', (select -face from sums where kind = 'rediscount') union all
  select 'their interest ahead', '2006', (select unearned from sums where kind = 'rediscount')
)
select name || ' make ' || round(coalesce(total, 0), 2) || ', account ' || path || ' has ' || booked as fault
  from kept, lateral (select coalesce(sum(posted), 0) as booked from balance b where b.book_id = $1 and b.path = kept.path) b
 where coalesce(total, 0) <> booked`;

/** What does not tie once a day is amortised: discounted and rediscounted bills that differ from their accounts. */
export async function unprovenBills(work: Workspace, bookId: string, on: string): Promise<string[]> {
  const rows = await work.query<{ fault: string }>('bill_amortisation.prove', PROVE, [bookId, on]);
  return rows.map(({ fault }) => fault);
}

/** A discount that no one has paid by the end of its business day. */
export async function unpaidDiscount(work: Workspace, bookId: string, on: string): Promise<string | undefined> {
  const [row] = await work.query<{ id: string }>(
    'bill_discount.unpaid',
    `select id from bill_discount
      where book_id = $1 and status in ('submitted', 'proposed') and value_date <= $2 order by value_date, id limit 1`,
    [bookId, on],
  );
  return row?.id;
}

/** Holdings whose last day of redemption is over by the end of a day. */
export async function unredeemed(work: Workspace, bookId: string, on: string, limit: number): Promise<string[]> {
  const rows = await work.query<{ id: string }>(
    'bill_discount_line.unredeemed',
    `select h.id from bill_discount_line l join bill_holding h on h.id = l.holding_id
      where l.book_id = $1 and l.state = 'held' and l.redemption_until <= $2
        and h.standing = 'received.awaiting_redemption' limit $3`,
    [bookId, on, limit],
  );
  return rows.map(({ id }) => id);
}

/** Rediscounted bills that are due by the end of a day are paid back; answers their face. */
export async function repayDue(work: Workspace, bookId: string, on: string): Promise<Decimal> {
  const rows = await work.query<{ amount: string }>(
    'bill_rediscount_line.repay',
    `update bill_rediscount_line set state = 'repaid', ended_on = $2, version = version + 1
      where book_id = $1 and state = 'held' and earns_until <= $2 returning amount`,
    [bookId, on],
  );
  return rows.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
}
