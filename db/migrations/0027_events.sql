-- Whose events these are: its parties and who acted, so that an organization walks its own and nobody else's. An index
-- on event.parties cannot serve that under row-level security, whose conditions are joined by "or".
create table event_party (
  party_id uuid not null,
  event_id uuid not null,
  xid xid8 not null,
  primary key (party_id, event_id)
);
create index event_party_by_transaction on event_party (party_id, xid, event_id);
grant select on event_party to lianrong_app;
create trigger append_only before update or delete or truncate on event_party
  for each statement execute function refuse_change();
call secure('event_party', 'party_id = (select app_org())', 'false');
create policy owner_adds on event_party for insert to current_user with check (true);

create function note_parties() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  insert into event_party (party_id, event_id, xid)
  select distinct party, id, xid from added, unnest(parties || actor_org) as party order by party, id;
  return null;
end $$;
revoke all on function note_parties() from public;

-- The owner is bound by the policies as well, which show it no event.
alter table event no force row level security;
insert into event_party (party_id, event_id, xid)
select distinct party, id, xid from event, unnest(parties || actor_org) as party;
alter table event force row level security;
create trigger parties_noted after insert on event referencing new table as added
  for each statement execute function note_parties();
drop index event_by_party;
