import type { DayLines } from '../financing/loan-rules.ts';
import { isPurchase } from '../financing/quote.ts';
import { Decimal } from '../money/decimal.ts';
import type { Tx } from '../platform/database.ts';
import { date, defineTable, instant, int, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import { financedProducts } from '../programme/terms.ts';
import { controlAccounts } from './invariants.ts';
import { EARNED, FEN, MISUSED, SURCHARGE, TAX } from './meter-sql.ts';

/** The steps of a close, in order. A financing falls overdue before the day is accrued: the day of maturity is not one of interest. */
export const closeSteps = [
  'prepayment',
  'margins',
  'collect',
  'overdue',
  'accrue',
  'bills',
  'claims',
  'classify',
  'revalue',
  'receipts',
  'expire',
  'oversight',
  'release',
  'age',
  'prove',
  'done',
] as const;
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

// The penalty meter of an overdue loan takes what another use adds; beside the contract that is a meter of its own.
const DAILY = "(principal * rate + case accruing when 'penalty' then misuse else 0 end)";

const ACCRUE = `
with due as (
  select id, product, accruing, principal * 100 as principal, discount * 100 as discount, 1000000 + round(vat_rate * 1000000) as vat,
         case accruing when 'contract' then interest_numerator when 'penalty' then penalty_numerator else 0 end as closed,
         case accruing when 'contract' then round(rate * 1000000) else round(penalty_rate * 1000000) end as rate,
         penalty_numerator, compound_numerator, compound_base * 100 as compound_base, $2::date - segment_from as days,
         -- What a day adds for another use of the money: to the penalty meter, which runs by itself beside the contract.
         case when misused = 0 then 0 else ${MISUSED} * ${SURCHARGE} end as misuse,
         $2::date - value_date as elapsed, maturity_date - value_date as term
    from financing
   where book_id = $1 and accruing <> 'none' and id > $3::uuid
   order by id limit $4
), sums as (
  select id, product, accruing, vat,
         case accruing when 'discount' then ${EARNED('elapsed')} else ${FEN(`closed + ${DAILY} * days`)} end as before,
         case accruing when 'discount' then ${EARNED('(elapsed + 1)')} else ${FEN(`closed + ${DAILY} * (days + 1)`)} end as after,
         case when accruing = 'contract' and misuse > 0 then ${FEN('penalty_numerator + misuse * days')} else 0 end as misuse_before,
         case when accruing = 'contract' and misuse > 0 then ${FEN('penalty_numerator + misuse * (days + 1)')} else 0 end as misuse_after,
         case when accruing = 'contract' and misuse > 0 then ${FEN('compound_numerator')} else 0 end as compounded,
         case when accruing <> 'penalty' or compound_base + compound_numerator = 0 then 0 else ${FEN('compound_numerator + compound_base * rate * days')} end as compound_before,
         case when accruing <> 'penalty' or compound_base + compound_numerator = 0 then 0 else ${FEN('compound_numerator + compound_base * rate * (days + 1)')} end as compound_after
    from due
), day as (
  select id, product, accruing, (after - before) * 0.01 as gross, (compound_after - compound_before) * 0.01 as compound,
         ((${TAX('after + compound_after')}) - (${TAX('before + compound_before')})) * 0.01 as tax,
         case when misuse_after = 0 then 0 else (misuse_after - misuse_before) * 0.01 end as misused,
         case when misuse_after = 0 then 0
           else ((${TAX('misuse_after + compounded')}) - (${TAX('misuse_before + compounded')})) * 0.01 end as misused_tax
    from sums
), written as (
  insert into accrual (book_id, financing_id, accrued_on, interest, penalty, compound, discount, interest_tax, penalty_tax, discount_tax)
  select $1, id, $2,
         case accruing when 'contract' then gross else 0 end, case accruing when 'penalty' then gross else misused end, compound,
         case accruing when 'discount' then gross else 0 end, case accruing when 'contract' then tax else 0 end,
         case accruing when 'penalty' then tax else misused_tax end, case accruing when 'discount' then tax else 0 end
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

type FallenDue = { id: string; chain_id: string; borrower_id: string; debtor_id: string | null };

/** Financings whose grace has passed by the end of a day. */
export const fallenDue = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<FallenDue>(
    'financing.fallen_due',
    `select id, chain_id, borrower_id, debtor_id from financing
      where book_id = $1 and status = 'active' and overdue_from <= $2 order by overdue_from, id limit $3`,
    [bookId, on, limit],
  );

type Page = Readonly<{ after: string; limit: number }>;

/** Loans that are due, whose borrower lets the bank debit its deposit and has money on it; the next ones after an id. */
export const dueToDebit = (work: Workspace, bookId: string, on: string, { after, limit }: Page) =>
  work.query<FallenDue>(
    'financing.due_to_debit',
    `select f.id, f.chain_id, f.borrower_id, f.debtor_id
       from financing f join balance b on b.book_id = f.book_id and b.path = '2001/' || f.borrower_id
      where f.book_id = $1 and f.status in ('active', 'overdue') and f.terms ->> 'autoDebit' = 'true'
        and f.product <> all($5::text[]) and f.maturity_date <= $2 and -b.posted > b.held and f.id > $3
      order by f.id limit $4`,
    [bookId, on, after, limit, financedProducts.filter(isPurchase)],
  );

/** Applications whose reservation has had its last day. */
export const lapsedReservations = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<FallenDue>(
    'financing.lapsed_reservations',
    `select id, chain_id, borrower_id, debtor_id from financing
      where book_id = $1 and status in ('submitted', 'approved') and reserved_until <= $2 order by reserved_until, id limit $3`,
    [bookId, on, limit],
  );

/** Open checks of loans that ended on a day, and those due by it of whatever has ended otherwise. */
export const checksOfEnded = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<{ id: string }>(
    'loan_check.of_ended',
    `select c.id from financing f join loan_check c on c.financing_id = f.id and c.state = 'open'
      where f.book_id = $1 and f.settled_on = $2
     union
     select c.id from loan_check c join financing f on f.id = c.financing_id
      where c.book_id = $1 and c.state = 'open' and c.due_on <= $2 and not c.missed
        and f.status in ('settled', 'written_off', 'rejected', 'cancelled')
     order by id limit $3`,
    [bookId, on, limit],
  );

/** Limits whose last day this is. */
export const endingLimits = (work: Workspace, bookId: string, on: string) =>
  work.query<{ id: string; kind: string; org_id: string | null }>(
    'limit_node.ending',
    'select id, kind, org_id from limit_node where book_id = $1 and expires_on = $2 order by id',
    [bookId, on],
  );

/**
 * Puts overdue financings at least into the class that their days past the due date demand, grace or not; a worse one
 * stays. Answers how many changed.
 */
export async function classifyByDays(work: Workspace, bookId: string, on: string, lines: DayLines): Promise<number> {
  const rows = await work.query(
    'financing.classify',
    `with classes(name, place) as (values ('normal', 0), ('special_mention', 1), ('substandard', 2), ('doubtful', 3), ('loss', 4)),
     due as (
       select id, case when days > $5 then 'loss' when days > $4 then 'doubtful' when days > $3 then 'substandard'
                       when technical_slip and days <= $6 then 'normal' else 'special_mention' end as floor
         from (select id, technical_slip, $2::date - least(maturity_date, overdue_since) + 1 as days from financing
                where book_id = $1 and status in ('overdue', 'recovering') and overdue_since is not null) f)
     update financing set risk_class = due.floor, version = version + 1
       from due, classes now_, classes then_
      where financing.id = due.id and now_.name = financing.risk_class and then_.name = due.floor and then_.place > now_.place
     returning financing.id`,
    [bookId, on, lines.substandardOverDays, lines.doubtfulOverDays, lines.lossOverDays, lines.slipDays],
  );
  return rows.length;
}

const PROVE = `
select 'the trial balance is off by ' || sum(posted) as detail from balance where book_id = $1 having sum(posted) <> 0
union all
select * from (${controlAccounts({ loans: '$2::date + 1', claims: '$2::date + 1' })}) untied`;

/** What does not tie once a day is accrued: accounts that do not sum to zero, financings that differ from their accounts. */
export async function unprovenSums(work: Workspace, bookId: string, on: string): Promise<string[]> {
  const rows = await work.query<{ detail: string }>('close_run.prove', PROVE, [bookId, on]);
  return rows.map(({ detail }) => detail);
}
