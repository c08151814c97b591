-- A pledged receipt sold for the debt: noticed, proposed by one person of the bank, approved by another.
create table receipt_sale (
  id uuid primary key,
  financing_id uuid not null,
  receipt_id uuid not null references receipt deferrable initially deferred,
  book_id uuid not null references book,
  pledgor_id uuid not null,
  operator_id uuid not null,
  buyer_id uuid not null check (buyer_id <> pledgor_id and buyer_id <> book_id),
  -- When the pledgor was told that the receipt will be sold.
  noticed_on date not null,
  proceeds numeric not null check (proceeds > 0 and proceeds < 1e15 and proceeds = round(proceeds, 2)),
  cost numeric not null check (cost >= 0 and cost < proceeds and cost = round(cost, 2)),
  bank_reference text collate "C" not null check (char_length(bank_reference) between 1 and 64),
  state text not null check (state in ('proposed', 'done', 'rejected')),
  -- What the loan took, what was left for the pledgor, and what the loan still owes.
  applied numeric check (applied >= 0 and applied = round(applied, 2)),
  surplus numeric check (surplus >= 0 and surplus = round(surplus, 2)),
  owed_after numeric check (owed_after >= 0 and owed_after = round(owed_after, 2)),
  approval_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint receipt_sale_reference_once unique (book_id, bank_reference),
  constraint receipt_sale_adds_up check ((state = 'done') = (applied is not null)
    and (applied is null) = (surplus is null) and (applied is null) = (owed_after is null)
    and (applied is null or applied + surplus + cost = proceeds))
);
create unique index receipt_sale_proposed_once on receipt_sale (receipt_id) where state = 'proposed';
create unique index receipt_sale_done_once on receipt_sale (receipt_id) where state = 'done';
create index receipt_sale_of_financing on receipt_sale (financing_id, id);
create index receipt_sale_of_book on receipt_sale (book_id, id);
grant select, insert, update on receipt_sale to lianrong_app;
call secure('receipt_sale',
  'book_id = (select app_org()) or pledgor_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

alter table receipt_pledge drop constraint receipt_pledge_state_check;
alter table receipt_pledge add constraint receipt_pledge_state_check
  check (state in ('offered', 'active', 'divided', 'released', 'withdrawn', 'lost', 'enforced'));

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at) values
  (gen_random_uuid(), 'receipt.saleNoticeDays', '2022-01-01', null, '7', 'days',
   '民法典 第四百三十六条 lets the pledgee sell on default; the days between notice and sale are the platform''s', now());
