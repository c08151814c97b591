-- A file that is sent again has its refused rows tried again: each round of work has keys of its own.
alter table member_import add column round integer not null default 1 check (round > 0);
alter table member_import alter column round drop default;
