-- Whoever ever wrote a version of the terms does not approve it, not only who wrote it last.
alter table programme_version add column authors jsonb not null default '[]' check (jsonb_typeof(authors) = 'array');
-- The owner is bound by the policies as well, which admit no change outside a scope.
alter table programme_version no force row level security;
update programme_version set authors = jsonb_build_array(maker_person);
alter table programme_version force row level security;
alter table programme_version
  alter column authors drop default,
  add constraint programme_version_not_its_author check (not authors ? checker_person::text);

create or replace function keep_approved_terms() returns trigger language plpgsql as $$
begin
  if old.status in ('approved', 'rejected', 'superseded')
     and (new.terms is distinct from old.terms or new.effective_from <> old.effective_from
          or new.checker_person is distinct from old.checker_person or new.maker_person <> old.maker_person
          or new.authors <> old.authors) then
    raise exception 'version % of programme % has been decided on', old.number, old.programme_id
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
