-- Goods of a static pledge exchanged for others: asked for by the pledgor, agreed to by the bank, done by the warehouse.
create table goods_substitution (
  id uuid primary key,
  pledge_id uuid not null references inventory_pledge,
  book_id uuid not null,
  pledgor_id uuid not null,
  supervisor_id uuid not null,
  -- What is to leave: [{lotId, quantity}].
  lots jsonb not null check (jsonb_typeof(lots) = 'array' and jsonb_array_length(lots) > 0),
  state text not null check (state in ('asked', 'agreed', 'refused', 'done')),
  asked_by uuid not null,
  decided_by uuid,
  reason text,
  -- The document of the warehouse that carried it out.
  document_number text,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state = 'asked') = (decided_by is null)),
  check ((state = 'done') = (document_number is not null)),
  constraint goods_substitution_two_people check (decided_by <> asked_by)
);
create unique index goods_substitution_open_once on goods_substitution (pledge_id) where state in ('asked', 'agreed');
create index goods_substitution_of_pledge on goods_substitution (pledge_id, id);
grant select, insert, update on goods_substitution to lianrong_app;
call secure('goods_substitution',
  'book_id = (select app_org()) or pledgor_id = (select app_org()) or supervisor_id = (select app_org()) '
  'or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
