-- What a core enterprise may owe in goods under one programme. Drawn by each order it confirms, freed by what it
-- delivers or refunds; a claim on it freezes it.
create table seller_obligation (
  programme_id uuid primary key,
  book_id uuid not null,
  seller_id uuid not null,
  -- The most the terms in force allowed when it was last drawn.
  granted numeric not null check (granted >= 0 and granted < 1e15 and granted = round(granted, 2)),
  outstanding numeric not null check (outstanding >= 0 and outstanding = round(outstanding, 2)),
  claims integer not null default 0 check (claims >= 0),
  version integer not null default 1,
  constraint seller_obligation_never_over_drawn check (outstanding <= granted)
);
grant select, insert, update on seller_obligation to lianrong_app;
call secure('seller_obligation', 'book_id = (select app_org()) or seller_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Goods ordered by a distributor from the core enterprise, as all three parties may see them.
create table prepayment_order (
  id uuid primary key,
  book_id uuid not null,
  chain_id uuid not null,
  programme_id uuid not null,
  buyer_id uuid not null,
  seller_id uuid not null check (seller_id <> buyer_id),
  -- Who hands the goods over against a release notice: the seller, or the warehouse they are delivered to.
  custodian_id uuid not null check (custodian_id <> buyer_id),
  number text not null,
  commodity text not null,
  unit text not null,
  step numeric not null check (step > 0 and step < 1e9 and step = round(step, 6)),
  quantity numeric not null check (quantity > 0 and quantity < 1e15 and mod(quantity, step) = 0),
  value numeric not null check (value > 0 and value < 1e15 and value = round(value, 2)),
  expires_on date not null,
  stage text not null check (stage in ('ordered', 'confirmed', 'declined', 'cancelled', 'margin_paid', 'funded',
    'delivering', 'completed', 'shortfall', 'claimed', 'refunded', 'repurchased', 'closed')),
  -- What the seller owes for goods it has not delivered when the order expires.
  clause text check (clause in ('refund', 'repurchase')),
  payee_account_id uuid,
  arrived numeric not null default 0 check (arrived >= 0 and mod(arrived, step) = 0),
  noticed numeric not null default 0 check (noticed >= 0 and mod(noticed, step) = 0),
  delivered numeric not null default 0 check (delivered >= 0 and mod(delivered, step) = 0),
  refunded numeric not null default 0 check (refunded >= 0 and refunded = round(refunded, 2)),
  -- The day the order expired with goods undelivered that the bank has paid for.
  short_since date,
  prompted boolean not null default false,
  note text,
  entered_by uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint prepayment_order_never_over_delivered check (delivered <= noticed and noticed <= quantity and arrived <= quantity),
  constraint prepayment_order_warehouse_gives_what_arrived check (custodian_id = seller_id or noticed <= arrived),
  constraint prepayment_order_confirmed_with_clause check (stage in ('ordered', 'declined', 'cancelled') or clause is not null)
) with (fillfactor = 70);
create unique index prepayment_order_once on prepayment_order (seller_id, buyer_id, number)
  where stage not in ('declined', 'cancelled');
create index prepayment_order_of_book on prepayment_order (book_id, id);
create index prepayment_order_of_buyer on prepayment_order (buyer_id, id);
create index prepayment_order_of_seller on prepayment_order (seller_id, id);
create index prepayment_order_of_custodian on prepayment_order (custodian_id, id);
create index prepayment_order_running on prepayment_order (book_id, expires_on, id) where stage in ('funded', 'delivering');
grant select, insert, update on prepayment_order to lianrong_app;
call secure('prepayment_order',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or seller_id = (select app_org()) '
  'or custodian_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What the distributor has with its bank about an order: neither the seller nor a warehouse reads it.
create table prepayment_account (
  order_id uuid primary key references prepayment_order,
  book_id uuid not null,
  buyer_id uuid not null,
  programme_version integer not null,
  terms jsonb not null,
  policy text not null check (policy in ('margin_last', 'pro_rata', 'margin_counts')),
  value numeric not null,
  noticed_value numeric not null default 0,
  -- The first margin agreed, and how much of it has been deposited.
  margin numeric not null check (margin >= 0 and margin <= value and margin = round(margin, 2)),
  deposited numeric not null default 0 check (deposited >= 0 and deposited <= margin and deposited = round(deposited, 2)),
  -- Paid for the release of goods since: principal repaid by the buyer, and what lies in the margin account for it.
  paid_in numeric not null default 0 check (paid_in >= 0 and paid_in = round(paid_in, 2)),
  -- Of this order in the margin account of its buyer now, and the part of it that secures and releases nothing.
  held numeric not null default 0 check (held >= 0 and held = round(held, 2)),
  extra numeric not null default 0 check (extra >= 0 and extra = round(extra, 2)),
  -- Goods in a supervised warehouse that stand off the balance sheet.
  goods numeric not null default 0 check (goods >= 0 and goods = round(goods, 2)),
  converted boolean not null default false,
  funded_on date,
  financing_id uuid,
  version integer not null default 1,
  constraint prepayment_account_paid_in_for_the_bank check (paid_in <= value - margin),
  -- Goods are never released beyond what the contract frees, to the fen (保兑仓合作协议; rules.ts releaseLimit).
  constraint prepayment_account_never_over_released check (noticed_value >= 0 and noticed_value <= case
    when paid_in >= value - margin then value
    when policy = 'margin_counts' then margin + paid_in
    when policy = 'margin_last' then paid_in
    else div(paid_in * value * 100, value - margin) * 0.01 end)
) with (fillfactor = 70);
create index prepayment_account_of_financing on prepayment_account (financing_id) where financing_id is not null;
grant select, insert, update on prepayment_account to lianrong_app;
call secure('prepayment_account',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A release notice (提货通知): the bank frees goods, whoever keeps them hands them over.
create table release_notice (
  id uuid primary key,
  order_id uuid not null references prepayment_order,
  book_id uuid not null,
  buyer_id uuid not null,
  seller_id uuid not null,
  custodian_id uuid not null,
  serial text not null,
  quantity numeric not null check (quantity > 0),
  amount numeric not null check (amount >= 0 and amount = round(amount, 2)),
  state text not null check (state in ('requested', 'issued', 'acknowledged', 'shipped', 'received', 'rejected', 'withdrawn')),
  approval_id uuid not null,
  issued_on date,
  -- The last day on which whoever keeps the goods acknowledges in time.
  acknowledge_by date,
  late boolean not null default false,
  waybill text,
  -- What the buyer received, and what of it counts as delivered: a shortage within the tolerance does not count.
  received numeric check (received >= 0 and received <= quantity),
  counted numeric check (counted >= received and counted <= quantity),
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint release_notice_serial_once unique (book_id, serial)
) with (fillfactor = 70);
create index release_notice_of_order on release_notice (order_id, id);
create index release_notice_of_custodian on release_notice (custodian_id, state, id);
create index release_notice_of_buyer on release_notice (buyer_id, state, id);
create index release_notice_of_book on release_notice (book_id, state, id);
create index release_notice_unanswered on release_notice (book_id, acknowledge_by, id) where state = 'issued' and not late;
grant select, insert, update on release_notice to lianrong_app;
call secure('release_notice',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or seller_id = (select app_org()) '
  'or custodian_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Checked when the transaction commits: the order counts what its notices free, and its account has the price of that,
-- rounded up to the fen.
create function check_notices_sum() returns trigger language plpgsql as $$
declare
  id_ uuid;
  goods record;
  summed numeric;
begin
  if tg_table_name = 'prepayment_order' then id_ := new.id; else id_ := new.order_id; end if;
  select o.noticed, o.quantity, a.noticed_value * o.quantity * 100 as told, o.value * o.noticed * 100 as price, o.delivered
    into goods from prepayment_order o join prepayment_account a on a.order_id = o.id where o.id = id_;
  select coalesce(sum(quantity), 0) into summed
    from release_notice where order_id = id_ and state not in ('rejected', 'withdrawn');
  if goods.noticed <> summed then
    raise exception 'the notices of order % sum to %, the order says %', id_, summed, goods.noticed
      using errcode = 'integrity_constraint_violation';
  end if;
  if goods.told < goods.price or goods.told >= goods.price + goods.quantity then
    raise exception 'the goods noticed of order % are not at the price of the order', id_
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger notices_sum after insert or update on release_notice
  deferrable initially deferred for each row execute function check_notices_sum();
create constraint trigger notices_sum after insert or update on prepayment_account
  deferrable initially deferred for each row execute function check_notices_sum();
create constraint trigger notices_sum after update on prepayment_order
  deferrable initially deferred for each row execute function check_notices_sum();

-- Goods that reached the supervised warehouse, part by part; each document of the warehouse counts once.
create table goods_arrival (
  id uuid primary key,
  order_id uuid not null references prepayment_order,
  book_id uuid not null,
  buyer_id uuid not null,
  seller_id uuid not null,
  custodian_id uuid not null,
  document text not null,
  quantity numeric not null check (quantity > 0),
  arrived_on date not null,
  created_at timestamptz not null,
  constraint goods_arrival_document_once unique (custodian_id, document)
);
create index goods_arrival_of_order on goods_arrival (order_id, id);
call make_append_only('goods_arrival');
call secure('goods_arrival',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or seller_id = (select app_org()) '
  'or custodian_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- Money that moved because of an order, with the journal behind it.
create table prepayment_movement (
  id uuid primary key,
  order_id uuid not null references prepayment_order,
  book_id uuid not null,
  buyer_id uuid not null,
  kind text not null check (kind in ('margin', 'release', 'extra_margin', 'refund', 'returned')),
  -- To the order's purpose; interest on top of a payment for release is in the repayment.
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  moved_on date not null,
  bank_reference text,
  created_at timestamptz not null,
  constraint prepayment_movement_reference_once unique (book_id, bank_reference)
);
create index prepayment_movement_of_order on prepayment_movement (order_id, id);
call make_append_only('prepayment_movement');
call secure('prepayment_movement',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What the ordered goods were worth, quote by quote: a correction is a later row.
create table order_price (
  id uuid primary key,
  order_id uuid not null references prepayment_order,
  book_id uuid not null,
  price numeric not null check (price > 0 and price < 1e12 and price = round(price, 6)),
  source text not null,
  quoted_at timestamptz not null,
  created_at timestamptz not null
);
create index order_price_of_order on order_price (order_id, quoted_at, id);
call make_append_only('order_price');
call secure('order_price', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A price fall that the distributor must answer with extra margin or by paying for release.
create table margin_call (
  order_id uuid primary key references prepayment_order,
  book_id uuid not null,
  buyer_id uuid not null,
  state text not null check (state in ('open', 'cured', 'lapsed')),
  price numeric not null check (price > 0),
  missing numeric not null check (missing >= 0 and missing = round(missing, 2)),
  called_on date not null,
  due_on date not null check (due_on >= called_on),
  version integer not null default 1
);
create index margin_call_open on margin_call (book_id, due_on, order_id) where state = 'open';
grant select, insert, update on margin_call to lianrong_app;
call secure('margin_call', 'book_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- The bank's promise to pay the seller at maturity by a bill (银行承兑), instead of a loan.
create table prepayment_acceptance (
  order_id uuid primary key references prepayment_order,
  id uuid not null unique,
  book_id uuid not null,
  buyer_id uuid not null,
  state text not null check (state in ('submitted', 'approved', 'accepted', 'paid', 'advanced', 'rejected', 'cancelled')),
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  fee numeric not null check (fee >= 0 and fee = round(fee, 2)),
  vat_rate numeric not null check (vat_rate >= 0 and vat_rate < 1),
  limit_path jsonb not null,
  -- What of the limits it still uses: the face less the first margin and what was paid in since.
  reserved numeric not null check (reserved >= 0 and reserved = round(reserved, 2)),
  approval_id uuid not null,
  accepted_on date,
  maturity_date date not null,
  advance_id uuid,
  note text,
  version integer not null default 1,
  created_at timestamptz not null
);
create index prepayment_acceptance_due on prepayment_acceptance (book_id, maturity_date, order_id) where state = 'accepted';
grant select, insert, update on prepayment_acceptance to lianrong_app;
call secure('prepayment_acceptance',
  'book_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A bank's advance on an acceptance bears interest by the day (支付结算办法).
select set_config('app.scope', '{00000000-0000-4000-8000-000000000001}', true);
insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at) values
  (gen_random_uuid(), 'acceptance.advanceDailyRate', '1997-12-01', null, '0.0005', 'per_day',
   '支付结算办法 (银发〔1997〕393号) art. 91', now());
