-- An order of goods of a known grade follows the bank's quotations of it.
alter table prepayment_order add column grade_id uuid references grade;
create index prepayment_order_followed on prepayment_order (book_id, id)
  where grade_id is not null and stage in ('funded', 'delivering');
