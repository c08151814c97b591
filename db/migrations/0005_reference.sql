create extension if not exists btree_gist;

-- Loan prime rates by the day of their publication, as fractions. A rate holds until the next publication.
create table reference_rate (
  id uuid primary key,
  code text not null check (code in ('lpr_1y', 'lpr_5y')),
  published_on date not null,
  rate numeric not null check (rate > 0 and rate < 1 and rate = round(rate, 6)),
  source text not null check (char_length(source) between 1 and 300),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint reference_rate_once unique (code, published_on)
);
create index reference_rate_by_day on reference_rate (published_on, code);
grant select, insert, update on reference_rate to lianrong_app;
call secure('reference_rate', 'true', '(select app_platform())');

-- Every legal or regulatory number, by the days it is in force: both ends included, null while no end is known.
create table policy_parameter (
  id uuid primary key,
  code text not null check (code ~ '^[a-z][A-Za-z0-9]*(\.[a-z0-9][A-Za-z0-9]*)+$'),
  effective_from date not null,
  effective_to date check (effective_to >= effective_from),
  value text not null check (value ~ '^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$'),
  unit text not null check (unit in ('fraction', 'per_day', 'multiple', 'days', 'business_days', 'months', 'years', 'yuan',
    'basis_points', 'percentage_points', 'count')),
  source text not null check (char_length(source) between 1 and 300),
  version integer not null default 1,
  created_at timestamptz not null,
  constraint policy_parameter_one_at_a_time
    exclude using gist (code with =, daterange(effective_from, effective_to, '[]') with &&) deferrable initially deferred
);
create index policy_parameter_by_code on policy_parameter (code, effective_from);
grant select, insert, update on policy_parameter to lianrong_app;
call secure('policy_parameter', 'true', '(select app_platform())');

-- Days on which the statutory calendar is overruled, or not published yet.
create table calendar_day (
  date date primary key,
  kind text not null check (kind in ('business', 'holiday')),
  source text not null check (char_length(source) between 1 and 300),
  version integer not null default 1,
  created_at timestamptz not null
);
grant select, insert, update on calendar_day to lianrong_app;
call secure('calendar_day', 'true', '(select app_platform())');

-- A new or corrected rate, parameter or calendar day takes effect when a second person confirms it.
create table reference_proposal (
  id uuid primary key,
  content jsonb not null check (content->>'kind' in ('rate', 'parameter', 'calendar_day')),
  state text not null check (state in ('proposed', 'confirmed', 'rejected', 'withdrawn')),
  maker_org uuid not null,
  maker_person uuid not null,
  checker_org uuid,
  checker_person uuid,
  reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  check (checker_person <> maker_person),
  check ((state in ('confirmed', 'rejected')) = (checker_person is not null))
);
create index reference_proposal_by_state on reference_proposal (state, id);
grant select, insert, update on reference_proposal to lianrong_app;
call secure('reference_proposal', 'true', '(select app_platform())');

-- Publications of the National Interbank Funding Center under PBOC公告〔2019〕15号, the value of the last change.
with change (published_on, one_year, five_years) as (values
  (date '2019-08-20', 0.0425, 0.0485), ('2019-09-20', 0.0420, 0.0485), ('2019-11-20', 0.0415, 0.0480),
  ('2020-02-20', 0.0405, 0.0475), ('2020-04-20', 0.0385, 0.0465), ('2021-12-20', 0.0380, 0.0465),
  ('2022-01-20', 0.0370, 0.0460), ('2022-05-20', 0.0370, 0.0445), ('2022-08-22', 0.0365, 0.0430),
  ('2023-06-20', 0.0355, 0.0420), ('2023-08-21', 0.0345, 0.0420), ('2024-02-20', 0.0345, 0.0395),
  ('2024-07-22', 0.0335, 0.0385), ('2024-10-21', 0.0310, 0.0360), ('2025-05-20', 0.0300, 0.0350)
), publication (published_on) as (
  select (year || '-' || day)::date from (values
    ('2019', '08-20 09-20 10-21 11-20 12-20'),
    ('2020', '01-20 02-20 03-20 04-20 05-20 06-22 07-20 08-20 09-21 10-20 11-20 12-21'),
    ('2021', '01-20 02-20 03-22 04-20 05-20 06-21 07-20 08-20 09-22 10-20 11-22 12-20'),
    ('2022', '01-20 02-21 03-21 04-20 05-20 06-20 07-20 08-22 09-20 10-20 11-21 12-20'),
    ('2023', '01-20 02-20 03-20 04-20 05-22 06-20 07-20 08-21 09-20 10-20 11-20 12-20'),
    ('2024', '01-22 02-20 03-20 04-22 05-20 06-20 07-22 08-20 09-20 10-21 11-20 12-20'),
    ('2025', '01-20 02-20 03-20 04-21 05-20 06-20 07-21 08-20 09-22 10-20 11-20 12-22'),
    ('2026', '01-20 02-24 03-20 04-20 05-20 06-22 07-20 08-20 09-20')
  ) as calendar (year, days), unnest(string_to_array(days, ' ')) as day
)
insert into reference_rate (id, code, published_on, rate, source, created_at)
select gen_random_uuid(), tenor.code, publication.published_on, tenor.rate,
       '全国银行间同业拆借中心' || case
         when publication.published_on between '2025-02-01' and '2025-07-31' and publication.published_on <> '2025-05-20'
           or publication.published_on between '2025-10-01' and '2026-06-30'
             and publication.published_on not in ('2026-02-24', '2026-04-20')
         then '; day of publication by the rule 20th or next business day' else '' end,
       now()
  from publication
 cross join lateral (select * from change where change.published_on <= publication.published_on
                      order by change.published_on desc limit 1) as latest
 cross join lateral (values ('lpr_1y', latest.one_year), ('lpr_5y', latest.five_years)) as tenor (code, rate);

