-- What can lie in a warehouse: reference data of the platform. Unit and step never change: quantities are counted in them.
create table commodity (
  id uuid primary key,
  code text collate "C" not null constraint commodity_code_once unique check (code ~ '^[0-9A-Z][0-9A-Z_.-]{0,31}$'),
  name text not null check (char_length(name) between 1 and 200),
  -- Goods of one class may replace one another in a pledge.
  class text not null check (class in ('metal', 'steel', 'chemical', 'grain', 'energy', 'other')),
  unit text not null check (char_length(unit) between 1 and 16),
  step numeric not null check (step > 0 and step <= 1000 and step = round(step, 6)),
  version integer not null default 1,
  created_at timestamptz not null,
  unique (id, unit, step)
);
grant select, insert, update on commodity to lianrong_app;
call secure('commodity', 'true', '(select app_platform())');

create table grade (
  id uuid primary key,
  commodity_id uuid not null,
  code text collate "C" not null check (code ~ '^[0-9A-Za-z][0-9A-Za-z_./-]{0,31}$'),
  name text not null check (char_length(name) between 1 and 200),
  unit text not null,
  step numeric not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint grade_code_once unique (commodity_id, code),
  unique (id, commodity_id, step),
  foreign key (commodity_id, unit, step) references commodity (id, unit, step)
);
grant select, insert, update on grade to lianrong_app;
call secure('grade', 'true', '(select app_platform())');

-- A place run by a warehouse operator, the supervisor of what banks hold there.
create table warehouse (
  id uuid primary key,
  operator_id uuid not null references organization,
  name text collate "C" not null check (char_length(name) between 1 and 200),
  address text not null check (char_length(address) between 1 and 200),
  status text not null check (status in ('active', 'suspended')),
  -- The number of its last document: movements come in order, without a gap.
  last_sequence integer not null default 0 check (last_sequence >= 0),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint warehouse_name_once unique (operator_id, name),
  unique (id, operator_id)
);
create index warehouse_by_name on warehouse (name, id);
grant select, insert, update on warehouse to lianrong_app;
call secure('warehouse', 'true', 'operator_id = any ((select app_scope())::uuid[])');

-- A pile (垛位) of a warehouse.
create table pile (
  id uuid primary key,
  warehouse_id uuid not null,
  operator_id uuid not null,
  code text collate "C" not null check (char_length(code) between 1 and 64),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint pile_code_once unique (warehouse_id, code),
  unique (id, warehouse_id),
  foreign key (warehouse_id, operator_id) references warehouse (id, operator_id)
);
create index pile_of_warehouse on pile (warehouse_id, id);

-- A document of the stock ledger. Those of the warehouse are numbered in order; what a lender or a holder of a receipt
-- regroups (split, merge) has no number of the warehouse.
create table stock_movement (
  id uuid primary key,
  warehouse_id uuid not null,
  operator_id uuid not null,
  kind text not null check (kind in ('inbound', 'outbound', 'substitution', 'stock_take', 'split', 'merge')),
  document_number text collate "C" not null check (char_length(document_number) between 1 and 64),
  sequence integer check (sequence > 0),
  after_sequence integer generated always as (nullif(sequence - 1, 0)) stored,
  -- What the document says, so that the same number with another content is found out.
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  content jsonb not null,
  -- The answer to its first sending.
  answer jsonb,
  -- By how much the quantities of all its lots change together.
  change numeric not null check (change > -1e12 and change < 1e12 and change = round(change, 6)),
  happened_at timestamptz not null,
  -- Quantities change in the transaction of their document, and never by it again.
  xid xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null,
  constraint stock_movement_document_once unique (warehouse_id, document_number),
  constraint stock_movement_sequence_once unique (warehouse_id, sequence),
  constraint stock_movement_in_order foreign key (warehouse_id, after_sequence)
    references stock_movement (warehouse_id, sequence) deferrable initially deferred,
  foreign key (warehouse_id, operator_id) references warehouse (id, operator_id),
  check ((sequence is null) = (kind in ('split', 'merge'))),
  check (kind <> 'inbound' or change > 0),
  check (kind <> 'outbound' or change < 0),
  constraint stock_movement_regroups check (kind not in ('split', 'merge') or change = 0)
);
create index stock_movement_of_warehouse on stock_movement (warehouse_id, id);

