-- A core enterprise and those it trades with, tier by tier.
create table chain (
  id uuid primary key,
  core_id uuid not null references organization,
  name text collate "C" not null check (char_length(name) between 1 and 200),
  status text not null check (status in ('active', 'suspended', 'closed')),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint chain_name_once unique (core_id, name),
  unique (id, core_id)
);
create index chain_by_name on chain (name, id);

-- The banks that finance on a chain. A bank's programme puts it here.
create table chain_bank (
  chain_id uuid not null references chain,
  bank_id uuid not null references organization,
  primary key (chain_id, bank_id)
);
create index chain_bank_by_bank on chain_bank (bank_id, chain_id);
grant select, insert on chain_bank to lianrong_app;
call secure('chain_bank', 'bank_id = (select app_org())', 'bank_id = any ((select app_scope())::uuid[])');

-- A place in a chain. An organization that both sells and buys there has two.
create table member (
  id uuid primary key,
  chain_id uuid not null,
  core_id uuid not null,
  org_id uuid not null references organization check (org_id <> core_id),
  side text not null check (side in ('upstream', 'downstream')),
  tier integer not null check (tier between 1 and 20),
  parent_member_id uuid,
  parent_tier integer generated always as (tier - 1) stored,
  -- Whom it trades with: the organization of its parent, or the core enterprise.
  counterparty_id uuid not null check (counterparty_id <> org_id),
  status text not null check (status in ('invited', 'registered', 'verified', 'suspended', 'exited')),
  payment_term_days integer check (payment_term_days between 0 and 720),
  contact jsonb check (jsonb_typeof(contact) = 'object'),
  settlement_account_id uuid references settlement_account,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint member_once unique (chain_id, org_id, side),
  unique (chain_id, side, tier, id),
  unique (id, org_id),
  unique (id, chain_id),
  check ((tier = 1) = (parent_member_id is null)),
  check (parent_member_id is not null or counterparty_id = core_id),
  foreign key (chain_id, core_id) references chain (id, core_id),
  -- One tier above on the same side of the same chain, so that no circle can arise.
  constraint member_below_its_parent foreign key (chain_id, side, parent_tier, parent_member_id)
    references member (chain_id, side, tier, id),
  foreign key (parent_member_id, counterparty_id) references member (id, org_id)
);
create index member_of_chain on member (chain_id, id);
create index member_of_chain_by_status on member (chain_id, status, id);
create index member_of_organization on member (org_id, chain_id);
create index member_of_counterparty on member (counterparty_id, chain_id);
create index member_of_parent on member (parent_member_id) where parent_member_id is not null;
create index member_of_core on member (core_id);

-- The members above those of the asking organization. A policy of a table cannot read the table itself, so this reads
-- past the policies; it tells an organization about nothing but its own parents.
create function app_parent_members() returns uuid[] language sql stable security definer
  set search_path = public, pg_temp
  as $$ select coalesce(array_agg(parent_member_id), '{}') from member
         where org_id = app_org() and parent_member_id is not null $$;
revoke all on function app_parent_members() from public;
grant execute on function app_parent_members() to lianrong_app;

grant select, insert, update on member to lianrong_app;
call secure('member',
  '(select app_regulator()) or org_id = (select app_org()) or core_id = (select app_org()) '
  'or counterparty_id = (select app_org()) or (select app_operator()) '
  'or id = any ((select app_parent_members())::uuid[]) '
  'or exists (select from chain_bank b where b.chain_id = member.chain_id and b.bank_id = (select app_org()))',
  'chain_id = any ((select app_scope())::uuid[])');

grant select, insert, update on chain to lianrong_app;
call secure('chain',
  '(select app_regulator()) or core_id = (select app_org()) or (select app_operator()) '
  'or exists (select from member m where m.chain_id = chain.id and m.org_id = (select app_org())) '
  'or exists (select from chain_bank b where b.chain_id = chain.id and b.bank_id = (select app_org()))',
  'id = any ((select app_scope())::uuid[]) or core_id = any ((select app_scope())::uuid[])');

-- Whether the asking organization shares a chain with another so that it may know who that is: as core enterprise and
-- member, as neighbours, as a bank of the chain; or whether a write transaction touches a chain of the other. Reads
-- past the policies, which each query on organization would else have to plan, table by table.
create function shares_chain(org uuid) returns boolean language plpgsql stable security definer
  set search_path = public, pg_temp as $$
declare
  me constant uuid := app_org();
  scope constant uuid[] := app_scope();
begin
  return exists (select from member m where m.org_id = org
      and (m.core_id = me or m.counterparty_id = me or m.chain_id = any (scope)
        or exists (select from chain_bank b where b.chain_id = m.chain_id and b.bank_id = me)))
    or exists (select from member m where m.org_id = me and (m.core_id = org or m.counterparty_id = org))
    or exists (select from chain c where c.core_id = org
      and (c.id = any (scope) or exists (select from chain_bank b where b.chain_id = c.id and b.bank_id = me)));
end $$;
revoke all on function shares_chain(uuid) from public;
grant execute on function shares_chain(uuid) to lianrong_app;

create policy partners on organization for select using (shares_chain(id));

-- What the two functions read past; the owner is bound otherwise, unless it is a superuser.
create policy owner_reads on chain for select to current_user using (true);
create policy owner_reads on chain_bank for select to current_user using (true);
create policy owner_reads on member for select to current_user using (true);

