-- The service connects as lianrong_app: it owns nothing and row-level security binds it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'lianrong_app') then
    create role lianrong_app nologin nosuperuser nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
grant usage on schema public to lianrong_app;
-- To tell whether the schema is the one the service was built for.
grant select on schema_migration to lianrong_app;

-- The asking organization of a read; null when not set, so that nothing is visible.
create function app_org() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.org', true), '')::uuid;

-- A regulator reads every book and chain.
create function app_regulator() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.regulator', true), '') = 'on';

-- The books, chains and organizations a write transaction may touch.
create function app_scope() returns uuid[] language sql stable parallel safe
  return coalesce(nullif(current_setting('app.scope', true), ''), '{}')::uuid[];

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

-- A table that is never changed: no grant to change it, and a trigger as the second fence.
create procedure make_append_only(relation regclass) language plpgsql as $$
begin
  execute format('grant select, insert on %s to lianrong_app', relation);
  execute format('create trigger append_only before update or delete or truncate on %s '
    'for each statement execute function refuse_change()', relation);
end $$;

-- Row-level security that binds the owner too. `reads` is what an asking organization sees, `writes` what a write
-- transaction of a scope may touch.
create procedure secure(relation regclass, reads text, writes text) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', relation);
  execute format('alter table %s force row level security', relation);
  execute format('create policy readers on %s for select using (%s)', relation, reads);
  execute format('create policy writers on %s using (%s) with check (%s)', relation, writes, writes);
end $$;

-- The answer given to a command, kept with the change it made.
create table command (
  org_id uuid not null,
  key text not null check (length(key) between 1 and 128),
  use_case text not null,
  request_hash bytea not null check (length(request_hash) = 32),
  status smallint not null,
  -- json, not jsonb: a repeated request is given the same bytes.
  answer json,
  created_at timestamptz not null,
  primary key (org_id, key)
);
grant select, insert on command to lianrong_app;
call secure('command', 'org_id = (select app_org())', 'org_id = any ((select app_scope())::uuid[])');

-- Audit trail and outbox in one. Readers who follow it go by transaction, not by id: ids are not commit order.
create table event (
  id uuid primary key,
  xid xid8 not null default pg_current_xact_id(),
  kind text not null,
  object_kind text not null,
  object_id uuid not null,
  scope_id uuid not null,
  parties uuid[] not null,
  actor_org uuid not null,
  actor_person uuid not null,
  request_id text not null,
  data jsonb not null,
  created_at timestamptz not null
);
create index event_by_object on event (object_id, id);
create index event_by_transaction on event (xid, id);
create index event_by_party on event using gin (parties);
call make_append_only('event');
call secure('event',
  '(select app_org()) = any (parties) or actor_org = (select app_org()) or (select app_regulator())',
  'scope_id = any ((select app_scope())::uuid[])');
