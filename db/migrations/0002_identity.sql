-- The platform operator onboards organizations and sees who is there.
create function app_operator() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.operator', true), '') = 'on';

-- The one client whose secret is being checked: its organization is not known before.
create function app_client() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.client', true), '')::uuid;

-- A write transaction in the scope of the platform itself, PLATFORM_SCOPE in src/identity/store.ts.
create function app_platform() returns boolean language sql stable parallel safe
  return '00000000-0000-4000-8000-000000000001' = any (app_scope());

create table organization (
  id uuid primary key,
  kind text not null check (kind in ('enterprise', 'bank', 'warehouse', 'guarantor', 'regulator', 'operator')),
  legal_name text collate "C" not null check (char_length(legal_name) between 1 and 200),
  -- GB 32100-2015, one organization on the whole platform.
  uscc text collate "C" not null constraint organization_uscc_once unique check (uscc ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'),
  industry text check (industry in ('agriculture', 'industry', 'construction', 'wholesale', 'retail', 'transport',
    'warehousing', 'post', 'accommodation', 'catering', 'telecommunication', 'software', 'real_estate',
    'property_management', 'leasing_and_business', 'other')),
  employees integer check (employees >= 0),
  annual_revenue numeric check (annual_revenue >= 0 and annual_revenue < 1e15 and annual_revenue = round(annual_revenue, 2)),
  total_assets numeric check (total_assets >= 0 and total_assets < 1e15 and total_assets = round(total_assets, 2)),
  scale text check (scale in ('micro', 'small', 'medium', 'large')),
  tags jsonb not null check (jsonb_typeof(tags) = 'array'),
  -- GB/T 2260 division.
  region text check (region ~ '^[0-9]{6}$'),
  -- The head of its group, which has no head itself.
  parent_id uuid references organization check (parent_id <> id),
  cnaps text check (cnaps ~ '^[0-9]{12}$'),
  contact jsonb not null check (jsonb_typeof(contact) = 'object'),
  status text not null check (status in ('active', 'suspended')),
  version integer not null default 1,
  created_at timestamptz not null,
  check (kind <> 'enterprise' or scale is not null),
  check (kind = 'bank' or cnaps is null)
);
create index organization_by_name on organization (legal_name, id);
create index organization_by_kind on organization (kind, id);
create index organization_by_parent on organization (parent_id) where parent_id is not null;
grant select, insert, update on organization to lianrong_app;
call secure('organization',
  'id = (select app_org()) or (select app_operator()) or (select app_regulator())',
  'id = any ((select app_scope())::uuid[])');
-- Who registers an organization must find one that bears the code already, and may add, but not change, any.
create policy registrars_find on organization for select using ((select app_platform()));
create policy registrars_add on organization for insert with check ((select app_platform()));

create table person (
  id uuid primary key,
  org_id uuid not null references organization,
  name text not null check (char_length(name) between 1 and 100),
  roles jsonb not null check (jsonb_typeof(roles) = 'array'),
  status text not null check (status in ('active', 'left')),
  version integer not null default 1,
  created_at timestamptz not null,
  unique (org_id, id)
);
grant select, insert, update on person to lianrong_app;
call secure('person', 'org_id = (select app_org()) or (select app_operator())',
  'org_id = any ((select app_scope())::uuid[])');

create table client (
  id uuid primary key,
  org_id uuid not null,
  person_id uuid not null,
  name text not null check (char_length(name) between 1 and 100),
  -- The secret itself is nowhere: it is derived from these two under the service's master key, and compared by its hash.
  secret_salt bytea not null check (length(secret_salt) = 32),
  secret_number integer not null check (secret_number > 0),
  secret_hash bytea not null check (length(secret_hash) = 32),
  secret_set_at timestamptz not null,
  previous_secret_hash bytea check (length(previous_secret_hash) = 32),
  previous_secret_until timestamptz,
  scopes jsonb not null check (jsonb_typeof(scopes) = 'array'),
  status text not null check (status in ('active', 'revoked')),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((previous_secret_hash is null) = (previous_secret_until is null)),
  -- Foreign keys do not heed row-level security: with the organization in the key, a person of another cannot be named.
  foreign key (org_id, person_id) references person (org_id, id)
);
create index client_by_org on client (org_id, id);
create index client_by_person on client (org_id, person_id);
grant select, insert, update on client to lianrong_app;
call secure('client', 'org_id = (select app_org()) or (select app_operator())',
  'org_id = any ((select app_scope())::uuid[])');
create policy authenticating on client for select using (id = (select app_client()));

create table settlement_account (
  id uuid primary key,
  org_id uuid not null references organization,
  holder_name text not null check (char_length(holder_name) between 1 and 200),
  account_number text not null check (account_number ~ '^[0-9A-Za-z]{1,32}$'),
  bank_name text not null check (char_length(bank_name) between 1 and 200),
  cnaps text not null check (cnaps ~ '^[0-9]{12}$'),
  purpose text not null check (purpose in ('collection', 'repayment', 'margin', 'payout', 'operating')),
  status text not null check (status in ('proposed', 'verified', 'closing', 'closed')),
  maker_id uuid not null,
  checker_id uuid,
  -- Who asked to close it, and who agreed.
  closing_maker_id uuid,
  closing_checker_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  foreign key (org_id, maker_id) references person (org_id, id),
  foreign key (org_id, checker_id) references person (org_id, id),
  foreign key (org_id, closing_maker_id) references person (org_id, id),
  foreign key (org_id, closing_checker_id) references person (org_id, id),
  -- Four eyes (reliability: any change of a beneficiary).
  check (checker_id <> maker_id),
  check (closing_checker_id <> closing_maker_id),
  check (status not in ('verified', 'closing') or checker_id is not null),
  check (status <> 'closing' or closing_maker_id is not null)
);
create index settlement_account_by_org on settlement_account (org_id, id);
create unique index settlement_account_once on settlement_account (org_id, cnaps, account_number, purpose)
  where status <> 'closed';
grant select, insert, update on settlement_account to lianrong_app;
call secure('settlement_account', 'org_id = (select app_org())', 'org_id = any ((select app_scope())::uuid[])');

-- Keys that sign tokens: one signs until it retires, and verifies for an overlap after that. Belongs to the platform.
create table signing_key (
  kid text primary key,
  alg text not null check (alg = 'ES256'),
  public_jwk jsonb not null check (not public_jwk ? 'd'),
  -- AES-256-GCM under the service's master key: nonce, tag, text.
  private_key bytea not null,
  created_at timestamptz not null,
  retires_at timestamptz not null,
  -- Set by hand when a key is lost: it verifies nothing from then on.
  withdrawn_at timestamptz,
  check (retires_at > created_at)
);
grant select, insert on signing_key to lianrong_app;
call secure('signing_key', 'false', '(select app_platform())');
