-- Industry and figures that a core enterprise declares of a supplier it invites stay declared until the supplier itself
-- confirms them.
alter table organization add column figures text not null default 'confirmed'
  check (figures in ('declared', 'confirmed'));
alter table organization alter column figures drop default;
