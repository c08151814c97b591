-- Supply-chain bills (供应链票据): a package of units of 0.01 yuan, and the holdings that tile it.

-- The business day of the bill exchange: one row. Every date of a bill is judged by it.
create table bill_market (
  id uuid primary key check (id = '0b111000-0000-4000-8000-000000000001'),
  business_date date not null,
  closing boolean not null default false,
  -- How far the close of the day has come: which step, and the last row it has dealt with.
  step text not null default 'open',
  place uuid,
  version integer not null default 1,
  created_at timestamptz not null
);
grant select, insert, update on bill_market to lianrong_app;
call secure('bill_market', 'true', 'id = any ((select app_scope())::uuid[])');

-- Who accepts bills, how much of it, and how punctually it pays.
create table bill_acceptor (
  org_id uuid primary key references organization,
  acceptance_limit numeric not null check (acceptance_limit >= 0 and acceptance_limit < 1e15 and acceptance_limit = round(acceptance_limit, 2)),
  -- Accepted and neither paid nor ended.
  accepted numeric not null default 0 check (accepted >= 0 and accepted = round(accepted, 2)),
  -- Margins that others have paid in for bills it accepted.
  margin numeric not null default 0 check (margin >= 0 and margin = round(margin, 2)),
  -- Known for banks and finance companies, which the caps bind.
  total_assets numeric check (total_assets > 0 and total_assets < 1e18 and total_assets = round(total_assets, 2)),
  deposits numeric check (deposits > 0 and deposits < 1e18 and deposits = round(deposits, 2)),
  -- On the list of the persistently overdue from this day; off it when null.
  listed_from date,
  -- Listed so often that no institution serves it up to and including this day.
  sustained_until date,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_acceptor_within_limit check (accepted <= acceptance_limit),
  check ((total_assets is null) = (deposits is null))
) with (fillfactor = 70);
grant select, insert, update on bill_acceptor to lianrong_app;
call secure('bill_acceptor',
  'org_id = (select app_org()) or (select app_operator()) or (select app_regulator())',
  'org_id = any ((select app_scope())::uuid[])');

create table bill (
  id uuid primary key,
  chain_id uuid not null,
  -- Given by the exchange when it registers the bill.
  number text unique check (number ~ '^[1-8][0-9]{29}$'),
  -- The drawer's own number.
  reference text not null,
  -- By who accepts it.
  kind text not null check (kind in ('commercial', 'bank')),
  drawer_id uuid not null,
  payee_id uuid not null check (payee_id <> drawer_id),
  acceptor_id uuid not null,
  -- The bank that serves the drawer: it is in the number, and its book pays.
  bank_id uuid not null,
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  first_unit bigint not null,
  last_unit bigint not null,
  issue_date date not null,
  due_date date not null check (due_date > issue_date),
  -- The due date moved off holidays, and the last day of presentation.
  maturity_date date not null check (maturity_date >= due_date),
  presentable_until date not null check (presentable_until >= maturity_date),
  -- Whether the two days above rest on a calendar that is not published yet.
  provisional boolean not null,
  transferable boolean not null,
  accepted_on date,
  received_on date check (received_on >= accepted_on),
  -- Of a bank's acceptance: the terms and the limit it used.
  programme_id uuid,
  limit_path jsonb not null default '[]',
  margin numeric not null default 0 check (margin >= 0 and margin <= face and margin = round(margin, 2)),
  fee numeric not null default 0 check (fee >= 0 and fee = round(fee, 2)),
  registered_by uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  -- A bill of the old system has the range 0 and never splits.
  constraint bill_range check (first_unit = 1 and last_unit = face * 100 or first_unit = 0 and last_unit = 0),
  check (accepted_on is null or number is not null),
  check (received_on is null or accepted_on is not null),
  constraint bill_bank_accepts check (kind <> 'bank' or acceptor_id <> drawer_id)
) with (fillfactor = 70);
create index bill_of_drawer on bill (drawer_id, id);
create index bill_of_payee on bill (payee_id, id);
create index bill_of_acceptor on bill (acceptor_id, id);
create index bill_of_bank on bill (bank_id, id);
create index bill_of_chain on bill (chain_id, id);
create index bill_by_maturity on bill (maturity_date, id);

