import { loanAccounts } from '../financing/postings.ts';
import { Decimal } from '../money/decimal.ts';
import type { Tx } from '../platform/database.ts';
import { date, defineTable, instant, int, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';

/** The steps of a close, in order. A financing falls overdue before the day is accrued: the day of maturity is not one of interest. */
export const closeSteps = ['overdue', 'accrue', 'classify', 'revalue', 'expire', 'prove', 'done'] as const;
export type CloseStep = (typeof closeSteps)[number];

const columns = {
  bookId: uuid,
  businessDate: date,
  nextDate: date,
  step: oneOf<CloseStep>(),
  cursor: nullable(uuid),
  state: oneOf<'running' | 'done'>(),
  accrued: int,
  fellOverdue: int,
  reclassified: int,
  /** Why the day could not be closed when it was last tried. */
  fault: nullable(text),
  startedAt: instant,
  finishedAt: nullable(instant),
} as const;
export type CloseRunRow = RowOf<typeof columns>;

/** Runs under way; a book has at most one. */
export const closeRuns = defineTable('close_run', {
  rank: 31,
  key: 'bookId',
  columns,
  changeable: ['step', 'cursor', 'state', 'accrued', 'fellOverdue', 'reclassified', 'fault', 'finishedAt'],
  where: "close_run.state = 'running'",
});

export type Totals = Readonly<{
  product: string;
  interest: Decimal;
  interestTax: Decimal;
  penalty: Decimal;
  penaltyTax: Decimal;
  discount: Decimal;
  discountTax: Decimal;
}>;

// Whole fen throughout, so that SQL and the rules agree: a numerator (fen × rate·10⁶ × days) rounded half up by
// 360·10⁶; net of VAT by 10⁶ + rate·10⁶. Each loan runs one meter a day; only that one is read.
const FEN = (numerator: string): string => `div(2 * (${numerator}) + 360000000, 720000000)`;
const TAX = (gross: string): string =>
  `case vat when 1000000 then 0 else (${gross}) - div(2 * (${gross}) * 1000000 + vat, 2 * vat) end`;
const EARNED = (elapsed: string): string =>
  `case when ${elapsed} >= term then discount else div(2 * discount * greatest(${elapsed}, 0) + term, 2 * term) end`;

const ACCRUE = `
with due as (
  select id, product, accruing, principal * 100 as principal, discount * 100 as discount, 1000000 + round(vat_rate * 1000000) as vat,
         case accruing when 'contract' then interest_numerator when 'penalty' then penalty_numerator else 0 end as closed,
         case accruing when 'contract' then round(rate * 1000000) else round(penalty_rate * 1000000) end as rate,
         compound_numerator, compound_base * 100 as compound_base, $2::date - segment_from as days,
         $2::date - value_date as elapsed, maturity_date - value_date as term
    from financing
   where book_id = $1 and accruing <> 'none' and id > $3::uuid
   order by id limit $4
), sums as (
  select id, product, accruing, vat,
         case accruing when 'discount' then ${EARNED('elapsed')} else ${FEN('closed + principal * rate * days')} end as before,
         case accruing when 'discount' then ${EARNED('(elapsed + 1)')} else ${FEN('closed + principal * rate * (days + 1)')} end as after,
         case when accruing <> 'penalty' or compound_base + compound_numerator = 0 then 0 else ${FEN('compound_numerator + compound_base * rate * days')} end as compound_before,
         case when accruing <> 'penalty' or compound_base + compound_numerator = 0 then 0 else ${FEN('compound_numerator + compound_base * rate * (days + 1)')} end as compound_after
    from due
), day as (
  select id, product, accruing, (after - before) * 0.01 as gross, (compound_after - compound_before) * 0.01 as compound,
         ((${TAX('after + compound_after')}) - (${TAX('before + compound_before')})) * 0.01 as tax
    from sums
), written as (
  insert into accrual (book_id, financing_id, accrued_on, interest, penalty, compound, discount, interest_tax, penalty_tax, discount_tax)
  select $1, id, $2,
         case accruing when 'contract' then gross else 0 end, case accruing when 'penalty' then gross else 0 end, compound,
         case accruing when 'discount' then gross else 0 end, case accruing when 'contract' then tax else 0 end,
         case accruing when 'penalty' then tax else 0 end, case accruing when 'discount' then tax else 0 end
    from day
  on conflict do nothing
  returning financing_id, interest, penalty, compound, discount, interest_tax, penalty_tax, discount_tax
)
select product, count(*)::int as financings, max(id::text) as last, sum(written.interest) as interest,
       sum(written.interest_tax) as interest_tax, sum(written.penalty + written.compound) as penalty,
       sum(written.penalty_tax) as penalty_tax, sum(written.discount) as discount, sum(written.discount_tax) as discount_tax
  from day left join written on written.financing_id = day.id
 group by product`;

type TotalsRow = Record<'product' | 'last', string> &
  Record<'interest' | 'interest_tax' | 'penalty' | 'penalty_tax' | 'discount' | 'discount_tax', string | null> & {
    financings: number;
  };

/**
 * Accrues one day for the next `limit` financings after `after`, in one statement that only inserts: to-date of the
 * next day less to-date of this one, so that the days of a contract sum to its closed form. Answers sums by product.
 */
export async function accrueChunk(
  work: Workspace,
  { bookId, on, after, limit }: Readonly<{ bookId: string; on: string; after: string; limit: number }>,
): Promise<{ last: string | null; financings: number; totals: Totals[] }> {
  const rows = await work.query<TotalsRow>('accrual.chunk', ACCRUE, [bookId, on, after, limit]);
  const yuan = (text: string | null) => new Decimal(text ?? 0);
  return {
    last: rows.reduce<string | null>((last, row) => (last === null || row.last > last ? row.last : last), null),
    financings: rows.reduce((sum, row) => sum + row.financings, 0),
    totals: rows.map((row) => ({
      product: row.product,
      interest: yuan(row.interest),
      interestTax: yuan(row.interest_tax),
      penalty: yuan(row.penalty),
      penaltyTax: yuan(row.penalty_tax),
      discount: yuan(row.discount),
      discountTax: yuan(row.discount_tax),
    })),
  };
}

/** Tells whoever asks how far a close is why it cannot go on. */
export const keepFault = (tx: Tx, bookId: string, fault: string) =>
  tx.query('close_run.fault', "update close_run set fault = $2 where book_id = $1 and state = 'running'", [
    bookId,
    fault,
  ]);

/** Financings whose grace has passed by the end of a day. */
export const fallenDue = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<{ id: string; chain_id: string; borrower_id: string; debtor_id: string | null }>(
    'financing.fallen_due',
    `select id, chain_id, borrower_id, debtor_id from financing
      where book_id = $1 and status = 'active' and overdue_from <= $2 order by overdue_from, id limit $3`,
    [bookId, on, limit],
  );

/** Puts overdue financings at least into the class that their days overdue demand; a worse one stays. Answers how many changed. */
export async function classifyByDays(
  work: Workspace,
  bookId: string,
  on: string,
  lines: Readonly<{ substandard: number; doubtful: number; loss: number }>,
): Promise<number> {
  const rows = await work.query(
    'financing.classify',
    `with classes(name, place) as (values ('normal', 0), ('special_mention', 1), ('substandard', 2), ('doubtful', 3), ('loss', 4)),
     due as (
       select id, case when $2::date - overdue_since + 1 > $5 then 'loss' when $2::date - overdue_since + 1 > $4 then 'doubtful'
                       when $2::date - overdue_since + 1 > $3 then 'substandard' else 'special_mention' end as floor
         from financing where book_id = $1 and status in ('overdue', 'recovering') and overdue_since is not null)
     update financing set risk_class = due.floor, version = version + 1
       from due, classes now_, classes then_
      where financing.id = due.id and now_.name = financing.risk_class and then_.name = due.floor and then_.place > now_.place
     returning financing.id`,
    [bookId, on, lines.substandard, lines.doubtful, lines.loss],
  );
  return rows.length;
}

/** What does not tie at the end of a day: accounts that do not sum to zero, loans that differ from their accounts. */
export async function unprovenSums(work: Workspace, bookId: string): Promise<string[]> {
  const rows = await work.query<{ fault: string }>(
    'close_run.prove',
    `select 'the trial balance is off by ' || sum(posted) as fault from balance where book_id = $1 having sum(posted) <> 0
     union all
     select 'loans are ' || coalesce(loans.total, 0) || ', their accounts ' || coalesce(books.total, 0)
       from (select sum(principal) as total from financing where book_id = $1 and status in ('active', 'overdue', 'recovering')) loans,
            (select sum(posted) as total from balance where book_id = $1 and path = any($2::text[])) books
      where coalesce(loans.total, 0) <> coalesce(books.total, 0)`,
    [bookId, loanAccounts],
  );
  return rows.map(({ fault }) => fault);
}
