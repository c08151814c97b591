-- Where loan money must not go, by the industry or the name of who is paid (GB/T 4754, 济管财金〔2022〕25号 三(一)).
create table flow_watch (
  id uuid primary key,
  class text not null check (class in ('securities', 'real_estate')),
  kind text not null check (kind in ('industry', 'name')),
  -- What the industry code begins with, or the name holds.
  value text not null check (char_length(value) between 2 and 40),
  effective_from date not null,
  effective_to date check (effective_to >= effective_from),
  source text not null,
  unique (kind, value, effective_from)
);
call make_append_only('flow_watch');
call secure('flow_watch', 'true', '(select app_platform())');

insert into flow_watch (id, class, kind, value, effective_from, source)
select gen_random_uuid(), class, kind, value, date '2022-01-01', source from (values
  ('securities', 'industry', 'J67', 'GB/T 4754-2017 大类 67 资本市场服务'),
  ('real_estate', 'industry', 'K70', 'GB/T 4754-2017 大类 70 房地产业'),
  ('securities', 'name', '证券', '济管财金〔2022〕25号 三(一) 资本市场'),
  ('securities', 'name', '期货', '济管财金〔2022〕25号 三(一) 资本市场'),
  ('securities', 'name', '信托', '济管财金〔2022〕25号 三(一) 资本市场'),
  ('securities', 'name', '基金管理', '济管财金〔2022〕25号 三(一) 资本市场'),
  ('real_estate', 'name', '房地产', '济管财金〔2022〕25号 三(一) 房地产'),
  ('real_estate', 'name', '置业', '济管财金〔2022〕25号 三(一) 房地产'),
  ('real_estate', 'name', '地产', '济管财金〔2022〕25号 三(一) 房地产')
) as watch (class, kind, value, source);

-- What moved on the accounts of borrowers, as the bank's own systems tell it; each reference once.
create table account_transaction (
  id uuid primary key,
  book_id uuid not null references book,
  reference text collate "C" not null check (char_length(reference) between 1 and 64),
  holder_id uuid not null,
  direction text not null check (direction in ('in', 'out')),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  booked_on date not null,
  counterparty_name text not null check (char_length(counterparty_name) between 1 and 200),
  counterparty_account text check (counterparty_account ~ '^[0-9A-Za-z]{1,34}$'),
  counterparty_uscc text,
  counterparty_industry text check (counterparty_industry ~ '^[A-T][0-9]{2,4}$'),
  purpose text,
  class text not null check (class in ('securities', 'real_estate', 'debtor_group', 'returned', 'partner', 'other')),
  recorded_by uuid not null,
  created_at timestamptz not null,
  constraint account_transaction_once unique (book_id, reference)
);
create index account_transaction_of_book on account_transaction (book_id, id);
create index account_transaction_of_holder on account_transaction (book_id, holder_id, id);
create index account_transaction_by_class on account_transaction (book_id, class, id);
call make_append_only('account_transaction');
call secure('account_transaction', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- How much of the money of a financing has been followed; never more than was paid out.
create table flow_position (
  financing_id uuid primary key,
  book_id uuid not null references book,
  amount numeric not null check (amount > 0),
  traced numeric not null default 0 check (traced >= 0 and traced = round(traced, 2)),
  constraint flow_position_no_more_than_paid check (traced <= amount)
);
grant select, insert, update on flow_position to lianrong_app;
call secure('flow_position', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Which part of a transaction is the money of which financing.
create table flow_trace (
  id uuid primary key,
  book_id uuid not null,
  transaction_id uuid not null references account_transaction,
  financing_id uuid not null references flow_position,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  class text not null,
  alert_id uuid references risk_alert,
  unique (transaction_id, financing_id)
);
create index flow_trace_of_financing on flow_trace (financing_id, id);
create index flow_trace_of_alert on flow_trace (alert_id, id) where alert_id is not null;
call make_append_only('flow_trace');
call secure('flow_trace', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- The groups behind codes and ids: a bank may know that two firms belong together without seeing either.
create function groups_of(codes text[], ids uuid[]) returns table (uscc text, org_id uuid, group_id uuid)
language sql stable security definer set search_path = public
begin atomic
  select o.uscc, o.id, coalesce(o.parent_id, o.id) from organization o where o.uscc = any (codes)
  union
  select o.uscc, o.id, coalesce(o.parent_id, o.id) from organization o where o.id = any (ids);
end;
revoke all on function groups_of(text[], uuid[]) from public;
grant execute on function groups_of(text[], uuid[]) to lianrong_app;
