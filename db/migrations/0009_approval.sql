-- Something that commits a bank and waits for people other than its maker.
create table approval_task (
  id uuid primary key,
  book_id uuid not null references book,
  subject_kind text not null check (subject_kind ~ '^[a-z][a-z_]*$'),
  subject_id uuid not null,
  action text not null check (action ~ '^[a-z][a-z_]*$'),
  amount numeric check (amount >= 0 and amount < 1e15 and amount = round(amount, 2)),
  level text not null check (level in ('auto', 'one', 'two')),
  required integer not null check (required = case level when 'auto' then 0 when 'one' then 1 else 2 end),
  state text not null check (state in ('open', 'approved', 'rejected', 'returned', 'withdrawn')),
  rule text,
  maker_org uuid not null,
  maker_person uuid not null,
  subject_version integer not null,
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  payload_hash text not null check (payload_hash ~ '^[0-9a-f]{64}$'),
  approved_by jsonb not null check (jsonb_typeof(approved_by) = 'array'),
  closed_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'open') = (closed_at is null)),
  check (level <> 'auto' or rule is not null),
  constraint approval_task_enough_persons check (state <> 'approved' or jsonb_array_length(approved_by) = required),
  constraint approval_task_not_the_maker check (not approved_by ? maker_person::text)
);
create unique index approval_task_open_once on approval_task (subject_id, action) where state = 'open';
create index approval_task_of_book on approval_task (book_id, id);
create index approval_task_of_book_by_state on approval_task (book_id, state, id);
create index approval_task_of_subject on approval_task (subject_id, id);
grant select, insert, update on approval_task to lianrong_app;
call secure('approval_task', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

create table approval_decision (
  id uuid primary key,
  task_id uuid not null references approval_task,
  book_id uuid not null,
  person_id uuid not null,
  verdict text not null check (verdict in ('approve', 'reject', 'return')),
  reason text,
  decided_at timestamptz not null,
  constraint approval_decision_once unique (task_id, person_id),
  check (verdict = 'approve' or reason is not null)
);
call make_append_only('approval_decision');
call secure('approval_decision', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
