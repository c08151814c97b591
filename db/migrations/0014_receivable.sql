create table receivable (
  id uuid primary key,
  chain_id uuid not null,
  debtor_id uuid not null,
  creditor_id uuid not null check (creditor_id <> debtor_id),
  reference text not null,
  -- Seller and invoice number: the same invoice can never stand for two receivables, on any chain of the platform.
  invoice_key text not null,
  stage text not null check (stage in ('registered', 'confirmed', 'rejected', 'cancelled')),
  payment text not null default 'open' check (payment in ('open', 'part_paid', 'paid', 'overdue')),
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  confirmed numeric not null default 0 check (confirmed >= 0 and confirmed <= face and confirmed = round(confirmed, 2)),
  credited numeric not null default 0 check (credited >= 0 and credited = round(credited, 2)),
  paid numeric not null default 0 check (paid >= 0 and paid = round(paid, 2)),
  disputed numeric not null default 0 check (disputed >= 0 and disputed = round(disputed, 2)),
  issue_date date not null,
  due_date date not null check (due_date > issue_date),
  goods_accepted_on date,
  -- A tenor above the normal cap, a payment term above what is allowed towards a small firm.
  warnings jsonb not null default '[]',
  note text,
  registered_by uuid not null,
  confirmed_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint receivable_never_overpaid check (credited + paid <= confirmed or confirmed = 0 and credited = 0 and paid = 0),
  constraint receivable_dispute_within check (disputed <= face)
) with (fillfactor = 70);
create unique index receivable_invoice_once on receivable (invoice_key) where stage in ('registered', 'confirmed');
create index receivable_of_debtor on receivable (debtor_id, id);
create index receivable_of_creditor on receivable (creditor_id, id);
create index receivable_of_debtor_by_due on receivable (debtor_id, due_date, id);
create index receivable_of_creditor_by_due on receivable (creditor_id, due_date, id);
create index receivable_of_chain on receivable (chain_id, id);

-- Who owns which part of a confirmed receivable. The live parts always sum to what is outstanding.
create table holding (
  id uuid primary key,
  receivable_id uuid not null references receivable,
  chain_id uuid not null,
  debtor_id uuid not null,
  holder_id uuid not null,
  from_id uuid,
  parent_id uuid references holding,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  state text not null check (state in ('live', 'split', 'transferred', 'settled')),
  legal text not null default 'none' check (legal in ('none', 'pledged', 'assigned', 'sold')),
  -- The one financing that this part backs or is reserved for.
  financing_id uuid,
  book_id uuid,
  transfer_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint holding_secured_for_a_financing check (legal = 'none' or financing_id is not null),
  constraint holding_one_purpose check (financing_id is null or transfer_id is null)
) with (fillfactor = 70);
create index holding_of_receivable on holding (receivable_id, id);
create index holding_of_holder on holding (holder_id, id);
create index holding_of_financing on holding (financing_id) where financing_id is not null;
grant select, insert, update on holding to lianrong_app;
call secure('holding',
  'holder_id = (select app_org()) or debtor_id = (select app_org()) or from_id = (select app_org()) '
  'or book_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');

grant select, insert, update on receivable to lianrong_app;
call secure('receivable',
  'debtor_id = (select app_org()) or creditor_id = (select app_org()) or (select app_regulator()) '
  'or exists (select from holding h where h.receivable_id = receivable.id and h.holder_id = (select app_org())) '
  'or exists (select from financing_item f where f.receivable_id = receivable.id and f.book_id = (select app_org()))',
  'chain_id = any ((select app_scope())::uuid[])');

-- Checked when the transaction commits: parts and whole are written by different statements.
create function check_holdings_sum() returns trigger language plpgsql as $$
declare
  id_ uuid;
  whole numeric;
  parts numeric;
begin
  if tg_table_name = 'receivable' then id_ := new.id; else id_ := new.receivable_id; end if;
  select confirmed - credited - paid into whole from receivable where id = id_;
  select coalesce(sum(amount), 0) into parts from holding where receivable_id = id_ and state = 'live';
  if whole <> parts then
    raise exception 'the holdings of receivable % sum to %, outstanding is %', id_, parts, whole
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger holdings_sum after insert or update on holding
  deferrable initially deferred for each row execute function check_holdings_sum();
create constraint trigger holdings_sum after update on receivable
  deferrable initially deferred for each row execute function check_holdings_sum();

-- A part offered to a lower tier: it moves when the other side accepts.
create table holding_transfer (
  id uuid primary key,
  holding_id uuid not null references holding,
  receivable_id uuid not null,
  chain_id uuid not null,
  from_id uuid not null,
  to_id uuid not null check (to_id <> from_id),
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  state text not null check (state in ('offered', 'accepted', 'declined', 'withdrawn')),
  -- The contract or invoice of the trade behind this step.
  evidence text not null,
  version integer not null default 1,
  created_at timestamptz not null
);
create unique index holding_transfer_offered_once on holding_transfer (holding_id) where state = 'offered';
create index holding_transfer_to on holding_transfer (to_id, id);
create index holding_transfer_from on holding_transfer (from_id, id);
grant select, insert, update on holding_transfer to lianrong_app;
call secure('holding_transfer', 'from_id = (select app_org()) or to_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');

create table credit_note (
  id uuid primary key,
  receivable_id uuid not null references receivable,
  chain_id uuid not null,
  debtor_id uuid not null,
  creditor_id uuid not null,
  number text not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  issued_on date not null,
  created_at timestamptz not null,
  unique (receivable_id, number)
);
call make_append_only('credit_note');
call secure('credit_note', 'debtor_id = (select app_org()) or creditor_id = (select app_org()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');

-- Uniqueness of invoices holds across chains, so this one question is asked past row-level security. It answers keys
-- the asker already has, and nothing about whose they are.
create function known_invoices(keys text[]) returns setof text language sql stable security definer
  set search_path = public, pg_temp
  as $$ select invoice_key from receivable where invoice_key = any (keys) and stage in ('registered', 'confirmed') $$;
revoke all on function known_invoices(text[]) from public;
grant execute on function known_invoices(text[]) to lianrong_app;
-- What the function reads past; the owner is bound otherwise, unless it is a superuser.
create policy owner_reads on receivable for select to current_user using (true);