-- What a party offers another about one holding: it takes effect when the other accepts and the exchange confirms.
create table bill_offer (
  id uuid primary key,
  -- Offers made by one request.
  batch_id uuid not null,
  chain_id uuid not null,
  bill_id uuid not null references bill,
  holding_id uuid not null,
  kind text not null check (kind in ('acceptance', 'receipt', 'endorsement', 'restore_transfer', 'guarantee', 'pledge',
    'pledge_release', 'discount', 'redemption', 'rediscount', 'payment', 'recourse')),
  from_id uuid not null,
  to_id uuid not null,
  state text not null check (state in ('pending', 'clearing', 'done', 'refused', 'withdrawn', 'lapsed', 'failed')),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  first_unit bigint not null,
  last_unit bigint not null,
  terms jsonb not null default '{}',
  -- What the holding returns to when the offer comes to nothing.
  standing_before text not null,
  made_on date not null,
  -- The last business day of the exchange on which it can be answered.
  expires_on date not null check (expires_on >= made_on),
  answered_on date,
  code text,
  reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  check (state = 'pending' or answered_on is not null),
  -- Nobody offers himself anything but the acceptance of a bill he has drawn on himself.
  constraint bill_offer_two_sides check (from_id <> to_id or kind = 'acceptance')
) with (fillfactor = 70);
create unique index bill_offer_one_at_a_time on bill_offer (holding_id) where state in ('pending', 'clearing');
create index bill_offer_to on bill_offer (to_id, id);
create index bill_offer_to_by_state on bill_offer (to_id, state, id);
create index bill_offer_from on bill_offer (from_id, id);
create index bill_offer_from_by_state on bill_offer (from_id, state, id);
create index bill_offer_of_bill_from on bill_offer (bill_id, from_id);
create index bill_offer_of_bill_to on bill_offer (bill_id, to_id);
create index bill_offer_expiring on bill_offer (expires_on, id) where state = 'pending';
create index bill_offer_clearing on bill_offer (id) where state = 'clearing';
create index bill_offer_batch on bill_offer (batch_id, id);
grant select, insert, update on bill_offer to lianrong_app;
call secure('bill_offer',
  'from_id = (select app_org()) or to_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill_offer for select using ((select app_worker()));

-- An interval of a package in one hand. The live ones tile the package with no gap and no overlap.
create table bill_holding (
  id uuid primary key,
  bill_id uuid not null references bill,
  chain_id uuid not null,
  first_unit bigint not null,
  last_unit bigint not null check (last_unit >= first_unit),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  holder_id uuid not null,
  from_id uuid,
  -- The holding it was cut off, and the one it was merged into.
  parent_id uuid references bill_holding,
  merged_into_id uuid references bill_holding,
  standing text not null check (standing in ('issued.awaiting_receipt', 'issued.locked', 'accepted.awaiting_receipt',
    'accepted.locked', 'received.circulating', 'received.locked', 'received.not_transferable', 'received.pledged',
    'received.awaiting_redemption', 'matured.in_collection', 'matured.locked', 'matured.pledged', 'matured.in_recourse',
    'settled.ended', 'ended.ended')),
  -- Part of the tiling; a holding that was merged away is not.
  live boolean not null,
  -- The offer under way about it, and to whom.
  offer_id uuid references bill_offer deferrable initially deferred,
  offered_to_id uuid,
  -- The bank with an interest in it: as discounter, or as lender against its pledge.
  book_id uuid,
  pledgee_id uuid,
  financing_id uuid,
  -- By order of a court: blocks every act until it is thawed.
  frozen boolean not null default false,
  -- How it came to its holder: every step from the issue on, and who stands surety for whom.
  title jsonb not null check (jsonb_typeof(title->'steps') = 'array' and jsonb_typeof(title->'guarantors') = 'array'),
  dishonoured_on date,
  presented_in_time boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_holding_units check (first_unit = 0 and last_unit = 0
    or first_unit >= 1 and amount * 100 = last_unit - first_unit + 1),
  check (live = (merged_into_id is null)),
  check ((offer_id is null) = (offered_to_id is null)),
  constraint bill_holding_locked_by_an_offer check (standing not in ('issued.locked', 'accepted.locked') or offer_id is not null),
  constraint bill_holding_pledged_to_someone check (standing not in ('received.pledged', 'matured.pledged') or pledgee_id is not null),
  constraint bill_holding_disjoint exclude using gist
    (bill_id with =, int8range(first_unit, last_unit, '[]') with &&) where (live) deferrable initially deferred
) with (fillfactor = 70);
-- The tiling is looked up by range, so that it costs the same whether a package has one holding or 100,000: no other
-- index begins with bill_id, or it might be taken instead.
create index bill_holding_by_unit on bill_holding (bill_id, first_unit, id) where live;
create index bill_holding_of_holder on bill_holding (holder_id, id) where live;
create index bill_holding_of_holder_in_bill on bill_holding (holder_id, bill_id) where live;
create index bill_holding_of_book on bill_holding (book_id, bill_id) where book_id is not null;
create index bill_holding_of_pledgee on bill_holding (pledgee_id, id) where pledgee_id is not null;
create index bill_holding_of_pledgee_in_bill on bill_holding (pledgee_id, bill_id) where pledgee_id is not null;
create index bill_holding_of_financing on bill_holding (financing_id) where financing_id is not null;
grant select, insert, update on bill_holding to lianrong_app;
-- Whoever is asked something about a holding sees it while it is being asked.
call secure('bill_holding',
  'holder_id = (select app_org()) or from_id = (select app_org()) or offered_to_id = (select app_org()) '
  'or book_id = (select app_org()) or pledgee_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill_holding for select using ((select app_worker()));

grant select, insert, update on bill to lianrong_app;
-- Whoever was asked about it, or has it, or has a right in it.
call secure('bill',
  'drawer_id = (select app_org()) or payee_id = (select app_org()) or acceptor_id = (select app_org()) '
  'or bank_id = (select app_org()) or (select app_regulator()) '
  'or exists (select from bill_offer o where o.bill_id = bill.id and o.from_id = (select app_org())) '
  'or exists (select from bill_offer o where o.bill_id = bill.id and o.to_id = (select app_org())) '
  'or exists (select from bill_holding h where h.bill_id = bill.id and h.live and h.holder_id = (select app_org())) '
  'or exists (select from bill_holding h where h.bill_id = bill.id and h.pledgee_id = (select app_org())) '
  'or exists (select from bill_holding h where h.bill_id = bill.id and h.book_id = (select app_org()))',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill for select using ((select app_worker()));

-- How many units from `low` to `high` of a package live holdings cover. They never overlap, so that the whole range is
-- covered when the number is that of its units. In two steps: row-level security keeps a comparison with the result of
-- a subquery out of the index condition, and all holdings before the range would be read.
create function bill_units_covered(of_bill uuid, low bigint, high bigint) returns bigint language plpgsql stable as $$
declare
  start bigint;
begin
  select first_unit into start from bill_holding
   where bill_id = of_bill and live and first_unit <= low order by first_unit desc limit 1;
  return (select coalesce(sum(least(last_unit, high) - greatest(first_unit, low) + 1), 0)::bigint from bill_holding
           where bill_id = of_bill and live and first_unit between coalesce(start, low) and high and last_unit >= low);
end $$;

-- Checked when the transaction commits: whoever closes, shrinks or moves a holding has put others in its place.
create function check_bill_tile_replaced() returns trigger language plpgsql as $$
begin
  if bill_units_covered(old.bill_id, old.first_unit, old.last_unit) <> old.last_unit - old.first_unit + 1 then
    raise exception 'units % to % of bill % are in nobody''s hands', old.first_unit, old.last_unit, old.bill_id
      using errcode = 'integrity_constraint_violation', constraint = 'bill_holdings_tile';
  end if;
  return null;
end $$;
create constraint trigger bill_tile_replaced after update on bill_holding deferrable initially deferred
  for each row when (old.live and (old.bill_id, old.first_unit, old.last_unit, old.live)
    is distinct from (new.bill_id, new.first_unit, new.last_unit, new.live))
  execute function check_bill_tile_replaced();
create constraint trigger bill_tile_not_deleted after delete on bill_holding deferrable initially deferred
  for each row when (old.live) execute function check_bill_tile_replaced();

create function check_bill_tile_inside() returns trigger language plpgsql as $$
begin
  if not exists (select from bill b where b.id = new.bill_id and b.chain_id = new.chain_id
                    and new.first_unit >= b.first_unit and new.last_unit <= b.last_unit
                    and (b.first_unit = 1 or new.amount = b.face)) then
    raise exception 'units % to % are not of bill %', new.first_unit, new.last_unit, new.bill_id
      using errcode = 'integrity_constraint_violation', constraint = 'bill_holdings_tile';
  end if;
  return null;
end $$;
create constraint trigger bill_tile_inside after insert on bill_holding deferrable initially deferred
  for each row when (new.live) execute function check_bill_tile_inside();
create constraint trigger bill_tile_inside_still after update on bill_holding deferrable initially deferred
  for each row when (new.live and (old.bill_id, old.chain_id, old.first_unit, old.last_unit, old.amount, old.live)
    is distinct from (new.bill_id, new.chain_id, new.first_unit, new.last_unit, new.amount, new.live))
  execute function check_bill_tile_inside();

create function check_bill_covered() returns trigger language plpgsql as $$
begin
  if bill_units_covered(new.id, new.first_unit, new.last_unit) <> new.last_unit - new.first_unit + 1 then
    raise exception 'the holdings of bill % do not make it up', new.id
      using errcode = 'integrity_constraint_violation', constraint = 'bill_holdings_tile';
  end if;
  return null;
end $$;
create constraint trigger bill_covered after insert on bill deferrable initially deferred
  for each row execute function check_bill_covered();

-- Amount, days and payee may not be altered (票据法 art. 9): whoever does so makes another bill.
create function refuse_bill_alteration() returns trigger language plpgsql as $$
begin
  raise exception 'bill % may not be altered', old.id
    using errcode = 'integrity_constraint_violation', constraint = 'bill_unaltered';
end $$;
create trigger bill_unaltered before update on bill for each row
  when ((old.face, old.first_unit, old.last_unit, old.issue_date, old.due_date, old.drawer_id, old.payee_id, old.chain_id)
    is distinct from (new.face, new.first_unit, new.last_unit, new.issue_date, new.due_date, new.drawer_id, new.payee_id,
      new.chain_id) or old.number is not null and old.number is distinct from new.number)
  execute function refuse_bill_alteration();

-- The trade behind a bill: how much of which document. Given back when the bill ends without having been received.
create table bill_background (
  id uuid primary key,
  bill_id uuid not null references bill,
  document_id uuid not null references trade_document,
  chain_id uuid not null,
  invoice_key text collate "C",
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  released boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_background_once unique (bill_id, document_id)
);
create index bill_background_of_document on bill_background (document_id) where not released;
create index bill_background_of_invoice on bill_background (invoice_key) where invoice_key is not null and not released;
grant select, insert, update on bill_background to lianrong_app;
call secure('bill_background', 'exists (select from bill b where b.id = bill_id)',
  'chain_id = any ((select app_scope())::uuid[])');
create policy owner_reads on bill_background for select to current_user using (true);

create function check_bill_background() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount), 0) from bill_background where document_id = new.document_id and not released)
     > (select coalesce(amount, 0) from trade_document where id = new.document_id) then
    raise exception 'document % stands behind more than its amount', new.document_id
      using errcode = 'integrity_constraint_violation', constraint = 'bill_background_within_document';
  end if;
  return null;
