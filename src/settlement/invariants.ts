import { loanAccounts } from '../financing/postings.ts';
import type { Invariants } from '../ledger/invariants.ts';
import { EARNED, FEN, MISUSED, SURCHARGE } from './meter-sql.ts';

/** What a loan has on its meters up to the day `until`, as numerators. */
const METERS = (until: string): string => `
  interest_numerator + case accruing when 'contract' then principal * 100 * round(rate * 1000000) * (${until} - segment_from) else 0 end as interest,
  penalty_numerator + case when accruing in ('contract', 'penalty') then (${until} - segment_from)
    * (case accruing when 'penalty' then principal * 100 * round(penalty_rate * 1000000) else 0 end + ${MISUSED} * ${SURCHARGE}) else 0 end as penalty,
  compound_numerator + case accruing when 'penalty' then compound_base * 100 * round(penalty_rate * 1000000) * (${until} - segment_from) else 0 end as compound`;

const paths = (list: readonly string[]): string => `array[${list.map((path) => `'${path}'`).join(', ')}]`;

/**
 * Each control account of book $1 is the sum of what loans and claims keep. The days up to which they have accrued are
 * SQL over a loan `f` and over a claim on a bill `c`. Answers every account that is not.
 */
export const controlAccounts = (until: Readonly<{ loans: string; claims: string }>): string => `
  with live as (
    select status, product, face, principal, interest_paid, penalty_paid + compound_paid as penalty_paid,
           discount * 100 as discount, ${METERS('until')}, until - value_date as elapsed, maturity_date - value_date as term
      from (select *, ${until.loans} as until from financing f
             where book_id = $1 and status in ('active', 'overdue', 'recovering', 'written_off')) f
  ), owed as (
    select status, product, face, principal, ${FEN('interest')} * 0.01 - interest_paid as interest,
           (${FEN('penalty')} + ${FEN('compound')}) * 0.01 - penalty_paid as penalty, (${EARNED('elapsed')} - discount) * 0.01 as unearned
      from live
  ), performing as (
    select * from owed where status <> 'written_off'
  ), claimed as (
    select coalesce(sum(${FEN(`interest_numerator + principal * 100 * round(rate * 1000000) * (${until.claims} - segment_from)`)} * 0.01 - interest_paid), 0) as interest,
           coalesce(sum(principal), 0) as principal
      from bill_claim c where book_id = $1 and closed_on is null
  ), refused as (
    select coalesce(sum(amount), 0) as amount from bill_discount_line l
     where book_id = $1 and state = 'claimed'
       and not exists (select from bill_claim c where c.holding_id = l.holding_id and c.book_id = $1)
  ), kept(name, paths, total) as (
    select 'loans and claims', ${paths(loanAccounts)},
           (select coalesce(sum(principal), 0) from performing) + claimed.principal + refused.amount from claimed, refused union all
    select 'interest: the financings', array['1131'], sum(interest) from performing union all
    select 'penalty: financings and claims', array['1132'], (select coalesce(sum(penalty), 0) from performing) + claimed.interest from claimed union all
    select 'unearned discount: the financings', array['1103'], sum(unearned) from performing union all
    select 'losses: the financings', array['9008'], sum(principal + interest + penalty) from owed where status = 'written_off' union all
    select 'receivables held: the financings', array['9001'], sum(face) from owed
     where product in ('pledge_loan', 'recourse_factoring', 'nonrecourse_factoring', 'payables_finance')
       and (status <> 'written_off' or principal + interest + penalty > 0) union all
    select 'receipts held: those pledged', array['9004'], sum(booked) from receipt where book_id = $1 union all
    select 'unapplied funds', array['2004'], -sum(remaining) from unapplied_funds where book_id = $1 and state = 'unapplied' union all
    select 'refunds', array['2013'], -sum(remaining) from unapplied_funds where book_id = $1 and state = 'refunding'
  )
  select name || ' make ' || round(coalesce(total, 0), 2) || ', their accounts ' || booked as detail
    from kept, lateral (select coalesce(sum(posted), 0) as booked from balance where book_id = $1 and path = any(paths)) b
   where coalesce(total, 0) <> booked`;

// While a day is closed, some loans have accrued it already. A scalar look-up, so that it is never made a join over
// every day that was ever accrued.
const ACCRUED_UNTIL = `(select b.business_date from book b where b.id = f.book_id)
  + coalesce((select 1 from accrual a, book b where b.id = f.book_id and a.book_id = f.book_id and a.financing_id = f.id
                 and a.accrued_on = b.business_date), 0)`;

// The same for a claim on a bill, which a bank accrues while its day is closed.
const CLAIM_ACCRUED_UNTIL = `(select b.business_date from book b where b.id = c.book_id)
  + coalesce((select 1 from bill_claim_accrual a, book b where b.id = c.book_id and a.book_id = c.book_id and a.claim_id = c.id
                 and a.accrued_on = b.business_date), 0)`;

