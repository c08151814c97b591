-- A warehouse receipt (Civil Code art. 908–910): the right to fetch one lot. What it says is fixed when it is issued and
-- confirmed by warehouse, platform and registry; who holds it, what it secures and how much is left change.
create table receipt (
  id uuid primary key,
  number text collate "C" not null check (char_length(number) between 1 and 200),
  warehouse_id uuid not null,
  operator_id uuid not null,
  lot_id uuid not null references lot deferrable initially deferred,
  grade_id uuid not null references grade,
  depositor_id uuid not null references organization,
  holder_id uuid not null references organization,
  -- What lies there now; with what storage has lost since, it is what was received.
  quantity numeric not null check (quantity >= 0 and quantity < 1e12 and quantity = round(quantity, 6)),
  lost numeric not null default 0 check (lost >= 0 and lost < 1e12 and lost = round(lost, 6)),
  pieces integer not null check (pieces >= 0),
  loss_standard numeric not null check (loss_standard >= 0 and loss_standard <= 1 and loss_standard = round(loss_standard, 6)),
  daily_fee numeric not null check (daily_fee >= 0 and daily_fee < 1e9 and daily_fee = round(daily_fee, 6)),
  storage_from date not null,
  storage_to date not null check (storage_to > storage_from),
  -- Last day of the insurance of the goods; null when they are not insured.
  insured_to date,
  fee_paid numeric not null default 0 check (fee_paid >= 0 and fee_paid < 1e15 and fee_paid = round(fee_paid, 2)),
  content jsonb not null,
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('issued', 'registered', 'transfer_pending', 'pledge_pending', 'pledged', 'released',
    'delivery_pending', 'delivered', 'split', 'merged', 'cancelled', 'lost')),
  standing text not null check (standing in ('clear', 'frozen')),
  frozen_by uuid references organization,
  register_code text collate "C" constraint receipt_register_code_once unique check (char_length(register_code) between 1 and 200),
  offered_to uuid references organization,
  -- The one financing that it secures, and its bank.
  financing_id uuid,
  book_id uuid references book,
  -- By the last valuation, and as it stands off the balance sheet of the bank.
  value numeric not null default 0 check (value >= 0 and value < 1e15 and value = round(value, 2)),
  booked numeric not null default 0 check (booked >= 0 and booked < 1e15 and booked = round(booked, 2)),
  quoted_at timestamptz,
  parent_id uuid references receipt deferrable initially deferred check (parent_id <> id),
  issued_by uuid not null,
  issued_on date not null,
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint receipt_number_once unique (operator_id, number),
  foreign key (warehouse_id, operator_id) references warehouse (id, operator_id),
  constraint receipt_one_purpose check ((state in ('pledge_pending', 'pledged')) = (financing_id is not null)
    and (financing_id is null) = (book_id is null)),
  constraint receipt_secures_to_be_worth check (financing_id is not null or (value = 0 and booked = 0 and quoted_at is null)),
  constraint receipt_offered check ((state = 'transfer_pending') = (offered_to is not null)),
  constraint receipt_frozen_by check ((standing = 'frozen') = (frozen_by is not null)),
  constraint receipt_registered check (state in ('issued', 'cancelled', 'lost') or register_code is not null),
  constraint receipt_has_goods check (state in ('delivered', 'split', 'merged', 'cancelled', 'lost') or quantity > 0)
) with (fillfactor = 70);
-- The same goods are never under two receipts.
create unique index receipt_one_for_a_lot on receipt (lot_id)
  where state not in ('delivered', 'split', 'merged', 'cancelled', 'lost');
create index receipt_of_holder on receipt (holder_id, id);
create index receipt_of_operator on receipt (operator_id, id);
create index receipt_of_book on receipt (book_id, id) where book_id is not null;
create index receipt_of_financing on receipt (financing_id, id) where financing_id is not null;
create index receipt_offered_to on receipt (offered_to, id) where offered_to is not null;
create index receipt_of_parent on receipt (parent_id) where parent_id is not null;
grant select, insert, update on receipt to lianrong_app;
call secure('receipt',
  'holder_id = (select app_org()) or operator_id = (select app_org()) or book_id = (select app_org()) '
  'or offered_to = (select app_org()) or (select app_regulator())',
  'holder_id = any ((select app_scope())::uuid[]) or operator_id = any ((select app_scope())::uuid[]) '
  'or book_id = any ((select app_scope())::uuid[])');

