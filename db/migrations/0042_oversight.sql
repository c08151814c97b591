-- Checks before, in and after lending (贷款三查): what has to be found out, by whom and by when, and what shows it.
create table loan_check (
  id uuid primary key,
  book_id uuid not null references book,
  financing_id uuid not null,
  borrower_id uuid not null,
  stage text not null check (stage in ('pre_loan', 'in_loan', 'post_loan')),
  state text not null check (state in ('open', 'passed', 'failed', 'lapsed')),
  items jsonb not null check (jsonb_typeof(items) = 'array' and jsonb_array_length(items) > 0),
  due_on date not null,
  -- When the next one follows, for those that come round.
  every_months integer check (every_months > 0),
  owner_person uuid,
  findings jsonb check (jsonb_typeof(findings) = 'array'),
  done_by uuid,
  done_on date,
  -- The bank has been told that it was missed.
  missed boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((stage = 'post_loan') = (every_months is not null)),
  constraint loan_check_shown check (
    (state in ('passed', 'failed')) = (done_by is not null and done_on is not null and findings is not null)),
  -- Deferred: the next one is written beside the end of the one before.
  constraint loan_check_one_open exclude using btree (financing_id with =, stage with =) where (state = 'open')
    deferrable initially deferred
);
create index loan_check_of_financing on loan_check (financing_id, id);
create index loan_check_of_book on loan_check (book_id, id);
create index loan_check_due on loan_check (book_id, due_on, id) where state = 'open';
create index loan_check_of_borrower on loan_check (book_id, borrower_id, due_on) where state = 'open';
grant select, insert, update on loan_check to lianrong_app;
call secure('loan_check', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What was found is never rewritten: who looks again makes a new check.
create function keep_findings() returns trigger language plpgsql as $$
begin
  if old.state <> 'open' then
    raise exception 'check % is %', old.id, old.state using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger keep_findings before update on loan_check for each row execute function keep_findings();

-- A cause for concern about a firm, until two people of the bank have concluded on it. The firm does not see it.
create table risk_alert (
  id uuid primary key,
  book_id uuid not null references book,
  kind text not null check (kind in ('securities', 'real_estate', 'debtor_group', 'returned', 'check_failed')),
  financing_id uuid not null,
  party_id uuid not null,
  amount numeric check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  cause text not null check (char_length(cause) between 1 and 500),
  state text not null check (state in ('open', 'proposed', 'confirmed', 'dismissed', 'clearing', 'cleared')),
  raised_on date not null,
  due_on date not null,
  owner_person uuid,
  -- What is proposed, or was concluded last: verdict, reason, amount, evidence.
  conclusion jsonb check (jsonb_typeof(conclusion) = 'object'),
  task_id uuid,
  closed_on date,
  -- The bank has been told that it was not answered in time.
  missed boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  check (state = 'open' or conclusion is not null),
  check ((state in ('proposed', 'clearing')) <= (task_id is not null)),
  check ((state in ('dismissed', 'cleared')) = (closed_on is not null))
);
-- What adds to a cause that nobody has concluded on yet adds to its alert.
create unique index risk_alert_one_open on risk_alert (financing_id, kind) where state = 'open';
create index risk_alert_of_book on risk_alert (book_id, state, id);
create index risk_alert_newest on risk_alert (book_id, id);
create index risk_alert_due on risk_alert (book_id, due_on, id) where state in ('open', 'proposed');
create index risk_alert_standing on risk_alert (book_id, party_id)
  where state in ('open', 'proposed', 'confirmed', 'clearing');
grant select, insert, update on risk_alert to lianrong_app;
call secure('risk_alert', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What of the principal was put to another use, and the rate it bears for that until it is put right (银发〔2003〕251号).
alter table financing
  -- The rule of the authority matrix that set who approves.
  add column approval_rule text,
  add column misused numeric not null default 0 check (misused >= 0 and misused < 1e15 and misused = round(misused, 2)),
  add column misuse_rate numeric not null default 0 check (misuse_rate >= 0 and misuse_rate < 1),
  add constraint financing_misuse_bears_more check (misused = 0 or misuse_rate > rate);
create index financing_settled on financing (book_id, settled_on, id) where settled_on is not null;

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), code, effective_from::date, null, value, unit, source, now() from (values
  ('loan.check.firstPostDays', '2022-01-01', '15', 'days', '济管财金〔2022〕25号 三(一) asks for 贷后检查; the days are the platform''s'),
  ('loan.check.everyMonths', '2022-01-01', '3', 'months', '济管财金〔2022〕25号 三(一) asks for 贷后检查; the months are the platform''s'),
  ('fundFlow.windowDays', '2022-01-01', '90', 'days', '济管财金〔2022〕25号 三(一) asks for 资金流向监测; the days are the platform''s'),
  ('fundFlow.answerBusinessDays', '2022-01-01', '1', 'days', '济管财金〔2022〕25号 三(一) asks for 资金流向监测; the days are the platform''s')
) as parameter (code, effective_from, value, unit, source);