end $$;
create constraint trigger bill_background_within_document after insert or update on bill_background
  deferrable initially deferred for each row execute function check_bill_background();

-- Which of these invoices stand for a receivable, on any chain: such a one backs no bill. Answers keys the asker has.
create function invoices_of_receivables(keys text[]) returns setof text language sql stable security definer
  set search_path = public, pg_temp
  as $$ select invoice_key from receivable where invoice_key = any (keys) and stage in ('registered', 'confirmed') $$;
revoke all on function invoices_of_receivables(text[]) from public;
grant execute on function invoices_of_receivables(text[]) to lianrong_app;

-- And the other way round: an invoice behind a bill stands for no receivable. The documents are held meanwhile, so that
-- of a receivable and a bill registered at once the second waits for the first and then finds it.
create or replace function known_invoices(keys text[]) returns setof text language plpgsql volatile security definer
  set search_path = public, pg_temp as $$
begin
  perform from trade_document where invoice_key = any (keys) and kind = 'invoice' and status = 'recorded'
    order by id for share;
  return query
    select r.invoice_key from receivable r where r.invoice_key = any (keys) and r.stage in ('registered', 'confirmed')
    union
    select b.invoice_key from bill_background b where b.invoice_key = any (keys) and not b.released;
end $$;
create policy owner_holds on trade_document for select to current_user using (true);
create policy owner_holds_rows on trade_document for update to current_user using (true);