-- Contract, order, invoice and logistics document between two that trade with each other on a chain.
create table trade_document (
  id uuid primary key,
  chain_id uuid not null,
  core_id uuid not null,
  -- The place in the chain whose trade with its counterparty this documents.
  member_id uuid not null,
  kind text not null check (kind in ('contract', 'order', 'invoice', 'logistics')),
  number text collate "C" not null check (char_length(number) between 1 and 64),
  invoice_code text check (invoice_code ~ '^([0-9]{10}|[0-9]{12})$'),
  invoice_key text collate "C",
  -- The two of that place: no foreign keys, which would double the work of recording thousands.
  seller_id uuid not null,
  buyer_id uuid not null check (buyer_id <> seller_id),
  amount numeric check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  tax_amount numeric check (tax_amount >= 0 and tax_amount < 1e15 and tax_amount = round(tax_amount, 2)),
  net_amount numeric check (net_amount >= 0 and net_amount < 1e15 and net_amount = round(net_amount, 2)),
  issued_on date not null,
  contract_id uuid references trade_document check (contract_id <> id),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_reference text check (char_length(storage_reference) between 1 and 500),
  status text not null check (status in ('recorded', 'voided')),
  void_reason text,
  recorded_by uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  foreign key (member_id, chain_id) references member (id, chain_id),
  check (kind = 'invoice' or (invoice_key is null and invoice_code is null and tax_amount is null and net_amount is null)),
  constraint trade_document_invoice_adds_up check (kind <> 'invoice'
    or (invoice_key is not null and amount is not null and tax_amount is not null and net_amount is not null
        and tax_amount + net_amount = amount)),
  check (kind <> 'order' or amount is not null),
  check ((status = 'voided') = (void_reason is not null))
);
-- One invoice, one record, on any chain of the platform.
create unique index trade_document_invoice_once on trade_document (invoice_key)
  where kind = 'invoice' and status = 'recorded';
create unique index trade_document_number_once on trade_document (chain_id, kind, seller_id, buyer_id, number)
  where kind <> 'invoice' and status = 'recorded';
create index trade_document_of_chain on trade_document (chain_id, id);
create index trade_document_of_chain_by_day on trade_document (chain_id, issued_on, id);
create index trade_document_of_seller on trade_document (seller_id, id);
create index trade_document_of_buyer on trade_document (buyer_id, id);
create index trade_document_of_contract on trade_document (contract_id) where contract_id is not null;
grant select, insert, update on trade_document to lianrong_app;
call secure('trade_document',
  'seller_id = (select app_org()) or buyer_id = (select app_org()) or core_id = (select app_org()) '
  'or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');

-- Which numbers are taken. A transaction claims a number before it decides, so that of two at once the second waits
-- and then finds it taken, whosever it is; nobody reads here.
create table trade_document_claim (
  key text collate "C" primary key,
  chain_id uuid not null
);
grant select, insert, delete on trade_document_claim to lianrong_app;
call secure('trade_document_claim', 'false', 'chain_id = any ((select app_scope())::uuid[])');

-- A file of members, worked off in the background.
create table member_import (
  id uuid primary key,
  chain_id uuid not null references chain,
  core_id uuid not null,
  org_id uuid not null references organization,
  person_id uuid not null,
  file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
  format text not null check (format in ('csv', 'xlsx')),
  dry_run boolean not null,
  status text not null check (status in ('running', 'done')),
  total integer not null check (total > 0),
  created integer not null default 0 check (created >= 0),
  linked integer not null default 0 check (linked >= 0),
  unchanged integer not null default 0 check (unchanged >= 0),
  refused integer not null default 0 check (refused >= 0),
  version integer not null default 1,
  created_at timestamptz not null,
  finished_at timestamptz,
  -- The same file again is the same import.
  constraint member_import_file_once unique (chain_id, file_sha256, dry_run),
  check (created + linked + unchanged + refused <= total),
  check ((status = 'done') = (created + linked + unchanged + refused = total)),
  check ((status = 'done') = (finished_at is not null))
);
create index member_import_running on member_import (id) where status = 'running';
create index member_import_of_chain on member_import (chain_id, id);
grant select, insert, update on member_import to lianrong_app;
call secure('member_import',
  'core_id = (select app_org()) or (select app_operator()) or (select app_regulator())',
  'chain_id = any ((select app_scope())::uuid[])');
create policy workers on member_import for select
  using (coalesce(current_setting('app.worker', true), '') = 'on');

create table member_import_row (
  id uuid primary key,
  import_id uuid not null references member_import,
  chain_id uuid not null,
  line integer not null check (line > 1),
  -- The order of work: parents before those below them, wherever they stand in the file.
  tier integer not null,
  cells jsonb not null check (jsonb_typeof(cells) = 'object'),
  outcome text check (outcome in ('created', 'linked', 'unchanged', 'refused')),
  code text,
  message text,
  field text,
  accepted text,
  member_id uuid,
  unique (import_id, line),
  check ((outcome = 'refused') = (code is not null and message is not null))
);
create index member_import_row_unfinished on member_import_row (import_id, tier, line) where outcome is null;
create index member_import_row_by_outcome on member_import_row (import_id, outcome, line);
grant select, insert, update on member_import_row to lianrong_app;
call secure('member_import_row',
  'exists (select from member_import i where i.id = member_import_row.import_id)',
  'chain_id = any ((select app_scope())::uuid[])');