/** What must hold between the loans of a book, what was accrued and repaid, and its accounts. */
export const lendingInvariants: Invariants = {
  'every control account is what its loans make': `${controlAccounts({ loans: ACCRUED_UNTIL, claims: CLAIM_ACCRUED_UNTIL })} limit 1`,

  'what sellers owe is what their claims make': `
    select 'account 1133/' || party_id || ' has ' || coalesce(posted, 0) || ', the claims on the seller make ' || total as detail
      from (select party_id, sum(amount - discharged) as total from seller_claim where book_id = $1 group by party_id) c
      left join balance b on b.book_id = $1 and b.path = '1133/' || party_id
     where total <> coalesce(posted, 0) order by party_id limit 1`,

  'the days of every loan sum to its meter': `
    with days as (
      select financing_id, sum(interest) as interest_made, sum(penalty) as penalty_made, sum(compound) as compound_made,
             sum(discount) as discount_made, max(accrued_on) + 1 as until
        from accrual where book_id = $1 group by financing_id
    ), metered as (
      select id, accruing, discount * 100 as discount, until - value_date as elapsed, maturity_date - value_date as term,
             ${METERS('greatest(until, segment_from)')}
        from (select f.*, coalesce(d.until, f.segment_from) as until from financing f left join days d on d.financing_id = f.id
               where f.book_id = $1 and f.value_date is not null) f
    ), each(id, kind, made, metered) as (
      select m.id, kind, coalesce(made, 0), metered from metered m left join (select financing_id, interest_made, penalty_made, compound_made, discount_made from days) d
        on d.financing_id = m.id, lateral (values ('interest', interest_made, ${FEN('interest')} * 0.01), ('penalty', penalty_made, ${FEN('penalty')} * 0.01),
                        ('compound interest', compound_made, ${FEN('compound')} * 0.01),
                        ('discount', discount_made, case accruing when 'discount' then ${EARNED('elapsed')} * 0.01 else discount_made end))
          as kinds(kind, made, metered)
    )
    select 'financing ' || id || ': its days make ' || kind || ' of ' || made || ', its meter ' || round(metered, 2) as detail
      from each where made <> metered order by id limit 1`,

  'every day is booked as the loans accrued it': `
    with booked as (
      select j.business_date as day, e.path, sum(e.amount) as total
        from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
       where j.book_id = $1 and j.kind in ('accrual.interest', 'accrual.penalty', 'accrual.discount') and e.path in ('1103', '1131', '1132')
       group by 1, 2
    ), accrued as (
      select accrued_on as day, path, sum(total) as total
        from accrual, lateral (values ('1131', interest), ('1132', penalty + compound), ('1103', discount)) as kinds(path, total)
       where book_id = $1 group by 1, 2 having sum(total) <> 0
    )
    select 'on ' || day || ' the loans accrued ' || coalesce(a.total, 0) || ' for account ' || path || ', booked are ' || coalesce(b.total, 0) as detail
      from booked b full join accrued a using (day, path)
     where a.total is distinct from b.total order by day, path limit 1`,

  'the parts of every repayment sum to it, and to what its loan has been paid': `
    select * from (
      (select 'repayment ' || r.id || ' of ' || r.amount || ' has parts of ' || r.fees + r.penalty + r.compound + r.interest + r.principal
              || ' and is not what journal ' || r.journal_id || ' took' as detail
         from repayment r
        where r.book_id = $1 and (r.amount <> r.fees + r.penalty + r.compound + r.interest + r.principal or not exists (
          select from entry e where e.book_id = $1 and e.journal_id = r.journal_id and e.line = 0 and e.amount = r.amount))
        order by r.id limit 1)
      union all
      (select 'financing ' || f.id || ' has been paid ' || f.amount - f.principal || ' of principal, ' || f.interest_paid || ' of interest, '
              || f.penalty_paid || ' and ' || f.compound_paid || ' of penalty; its repayments make ' || coalesce(r.principal, 0) || ', '
              || coalesce(r.interest, 0) || ', ' || coalesce(r.penalty, 0) || ' and ' || coalesce(r.compound, 0)
         from financing f
         left join (select financing_id, sum(principal) as principal, sum(interest) as interest, sum(penalty) as penalty, sum(compound) as compound
                      from repayment where book_id = $1 group by financing_id) r on r.financing_id = f.id
        where f.book_id = $1 and f.value_date is not null
          and (f.amount - f.principal, f.interest_paid, f.penalty_paid, f.compound_paid)
              <> (coalesce(r.principal, 0), coalesce(r.interest, 0), coalesce(r.penalty, 0), coalesce(r.compound, 0))
        order by f.id limit 1)) fault`,

  'every collection is shared out once, to the fen, and nothing stays in trust': `
    select * from (
      (select 'account ' || path || ' still has ' || posted as detail from balance
        where book_id = $1 and path like '2003/%' and posted <> 0 order by path limit 1)
      union all
      (select 'receivable ' || receivable_id || ' was paid ' || count(*) || ' times to ' || holder_id || ' by receipt ' || receipt_id
         from funds_line where book_id = $1 group by receipt_id, receivable_id, financing_id, holder_id having count(*) > 1 limit 1)
      union all
      (select 'receipt ' || id || ' of ' || amount || ' gave ' || to_financings || ' to financings and ' || to_holders || ' to holders for '
              || receivables || ' receivables, its lines make ' || coalesce(financed, 0) || ' and ' || coalesce(held, 0) || ' for ' || coalesce(named, 0)
         from receipt_of_funds
         left join (select receipt_id, coalesce(sum(amount) filter (where financing_id is not null), 0) as financed,
                           coalesce(sum(amount) filter (where financing_id is null), 0) as held, count(distinct receivable_id) as named
                      from funds_line where book_id = $1 group by receipt_id) l on l.receipt_id = id
        where book_id = $1 and (kind = 'collection' and amount <> to_financings + to_holders + unapplied
          or (to_financings, to_holders, receivables) <> (coalesce(financed, 0), coalesce(held, 0), coalesce(named, 0)))
        order by id limit 1)) fault`,
};