insert into policy_parameter (id, code, effective_from, effective_to, value, unit, source, created_at)
select gen_random_uuid(), code, effective_from::date, effective_to::date, value, unit, source, now() from (values
  ('bill.maxTenorMonths', '2023-01-01', null, '6', 'months', '商业汇票承兑、贴现与再贴现管理办法 (人民银行 银保监会令〔2022〕4号) art. 25'),
  ('bill.acceptanceToAssets', '2024-01-01', null, '0.15', 'fraction', '人民银行 银保监会令〔2022〕4号 art. 24, 41'),
  ('bill.marginToDeposits', '2024-01-01', null, '0.10', 'fraction', '人民银行 银保监会令〔2022〕4号 art. 24'),
  ('cert.normalTenorMonths', '2025-06-15', null, '6', 'months', '银发〔2025〕77号 art. 11'),
  ('cert.maxTenorMonths', '2025-06-15', null, '12', 'months', '银发〔2025〕77号 art. 11; the notice of 2026-09-10 lowers it, its day of effect is not verified'),
  ('sme.payDays.large', '2025-06-01', null, '60', 'days', '保障中小企业款项支付条例 (国令第802号) art. 9'),
  ('sme.payDays.government', '2025-06-01', null, '30', 'days', '保障中小企业款项支付条例 (国令第802号) art. 9'),
  ('sme.payDays.governmentMax', '2025-06-01', null, '60', 'days', '保障中小企业款项支付条例 (国令第802号) art. 9'),
  ('sme.confirmDays', '2025-06-01', null, '30', 'days', '保障中小企业款项支付条例 (国令第802号) art. 16'),
  ('sme.overdueDailyRate', '2020-09-01', null, '0.0005', 'per_day', '保障中小企业款项支付条例 (国令第728号) art. 15; 国令第802号 art. 17'),
  ('inclusive.maxCredit', '2022-01-01', null, '10000000', 'yuan', '济管财金〔2022〕25号 一(一); year of the document, no day given'),
  ('inclusive.maxCredit.pboc', '2024-01-01', null, '20000000', 'yuan', '人民银行普惠小微贷款统计口径; not verified against the text'),
  ('loan.penaltyUplift.overdue.min', '2004-01-01', null, '0.30', 'fraction', '银发〔2003〕251号'),
  ('loan.penaltyUplift.overdue.max', '2004-01-01', null, '0.50', 'fraction', '银发〔2003〕251号'),
  ('loan.penaltyUplift.misuse.min', '2004-01-01', null, '0.50', 'fraction', '银发〔2003〕251号'),
  ('loan.penaltyUplift.misuse.max', '2004-01-01', null, '1.00', 'fraction', '银发〔2003〕251号'),
  ('risk.technicalSlipDays', '2023-07-01', null, '7', 'days', '商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号)'),
  ('risk.substandardAfterDays', '2023-07-01', null, '90', 'days', '商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号)'),
  ('risk.doubtfulAfterDays', '2023-07-01', null, '270', 'days', '商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号)'),
  ('risk.lossAfterDays', '2023-07-01', null, '360', 'days', '商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号)'),
  ('vat.financial', '2016-05-01', '2025-12-31', '0.06', 'fraction', '财税〔2016〕36号'),
  ('vat.financial', '2026-01-01', null, '0.06', 'fraction', '增值税法 (2024-12-25) art. 10(三)'),
  ('vat.smallLoanExempt.limit', '2023-08-01', '2027-12-31', '10000000', 'yuan', '财政部 税务总局公告2023年第16号'),
  ('vat.smallLoanExempt.lprMultiple', '2023-08-01', '2027-12-31', '1.5', 'multiple', '财政部 税务总局公告2023年第16号'),
  ('vat.smallLoanExempt.fullLimit', '2023-08-02', '2027-12-31', '1000000', 'yuan', '财政部 税务总局公告2023年第13号 art. 1, 4'),
  ('stamp.loan', '2022-07-01', null, '0.00005', 'fraction', '印花税法 税目税率表'),
  ('stamp.smallMicroExempt', '2023-08-02', '2027-12-31', '1', 'count', '财政部 税务总局公告2023年第13号 art. 2'),
  ('relending.oneYear', '2026-01-19', null, '0.0125', 'fraction', '人民银行, 2026-01-19 下调 0.25 个百分点; level not verified'),
  ('rediscount.rate', '2026-01-19', null, '0.0150', 'fraction', '人民银行, 2026-01-19 下调 0.25 个百分点; level not verified'),
  ('ftp.minDiscount', '2022-01-01', null, '50', 'basis_points', '济管财金〔2022〕25号 三(三); year of the document, no day given'),
  ('npl.tolerance', '2022-01-01', null, '3', 'percentage_points', '济管财金〔2022〕25号 三(二); year of the document, no day given'),
  ('kpi.inclusiveWeight', '2022-01-01', null, '0.10', 'fraction', '济管财金〔2022〕25号 三(三); year of the document, no day given')
) as parameter (code, effective_from, effective_to, value, unit, source);
