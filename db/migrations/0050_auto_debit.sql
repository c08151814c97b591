-- Loans whose borrower lets the bank take what is due from its deposit, day by day until nothing is.
create index financing_to_debit on financing (book_id, id)
  where status in ('active', 'overdue') and terms ->> 'autoDebit' = 'true';