-- Goods of one grade and owner in one place: a quantum that can be split, and that backs one claim at most.
create table lot (
  id uuid primary key,
  warehouse_id uuid not null,
  operator_id uuid not null,
  pile_id uuid not null,
  marks text collate "C" not null check (char_length(marks) between 1 and 64),
  commodity_id uuid not null,
  grade_id uuid not null,
  owner_id uuid not null references organization,
  quantity numeric not null,
  step numeric not null,
  -- Purchase price of a unit without VAT, where it is known: goods are valued at the lower of cost and market.
  unit_cost numeric check (unit_cost > 0 and unit_cost < 1e12 and unit_cost = round(unit_cost, 6)),
  state text not null check (state in ('in_stock', 'split', 'merged', 'gone')),
  claim text not null default 'none' check (claim in ('none', 'receipted', 'offered', 'pledged')),
  receipt_id uuid,
  pledge_id uuid,
  -- The bank that holds it as security, or is asked to.
  book_id uuid,
  parent_id uuid references lot check (parent_id <> id),
  received_on date not null,
  changed_at timestamptz not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint lot_whole_steps check (quantity >= 0 and quantity < 1e12 and mod(quantity, step) = 0),
  constraint lot_in_stock_has_quantity check ((state = 'in_stock') = (quantity > 0)),
  constraint lot_one_claim check (receipt_id is null or pledge_id is null),
  constraint lot_claim_named check ((claim = 'receipted') = (receipt_id is not null)
    and (claim in ('offered', 'pledged')) = (pledge_id is not null)),
  constraint lot_pledged_to_a_bank check (pledge_id is null or book_id is not null),
  constraint lot_unclaimed_has_no_bank check (claim <> 'none' or book_id is null),
  constraint lot_claimed_in_stock check (claim = 'none' or state = 'in_stock'),
  foreign key (grade_id, commodity_id, step) references grade (id, commodity_id, step),
  foreign key (pile_id, warehouse_id) references pile (id, warehouse_id),
  foreign key (warehouse_id, operator_id) references warehouse (id, operator_id)
) with (fillfactor = 70);
-- Two lots can never lie in one place.
create unique index lot_place_once on lot (warehouse_id, pile_id, marks) where state = 'in_stock';
create index lot_of_warehouse on lot (warehouse_id, id);
create index lot_of_owner on lot (owner_id, id);
create index lot_of_pledge on lot (book_id, pledge_id, id) where pledge_id is not null;
create index lot_of_receipt on lot (receipt_id, id) where receipt_id is not null;
create index lot_of_parent on lot (parent_id) where parent_id is not null;
grant select, insert, update on lot to lianrong_app;
call secure('lot',
  'owner_id = (select app_org()) or operator_id = (select app_org()) or book_id = (select app_org()) '
  'or (select app_regulator())',
  'owner_id = any ((select app_scope())::uuid[]) or operator_id = any ((select app_scope())::uuid[]) '
  'or book_id = any ((select app_scope())::uuid[])');

grant select, insert on pile to lianrong_app;
call secure('pile',
  'operator_id = (select app_org()) or (select app_regulator()) or exists (select from lot l where l.pile_id = pile.id)',
  'operator_id = any ((select app_scope())::uuid[])');

-- Every state a lot has ever had: what lay where, and for whom, at any past moment. Written by a trigger, so that no
-- change can be made without it.
create table lot_version (
  lot_id uuid not null,
  version integer not null,
  quantity numeric not null,
  grade_id uuid not null,
  unit_cost numeric,
  state text not null,
  claim text not null,
  receipt_id uuid,
  pledge_id uuid,
  owner_id uuid not null,
  operator_id uuid not null,
  book_id uuid,
  -- Whose it was before: they see how it left them.
  former_owner_id uuid,
  former_book_id uuid,
  at timestamptz not null,
  primary key (lot_id, version)
);
create index lot_version_of_pledge on lot_version (pledge_id, lot_id) where pledge_id is not null;
create index lot_version_of_receipt on lot_version (receipt_id, lot_id) where receipt_id is not null;
call make_append_only('lot_version');
-- Each sees what was its own, and the state in which it was no more.
call secure('lot_version',
  'owner_id = (select app_org()) or operator_id = (select app_org()) or book_id = (select app_org()) '
  'or former_owner_id = (select app_org()) or former_book_id = (select app_org()) or (select app_regulator())',
  'owner_id = any ((select app_scope())::uuid[]) or operator_id = any ((select app_scope())::uuid[]) '
  'or book_id = any ((select app_scope())::uuid[])');

create function keep_lot_version() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.version <= old.version or new.changed_at < old.changed_at) then
    raise exception 'lot % is changed out of order', new.id using errcode = 'integrity_constraint_violation';
  end if;
  insert into lot_version (lot_id, version, quantity, grade_id, unit_cost, state, claim, receipt_id, pledge_id, owner_id,
                           operator_id, book_id, former_owner_id, former_book_id, at)
  values (new.id, new.version, new.quantity, new.grade_id, new.unit_cost, new.state, new.claim, new.receipt_id,
          new.pledge_id, new.owner_id, new.operator_id, new.book_id, case when tg_op = 'UPDATE' then old.owner_id end,
          case when tg_op = 'UPDATE' then old.book_id end, new.changed_at);
  return null;
end $$;
create trigger keep_version after insert or update on lot for each row execute function keep_lot_version();

