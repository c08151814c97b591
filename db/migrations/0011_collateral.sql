-- A record in the public register of movable finance (动产融资统一登记公示系统): what a bank holds over whose receivable.
-- Competing claims rank by registered_at, then by number (Civil Code art. 414, 768).
create table registration (
  id uuid primary key,
  book_id uuid not null references book,
  kind text not null check (kind in ('pledge', 'assignment')),
  subject_kind text not null check (subject_kind in ('receivable')),
  subject_id uuid not null,
  financing_id uuid not null,
  pledgor_id uuid not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  term_months integer not null check (term_months > 0),
  register_number text check (register_number ~ '^[0-9]{20}$'),
  state text not null check (state in ('submitted', 'registered', 'refused', 'amended', 'discharged', 'lapsed')),
  -- What the register has been asked for and has not answered; the pump asks until it does.
  awaiting text check (awaiting in ('registration', 'amendment', 'discharge')),
  -- Noted before the register is told, so that what it may have recorded is never forgotten.
  filed_at timestamptz,
  requested_term_months integer check (requested_term_months > 0),
  reason_code text,
  reason text,
  registered_at timestamptz,
  expires_on date,
  discharged_at timestamptz,
  -- Place in the order of claims; those without a registration come last.
  priority_at timestamptz not null generated always as (coalesce(registered_at, 'infinity'::timestamptz)) stored,
  priority_number text not null generated always as (coalesce(register_number, '')) stored,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((register_number is null) = (registered_at is null) and (register_number is null) = (expires_on is null)),
  check (state not in ('registered', 'amended', 'lapsed') or register_number is not null),
  check ((state = 'discharged') = (discharged_at is not null)),
  check ((awaiting is not distinct from 'amendment') = (requested_term_months is not null))
);
create unique index registration_one_live on registration (book_id, subject_id, financing_id)
  where state in ('submitted', 'registered', 'amended');
create index registration_awaiting on registration (id) where awaiting is not null;
create index registration_by_priority on registration (subject_id, priority_at, priority_number, id);
create index registration_by_financing on registration (financing_id, id);
create index registration_by_book on registration (book_id, id);
create index registration_by_pledgor on registration (pledgor_id, id);
create index registration_by_expiry on registration (book_id, expires_on, id) where state in ('registered', 'amended');
grant select, insert, update on registration to lianrong_app;
call secure('registration',
  'book_id = (select app_org()) or pledgor_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create policy workers on registration for select using ((select app_worker()));

-- The simulated register's own record of what it was asked. No organization reads it.
create table register_simulation_filing (
  filing_id text primary key,
  kind text not null check (kind in ('registration', 'amendment', 'discharge')),
  number text,
  term_months integer,
  refusal_code text,
  registered_at timestamptz,
  expires_on date,
  answers_at timestamptz not null,
  filed_at timestamptz not null
);
create index register_simulation_by_number on register_simulation_filing (number, filed_at) where number is not null;
create unique index register_simulation_number_once on register_simulation_filing (number) where kind = 'registration';
grant select, insert on register_simulation_filing to lianrong_app;
call secure('register_simulation_filing', '(select app_worker())', '(select app_worker())');
