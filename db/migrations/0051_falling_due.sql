-- What falls overdue with the close of a day is found without looking at what does not.
create index financing_falling_due on financing (book_id, overdue_from, id) where status = 'active';
