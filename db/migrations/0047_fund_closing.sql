-- A fund is wound up by two people: what is in it goes back to those who paid it in, and so does what comes back later.
alter table fund
  add column closing_task_id uuid,
  add constraint fund_closed_has_nothing_out check (state <> 'closed' or lent = 0);

alter table fund_move drop constraint fund_move_kind_check;
alter table fund_move drop constraint fund_move_check;
alter table fund_move add constraint fund_move_kind_check
  check (kind in ('contribute', 'compensate', 'recover', 'draw', 'return', 'fee', 'distribute'));
alter table fund_move add constraint fund_move_about_a_use
  check ((kind in ('contribute', 'distribute')) = (use_id is null));

create or replace function check_fund_balance() returns trigger language plpgsql as $$
declare
  kept numeric;
  moved numeric;
begin
  select balance into kept from fund where id = new.id;
  select coalesce(sum(case when kind in ('compensate', 'draw', 'distribute') then -amount else amount end), 0) into moved
    from fund_move where fund_id = new.id;
  if kept <> moved then
    raise exception 'fund % has %, its moves sum to %', new.id, kept, moved using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
