-- Financings of every product: what may back one, and what the register records.
alter table financing_item drop constraint financing_item_kind_check;
alter table financing_item add check (kind in ('holding', 'bill_holding', 'lot', 'receipt', 'order'));
alter table registration drop constraint registration_subject_kind_check;
alter table registration add check (subject_kind in ('receivable', 'bill_holding', 'lot', 'receipt', 'order'));