-- The lines of the stock ledger: by how much a document changes a lot. They sum to the quantity of each lot.
create table stock_entry (
  id uuid primary key,
  movement_id uuid not null references stock_movement,
  lot_id uuid not null references lot deferrable initially deferred,
  change numeric not null check (change <> 0 and change > -1e12 and change < 1e12 and change = round(change, 6)),
  constraint stock_entry_once unique (movement_id, lot_id)
);
create index stock_entry_of_lot on stock_entry (lot_id, id);
call make_append_only('stock_entry');
call secure('stock_entry', 'exists (select from lot l where l.id = stock_entry.lot_id)',
  'exists (select from lot l where l.id = stock_entry.lot_id)');

-- Checked when the transaction commits: documents, lines and lots are written by different statements.
create function check_lot_quantity() returns trigger language plpgsql as $$
declare
  id_ uuid;
  whole numeric;
  moved numeric;
begin
  if tg_table_name = 'lot' then id_ := new.id; else id_ := new.lot_id; end if;
  select quantity into whole from lot where id = id_;
  select coalesce(sum(change), 0) into moved from stock_entry where lot_id = id_;
  if whole <> moved then
    raise exception 'lot % has %, its documents say %', id_, whole, moved using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger lot_quantity after insert on lot
  deferrable initially deferred for each row execute function check_lot_quantity();
create constraint trigger lot_quantity_changed after update on lot
  deferrable initially deferred for each row when (old.quantity <> new.quantity) execute function check_lot_quantity();
create constraint trigger lot_quantity after insert on stock_entry
  deferrable initially deferred for each row execute function check_lot_quantity();

create function check_stock_conserved() returns trigger language plpgsql as $$
declare
  moved numeric;
begin
  select coalesce(sum(change), 0) into moved from stock_entry where movement_id = new.id;
  if moved <> new.change then
    raise exception 'the lots of document % change by %, the document says %', new.document_number, moved, new.change
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger stock_conserved after insert on stock_movement
  deferrable initially deferred for each row execute function check_stock_conserved();

-- Nothing is added to a document later.
create function check_entry_in_time() returns trigger language plpgsql as $$
begin
  if not exists (select from stock_movement m where m.id = new.movement_id and m.xid = pg_current_xact_id()) then
    raise exception 'document % is complete', new.movement_id using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger entry_in_time after insert on stock_entry
  deferrable initially deferred for each row execute function check_entry_in_time();

call make_append_only('stock_movement');
call secure('stock_movement',
  'operator_id = (select app_org()) or (select app_regulator()) '
  'or exists (select from stock_entry e where e.movement_id = stock_movement.id)',
  'operator_id = any ((select app_scope())::uuid[])');
-- A lender or owner regroups what lies in the warehouse of another.
create policy regroupers on stock_movement for insert with check (kind in ('split', 'merge')
  and exists (select from lot l where l.warehouse_id = stock_movement.warehouse_id));

-- Quotations that a bank values goods by. A row is never changed: a wrong one is corrected by another for the same
-- moment, so that what was known when can always be told.
create table goods_price (
  id uuid primary key,
  book_id uuid not null,
  grade_id uuid not null references grade,
  -- Yuan for a unit, without VAT.
  price numeric not null check (price > 0 and price < 1e12 and price = round(price, 6)),
  quoted_at timestamptz not null,
  source text not null check (char_length(source) between 1 and 200),
  corrects_id uuid references goods_price,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  check (quoted_at <= recorded_at)
);
create unique index goods_price_once on goods_price (book_id, grade_id, quoted_at) where corrects_id is null;
create unique index goods_price_corrected_once on goods_price (corrects_id) where corrects_id is not null;
create index goods_price_in_force on goods_price (book_id, grade_id, quoted_at desc, recorded_at desc, id desc);
create index goods_price_of_book on goods_price (book_id, id);
call make_append_only('goods_price');
call secure('goods_price',
  'book_id = (select app_org()) or (select app_regulator()) '
  'or book_id in (select l.book_id from lot l where l.owner_id = (select app_org()) and l.book_id is not null)',
  'book_id = any ((select app_scope())::uuid[])');

-- What a bank takes off the value of a grade, from a moment on. None recorded: nothing.
create table haircut (
  id uuid primary key,
  book_id uuid not null,
  grade_id uuid not null references grade,
  ratio numeric not null check (ratio >= 0 and ratio < 1 and ratio = round(ratio, 6)),
  effective_at timestamptz not null,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  check (effective_at <= recorded_at)
);
create index haircut_in_force on haircut (book_id, grade_id, effective_at desc, recorded_at desc, id desc);
create index haircut_of_book on haircut (book_id, id);
call make_append_only('haircut');
call secure('haircut',
  'book_id = (select app_org()) or (select app_regulator()) '
  'or book_id in (select l.book_id from lot l where l.owner_id = (select app_org()) and l.book_id is not null)',
  'book_id = any ((select app_scope())::uuid[])');
