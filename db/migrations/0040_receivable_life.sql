-- Which command an event is of, and how many events each command has made: a change that nobody was told of is found.
-- Null for what the close of a day tells, and for what was recorded before this was counted.
alter table event add column command_key text;
alter table command add column events integer;

-- Keys decided more than once, or without a whole decision. Asked past row-level security, for the asker's own
-- commands or, by a regulator, for all; no answer is looked into.
create function key_faults(org uuid) returns setof text language sql stable security definer
  set search_path = public, pg_temp
  as $$
    select 'key ' || key || ' of ' || org_id || ' has ' || count(*) || ' decisions'
           || case when bool_or(status not between 200 and 499 or answer is null) then ', one of them not whole' else '' end
      from command where (org is null or org_id = org) and (org_id = app_org() or app_regulator())
     group by org_id, key having count(*) > 1 or bool_or(status not between 200 and 499 or answer is null)
     order by org_id, key limit 1 $$;

-- Accepted commands that have another number of events than they made, refused ones that have any, and events of no
-- command.
create function told_faults(org uuid) returns setof text language sql stable security definer
  set search_path = public, pg_temp
  as $$
    select coalesce('command ' || c.key || ' of ' || c.org_id || ' made ' || c.events || ' events, ' || coalesce(e.events, 0) || ' are there',
                    'event ' || e.first || ' names the command ' || e.command_key || ' of ' || e.actor_org || ', which is not there')
      from (select * from command where (org is null or org_id = org) and (org_id = app_org() or app_regulator()) and events is not null) c
      full join (select actor_org, command_key, count(*) as events, min(id::text) as first from event
                  where command_key is not null and (org is null or actor_org = org) and (actor_org = app_org() or app_regulator())
                  group by actor_org, command_key) e on e.actor_org = c.org_id and e.command_key = c.key
     where c.key is null or c.events <> coalesce(e.events, 0) or c.status >= 400 and e.events > 0
     limit 1 $$;
revoke all on function key_faults(uuid), told_faults(uuid) from public;
grant execute on function key_faults(uuid), told_faults(uuid) to lianrong_app;
-- What the functions read past; the owner is bound otherwise, unless it is a superuser.
create policy owner_reads on command for select to current_user using (true);
create policy owner_reads on event for select to current_user using (true);

-- Time passes over receivables as well: confirmed ones fall overdue, unconfirmed ones and offers expire, applications
-- give back what they reserve.
alter table receivable drop constraint receivable_stage_check;
alter table receivable add check (stage in ('registered', 'confirmed', 'rejected', 'cancelled', 'expired'));
create index receivable_by_due on receivable (chain_id, due_date, id)
  where stage in ('registered', 'confirmed') and payment in ('open', 'part_paid');
create index receivable_unconfirmed on receivable (chain_id, created_at, id) where stage = 'registered';
alter table holding_transfer drop constraint holding_transfer_state_check;
alter table holding_transfer add check (state in ('offered', 'accepted', 'declined', 'withdrawn', 'expired'));
-- The last day on which an offer may be accepted.
alter table holding_transfer add column expires_on date not null default current_date + 30;
alter table holding_transfer alter column expires_on drop default;
create index holding_transfer_by_expiry on holding_transfer (chain_id, expires_on, id) where state = 'offered';
-- The last day on which collateral and limits stay reserved for an application that is not paid out.
alter table financing add column reserved_until date;
create index financing_by_reservation on financing (book_id, reserved_until, id) where status in ('submitted', 'approved');
-- Background work finds the chains that no bank has a programme on, whose days no close of a book counts.
create policy workers on receivable for select using ((select app_worker()));
create policy workers on programme for select using ((select app_worker()));

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), code, '2000-01-01', null, value, unit, source, now() from (values
  ('receivable.offerDays', '30', 'days', 'rule of the platform; no law sets it'),
  ('financing.reservationDays', '30', 'days', 'rule of the platform; no law sets it')
) as parameter (code, value, unit, source);

