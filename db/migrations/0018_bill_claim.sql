-- Recourse on bills: who claims what of whom, what has been paid of it, and what it earns until then.

-- A claim on a dishonoured holding, on those before one who has paid, or of a bank that advanced the drawer's payment.
create table bill_claim (
  id uuid primary key,
  chain_id uuid not null,
  bill_id uuid not null references bill,
  acceptor_id uuid not null,
  holding_id uuid not null,
  kind text not null check (kind in ('recourse', 're_recourse', 'advance')),
  claimant_id uuid not null,
  -- The book of the bank whose asset it is; null for a claim of an enterprise.
  book_id uuid,
  -- The book in which payments between depositors go through.
  settles_in uuid not null,
  -- Who may be made to pay, jointly (票据法 art. 68), and of them who may pay a part: drawer and acceptor.
  targets jsonb not null check (jsonb_typeof(targets) = 'array' and jsonb_array_length(targets) >= 1),
  primary_targets jsonb not null check (jsonb_typeof(primary_targets) = 'array'),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  rate numeric not null check (rate >= 0 and rate < 1 and rate = round(rate, 6)),
  interest_from date not null,
  costs numeric not null check (costs >= 0 and costs = round(costs, 2)),
  -- What is left, and the exact interest: a closed numerator up to segment_from, from there principal × rate × days.
  principal numeric not null check (principal >= 0 and principal <= amount and principal = round(principal, 2)),
  costs_left numeric not null check (costs_left >= 0 and costs_left <= costs and costs_left = round(costs_left, 2)),
  interest_numerator numeric not null default 0 check (interest_numerator >= 0),
  segment_from date not null,
  interest_paid numeric not null default 0 check (interest_paid >= 0 and interest_paid = round(interest_paid, 2)),
  status text not null check (status in ('opened', 'acknowledged', 'contested', 'part_discharged', 'discharged', 'time_barred')),
  reason text,
  opened_on date not null,
  -- Against drawer and acceptor it lapses later than against the others (票据法 art. 17).
  expires_on date not null,
  closed_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_claim_closed check ((closed_on is null) = (status not in ('discharged', 'time_barred'))),
  constraint bill_claim_discharged check (status <> 'discharged' or principal = 0 and costs_left = 0)
) with (fillfactor = 70);
-- A holding is claimed on once at a time.
create unique index bill_claim_one on bill_claim (holding_id) where closed_on is null;
create index bill_claim_of_claimant on bill_claim (claimant_id, id);
create index bill_claim_of_book on bill_claim (book_id, id) where book_id is not null;
create index bill_claim_of_bill on bill_claim (bill_id, id);
create index bill_claim_targets on bill_claim using gin (targets jsonb_path_ops);
create index bill_claim_expiring on bill_claim (expires_on) where closed_on is null;
grant select, insert, update on bill_claim to lianrong_app;
call secure('bill_claim',
  'claimant_id = (select app_org()) or targets @> to_jsonb((select app_org())::text) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill_claim for select using ((select app_worker()));

-- How each payment was spread over what was due.
create table bill_claim_payment (
  id uuid primary key,
  claim_id uuid not null references bill_claim,
  chain_id uuid not null,
  claimant_id uuid not null,
  payer_id uuid not null,
  -- The bank's own number of money from outside: booked once.
  bank_reference text,
  paid_on date not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  costs numeric not null check (costs >= 0),
  interest numeric not null check (interest >= 0),
  principal numeric not null check (principal >= 0),
  journal_id uuid not null,
  created_at timestamptz not null,
  constraint bill_claim_payment_adds_up check (amount = costs + interest + principal)
);
create index bill_claim_payment_of_claim on bill_claim_payment (claim_id, id);
create unique index bill_claim_payment_reference on bill_claim_payment (claimant_id, bank_reference) where bank_reference is not null;
call make_append_only('bill_claim_payment');
call secure('bill_claim_payment',
  'claimant_id = (select app_org()) or payer_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');

-- One row per claim of a bank and day: the sub-ledger behind the daily journals.
create table bill_claim_accrual (
  book_id uuid not null,
  claim_id uuid not null,
  accrued_on date not null,
  interest numeric not null check (interest >= 0 and interest = round(interest, 2)),
  primary key (book_id, claim_id, accrued_on)
);
call make_append_only('bill_claim_accrual');
call secure('bill_claim_accrual', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), code, effective_from::date, null, value, unit, source, now()
  from (values
  ('bill.recourseSpread', '2019-08-20', '0', 'fraction', '票据法 art. 70; 法释票据规定 (2020) art. 21: working-capital loan rate, in practice one-year LPR'),
  ('bill.advanceDailyRate', '1997-12-01', '0.0005', 'fraction', '支付结算办法 (银发〔1997〕393号) art. 91')
) as p(code, effective_from, value, unit, source);
