-- When a row of the outbox was written, by the clock of the database. A transaction writes its events after it holds
-- its locks, so of two events of one object the earlier has the earlier time; neither xid nor commit order says so.
alter table event add column recorded_at timestamptz not null default clock_timestamp();
create policy workers on event for select using ((select app_worker()));

-- What a reader of the outbox has taken up: everything its last snapshot saw.
create table outbox_reader (
  name text primary key,
  seen pg_snapshot not null
);
grant select, insert, update on outbox_reader to lianrong_app;
call secure('outbox_reader', '(select app_worker())', '(select app_worker())');

create table webhook_endpoint (
  id uuid primary key,
  org_id uuid not null,
  url text not null check (length(url) <= 2000),
  description text not null,
  -- Kinds of events, such as "financing.disbursed" or "payment.*"; none means all.
  kinds jsonb not null check (jsonb_typeof(kinds) = 'array'),
  -- The secret itself is nowhere: it is derived from these two under the service's master key.
  secret_salt bytea not null check (length(secret_salt) = 32),
  secret_number integer not null check (secret_number > 0),
  secret_set_at timestamptz not null,
  -- Until then deliveries are signed with the secret before as well.
  previous_secret_until timestamptz,
  status text not null check (status in ('active', 'paused', 'disabled')),
  -- Failures in a row, and the rest they earn the receiver.
  failures integer not null default 0,
  rest_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null
);
create index webhook_endpoint_by_org on webhook_endpoint (org_id, id);
grant select, insert, update on webhook_endpoint to lianrong_app;
call secure('webhook_endpoint', 'org_id = (select app_org())', 'org_id = any ((select app_scope())::uuid[])');
create policy workers on webhook_endpoint using ((select app_worker()));

create table webhook_delivery (
  id uuid primary key default gen_random_uuid(),
  endpoint_id uuid not null references webhook_endpoint,
  org_id uuid not null,
  event_id uuid not null,
  kind text not null,
  object_id uuid not null,
  -- Of the event: the order within the object.
  recorded_at timestamptz not null,
  attempts integer not null default 0,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'dead')),
  -- Also the end of the time one process has to itself for an attempt under way.
  next_attempt_at timestamptz not null,
  response_status integer,
  last_error text,
  delivered_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  unique (endpoint_id, event_id)
);
create index webhook_delivery_due on webhook_delivery (endpoint_id, next_attempt_at, id)
  where state in ('pending', 'failed');
create index webhook_delivery_line on webhook_delivery (endpoint_id, object_id, recorded_at, event_id)
  where state in ('pending', 'failed');
create index webhook_delivery_by_org on webhook_delivery (org_id, recorded_at, id);
create index webhook_delivery_by_endpoint on webhook_delivery (endpoint_id, recorded_at, id);
grant select, insert, update on webhook_delivery to lianrong_app;
call secure('webhook_delivery', 'org_id = (select app_org())', 'org_id = any ((select app_scope())::uuid[])');
create policy workers on webhook_delivery using ((select app_worker()));