-- Where each part of a collection went: a line for each payee of each receivable, however many one payment settles.
create table funds_line (
  id uuid primary key,
  receipt_id uuid not null,
  book_id uuid not null,
  party_id uuid not null,
  receivable_id uuid not null,
  -- The financing whose waterfall it went through; null for what its holder received.
  financing_id uuid,
  holder_id uuid not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  unique nulls not distinct (receipt_id, receivable_id, financing_id, holder_id)
);
create index funds_line_of_receipt on funds_line (receipt_id, id);
create index funds_line_of_receivable on funds_line (receivable_id, id);
call make_append_only('funds_line');
call secure('funds_line',
  'book_id = (select app_org()) or party_id = (select app_org()) or holder_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
alter table receipt_of_funds add column receivables integer not null default 0,
  add column to_financings numeric not null default 0, add column to_holders numeric not null default 0;
-- What was recorded before is brought over, past row-level security.
alter table receipt_of_funds no force row level security;
alter table funds_line no force row level security;
alter table financing no force row level security;
alter table receipt_of_funds disable trigger append_only;
insert into funds_line (id, receipt_id, book_id, party_id, receivable_id, financing_id, holder_id, amount)
select gen_random_uuid(), r.id, r.book_id, r.party_id, (a->>'receivableId')::uuid, f.id, f.borrower_id, (part->>'amount')::numeric
  from receipt_of_funds r, jsonb_array_elements(applied) a, jsonb_array_elements(a->'toFinancings') part
  join financing f on f.id = (part->>'financingId')::uuid where (part->>'amount')::numeric > 0
union all
select gen_random_uuid(), r.id, r.book_id, r.party_id, (a->>'receivableId')::uuid, null, (part->>'holderId')::uuid, (part->>'amount')::numeric
  from receipt_of_funds r, jsonb_array_elements(applied) a, jsonb_array_elements(a->'toHolders') part;
update receipt_of_funds r set receivables = l.receivables, to_financings = l.to_financings, to_holders = l.to_holders
  from (select receipt_id, count(distinct receivable_id) as receivables, coalesce(sum(amount) filter (where financing_id is not null), 0) as to_financings,
               coalesce(sum(amount) filter (where financing_id is null), 0) as to_holders from funds_line group by receipt_id) l
 where l.receipt_id = r.id;
alter table receipt_of_funds enable trigger append_only;
alter table receipt_of_funds force row level security;
alter table funds_line force row level security;
alter table financing force row level security;
alter table receipt_of_funds drop column applied;
alter table receipt_of_funds add check (kind <> 'collection' or amount = to_financings + to_holders);

-- Money that came in and is not matched yet: more than the receivables took, or of a purpose nobody knows.
create table unapplied_funds (
  id uuid primary key,
  book_id uuid not null,
  -- Whose money it is; null until that is known.
  party_id uuid,
  remitter text,
  bank_reference text not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  -- What still waits for a purpose.
  remaining numeric not null check (remaining >= 0 and remaining <= amount and remaining = round(remaining, 2)),
  state text not null check (state in ('unapplied', 'matched', 'refunding', 'refunded')),
  payment_id uuid,
  received_on date not null,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((remaining = 0) = (state in ('matched', 'refunded'))),
  check (party_id is not null or remitter is not null)
);
create index unapplied_funds_of_book on unapplied_funds (book_id, id);
create index unapplied_funds_of_party on unapplied_funds (party_id, id);
create index unapplied_funds_by_state on unapplied_funds (book_id, state, id);
grant select, insert, update on unapplied_funds to lianrong_app;
call secure('unapplied_funds', 'book_id = (select app_org()) or party_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
alter table receipt_of_funds add column unapplied numeric not null default 0 check (unapplied >= 0);
alter table receipt_of_funds drop constraint receipt_of_funds_check;
alter table receipt_of_funds add constraint receipt_shared_out check (kind <> 'collection' or amount = to_financings + to_holders + unapplied);

-- Why the debtor does not owe a receivable, in words that can be counted.
alter table receivable add column rejection_code text
  check (rejection_code in ('not_received', 'quantity', 'quality', 'price', 'paid_already', 'not_ours', 'duplicate', 'other'));

-- Two people of the bank have declared the delay a technical slip: excused while it lasts no longer than the law says.
alter table financing add column technical_slip boolean not null default false;
