-- What one bank offers on one chain (一企一策).
create table programme (
  id uuid primary key,
  book_id uuid not null references book,
  chain_id uuid not null,
  core_id uuid not null,
  name text collate "C" not null check (char_length(name) between 1 and 200),
  status text not null check (status in ('draft', 'active', 'suspended', 'closed')),
  -- The version approved last; it may take effect only later.
  current_version integer,
  -- Set while resuming or closing waits for a second person.
  approval_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  foreign key (chain_id, core_id) references chain (id, core_id),
  unique (id, book_id),
  check (status in ('draft', 'closed') or current_version is not null)
);
create unique index programme_once on programme (book_id, chain_id) where status <> 'closed';
create index programme_of_book on programme (book_id, id);
create index programme_of_chain on programme (chain_id, id);
create index programme_of_core on programme (core_id, id);
grant select, insert, update on programme to lianrong_app;
-- Members see that there is a programme; its terms are between the bank and the core enterprise.
call secure('programme',
  'book_id = (select app_org()) or core_id = (select app_org()) or (select app_regulator()) '
  'or exists (select from member m where m.chain_id = programme.chain_id and m.org_id = (select app_org()) '
  'and m.status = ''verified'')',
  'book_id = any ((select app_scope())::uuid[])');

create table programme_version (
  id uuid primary key,
  programme_id uuid not null,
  book_id uuid not null,
  chain_id uuid not null,
  core_id uuid not null,
  number integer not null check (number > 0),
  effective_from date not null,
  terms jsonb not null check (jsonb_typeof(terms) = 'object'),
  status text not null check (status in ('draft', 'submitted', 'approved', 'rejected', 'superseded')),
  maker_person uuid not null,
  checker_person uuid,
  reason text,
  approval_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  unique (programme_id, number),
  foreign key (programme_id, book_id) references programme (id, book_id),
  -- Four eyes.
  check (checker_person <> maker_person),
  check (status not in ('approved', 'superseded') or checker_person is not null),
  check (status <> 'submitted' or approval_id is not null)
);
-- One at a time is worked on, so that versions are approved in the order of their numbers.
create unique index programme_version_one_open on programme_version (programme_id)
  where status in ('draft', 'submitted');
create index programme_version_of_book on programme_version (book_id, id);
create index programme_version_of_programme on programme_version (programme_id, id);
grant select, insert, update on programme_version to lianrong_app;
call secure('programme_version',
  'book_id = (select app_org()) or (select app_regulator()) '
  'or core_id = (select app_org()) and status in (''approved'', ''superseded'')',
  'book_id = any ((select app_scope())::uuid[])');

-- What was approved is never rewritten.
create function keep_approved_terms() returns trigger language plpgsql as $$
begin
  if old.status in ('approved', 'rejected', 'superseded')
     and (new.terms is distinct from old.terms or new.effective_from <> old.effective_from
          or new.checker_person is distinct from old.checker_person or new.maker_person <> old.maker_person) then
    raise exception 'version % of programme % has been decided on', old.number, old.programme_id
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger keep_approved_terms before update on programme_version
  for each row execute function keep_approved_terms();
