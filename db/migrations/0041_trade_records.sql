-- The record of organizations in chains: sums only, for a transaction that has the chain in its scope. Payments are
-- counted at whichever bank they came in.
create function trade_records(chains uuid[], orgs uuid[], since date[], until date[], grace integer[])
  returns table (place bigint, months integer, volume numeric, disputed numeric, credited numeric, due numeric,
                 on_time numeric, largest numeric, invoiced numeric)
  language sql stable security definer set search_path = public, pg_temp as $$
  with asked as materialized (
    select a.* from unnest(chains, orgs, since, until, grace)
      with ordinality as a (chain_id, org_id, since, until, grace, place)
     where a.chain_id = any (app_scope())
  ), traded as materialized (
    select a.place, a.until, a.grace, r.*, r.debtor_id as counterparty_id
      from asked a join receivable r on r.creditor_id = a.org_id and r.chain_id = a.chain_id
     where r.stage = 'confirmed' and r.issue_date between a.since and a.until
    union all
    select a.place, a.until, a.grace, r.*, r.creditor_id
      from asked a join receivable r on r.debtor_id = a.org_id and r.chain_id = a.chain_id
     where r.stage = 'confirmed' and r.issue_date between a.since and a.until
  ), documented as materialized (
    select a.place, d.amount, d.issued_on from asked a join trade_document d on d.seller_id = a.org_id and d.chain_id = a.chain_id
     where d.kind = 'invoice' and d.status = 'recorded' and d.issued_on between a.since and a.until
    union all
    select a.place, d.amount, d.issued_on from asked a join trade_document d on d.buyer_id = a.org_id and d.chain_id = a.chain_id
     where d.kind = 'invoice' and d.status = 'recorded' and d.issued_on between a.since and a.until
  ), received as materialized (
    select l.receivable_id, max(f.received_on) as paid_on
      from funds_line l join receipt_of_funds f on f.id = l.receipt_id
     where l.receivable_id in (select id from traded)
     group by 1
  ), sums as (
    select t.place, sum(t.confirmed) as volume, sum(t.disputed) as disputed,
           sum(t.confirmed) filter (where t.payment = 'paid' or t.due_date + t.grace < t.until) as due,
           sum(t.confirmed) filter (where t.payment = 'paid' and p.paid_on <= t.due_date + t.grace) as on_time
      from traded t left join received p on p.receivable_id = t.id group by t.place
  ), notes as (
    select t.place, sum(n.amount) as credited from traded t join credit_note n on n.receivable_id = t.id group by t.place
  ), partners as (
    select place, max(total) as largest
      from (select t.place, sum(t.confirmed) as total from traded t group by t.place, t.counterparty_id) each_one
     group by place
  ), invoices as (
    select d.place, sum(d.amount) as invoiced from documented d group by d.place
  ), months as (
    select place, count(distinct date_trunc('month', day))::integer as months
      from (select t.place, t.issue_date as day from traded t union all select d.place, d.issued_on from documented d) days
     group by place
  )
  select a.place, coalesce(months.months, 0), coalesce(sums.volume, 0), coalesce(sums.disputed, 0),
         coalesce(notes.credited, 0), coalesce(sums.due, 0), coalesce(sums.on_time, 0), coalesce(partners.largest, 0),
         coalesce(invoices.invoiced, 0)
    from asked a left join months using (place) left join sums using (place) left join notes using (place)
    left join partners using (place) left join invoices using (place)
   order by a.place $$;
revoke all on function trade_records(uuid[], uuid[], date[], date[], integer[]) from public;
grant execute on function trade_records(uuid[], uuid[], date[], date[], integer[]) to lianrong_app;

-- What the functions that sum over all banks and chains read past; the owner is bound otherwise, unless it is a superuser.
create policy owner_reads on organization for select to current_user using (true);
create policy owner_reads on trade_document for select to current_user using (true);
create policy owner_reads on credit_note for select to current_user using (true);
create policy owner_reads on receipt_of_funds for select to current_user using (true);
create policy owner_reads on funds_line for select to current_user using (true);
create policy owner_reads on financing for select to current_user using (true);
create policy owner_reads on credit_declaration for select to current_user using (true);
