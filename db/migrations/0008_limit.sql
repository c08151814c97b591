-- The tree of limits: group of the core enterprise, programme, member, product of a member.
create table limit_node (
  id uuid primary key,
  book_id uuid not null references book,
  parent_id uuid,
  kind text not null check (kind in ('group', 'programme', 'member', 'product')),
  parent_kind text not null generated always as (case kind
    when 'programme' then 'group' when 'member' then 'programme' when 'product' then 'member' else '' end) stored,
  org_id uuid,
  programme_id uuid,
  product text,
  amount numeric not null check (amount >= 0 and amount < 1e15 and amount = round(amount, 2)),
  reserved numeric not null default 0 check (reserved >= 0 and reserved = round(reserved, 2)),
  used numeric not null default 0 check (used >= 0 and used = round(used, 2)),
  expires_on date not null,
  status text not null check (status in ('active', 'frozen')),
  revolving boolean not null,
  -- Set while a change waits for a second person.
  approval_id uuid,
  terms_version integer not null default 1,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint limit_never_overdrawn check (reserved + used <= amount),
  unique (book_id, id, kind),
  foreign key (book_id, parent_id, parent_kind) references limit_node (book_id, id, kind),
  foreign key (programme_id, book_id) references programme (id, book_id),
  check ((kind = 'group') = (parent_id is null)),
  check ((kind = 'programme') = (org_id is null)),
  check ((kind = 'group') = (programme_id is null)),
  check ((kind = 'product') = (product is not null))
) with (fillfactor = 50);
create unique index limit_node_of_group on limit_node (book_id, org_id) where kind = 'group';
create unique index limit_node_of_programme on limit_node (programme_id) where kind = 'programme';
create unique index limit_node_of_member on limit_node (programme_id, org_id) where kind = 'member';
create unique index limit_node_of_product on limit_node (programme_id, org_id, product) where kind = 'product';
create index limit_node_of_book on limit_node (book_id, id);
create index limit_node_of_organization on limit_node (org_id, id);
create index limit_node_of_parent on limit_node (parent_id, id);
create index limit_node_by_expiry on limit_node (book_id, expires_on, id);
grant select, insert, update on limit_node to lianrong_app;
call secure('limit_node',
  'book_id = (select app_org()) or org_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What was ever done to a limit: `adjust` sets its amount, the others move between available, reserved and used.
create table limit_move (
  id uuid primary key,
  book_id uuid not null,
  node_id uuid not null,
  financing_id uuid,
  kind text not null check (kind in ('reserve', 'use', 'release', 'free', 'adjust')),
  amount numeric not null check (amount >= 0 and amount < 1e15 and amount = round(amount, 2)),
  reserved_after numeric not null check (reserved_after >= 0),
  used_after numeric not null check (used_after >= 0),
  reason text,
  created_at timestamptz not null,
  check ((kind = 'adjust') = (financing_id is null)),
  check (kind = 'adjust' or amount > 0)
);
create index limit_move_of_node on limit_move (node_id, id);
create index limit_move_of_financing on limit_move (financing_id, id);
call make_append_only('limit_move');
call secure('limit_move', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
