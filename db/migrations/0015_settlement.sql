-- Money that came in, told by the bank: each reference once.
create table receipt_of_funds (
  id uuid primary key,
  book_id uuid not null,
  kind text not null check (kind in ('collection', 'deposit')),
  party_id uuid not null,
  bank_reference text not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  received_on date not null,
  -- Where it went: to financings and to holders.
  applied jsonb not null,
  created_at timestamptz not null,
  unique (book_id, bank_reference)
);
create index receipt_of_funds_of_party on receipt_of_funds (party_id, id);
create index receipt_of_funds_of_book on receipt_of_funds (book_id, id);
call make_append_only('receipt_of_funds');
call secure('receipt_of_funds', 'book_id = (select app_org()) or party_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
