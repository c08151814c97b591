create table financing (
  id uuid primary key,
  book_id uuid not null,
  chain_id uuid not null,
  programme_id uuid not null,
  programme_version integer not null,
  product text not null,
  number text not null,
  borrower_id uuid not null,
  debtor_id uuid,
  status text not null check (status in ('draft', 'submitted', 'returned', 'approved', 'disbursing', 'active', 'overdue',
    'recovering', 'settled', 'rejected', 'cancelled', 'written_off')),
  -- What backs it, and what is lent (or, for a purchase without recourse, the face bought).
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  amount numeric not null check (amount > 0 and amount <= face and amount = round(amount, 2)),
  -- Terms fixed at disbursement; the programme version they come from never changes for a live loan.
  terms jsonb not null,
  rate numeric not null check (rate >= 0 and rate < 1 and rate = round(rate, 6)),
  reference_rate numeric,
  reference_on date,
  penalty_rate numeric not null check (penalty_rate >= 0 and penalty_rate < 1 and penalty_rate = round(penalty_rate, 6)),
  vat_rate numeric not null check (vat_rate >= 0 and vat_rate < 1),
  fee numeric not null check (fee >= 0 and fee = round(fee, 2)),
  -- Interest taken at the start by a purchase without recourse, and how much of it the debtor bears.
  discount numeric not null default 0 check (discount >= 0 and discount = round(discount, 2)),
  debtor_discount numeric not null default 0 check (debtor_discount >= 0 and debtor_discount <= discount),
  value_date date,
  due_date date not null,
  maturity_date date not null,
  overdue_from date not null check (overdue_from >= maturity_date),
  -- Outstanding principal and the exact accrual: closed numerators up to segment_from, from there principal × rate × days.
  principal numeric not null default 0 check (principal >= 0 and principal <= amount and principal = round(principal, 2)),
  accruing text not null default 'none' check (accruing in ('none', 'contract', 'penalty', 'discount')),
  segment_from date,
  interest_numerator numeric not null default 0 check (interest_numerator >= 0),
  penalty_numerator numeric not null default 0 check (penalty_numerator >= 0),
  compound_numerator numeric not null default 0 check (compound_numerator >= 0),
  -- Unpaid interest on which compound interest runs while overdue.
  compound_base numeric not null default 0 check (compound_base >= 0 and compound_base = round(compound_base, 2)),
  interest_paid numeric not null default 0 check (interest_paid >= 0 and interest_paid = round(interest_paid, 2)),
  penalty_paid numeric not null default 0 check (penalty_paid >= 0 and penalty_paid = round(penalty_paid, 2)),
  compound_paid numeric not null default 0 check (compound_paid >= 0 and compound_paid = round(compound_paid, 2)),
  risk_class text not null default 'normal' check (risk_class in ('normal', 'special_mention', 'substandard', 'doubtful', 'loss')),
  overdue_since date,
  extensions integer not null default 0,
  -- What a credit note has left uncovered: to be topped up or repaid.
  shortfall numeric not null default 0 check (shortfall >= 0 and shortfall = round(shortfall, 2)),
  -- A change that one person of the bank has proposed and another must approve.
  pending jsonb,
  payee_account_id uuid,
  limit_path jsonb not null default '[]',
  -- What the authority matrix asks for: decided when the application is submitted.
  approval_level text check (approval_level in ('auto', 'one', 'two')),
  approval_id uuid,
  registration_id uuid,
  payment_id uuid,
  settled_on date,
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  check (accruing = 'none' or segment_from is not null),
  check (status <> 'settled' or principal = 0)
) with (fillfactor = 50);
create index financing_of_book on financing (book_id, id);
create index financing_of_borrower on financing (borrower_id, id);
create index financing_of_debtor on financing (debtor_id, id);
create index financing_of_book_by_status on financing (book_id, status, id);
create index financing_of_book_by_maturity on financing (book_id, maturity_date, id);
create index financing_accruing on financing (book_id, accruing, id) where accruing <> 'none';
grant select, insert, update on financing to lianrong_app;
call secure('financing', 'book_id = (select app_org()) or borrower_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What backs a financing, for ever.
create table financing_item (
  financing_id uuid not null,
  item_id uuid not null,
  book_id uuid not null,
  borrower_id uuid not null,
  kind text not null check (kind in ('holding')),
  receivable_id uuid,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  primary key (financing_id, item_id)
);
create index financing_item_of_receivable on financing_item (receivable_id, book_id);
call make_append_only('financing_item');
call secure('financing_item', 'book_id = (select app_org()) or borrower_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- One row per financing and day: the sub-ledger behind the daily journals.
create table accrual (
  book_id uuid not null,
  financing_id uuid not null,
  accrued_on date not null,
  interest numeric not null check (interest >= 0 and interest = round(interest, 2)),
  penalty numeric not null check (penalty >= 0 and penalty = round(penalty, 2)),
  compound numeric not null check (compound >= 0 and compound = round(compound, 2)),
  discount numeric not null check (discount >= 0 and discount = round(discount, 2)),
  interest_tax numeric not null check (interest_tax >= 0 and interest_tax = round(interest_tax, 2)),
  penalty_tax numeric not null check (penalty_tax >= 0 and penalty_tax = round(penalty_tax, 2)),
  discount_tax numeric not null check (discount_tax >= 0 and discount_tax = round(discount_tax, 2)),
  primary key (book_id, financing_id, accrued_on)
);
call make_append_only('accrual');
call secure('accrual', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- How each payment was spread over what was due.
create table repayment (
  id uuid primary key,
  book_id uuid not null,
  financing_id uuid not null,
  borrower_id uuid not null,
  source text not null check (source in ('borrower', 'collection', 'recourse', 'recovery', 'top_up')),
  paid_on date not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  fees numeric not null,
  penalty numeric not null,
  compound numeric not null,
  interest numeric not null,
  principal numeric not null,
  journal_id uuid not null,
  created_at timestamptz not null,
  check (amount = fees + penalty + compound + interest + principal)
);
create index repayment_of_financing on repayment (financing_id, id);
create index repayment_of_book on repayment (book_id, id);
call make_append_only('repayment');
call secure('repayment', 'book_id = (select app_org()) or borrower_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- The close of a business day: its steps, restartable at any point.
create table close_run (
  book_id uuid not null,
  business_date date not null,
  next_date date not null,
  step text not null,
  cursor uuid,
  state text not null check (state in ('running', 'done')),
  accrued integer not null default 0,
  fell_overdue integer not null default 0,
  reclassified integer not null default 0,
  -- Why the day could not be closed when it was last tried.
  fault text,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (book_id, business_date)
);
grant select, insert, update on close_run to lianrong_app;
call secure('close_run', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
-- Background work finds the closes under way of every book.
create policy workers on close_run for select using ((select app_worker()));
