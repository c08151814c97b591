-- An approval that nobody has given in time is asked for anew.
alter table approval_task add column expires_at timestamptz;
-- The owner is bound by the policies as well, which admit no change outside a scope.
alter table approval_task no force row level security;
update approval_task set expires_at = created_at + interval '30 days';
alter table approval_task force row level security;
alter table approval_task
  alter column expires_at set not null,
  add check (expires_at > created_at);
