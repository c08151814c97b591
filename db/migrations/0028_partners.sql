-- Organizations that the asking one shares a chain with, so that it may know who they are: as core enterprise and
-- member, as neighbours, as a bank of the chain; and those on the chains that a write transaction touches. It reads past
-- the policies, as the owner. A set, unlike the function before it: the planner looks one organization up in it, or
-- makes a hash of it for a list.
create view partner as
  select org_id from member where core_id = (select app_org())
  union all select org_id from member where counterparty_id = (select app_org())
  union all select m.org_id from chain_bank b join member m on m.chain_id = b.chain_id where b.bank_id = (select app_org())
  union all select org_id from member where chain_id = any ((select app_scope())::uuid[])
  union all select core_id from member where org_id = (select app_org())
  union all select counterparty_id from member where org_id = (select app_org())
  union all select c.core_id from chain_bank b join chain c on c.id = b.chain_id where b.bank_id = (select app_org())
  union all select core_id from chain where id = any ((select app_scope())::uuid[]);
grant select on partner to lianrong_app;

drop policy partners on organization;
create policy partners on organization for select
  using (exists (select from partner p where p.org_id = organization.id));
drop function shares_chain(uuid);