-- What an acceptor has disclosed about a bill: public law asks it of every acceptor (人民银行公告〔2020〕19号).
create table bill_disclosure (
  bill_id uuid primary key references bill,
  chain_id uuid not null,
  acceptor_id uuid not null,
  number text not null,
  issue_date date not null,
  accepted_on date not null,
  due_date date not null,
  drawer_name text not null,
  acceptor_name text not null,
  acceptor_uscc text not null,
  amount numeric not null check (amount > 0 and amount = round(amount, 2)),
  disclosed_on date not null,
  version integer not null default 1,
  created_at timestamptz not null
);
grant select, insert, update on bill_disclosure to lianrong_app;
call secure('bill_disclosure', 'exists (select from bill b where b.id = bill_id)',
  'chain_id = any ((select app_scope())::uuid[])');

-- Every part of a bill that its acceptor did not pay when due.
create table bill_overdue_event (
  id uuid primary key,
  acceptor_id uuid not null,
  chain_id uuid not null,
  bill_id uuid not null references bill,
  holding_id uuid not null references bill_holding,
  amount numeric not null check (amount > 0 and amount = round(amount, 2)),
  occurred_on date not null,
  settled_on date check (settled_on >= occurred_on),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_overdue_event_once unique (holding_id, occurred_on)
);
create index bill_overdue_event_of_acceptor on bill_overdue_event (acceptor_id, occurred_on);
grant select, insert, update on bill_overdue_event to lianrong_app;
call secure('bill_overdue_event',
  'acceptor_id = (select app_org()) or (select app_operator()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill_overdue_event for select using ((select app_worker()));

-- What the exchange is told and has not answered; told again until it does.
create table bill_message (
  id uuid primary key,
  chain_id uuid not null,
  bill_id uuid not null references bill,
  offer_id uuid references bill_offer,
  kind text not null check (kind in ('registration', 'void', 'acceptance', 'receipt', 'endorsement', 'restore_transfer',
    'guarantee', 'pledge', 'pledge_release', 'discount', 'redemption', 'rediscount', 'payment', 'recourse')),
  -- Who caused it.
  org_id uuid not null,
  payload jsonb not null,
  state text not null check (state in ('created', 'sent', 'confirmed', 'rejected')),
  code text,
  reason text,
  sent_at timestamptz,
  answered_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((offer_id is null) = (kind in ('registration', 'void'))),
  check ((state in ('confirmed', 'rejected')) = (answered_at is not null))
);
create index bill_message_of_org on bill_message (org_id, id);
create index bill_message_unanswered on bill_message (id) where state in ('created', 'sent');
create unique index bill_message_once on bill_message (bill_id, kind) where offer_id is null;
create unique index bill_message_of_offer on bill_message (offer_id) where offer_id is not null;
grant select, insert, update on bill_message to lianrong_app;
call secure('bill_message', 'org_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on bill_message for select using ((select app_worker()));

-- The simulated exchange's own record of what it was told, and its serial of the day. No organization reads them.
create table bill_exchange_simulation (
  message_id uuid primary key,
  kind text not null,
  number text,
  refusal_code text,
  answers_at timestamptz not null,
  told_at timestamptz not null
);
create unique index bill_exchange_simulation_number on bill_exchange_simulation (number) where kind = 'registration';
grant select, insert on bill_exchange_simulation to lianrong_app;
call secure('bill_exchange_simulation', '(select app_worker())', '(select app_worker())');

create table bill_exchange_serial (
  day date primary key,
  last integer not null check (last between 0 and 99999999)
);
grant select, insert, update on bill_exchange_serial to lianrong_app;
call secure('bill_exchange_serial', '(select app_worker())', '(select app_worker())');

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), code, effective_from::date, null, value, unit, source, now() from (values
  ('bill.acceptanceAnswerDays', '1996-01-01', '3', 'days', '票据法 art. 41'),
  ('bill.overdueListEvents', '2023-01-01', '3', 'count', '商业汇票信息披露操作细则 (票交所公告〔2022〕1号)'),
  ('bill.sustainedListings', '2023-01-01', '3', 'count', '人民银行 银保监会令〔2022〕4号 art. 36; count by market practice, not verified against a text'),
  ('bill.sustainedYears', '2023-01-01', '2', 'years', '人民银行 银保监会令〔2022〕4号 art. 22')
) as parameter (code, effective_from, value, unit, source);
