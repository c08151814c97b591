-- Guarantors never stand beyond the caps of their agreement: checked when the transaction commits, the agreement held.
create function check_guarantee_cap() returns trigger language plpgsql as $$
declare
  a guarantee_agreement;
  liability numeric;
begin
  select * into a from guarantee_agreement where id = new.agreement_id for update;
  select coalesce(sum(g.cover), 0) into liability
    from guarantee g join approval_task t on t.id = g.task_id join financing f on f.id = g.financing_id
   where g.agreement_id = new.agreement_id and t.state in ('open', 'approved') and f.guarantee_task_id = g.task_id
     and f.status in ('submitted', 'approved', 'disbursing', 'active', 'overdue', 'recovering');
  if new.cover > a.financing_cap or liability > a.cap then
    raise exception 'the guarantors of agreement % would stand for %', a.id, liability
      using errcode = 'check_violation', constraint = 'guarantee_within_cap';
  end if;
  return null;
end $$;
create constraint trigger guarantee_within_cap after insert or update of cover on guarantee
  deferrable initially deferred for each row execute function check_guarantee_cap();
