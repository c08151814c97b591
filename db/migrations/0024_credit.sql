-- What a firm declares of its last year, and the working capital that follows (流动资金贷款管理办法, annex). The latest counts.
create table credit_declaration (
  id uuid primary key,
  org_id uuid not null references organization,
  year integer not null check (year between 2000 and 2999),
  -- The figures as they were declared, yuan and days as text.
  figures jsonb not null check (jsonb_typeof(figures) = 'object'),
  working_capital numeric not null check (working_capital >= 0 and working_capital < 1e15 and working_capital = round(working_capital, 2)),
  -- What loans have to cover of it, and what banks outside the platform cover already.
  loan_need numeric not null check (loan_need >= 0 and loan_need <= working_capital and loan_need = round(loan_need, 2)),
  outside_loans numeric not null check (outside_loans >= 0 and outside_loans < 1e15 and outside_loans = round(outside_loans, 2)),
  declared_on date not null,
  declared_by uuid not null,
  created_at timestamptz not null
);
create index credit_declaration_of_org on credit_declaration (org_id, id);
call make_append_only('credit_declaration');
-- A bank reads the declarations of those who have borrowed from it, or want to.
call secure('credit_declaration',
  'org_id = (select app_org()) or (select app_regulator()) '
  'or exists (select from financing f where f.borrower_id = credit_declaration.org_id and f.book_id = (select app_org()))',
  'org_id = any ((select app_scope())::uuid[])');

