-- One book per bank. Its id is the bank's organization id.
create table book (
  id uuid primary key,
  name text not null,
  business_date date not null,
  -- While a day is being closed, commands wait.
  closing boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null
);
grant select, insert, update on book to lianrong_app;
call secure('book', 'true', 'id = any ((select app_scope())::uuid[])');

-- An account is named by its path: a code of the chart, with the party it belongs to when it is one of many.
create table account (
  book_id uuid not null,
  path text not null check (path ~ '^[0-9]{4}(/[0-9a-f-]{36})?$'),
  code text not null,
  party_id uuid,
  status text not null default 'open' check (status in ('open', 'closed')),
  opened_on date not null,
  primary key (book_id, path),
  -- The party decides who reads the account, so it must be the one of the path.
  constraint account_path check (code = left(path, 4) and coalesce(party_id::text, '') = substr(path, 6))
);
create index account_by_party on account (party_id, book_id) where party_id is not null;
grant select, insert, update on account to lianrong_app;
call secure('account',
  'book_id = (select app_org()) or party_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Debits are positive, credits negative. `guard` is the side an account must stay on: 1 debit, -1 credit, 0 either.
create table balance (
  book_id uuid not null,
  path text not null,
  guard smallint not null check (guard in (-1, 0, 1)),
  posted numeric not null default 0 check (posted > -1e17 and posted < 1e17 and posted = round(posted, 2)),
  held numeric not null default 0 check (held >= 0 and held < 1e17 and held = round(held, 2)),
  version bigint not null default 0,
  primary key (book_id, path),
  constraint balance_floor check (guard = 0 or guard * posted - held >= 0)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
grant select, insert, update on balance to lianrong_app;
call secure('balance',
  'book_id = (select app_org()) or (select app_regulator()) or (select app_org()) is not null and exists (select from account a
     where a.book_id = balance.book_id and a.path = balance.path and a.party_id = (select app_org()))',
  'book_id = any ((select app_scope())::uuid[])');

-- `digest` is of every column and of its entries, so that a change of a row is found in that row. Journals of one seal
-- are recorded at one moment, and no seal before the one preceding it.
create table journal (
  book_id uuid not null,
  id uuid not null,
  kind text not null,
  business_date date not null,
  effective_date date not null,
  -- What the journal is about: a financing, a receivable, a payment.
  subject_id uuid,
  reverses uuid,
  reason text,
  request_id text not null,
  -- Whose command caused it.
  actor_person uuid not null,
  seal_seq bigint not null,
  position integer not null,
  created_at timestamptz not null,
  digest bytea not null check (length(digest) = 32),
  primary key (book_id, id),
  unique (book_id, seal_seq, position)
);
create unique index journal_reversed_once on journal (book_id, reverses) where reverses is not null;
create index journal_by_subject on journal (subject_id, id);
create index journal_by_day on journal (book_id, business_date, id);
call make_append_only('journal');

create table entry (
  book_id uuid not null,
  journal_id uuid not null,
  line integer not null,
  path text not null,
  amount numeric not null check (amount <> 0 and amount > -1e15 and amount < 1e15 and amount = round(amount, 2)),
  balance_after numeric not null,
  account_version bigint not null,
  business_date date not null,
  effective_date date not null,
  primary key (book_id, journal_id, line),
  unique (book_id, path, account_version)
);
call make_append_only('entry');
call secure('entry',
  'book_id = (select app_org()) or (select app_regulator()) or (select app_org()) is not null and exists (select from account a
     where a.book_id = entry.book_id and a.path = entry.path and a.party_id = (select app_org()))',
  'book_id = any ((select app_scope())::uuid[])');

-- A party sees what moved its accounts.
call secure('journal',
  'book_id = (select app_org()) or (select app_regulator()) or (select app_org()) is not null and exists (select from entry e
     join account a on a.book_id = e.book_id and a.path = e.path
     where e.book_id = journal.book_id and e.journal_id = journal.id and a.party_id = (select app_org()))',
  'book_id = any ((select app_scope())::uuid[])');

create function check_journals_balance() returns trigger language plpgsql as $$
begin
  if exists (select from added group by book_id, journal_id having sum(amount) <> 0 or count(*) < 2) then
    raise exception 'a journal does not balance' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger journals_balance after insert on entry referencing new table as added
  for each statement execute function check_journals_balance();

-- Movement of an account on an effective day: balances at a past day without folding every entry.
create table account_day (
  book_id uuid not null,
  path text not null,
  effective_date date not null,
  debit numeric not null check (debit >= 0),
  credit numeric not null check (credit >= 0),
  primary key (book_id, path, effective_date)
);
grant select, insert, update on account_day to lianrong_app;
call secure('account_day',
  'book_id = (select app_org()) or (select app_regulator()) or (select app_org()) is not null and exists (select from account a
     where a.book_id = account_day.book_id and a.path = account_day.path and a.party_id = (select app_org()))',
  'book_id = any ((select app_scope())::uuid[])');

-- A hold takes an amount out of what is available until it is released, posted or expires. It stands through its last
-- day, `expires_on`.
create table hold (
  book_id uuid not null,
  id uuid not null,
  path text not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  reason text not null,
  expires_on date,
  request_id text not null,
  actor_person uuid not null,
  seal_seq bigint not null,
  position integer not null,
  created_at timestamptz not null,
  digest bytea not null check (length(digest) = 32),
  primary key (book_id, id),
  unique (book_id, seal_seq, position)
);
create index hold_by_account on hold (book_id, path, id);
create index hold_by_expiry on hold (book_id, expires_on, id) where expires_on is not null;
call make_append_only('hold');
call secure('hold', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create table hold_event (
  book_id uuid not null,
  hold_id uuid not null,
  kind text not null check (kind in ('released', 'posted', 'expired')),
  request_id text not null,
  actor_person uuid not null,
  seal_seq bigint not null,
  position integer not null,
  created_at timestamptz not null,
  digest bytea not null check (length(digest) = 32),
  primary key (book_id, hold_id),
  unique (book_id, seal_seq, position)
);
call make_append_only('hold_event');
call secure('hold_event', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- The hash chain: one seal per batch over its journals, holds and ends of holds. The head is locked last.
create table seal (
  book_id uuid not null,
  seq bigint not null,
  previous_hash bytea not null check (length(previous_hash) = 32),
  hash bytea not null check (length(hash) = 32),
  journals integer not null,
  holds integer not null,
  hold_events integer not null,
  created_at timestamptz not null,
  primary key (book_id, seq)
);
call make_append_only('seal');
call secure('seal', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create table ledger_head (
  book_id uuid primary key,
  seq bigint not null,
  hash bytea not null,
  sealed_at timestamptz
) with (fillfactor = 50);
grant select, insert, update on ledger_head to lianrong_app;
call secure('ledger_head', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
