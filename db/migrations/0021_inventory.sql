-- Goods pledged to one bank under one programme: by lot (static), or above a line and free otherwise (floating).
create table inventory_pledge (
  id uuid primary key,
  book_id uuid not null references book,
  chain_id uuid not null,
  programme_id uuid not null,
  programme_version integer not null,
  pledgor_id uuid not null,
  mode text not null check (mode in ('static', 'floating')),
  -- The loan pays for these goods: it may outrank earlier security over them (Civil Code art. 416).
  purchase_money boolean not null,
  status text not null check (status in ('setup', 'appointed', 'supervised', 'active', 'warning', 'margin_call', 'enforcing',
    'enforced', 'released', 'cancelled')),
  outbound text not null default 'free' check (outbound in ('free', 'stale_price', 'variance')),
  terms jsonb not null,
  -- As booked off the balance sheet, by the last valuation; margin stands on the pledgor's margin account.
  value numeric not null default 0 check (value >= 0 and value < 1e15 and value = round(value, 2)),
  margin numeric not null default 0 check (margin >= 0 and margin < 1e15 and margin = round(margin, 2)),
  valued_at timestamptz,
  -- The supervisor whom the bank has appointed and who controls the goods from a moment on (担保制度解释 art. 55).
  supervisor_id uuid,
  supervision jsonb,
  controlled_from timestamptz,
  appointed_by uuid,
  confirmed_by uuid check (confirmed_by <> appointed_by),
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  check (status in ('setup', 'cancelled') or supervisor_id is not null),
  constraint inventory_pledge_controlled check (status in ('setup', 'appointed', 'cancelled') or controlled_from is not null),
  constraint inventory_pledge_ended_empty check (status not in ('released', 'cancelled') or (value = 0 and margin = 0))
) with (fillfactor = 70);
create index inventory_pledge_of_book on inventory_pledge (book_id, id);
create index inventory_pledge_of_book_by_status on inventory_pledge (book_id, status, id);
create index inventory_pledge_of_pledgor on inventory_pledge (pledgor_id, id);
create index inventory_pledge_of_supervisor on inventory_pledge (supervisor_id, id);
grant select, insert, update on inventory_pledge to lianrong_app;
call secure('inventory_pledge',
  'book_id = (select app_org()) or pledgor_id = (select app_org()) or supervisor_id = (select app_org()) '
  'or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Each valuation, with what it was weighed against.
create table pledge_valuation (
  id uuid primary key,
  pledge_id uuid not null,
  book_id uuid not null,
  pledgor_id uuid not null,
  business_date date not null,
  cause text not null check (cause in ('confirmed', 'price', 'close', 'movement', 'release', 'repayment', 'margin', 'sale')),
  value numeric not null check (value >= 0 and value < 1e15 and value = round(value, 2)),
  exposure numeric not null check (exposure >= 0 and exposure = round(exposure, 2)),
  margin numeric not null check (margin >= 0 and margin = round(margin, 2)),
  control_line numeric not null check (control_line >= 0 and control_line = round(control_line, 2)),
  -- Exposure less margin by value, six decimals; null when nothing covers the exposure.
  loan_to_value numeric check (loan_to_value >= 0),
  rung text not null check (rung in ('sound', 'warning', 'call', 'close_out')),
  lots integer not null,
  unpriced integer not null,
  oldest_quote timestamptz,
  valued_at timestamptz not null
);
create index pledge_valuation_of_pledge on pledge_valuation (pledge_id, id);
call make_append_only('pledge_valuation');
call secure('pledge_valuation', 'book_id = (select app_org()) or pledgor_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

create table margin_call (
  id uuid primary key,
  pledge_id uuid not null references inventory_pledge,
  book_id uuid not null,
  pledgor_id uuid not null,
  state text not null check (state in ('open', 'cured', 'timed_out', 'closed_out')),
  called_on date not null,
  due_on date not null check (due_on >= called_on),
  -- What would cure it, when it was made.
  value numeric not null,
  exposure numeric not null,
  cash numeric not null check (cash > 0 and cash = round(cash, 2)),
  goods_value numeric not null check (goods_value > 0 and goods_value = round(goods_value, 2)),
  ended_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'open') = (ended_on is null))
);
create unique index margin_call_open_once on margin_call (pledge_id) where state = 'open';
create index margin_call_of_pledge on margin_call (pledge_id, id);
create index margin_call_of_book on margin_call (book_id, id);
create index margin_call_of_pledgor on margin_call (pledgor_id, id);
grant select, insert, update on margin_call to lianrong_app;
call secure('margin_call', 'book_id = (select app_org()) or pledgor_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A part of a lot that leaves the pledge; of a static one by the bank's decision.
create table goods_release (
  id uuid primary key,
  pledge_id uuid not null references inventory_pledge,
  book_id uuid not null,
  pledgor_id uuid not null,
  supervisor_id uuid not null,
  lot_id uuid not null,
  quantity numeric not null check (quantity > 0),
  state text not null check (state in ('requested', 'granted', 'refused')),
  released_lot_id uuid,
  value numeric check (value >= 0 and value = round(value, 2)),
  -- The rule that let it go, or what waits for the bank.
  rule text not null,
  decided_by uuid,
  reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'granted') = (released_lot_id is not null and value is not null))
);
create index goods_release_of_pledge on goods_release (pledge_id, id);
create index goods_release_of_book on goods_release (book_id, id);
grant select, insert, update on goods_release to lianrong_app;
call secure('goods_release',
  'book_id = (select app_org()) or pledgor_id = (select app_org()) or supervisor_id = (select app_org()) '
  'or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Pledged goods sold for the debt: proposed by one person of the bank, approved by another.
create table goods_sale (
  id uuid primary key,
  pledge_id uuid not null references inventory_pledge,
  book_id uuid not null,
  pledgor_id uuid not null,
  buyer_id uuid not null,
  lots jsonb not null,
  proceeds numeric not null check (proceeds > 0 and proceeds < 1e15 and proceeds = round(proceeds, 2)),
  cost numeric not null check (cost >= 0 and cost < proceeds and cost = round(cost, 2)),
  bank_reference text not null,
  state text not null check (state in ('proposed', 'done', 'rejected')),
  -- Where the money went, and what remains unpaid of the loans when nothing is left to sell.
  applied jsonb,
  surplus numeric check (surplus >= 0 and surplus = round(surplus, 2)),
  loss numeric check (loss >= 0 and loss = round(loss, 2)),
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint goods_sale_reference_once unique (book_id, bank_reference),
  check ((state = 'done') = (applied is not null))
);
create unique index goods_sale_proposed_once on goods_sale (pledge_id) where state = 'proposed';
create index goods_sale_of_pledge on goods_sale (pledge_id, id);
grant select, insert, update on goods_sale to lianrong_app;
call secure('goods_sale', 'book_id = (select app_org()) or pledgor_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Background work finds the banks whose goods have been quoted anew.
create policy workers on inventory_pledge for select using ((select app_worker()));
create policy workers on goods_price for select using ((select app_worker()));
create policy workers on haircut for select using ((select app_worker()));
