-- Discount of bills: consents to bear interest, firm quotes, deals and their lines, daily amortisation, rediscount.

-- A drawer's standing consent to bear a part of the discount interest of its bills (买方付息, 协议付息): the bank takes it
-- from the drawer's deposit when it discounts one of them.
create table bill_interest_consent (
  id uuid primary key,
  chain_id uuid not null,
  book_id uuid not null,
  buyer_id uuid not null,
  buyer_share numeric not null check (buyer_share > 0 and buyer_share <= 1 and buyer_share = round(buyer_share, 6)),
  valid_from date not null,
  valid_until date not null check (valid_until >= valid_from),
  ended_on date,
  given_by uuid not null,
  version integer not null default 1,
  created_at timestamptz not null
);
create unique index bill_interest_consent_one on bill_interest_consent (chain_id, book_id, buyer_id) where ended_on is null;
create index bill_interest_consent_of_buyer on bill_interest_consent (buyer_id, id);
create index bill_interest_consent_of_book on bill_interest_consent (book_id, id);
grant select, insert, update on bill_interest_consent to lianrong_app;
call secure('bill_interest_consent',
  'buyer_id = (select app_org()) or book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- What one bank offers for a list of bills, firm until it expires. Taken once.
create table bill_quote (
  id uuid primary key,
  -- Quotes of several banks that one question brought.
  request_id uuid not null,
  chain_id uuid not null,
  book_id uuid not null,
  programme_id uuid not null,
  programme_version integer not null,
  seller_id uuid not null,
  kind text not null check (kind in ('outright', 'repo')),
  redemption_from date,
  redemption_until date check (redemption_until >= redemption_from),
  rate numeric not null check (rate > 0 and rate < 1 and rate = round(rate, 6)),
  reference_rate numeric,
  reference_on date,
  vat_rate numeric not null check (vat_rate >= 0 and vat_rate < 1),
  value_date date not null,
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  interest numeric not null check (interest >= 0 and interest < face and interest = round(interest, 2)),
  seller_interest numeric not null check (seller_interest >= 0 and seller_interest = round(seller_interest, 2)),
  buyer_interest numeric not null check (buyer_interest >= 0 and buyer_interest = round(buyer_interest, 2)),
  proceeds numeric not null,
  annual_yield numeric not null,
  lines jsonb not null check (jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) between 1 and 1000),
  expires_at timestamptz not null check (expires_at > created_at),
  discount_id uuid unique,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_quote_adds_up check (interest = seller_interest + buyer_interest and proceeds + seller_interest = face),
  check ((kind = 'repo') = (redemption_from is not null) and (kind = 'repo') = (redemption_until is not null))
);
create index bill_quote_of_seller on bill_quote (seller_id, id);
create index bill_quote_of_book on bill_quote (book_id, id);
grant select, insert, update on bill_quote to lianrong_app;
call secure('bill_quote', 'seller_id = (select app_org()) or book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A discount: a seller has taken a firm quote. Its bills are locked until the money has settled or it has come to nothing.
create table bill_discount (
  id uuid primary key,
  number text not null,
  quote_id uuid not null unique references bill_quote,
  chain_id uuid not null,
  book_id uuid not null,
  programme_id uuid not null,
  programme_version integer not null,
  seller_id uuid not null,
  kind text not null check (kind in ('outright', 'repo')),
  redemption_from date,
  redemption_until date,
  status text not null check (status in ('submitted', 'proposed', 'paying', 'settled', 'rejected', 'cancelled', 'lapsed',
    'failed')),
  rate numeric not null check (rate > 0 and rate < 1),
  vat_rate numeric not null check (vat_rate >= 0 and vat_rate < 1),
  value_date date not null,
  face numeric not null check (face > 0 and face = round(face, 2)),
  interest numeric not null check (interest >= 0 and interest = round(interest, 2)),
  seller_interest numeric not null check (seller_interest >= 0),
  buyer_interest numeric not null check (buyer_interest >= 0),
  -- What the seller is paid: the face less what it bears of the interest.
  proceeds numeric not null check (proceeds > 0),
  payee_account_id uuid not null,
  limit_path jsonb not null,
  approval_level text not null check (approval_level in ('auto', 'one', 'two')),
  approval_id uuid,
  payment_id uuid,
  -- The buyers' parts of the interest, set aside on their deposits meanwhile.
  holds jsonb not null,
  settled_on date,
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_discount_adds_up check (interest = seller_interest + buyer_interest and proceeds + seller_interest = face),
  check ((status = 'settled') = (settled_on is not null)),
  check (status not in ('paying', 'settled') or payment_id is not null)
) with (fillfactor = 70);
create index bill_discount_of_seller on bill_discount (seller_id, id);
create index bill_discount_of_book on bill_discount (book_id, id);
create index bill_discount_of_book_by_status on bill_discount (book_id, status, id);
-- Those that lapse with the day.
create index bill_discount_unpaid on bill_discount (book_id, value_date, id) where status in ('submitted', 'proposed');
grant select, insert, update on bill_discount to lianrong_app;
call secure('bill_discount', 'seller_id = (select app_org()) or book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- One bill, or a part of one, in a discount: what stands behind the accounts 1107 and 1108.
create table bill_discount_line (
  id uuid primary key,
  discount_id uuid not null references bill_discount,
  book_id uuid not null,
  chain_id uuid not null,
  seller_id uuid not null,
  bill_id uuid not null references bill,
  holding_id uuid not null,
  offer_id uuid not null,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  interest numeric not null check (interest >= 0 and interest < amount and interest = round(interest, 2)),
  seller_interest numeric not null check (seller_interest >= 0 and seller_interest = round(seller_interest, 2)),
  buyer_interest numeric not null check (buyer_interest >= 0 and buyer_interest = round(buyer_interest, 2)),
  buyer_id uuid not null,
  -- The days over which the interest is earned: the first counts, the last does not.
  earns_from date not null,
  earns_until date not null,
  vat_rate numeric not null check (vat_rate >= 0 and vat_rate < 1),
  redemption_from date,
  redemption_until date,
  maturity_date date not null,
  state text not null check (state in ('pending', 'held', 'collected', 'redeemed', 'sold', 'claimed', 'void')),
  -- What the central bank rediscounts it for: small firms, agriculture, green.
  purposes jsonb not null check (jsonb_typeof(purposes) = 'array'),
  rediscount_id uuid,
  ended_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_discount_line_adds_up check (interest = seller_interest + buyer_interest),
  constraint bill_discount_line_ended check ((state in ('pending', 'held')) = (ended_on is null)),
  constraint bill_discount_line_rediscounted check (rediscount_id is null or state <> 'sold')
) with (fillfactor = 70);
create unique index bill_discount_line_once on bill_discount_line (holding_id) where state in ('pending', 'held');
create index bill_discount_line_of_discount on bill_discount_line (discount_id, id);
create index bill_discount_line_of_buyer on bill_discount_line (buyer_id, id);
create index bill_discount_line_of_seller on bill_discount_line (seller_id, id);
create index bill_discount_line_of_book on bill_discount_line (book_id, id);
create index bill_discount_line_held on bill_discount_line (book_id, id) where state = 'held';
create index bill_discount_line_redeemable on bill_discount_line (book_id, redemption_until, id)
  where state = 'held' and redemption_until is not null;
create index bill_discount_line_eligible on bill_discount_line (book_id, id)
  where state = 'held' and rediscount_id is null and purposes <> '[]';
grant select, insert, update on bill_discount_line to lianrong_app;
call secure('bill_discount_line',
  'seller_id = (select app_org()) or book_id = (select app_org()) or buyer_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');
create policy owner_reads on bill_discount_line for select to current_user using (true);

-- A discount is the sum of its lines, to the fen.
create function check_bill_discount_lines() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  sums record;
begin
  select coalesce(sum(amount), 0) as face, coalesce(sum(seller_interest), 0) as seller,
         coalesce(sum(buyer_interest), 0) as buyer into sums
    from bill_discount_line where discount_id = new.id;
  if (sums.face, sums.seller, sums.buyer) is distinct from (new.face, new.seller_interest, new.buyer_interest) then
    raise exception 'the lines of discount % do not make it up', new.id
      using errcode = 'integrity_constraint_violation', constraint = 'bill_discount_is_its_lines';
  end if;
  return null;
end $$;
create constraint trigger bill_discount_is_its_lines after insert on bill_discount deferrable initially deferred
  for each row execute function check_bill_discount_lines();

-- What a bank has on its books as a discounted bill is in its hands, whole.
create policy owner_reads on bill_holding for select to current_user using (true);
create function check_discounted_is_held() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (select from bill_discount_line l left join bill_holding h on h.id = l.holding_id
              where l.holding_id = new.holding_id and l.state = 'held'
                and (h.holder_id is distinct from l.book_id or h.amount is distinct from l.amount or not h.live)) then
    raise exception 'the discounted holding % has left the hands of its bank', new.holding_id
      using errcode = 'integrity_constraint_violation', constraint = 'discounted_bill_is_held';
  end if;
  return null;
end $$;
create constraint trigger discounted_bill_is_held after insert or update on bill_discount_line
  deferrable initially deferred for each row when (new.state = 'held') execute function check_discounted_is_held();
create function check_holding_not_discounted() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (select from bill_discount_line l join bill_holding h on h.id = l.holding_id
              where l.holding_id = new.id and l.state = 'held'
                and (h.holder_id <> l.book_id or h.amount <> l.amount or not h.live)) then
    raise exception 'the discounted holding % has left the hands of its bank', new.id
      using errcode = 'integrity_constraint_violation', constraint = 'discounted_bill_is_held';
  end if;
  return null;
end $$;
create constraint trigger discounted_holding_stays after update on bill_holding deferrable initially deferred
  for each row when ((old.holder_id, old.amount, old.live) is distinct from (new.holder_id, new.amount, new.live))
  execute function check_holding_not_discounted();

-- Discounted bills given to the central bank for money until they are due, with recourse: the accounts 2005 and 2006.
create table bill_rediscount (
  id uuid primary key,
  book_id uuid not null,
  status text not null check (status in ('proposed', 'settled', 'rejected', 'lapsed')),
  purpose text not null check (purpose in ('small', 'agriculture', 'green')),
  rate numeric not null check (rate > 0 and rate < 1 and rate = round(rate, 6)),
  value_date date not null,
  face numeric not null check (face > 0 and face < 1e15 and face = round(face, 2)),
  interest numeric not null check (interest >= 0 and interest < face and interest = round(interest, 2)),
  proceeds numeric not null,
  approval_id uuid not null,
  note text,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint bill_rediscount_adds_up check (proceeds + interest = face)
);
create index bill_rediscount_of_book on bill_rediscount (book_id, id);
grant select, insert, update on bill_rediscount to lianrong_app;
call secure('bill_rediscount', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

create table bill_rediscount_line (
  id uuid primary key,
  rediscount_id uuid not null references bill_rediscount,
  book_id uuid not null,
  discount_line_id uuid not null references bill_discount_line,
  amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
  interest numeric not null check (interest >= 0 and interest < amount and interest = round(interest, 2)),
  earns_from date not null,
  -- The day on which the central bank is paid back.
  earns_until date not null check (earns_until > earns_from),
  state text not null check (state in ('pending', 'held', 'repaid', 'void')),
  ended_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  check ((state in ('pending', 'held')) = (ended_on is null))
) with (fillfactor = 70);
create unique index bill_rediscount_line_once on bill_rediscount_line (discount_line_id) where state in ('pending', 'held');
create index bill_rediscount_line_of_rediscount on bill_rediscount_line (rediscount_id, id);
create index bill_rediscount_line_held on bill_rediscount_line (book_id, id) where state = 'held';
create index bill_rediscount_line_due on bill_rediscount_line (book_id, earns_until, id) where state = 'held';
grant select, insert, update on bill_rediscount_line to lianrong_app;
call secure('bill_rediscount_line', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- One row per line and day: the sub-ledger behind the daily journals. `line_id` is of a discount or of a rediscount.
create table bill_amortisation (
  book_id uuid not null,
  line_id uuid not null,
  amortised_on date not null,
  kind text not null check (kind in ('discount', 'rediscount')),
  amount numeric not null check (amount >= 0 and amount = round(amount, 2)),
  tax numeric not null check (tax >= 0 and tax = round(tax, 2) and (kind = 'discount' or tax = 0)),
  primary key (book_id, line_id, amortised_on)
);
call make_append_only('bill_amortisation');
call secure('bill_amortisation', 'book_id = (select app_org()) or (select app_regulator())',
  'book_id = any ((select app_scope())::uuid[])');

-- A discount is paid out by one instruction of its own kind.
alter table payment drop constraint payment_purpose_check;
alter table payment add constraint payment_purpose_check
  check (purpose in ('disbursement', 'payout', 'refund', 'bill_discount'));
create unique index payment_discounted_once on payment (subject_id)
  where purpose = 'bill_discount' and state in ('created', 'sent', 'settled');

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), 'bill.rediscountRate', effective_from::date, effective_to::date, value, 'fraction', source, now() from (values
  ('2020-07-01', '2024-01-24', '0.020000', '人民银行再贴现利率, 2020-07-01'),
  ('2024-01-25', null, '0.017500', '人民银行再贴现利率, 2024-01-25; later changes are recorded as they are published')
) as parameter (effective_from, effective_to, value, source);
