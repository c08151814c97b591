-- A bank becomes one of a chain when the core enterprise admits it. Withdrawn, it takes no new business there and runs
-- off what it has.
alter table chain_bank
  add column id uuid not null default gen_random_uuid() unique,
  add column core_id uuid,
  add column status text not null default 'admitted' check (status in ('admitted', 'withdrawn')),
  add column version integer not null default 1,
  add column created_at timestamptz not null default now();
-- The owner is bound by the policies as well, which admit no change outside a scope.
alter table chain_bank no force row level security;
update chain_bank b set core_id = c.core_id from chain c where c.id = b.chain_id;
alter table chain_bank force row level security;
alter table chain_bank
  alter column core_id set not null,
  alter column id drop default,
  alter column status drop default,
  alter column created_at drop default,
  add foreign key (chain_id, core_id) references chain (id, core_id);
create index chain_bank_of_chain on chain_bank (chain_id, id);
grant update on chain_bank to lianrong_app;

drop policy readers on chain_bank;
create policy readers on chain_bank for select using (
  bank_id = (select app_org()) or core_id = (select app_org()) or (select app_operator()) or (select app_regulator()));
-- A bank finds its own admission and changes none: that is for commands on the chain.
drop policy writers on chain_bank;
create policy writers on chain_bank using (chain_id = any ((select app_scope())::uuid[]))
  with check (chain_id = any ((select app_scope())::uuid[]));
create policy banks_find on chain_bank for select using (bank_id = any ((select app_scope())::uuid[]));