-- A file of applicants that a bank has judged in one go, row by row.
create table credit_batch (
  id uuid primary key,
  book_id uuid not null,
  chain_id uuid not null,
  programme_id uuid not null,
  -- The version of the terms that all rows are judged by.
  programme_version integer not null,
  file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
  person_id uuid not null,
  assessed_on date not null,
  state text not null check (state in ('running', 'done')),
  total integer not null check (total > 0),
  approved integer not null default 0 check (approved >= 0),
  referred integer not null default 0 check (referred >= 0),
  declined integer not null default 0 check (declined >= 0),
  version integer not null default 1,
  created_at timestamptz not null,
  finished_at timestamptz,
  foreign key (programme_id, book_id) references programme (id, book_id),
  -- The same file under the same rules on the same day is the same batch.
  constraint credit_batch_file_once unique (programme_id, programme_version, assessed_on, file_sha256),
  check (approved + referred + declined <= total),
  check ((state = 'done') = (approved + referred + declined = total)),
  check ((state = 'done') = (finished_at is not null))
);
create index credit_batch_of_book on credit_batch (book_id, id);
create index credit_batch_running on credit_batch (id) where state = 'running';
grant select, insert, update on credit_batch to lianrong_app;
call secure('credit_batch', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create policy workers on credit_batch for select using ((select app_worker()));

create table credit_batch_row (
  id uuid primary key,
  batch_id uuid not null references credit_batch,
  book_id uuid not null,
  line integer not null check (line > 1),
  uscc text,
  amount numeric check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  decision text check (decision in ('approve', 'refer', 'decline')),
  reasons jsonb not null default '[]' check (jsonb_typeof(reasons) = 'array'),
  assessment_id uuid,
  unique (batch_id, line),
  check (decision is not null or assessment_id is null),
  -- Whoever is not simply approved learns why.
  check (decision is null or (decision = 'approve') = (reasons = '[]'))
);
create index credit_batch_row_unfinished on credit_batch_row (batch_id, line) where decision is null;
create index credit_batch_row_by_decision on credit_batch_row (batch_id, decision, line);
grant select, insert, update on credit_batch_row to lianrong_app;
call secure('credit_batch_row', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- How a limit came about: every input, weight and contribution, under the version of the terms that says so.
create table credit_assessment (
  id uuid primary key,
  book_id uuid not null,
  chain_id uuid not null,
  programme_id uuid not null,
  programme_version integer not null,
  org_id uuid not null,
  financing_id uuid,
  batch_id uuid references credit_batch,
  assessed_on date not null,
  decision text not null check (decision in ('approve', 'refer', 'decline')),
  score numeric not null check (score between 0 and 1 and score = round(score, 6)),
  credit_limit numeric not null check (credit_limit >= 0 and credit_limit = round(credit_limit, 2)),
  -- Drawn under the limit, borrowed at all banks and needed by the whole group, before this.
  drawn numeric not null check (drawn >= 0 and drawn = round(drawn, 2)),
  borrowed numeric not null check (borrowed >= 0 and borrowed = round(borrowed, 2)),
  needed numeric not null check (needed >= 0 and needed = round(needed, 2)),
  amount numeric not null check (amount >= 0 and amount = round(amount, 2)),
  explanation jsonb not null check (jsonb_typeof(explanation) = 'object'),
  reasons jsonb not null check (jsonb_typeof(reasons) = 'array'),
  created_at timestamptz not null,
  check ((financing_id is null) <> (batch_id is null))
);
create index credit_assessment_of_book on credit_assessment (book_id, id);
create index credit_assessment_of_org on credit_assessment (org_id, id);
create index credit_assessment_of_financing on credit_assessment (financing_id, id) where financing_id is not null;
call make_append_only('credit_assessment');
call secure('credit_assessment',
  'book_id = (select app_org()) or org_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What the functions below read past row-level security; the owner is bound otherwise, unless it is a superuser.
create policy credit_reads on credit_declaration for select to current_user using (true);
create policy credit_reads on credit_note for select to current_user using (true);
create policy credit_reads on financing for select to current_user using (true);
create policy credit_reads on organization for select to current_user using (true);
create policy credit_reads on receipt_of_funds for select to current_user using (true);
create policy credit_reads on trade_document for select to current_user using (true);

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
    select (part ->> 'receivableId')::uuid as receivable_id, max(f.received_on) as paid_on
      from receipt_of_funds f, jsonb_array_elements(f.applied) part
     where f.kind = 'collection' and f.party_id in (select debtor_id from traded)
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

-- Whose credit a transaction may ask for: its own organizations, and the members of the chains it touches.
create function in_credit_scope(org uuid) returns boolean language sql stable as $$
  select org = any (app_scope())
      or exists (select from member m where m.org_id = org and m.chain_id = any (app_scope())) $$;

-- Applications of one group at different banks wait for each other, so that two at once do not both find the room that
-- is there once. In the order of the groups, until the transaction ends.
create function lock_group_credit(orgs uuid[]) returns void
  language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  head uuid;
begin
  for head in select distinct coalesce(o.parent_id, o.id) from organization o
               where o.id = any (orgs) and in_credit_scope(o.id) order by 1 loop
    perform pg_advisory_xact_lock(hashtextextended('group credit ' || head, 0));
  end loop;
end $$;
revoke all on function lock_group_credit(uuid[]) from public;
grant execute on function lock_group_credit(uuid[]) to lianrong_app;

-- What a firm and its group need and have borrowed, at all banks together: a sum, of which nobody learns whose loans it
-- is made of (济管财金〔2022〕25号 三(一), 垒小户).
create function group_credit(orgs uuid[], since date[])
  returns table (org_id uuid, head_id uuid, declared boolean, needed numeric, borrowed numeric)
  language sql stable security definer set search_path = public, pg_temp as $$
  with asked as (
    select distinct on (a.id) a.id, coalesce(o.parent_id, o.id) as head, a.since
      from unnest(orgs, since) as a (id, since) join organization o on o.id = a.id
     where in_credit_scope(a.id) order by a.id
  ), firms as (
    select a.id as asked_id, o.id as firm_id, a.since
      from asked a join organization o on o.id = a.head or o.parent_id = a.head
  ), declarations as (
    select f.asked_id, f.firm_id, d.loan_need, d.outside_loans
      from firms f cross join lateral (
        select c.loan_need, c.outside_loans from credit_declaration c
         where c.org_id = f.firm_id and c.declared_on >= f.since order by c.id desc limit 1) d
  ), loans as (
    select f.asked_id, sum(case when l.status in ('submitted', 'approved', 'disbursing') then l.amount else l.principal end) as total
      from firms f join financing l on l.borrower_id = f.firm_id
     where l.status in ('submitted', 'approved', 'disbursing', 'active', 'overdue', 'recovering', 'written_off')
       -- What a bank has bought without recourse is no loan of the seller.
       and l.product not in ('nonrecourse_factoring', 'payables_finance')
     group by f.asked_id
  )
  select a.id, a.head, exists (select from declarations d where d.asked_id = a.id and d.firm_id = a.id),
         coalesce((select sum(d.loan_need) from declarations d where d.asked_id = a.id), 0),
         coalesce((select sum(d.outside_loans) from declarations d where d.asked_id = a.id), 0)
           + coalesce((select l.total from loans l where l.asked_id = a.id), 0)
    from asked a order by a.id $$;
revoke all on function group_credit(uuid[], date[]) from public;
grant execute on function group_credit(uuid[], date[]) to lianrong_app;