alter table lot add constraint lot_of_a_receipt foreign key (receipt_id) references receipt deferrable initially deferred;

-- Each passing on of a receipt: endorsed by its holder, good when the warehouse has signed (Civil Code art. 910).
create table receipt_endorsement (
  id uuid primary key,
  receipt_id uuid not null references receipt deferrable initially deferred,
  from_id uuid not null,
  to_id uuid not null check (to_id <> from_id),
  operator_id uuid not null,
  evidence text not null,
  state text not null check (state in ('offered', 'signed', 'refused', 'withdrawn')),
  signed_by uuid,
  reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'signed') = (signed_by is not null))
);
create unique index receipt_endorsement_offered_once on receipt_endorsement (receipt_id) where state = 'offered';
create index receipt_endorsement_of_receipt on receipt_endorsement (receipt_id, id);
grant select, insert, update on receipt_endorsement to lianrong_app;
call secure('receipt_endorsement',
  'from_id = (select app_org()) or to_id = (select app_org()) or operator_id = (select app_org()) or (select app_regulator())',
  'from_id = any ((select app_scope())::uuid[]) or operator_id = any ((select app_scope())::uuid[])');

-- A receipt endorsed "pledged" to one bank for one financing (Civil Code art. 441; 担保制度解释 art. 59).
create table receipt_pledge (
  id uuid primary key,
  receipt_id uuid not null references receipt deferrable initially deferred,
  financing_id uuid not null,
  book_id uuid not null references book,
  holder_id uuid not null,
  operator_id uuid not null,
  perfection text not null check (perfection in ('endorsement', 'registration', 'both')),
  state text not null check (state in ('offered', 'active', 'divided', 'released', 'withdrawn', 'lost')),
  endorsed_at timestamptz not null,
  signed_at timestamptz,
  signed_by uuid,
  register_number text,
  perfected_at timestamptz,
  parent_id uuid references receipt_pledge,
  ended_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((signed_at is null) = (signed_by is null)),
  constraint receipt_pledge_perfected check (perfected_at is null or signed_at is not null or register_number is not null),
  check ((state in ('offered', 'active')) = (ended_at is null))
);
-- One pledge of a receipt at a time, whatever the bank.
create unique index receipt_pledge_once on receipt_pledge (receipt_id) where state in ('offered', 'active');
create index receipt_pledge_of_receipt on receipt_pledge (receipt_id, id);
create index receipt_pledge_of_financing on receipt_pledge (financing_id, id);
grant select, insert, update on receipt_pledge to lianrong_app;
call secure('receipt_pledge',
  'book_id = (select app_org()) or holder_id = (select app_org()) or operator_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[]) or holder_id = any ((select app_scope())::uuid[]) '
  'or operator_id = any ((select app_scope())::uuid[])');

-- A bank goes on seeing what was divided or lost under its pledge: such a receipt is over, and nobody else's business.
alter policy readers on receipt using (
  holder_id = (select app_org()) or operator_id = (select app_org()) or book_id = (select app_org())
  or offered_to = (select app_org()) or (select app_regulator())
  or (state in ('split', 'lost') and exists (select from receipt_pledge p
      where p.receipt_id = receipt.id and p.book_id = (select app_org()) and p.state in ('divided', 'lost'))));

-- Goods that leave a pledge: asked for, granted by the bank, acknowledged by the warehouse.
create table release_order (
  id uuid primary key,
  financing_id uuid not null,
  book_id uuid not null references book,
  holder_id uuid not null,
  operator_id uuid not null,
  receipt_id uuid not null references receipt deferrable initially deferred,
  -- Null asks for as much as may go.
  asked numeric check (asked > 0 and asked = round(asked, 6)),
  released_id uuid references receipt deferrable initially deferred,
  kept_id uuid references receipt deferrable initially deferred,
  quantity numeric check (quantity > 0 and quantity = round(quantity, 6)),
  value numeric check (value >= 0 and value = round(value, 2)),
  state text not null check (state in ('requested', 'granted', 'acknowledged', 'refused')),
  rule text not null,
  requested_by uuid not null,
  decided_by uuid,
  acknowledged_by uuid,
  reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state in ('granted', 'acknowledged')) = (released_id is not null)),
  check ((released_id is null) = (quantity is null) and (released_id is null) = (value is null)),
  check ((state = 'acknowledged') = (acknowledged_by is not null)),
  constraint release_order_two_people check (decided_by <> requested_by)
);
create unique index release_order_requested_once on release_order (receipt_id) where state = 'requested';
create unique index release_order_for_a_receipt on release_order (released_id) where released_id is not null;
create index release_order_of_book on release_order (book_id, id);
create index release_order_of_holder on release_order (holder_id, id);
create index release_order_of_operator on release_order (operator_id, id);
create index release_order_of_financing on release_order (financing_id, id);
grant select, insert, update on release_order to lianrong_app;
call secure('release_order',
  'book_id = (select app_org()) or holder_id = (select app_org()) or operator_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[]) or operator_id = any ((select app_scope())::uuid[])');

