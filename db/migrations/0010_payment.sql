-- A background worker serves every organization: it finds work anywhere, and changes it through the use cases, which
-- are bound to the books they touch.
create function app_worker() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.worker', true), '') = 'on';

-- An instruction to the bank. Its id is the end-to-end id the bank knows it by, so it can be taken only once.
create table payment (
  id uuid primary key,
  book_id uuid not null references book,
  purpose text not null check (purpose in ('disbursement', 'payout', 'refund')),
  -- What is paid for: a financing, a settlement, a repayment.
  subject_id uuid not null,
  payee_id uuid not null,
  payee_name text not null,
  payee_account text not null,
  payee_bank text not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  state text not null check (state in ('created', 'sent', 'settled', 'rejected', 'returned')),
  -- ISO 20022 external status or return reason, such as AC04.
  reason_code text check (reason_code ~ '^[A-Z0-9]{4}$'),
  reason text,
  -- The bank's own reference. A payment that is sent and has none is in doubt: the bank is asked, never told again.
  bank_reference text,
  business_date date not null,
  sent_at timestamptz,
  finished_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'created') = (sent_at is null)),
  check ((state in ('created', 'sent')) = (finished_at is null)),
  check ((state in ('rejected', 'returned')) = (reason_code is not null))
);
-- A financing is disbursed once: a new instruction needs the end of the one before.
create unique index payment_disbursed_once on payment (subject_id)
  where purpose = 'disbursement' and state in ('created', 'sent', 'settled');
create index payment_under_way on payment (state, id) where state in ('created', 'sent');
create index payment_by_subject on payment (subject_id, id);
create index payment_by_book on payment (book_id, id);
create index payment_by_payee on payment (payee_id, id);
grant select, insert, update on payment to lianrong_app;
call secure('payment',
  'book_id = (select app_org()) or payee_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create policy workers on payment for select using ((select app_worker()));

-- The simulated bank's own books. No organization reads them.
create table bank_simulation_payment (
  end_to_end_id uuid primary key,
  reference text not null unique,
  payee_account text not null,
  amount numeric not null,
  accepted boolean not null,
  -- What will become of it, and when.
  outcome text not null check (outcome in ('settled', 'rejected', 'returned')),
  code text,
  decided_at timestamptz not null,
  returned_at timestamptz,
  received_at timestamptz not null
);
create index bank_simulation_return on bank_simulation_payment (returned_at) where returned_at is not null;
grant select, insert on bank_simulation_payment to lianrong_app;
call secure('bank_simulation_payment', '(select app_worker())', '(select app_worker())');
