-- An approval may be asked of another organization than the bank of the book, such as a guarantor, beside its own.
alter table approval_task add column decider_id uuid check (decider_id <> book_id);
create index approval_task_of_decider on approval_task (decider_id, id) where decider_id is not null;
create policy deciders on approval_task for select using (decider_id = (select app_org()));
create policy deciders on approval_decision for select
  using (exists (select from approval_task t where t.id = task_id and t.decider_id = (select app_org())));

-- The guarantor's approval, which a financing waits for beside that of its bank.
alter table financing add column guarantee_task_id uuid;

alter table repayment drop constraint repayment_source_check;
alter table repayment add constraint repayment_source_check check (source in
  ('borrower', 'collection', 'recourse', 'recovery', 'top_up', 'guarantee', 'risk_pool', 'rollover'));

-- What a bank and guarantors have agreed (银担合作): who bears which share of a loss, up to how much.
create table guarantee_agreement (
  id uuid primary key,
  book_id uuid not null references book,
  -- The guarantor that approves; re-guarantors and funds share the loss behind it.
  guarantor_id uuid not null check (guarantor_id <> book_id),
  party_ids jsonb not null check (party_ids ? guarantor_id::text and not party_ids ? book_id::text),
  -- [{partyId, share}], the bank's own share among them; they sum to one.
  shares jsonb not null check (jsonb_typeof(shares) = 'array'),
  -- What the guarantors stand for at most, in all and for one financing.
  cap numeric not null check (cap > 0 and cap < 1e15 and cap = round(cap, 2)),
  financing_cap numeric not null check (financing_cap > 0 and financing_cap <= cap and financing_cap = round(financing_cap, 2)),
  fee_rate numeric not null check (fee_rate >= 0 and fee_rate < 1 and fee_rate = round(fee_rate, 6)),
  waiting_days integer not null check (waiting_days between 0 and 360),
  -- Claims of a calendar year, as a part of all that was guaranteed: beyond it the bank bears the loss (代偿率).
  stop_loss numeric not null check (stop_loss > 0 and stop_loss <= 1),
  -- The order in which a compensation settles what is due.
  settles jsonb not null check (jsonb_typeof(settles) = 'array'),
  persons text not null check (persons in ('one', 'two')),
  expires_on date not null,
  state text not null check (state in ('proposed', 'offered', 'active', 'rejected', 'ended')),
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  unique (id, book_id)
);
create index guarantee_agreement_of_book on guarantee_agreement (book_id, id);
create index guarantee_agreement_of_guarantor on guarantee_agreement (guarantor_id, id);
grant select, insert, update on guarantee_agreement to lianrong_app;
call secure('guarantee_agreement',
  'book_id = (select app_org()) or party_ids ? (select app_org())::text or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A guarantee asked for a financing. Whether it is given is the state of the guarantor's approval, told nowhere else.
create table guarantee (
  id uuid primary key,
  agreement_id uuid not null,
  book_id uuid not null,
  guarantor_id uuid not null,
  financing_id uuid not null,
  chain_id uuid not null,
  borrower_id uuid not null,
  debtor_id uuid,
  product text not null,
  number text not null,
  amount numeric not null check (amount > 0 and amount = round(amount, 2)),
  -- What the guarantors stand for.
  cover numeric not null check (cover > 0 and cover <= amount and cover = round(cover, 2)),
  rate numeric not null,
  maturity_date date not null,
  task_id uuid not null unique,
  -- Charged once.
  fee numeric check (fee >= 0 and fee = round(fee, 2)),
  version integer not null default 1,
  created_at timestamptz not null,
  foreign key (agreement_id, book_id) references guarantee_agreement (id, book_id)
);
create index guarantee_of_agreement on guarantee (agreement_id, id);
create index guarantee_of_financing on guarantee (financing_id, id);
create index guarantee_of_book on guarantee (book_id, id);
create index guarantee_of_guarantor on guarantee (guarantor_id, id);
grant select, insert, update on guarantee to lianrong_app;
call secure('guarantee',
  'book_id = (select app_org()) or guarantor_id = (select app_org()) or borrower_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A call on the guarantors after default (代偿).
create table guarantee_claim (
  id uuid primary key,
  guarantee_id uuid not null references guarantee,
  agreement_id uuid not null,
  book_id uuid not null,
  guarantor_id uuid not null,
  party_ids jsonb not null check (jsonb_typeof(party_ids) = 'array'),
  financing_id uuid not null,
  chain_id uuid not null,
  borrower_id uuid not null,
  state text not null check (state in ('opened', 'called', 'contested', 'accepted', 'part_paid', 'paid', 'subrogated', 'withdrawn')),
  -- What was owed when it was opened, and its parts.
  loss numeric not null check (loss > 0 and loss = round(loss, 2)),
  principal numeric not null,
  interest numeric not null,
  penalty numeric not null,
  -- [{partyId, weight, amount, paid, recovered}] of the guarantors.
  parts jsonb not null check (jsonb_typeof(parts) = 'array'),
  bank_weight numeric not null,
  bank_bears numeric not null check (bank_bears >= 0 and bank_bears <= loss and bank_bears = round(bank_bears, 2)),
  opened_on date not null,
  evidence text not null,
  note text,
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  check (loss = principal + interest + penalty)
);
create unique index guarantee_claim_once on guarantee_claim (financing_id) where state <> 'withdrawn';
create index guarantee_claim_of_agreement on guarantee_claim (agreement_id, opened_on);
create index guarantee_claim_of_book on guarantee_claim (book_id, id);
create index guarantee_claim_of_guarantor on guarantee_claim (guarantor_id, id);
grant select, insert, update on guarantee_claim to lianrong_app;
call secure('guarantee_claim',
  'book_id = (select app_org()) or party_ids ? (select app_org())::text or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Money that came in under a claim: compensation from a guarantor, or what was recovered from the borrower and shared.
create table guarantee_payment (
  id uuid primary key,
  claim_id uuid not null references guarantee_claim,
  book_id uuid not null,
  kind text not null check (kind in ('compensation', 'recovery')),
  -- Who paid a compensation; whose share a recovery is.
  party_id uuid not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  bank_reference text,
  paid_on date not null,
  created_at timestamptz not null,
  check ((kind = 'compensation') = (bank_reference is not null))
);
create unique index guarantee_payment_once on guarantee_payment (book_id, bank_reference) where bank_reference is not null;
create index guarantee_payment_of_claim on guarantee_payment (claim_id, id);
call make_append_only('guarantee_payment');
call secure('guarantee_payment',
  'book_id = (select app_org()) or party_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Public money kept in a book on an account of its own: a risk-compensation pool (风险补偿资金池) or a loan-rollover fund
-- (还贷周转金). Its balance never falls below nothing, nor does more go out than came in.
create table fund (
  id uuid primary key,
  book_id uuid not null references book,
  kind text not null check (kind in ('risk_pool', 'rollover')),
  owner_id uuid not null,
  sponsor text not null check (sponsor in ('fiscal', 'commercial')),
  name text collate "C" not null check (char_length(name) between 1 and 200),
  -- The programme whose losses a pool shares.
  programme_id uuid,
  terms jsonb not null check (jsonb_typeof(terms) = 'object'),
  balance numeric not null default 0 check (balance < 1e15 and balance = round(balance, 2)),
  -- Out on loan from a rollover fund.
  lent numeric not null default 0 check (lent >= 0 and lent = round(lent, 2)),
  state text not null check (state in ('proposed', 'active', 'rejected', 'closed')),
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint fund_never_negative check (balance >= 0),
  unique (id, book_id),
  foreign key (programme_id, book_id) references programme (id, book_id),
  check ((kind = 'risk_pool') = (programme_id is not null)),
  check (kind = 'rollover' or lent = 0)
);
create unique index fund_of_programme on fund (programme_id) where kind = 'risk_pool' and state in ('proposed', 'active');
create index fund_of_book on fund (book_id, id);
create index fund_of_owner on fund (owner_id, id);
grant select, insert, update on fund to lianrong_app;
call secure('fund', 'book_id = (select app_org()) or owner_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What a fund was asked for: a loss to compensate, or a maturing loan to bridge until it is renewed.
create table fund_use (
  id uuid primary key,
  fund_id uuid not null,
  book_id uuid not null,
  owner_id uuid not null,
  kind text not null check (kind in ('compensation', 'rollover')),
  financing_id uuid not null,
  chain_id uuid not null,
  borrower_id uuid not null,
  -- The loan that the bank has promised to renew with.
  renewal_id uuid,
  state text not null check (state in ('requested', 'paid', 'drawn', 'returned', 'rejected')),
  loss numeric not null check (loss >= 0 and loss = round(loss, 2)),
  amount numeric not null check (amount >= 0 and amount = round(amount, 2)),
  recovered numeric not null default 0 check (recovered >= 0 and recovered <= amount and recovered = round(recovered, 2)),
  fee numeric not null default 0 check (fee >= 0 and fee = round(fee, 2)),
  used_on date,
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  foreign key (fund_id, book_id) references fund (id, book_id),
  check (kind = 'rollover' or amount <= loss),
  check ((kind = 'rollover') = (renewal_id is not null)),
  check ((state in ('paid', 'drawn', 'returned')) = (used_on is not null))
);
create unique index fund_use_once on fund_use (financing_id, kind) where state <> 'rejected';
create unique index fund_use_renewal_once on fund_use (renewal_id) where state <> 'rejected';
create index fund_use_of_fund on fund_use (fund_id, id);
create index fund_use_of_book on fund_use (book_id, id);
create index fund_use_of_borrower on fund_use (borrower_id, id);
grant select, insert, update on fund_use to lianrong_app;
call secure('fund_use',
  'book_id = (select app_org()) or owner_id = (select app_org()) or borrower_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

create table fund_move (
  id uuid primary key,
  fund_id uuid not null,
  book_id uuid not null,
  owner_id uuid not null,
  kind text not null check (kind in ('contribute', 'compensate', 'recover', 'draw', 'return', 'fee')),
  party_id uuid not null,
  use_id uuid references fund_use,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  balance_after numeric not null check (balance_after >= 0),
  bank_reference text,
  moved_on date not null,
  created_at timestamptz not null,
  foreign key (fund_id, book_id) references fund (id, book_id),
  check ((kind = 'contribute') = (use_id is null)),
  check ((kind = 'contribute') = (bank_reference is not null))
);
create unique index fund_move_once on fund_move (book_id, bank_reference) where bank_reference is not null;
create index fund_move_of_fund on fund_move (fund_id, id);
call make_append_only('fund_move');
call secure('fund_move', 'book_id = (select app_org()) or owner_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A balance is what its moves add up to, checked when the transaction commits.
create function check_fund_balance() returns trigger language plpgsql as $$
declare
  kept numeric;
  moved numeric;
begin
  select balance into kept from fund where id = new.id;
  select coalesce(sum(case when kind in ('compensate', 'draw') then -amount else amount end), 0) into moved
    from fund_move where fund_id = new.id;
  if kept <> moved then
    raise exception 'fund % has %, its moves sum to %', new.id, kept, moved using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger fund_balance after insert or update of balance on fund
  deferrable initially deferred for each row execute function check_fund_balance();
