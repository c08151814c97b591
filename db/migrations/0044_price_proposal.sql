-- Quotations that a person of a bank has typed: they value nothing until another person has approved them.
create table price_proposal (
  id uuid primary key,
  book_id uuid not null references book,
  source text not null check (char_length(source) between 1 and 200),
  reason text not null check (char_length(reason) between 1 and 500),
  lines jsonb not null check (jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  state text not null check (state in ('proposed', 'approved', 'rejected')),
  proposed_by uuid not null,
  decided_by uuid,
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'proposed') = (decided_by is null)),
  constraint price_proposal_two_people check (decided_by <> proposed_by)
);
create index price_proposal_of_book on price_proposal (book_id, state, id);
create index price_proposal_newest on price_proposal (book_id, id);
grant select, insert, update on price_proposal to lianrong_app;
call secure('price_proposal', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

alter table goods_price add column proposal_id uuid references price_proposal;