-- Claims from outside the platform on the goods of a receipt: they rank by the time they were made public.
create table receipt_claim (
  id uuid primary key,
  receipt_id uuid not null references receipt,
  operator_id uuid not null,
  holder_id uuid not null,
  book_id uuid,
  claimant text not null check (char_length(claimant) between 1 and 200),
  basis text not null check (basis in ('receipt', 'receipt_pledge', 'goods_pledge', 'lien')),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  perfected_at timestamptz check (perfected_at <= recorded_at),
  evidence_hash text not null check (evidence_hash ~ '^[0-9a-f]{64}$'),
  recorded_by uuid not null,
  recorded_at timestamptz not null
);
create index receipt_claim_of_receipt on receipt_claim (receipt_id, id);
call make_append_only('receipt_claim');
call secure('receipt_claim',
  'operator_id = (select app_org()) or holder_id = (select app_org()) or book_id = (select app_org()) or (select app_regulator())',
  'operator_id = any ((select app_scope())::uuid[]) or book_id = any ((select app_scope())::uuid[])');

-- Checked when the transaction commits: receipts, lots and pledges are written by different statements.
create function check_receipt_goods(id_ uuid) returns void language plpgsql as $$
declare
  r receipt;
  l lot;
begin
  select * into r from receipt where id = id_;
  if not found then
    raise exception 'receipt % of a lot is not there', id_ using errcode = 'integrity_constraint_violation';
  end if;
  if r.state in ('delivered', 'split', 'merged', 'cancelled', 'lost') then
    if exists (select from lot where receipt_id = id_) then
      raise exception 'receipt % is %, but goods are under it', r.number, r.state using errcode = 'integrity_constraint_violation';
    end if;
    return;
  end if;
  select * into l from lot where id = r.lot_id;
  if not found or l.receipt_id is distinct from r.id or l.quantity <> r.quantity or l.owner_id <> r.holder_id
     or l.warehouse_id <> r.warehouse_id or l.grade_id <> r.grade_id or l.book_id is distinct from r.book_id then
    raise exception 'receipt % does not say what lies in its lot', r.number using errcode = 'integrity_constraint_violation';
  end if;
  if r.financing_id is not null and not exists (select from receipt_pledge p where p.receipt_id = r.id
      and p.financing_id = r.financing_id and p.book_id = r.book_id and p.state in ('offered', 'active')) then
    raise exception 'receipt % secures a financing without a pledge', r.number using errcode = 'integrity_constraint_violation';
  end if;
end $$;
create function check_receipt() returns trigger language plpgsql as $$
begin
  perform check_receipt_goods(new.id);
  return null;
end $$;
create function check_goods_of_receipt() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.receipt_id is not null and old.receipt_id is distinct from new.receipt_id then
    perform check_receipt_goods(old.receipt_id);
  end if;
  if new.receipt_id is not null then perform check_receipt_goods(new.receipt_id); end if;
  return null;
end $$;
create constraint trigger receipt_goods after insert or update on receipt
  deferrable initially deferred for each row execute function check_receipt();
create constraint trigger receipt_goods after insert or update on lot
  deferrable initially deferred for each row execute function check_goods_of_receipt();
create function check_receipt_pledge() returns trigger language plpgsql as $$
begin
  if new.state in ('offered', 'active') and not exists (select from receipt r where r.id = new.receipt_id
      and r.financing_id = new.financing_id and r.book_id = new.book_id) then
    raise exception 'pledge % is of a receipt that does not secure its financing', new.id
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger receipt_pledged after insert or update on receipt_pledge
  deferrable initially deferred for each row execute function check_receipt_pledge();
