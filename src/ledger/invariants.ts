/**
 * Invariants by name, each a query over book $1 that answers the first row at fault: a `detail` that names it. $2 and
 * $3 are the codes of the chart and the side each must stay on.
 */
export type Invariants = Readonly<Record<string, string>>;

/** What must hold in every book, whatever it is kept for. */
export const invariants: Invariants = {
  'every account has its balance, its code and its side': `
    select 'account ' || path || ' does not agree with its balance or with the chart' as detail
      from (select * from account where book_id = $1) a
      full join (select * from balance where book_id = $1) b using (path)
      left join unnest($2::text[], $3::smallint[]) as chart(code, guard) on chart.code = left(path, 4)
     where a.book_id is null or b.book_id is null or chart.code is null or a.code <> chart.code
        or coalesce(a.party_id::text, '') <> substr(path, 6) or b.guard <> chart.guard
     order by path limit 1`,

  'nothing refers to what is not there': `
    select * from (
      (select 'entry ' || e.line || ' of journal ' || e.journal_id || ' has no journal' as detail
         from entry e left join journal j on j.book_id = e.book_id and j.id = e.journal_id
        where e.book_id = $1 and j.id is null limit 1)
      union all
      (select 'entry ' || e.line || ' of journal ' || e.journal_id || ' is on account ' || e.path || ', which does not exist'
         from entry e left join account a on a.book_id = e.book_id and a.path = e.path
        where e.book_id = $1 and a.path is null limit 1)
      union all
      (select 'hold ' || h.id || ' is on account ' || h.path || ', which does not exist'
         from hold h left join account a on a.book_id = h.book_id and a.path = h.path
        where h.book_id = $1 and a.path is null limit 1)
      union all
      (select 'the end of hold ' || d.hold_id || ' has no hold'
         from hold_event d left join hold h on h.book_id = d.book_id and h.id = d.hold_id
        where d.book_id = $1 and h.id is null limit 1)) fault`,

  'the entries of every journal sum to zero': `
    select 'journal ' || j.id || ' has ' || count(e.line) || ' entries with the sum ' || coalesce(sum(e.amount), 0) as detail
      from journal j left join entry e on e.book_id = j.book_id and e.journal_id = j.id
     where j.book_id = $1
     group by j.id having count(e.line) < 2 or sum(e.amount) <> 0
        or min(e.line) <> 0 or max(e.line) <> count(*) - 1
     order by j.id limit 1`,

  'every entry counts for the days of its journal': `
    select 'entry ' || e.line || ' of journal ' || j.id || ' is dated ' || e.business_date || ' for ' || e.effective_date
           || ', its journal ' || j.business_date || ' for ' || j.effective_date as detail
      from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
     where j.book_id = $1 and (e.business_date <> j.business_date or e.effective_date <> j.effective_date)
     order by j.id, e.line limit 1`,

  'the entries of every account are numbered without a gap and carry its balance': `
    select 'entry ' || line || ' of journal ' || journal_id || ': ' || path || ' has version ' || account_version
           || ' and balance ' || balance_after || ', should have version ' || number || ' and balance ' || total as detail
      from (select e.*, row_number() over account as number, sum(amount) over account as total
              from entry e where e.book_id = $1
            window account as (partition by path order by account_version)) e
     where account_version <> number or balance_after <> total
     order by path, account_version limit 1`,

  'every balance is the sum of its entries': `
    select 'the balance of account ' || b.path || ' is ' || b.posted || ' at version ' || b.version
           || ', its entries make ' || coalesce(e.total, 0) || ' at version ' || coalesce(e.entries, 0) as detail
      from balance b
      left join (select path, sum(amount) as total, count(*) as entries from entry where book_id = $1 group by path) e
        on e.path = b.path
     where b.book_id = $1 and (b.posted <> coalesce(e.total, 0) or b.version <> coalesce(e.entries, 0))
     order by b.path limit 1`,

  'no account has ever been on its wrong side': `
    select * from (
      (select 'entry ' || e.line || ' of journal ' || e.journal_id || ' leaves account ' || e.path || ' at ' || e.balance_after as detail
         from entry e join balance b on b.book_id = e.book_id and b.path = e.path
        where e.book_id = $1 and b.guard * e.balance_after < 0
        order by e.path, e.account_version limit 1)
      union all
      (select 'account ' || path || ' has ' || posted || ' and holds of ' || held
         from balance where book_id = $1 and guard <> 0 and guard * posted - held < 0 order by path limit 1)) fault`,

  'the movement of every day is the sum of its entries': `
    select 'account ' || path || ' on ' || effective_date || ' moved ' || coalesce(d.debit, 0) || ' and ' || coalesce(d.credit, 0)
           || ', its entries make ' || coalesce(e.debit, 0) || ' and ' || coalesce(e.credit, 0) as detail
      from (select path, effective_date, debit, credit from account_day where book_id = $1) d
      full join (select path, effective_date, sum(greatest(amount, 0)) as debit, sum(greatest(-amount, 0)) as credit
                   from entry where book_id = $1 group by path, effective_date) e using (path, effective_date)
     where d.debit is distinct from e.debit or d.credit is distinct from e.credit
     order by path, effective_date limit 1`,

  'what is held is the sum of the holds that stand': `
    select 'account ' || b.path || ' holds ' || b.held || ', its holds make ' || coalesce(h.total, 0) as detail
      from balance b
      left join (select h.path, sum(h.amount) as total from hold h
                   left join hold_event d on d.book_id = h.book_id and d.hold_id = h.id
                  where h.book_id = $1 and d.hold_id is null group by h.path) h on h.path = b.path
     where b.book_id = $1 and b.held <> coalesce(h.total, 0)
     order by b.path limit 1`,

  'every reversal mirrors the journal it reverses': `
    select 'journal ' || r.id || ' does not mirror journal ' || r.reverses as detail
      from journal r left join journal o on o.book_id = r.book_id and o.id = r.reverses
     where r.book_id = $1 and r.reverses is not null and (o.id is null or o.reverses is not null or exists (
       (select path, amount, count(*) from entry where book_id = $1 and journal_id = o.id group by path, amount
        except select path, -amount, count(*) from entry where book_id = $1 and journal_id = r.id group by path, amount)
       union all
       (select path, -amount, count(*) from entry where book_id = $1 and journal_id = r.id group by path, amount
        except select path, amount, count(*) from entry where book_id = $1 and journal_id = o.id group by path, amount)))
     order by r.id limit 1`,

  'the trial balance is zero, in total and on every day': `
    select * from (
      (select 'the balances sum to ' || sum(posted) as detail from balance where book_id = $1 having sum(posted) <> 0)
      union all
      (select 'on ' || effective_date || ' debits are ' || sum(debit) || ' and credits ' || sum(credit)
         from account_day where book_id = $1 group by effective_date having sum(debit) <> sum(credit)
        order by effective_date limit 1)) fault`,

  'every journal was told of': `
    select 'journal ' || j.id || ' was posted by request ' || j.request_id || ', which told nobody' as detail
      from journal j join book b on b.id = j.book_id
     where j.book_id = $1 and not (b.closing and j.business_date = b.business_date)
       and not exists (select from event e where e.request_id = j.request_id)
     order by j.id limit 1`,

  'the seals follow one another up to the head': `
    select * from (
      (select 'seal ' || seq || ' does not follow the one before it' as detail
         from (select s.*, row_number() over sequence as number, lag(s.hash) over sequence as last_hash,
                      lag(s.created_at) over sequence as last_at
                 from seal s where s.book_id = $1 window sequence as (order by s.seq)) s
        where seq <> number or previous_hash <> coalesce(last_hash, decode(repeat('00', 32), 'hex')) or created_at < last_at
        order by seq limit 1)
      union all
      (select 'the head of the book is at seal ' || coalesce(h.seq, 0) || ', its last seal is ' || coalesce(s.seq, 0) || ' or differs'
         from (select max(seq) as seq from seal where book_id = $1) last
         left join seal s on s.book_id = $1 and s.seq = last.seq
         full join (select * from ledger_head where book_id = $1) h on true
        where case when h.seq > 0 or s.seq is not null
                   then (h.seq, h.hash, h.sealed_at) is distinct from (s.seq, s.hash, s.created_at)
                   else h.sealed_at is not null or h.hash <> decode(repeat('00', 32), 'hex') or h.seq <> 0 end
        limit 1)) fault`,

  'every record was made at the moment of its seal': `
    select * from (
      (select 'journal ' || j.id || ' was recorded at ' || j.created_at || ', its seal ' || j.seal_seq || ' at ' || coalesce(s.created_at::text, 'no time') as detail
         from journal j left join seal s on s.book_id = j.book_id and s.seq = j.seal_seq
        where j.book_id = $1 and j.created_at is distinct from s.created_at order by j.seal_seq, j.position limit 1)
      union all
      (select 'hold ' || h.id || ' was recorded at ' || h.created_at || ', its seal ' || h.seal_seq || ' at ' || coalesce(s.created_at::text, 'no time')
         from hold h left join seal s on s.book_id = h.book_id and s.seq = h.seal_seq
        where h.book_id = $1 and h.created_at is distinct from s.created_at order by h.seal_seq, h.position limit 1)
      union all
      (select 'the end of hold ' || d.hold_id || ' was recorded at ' || d.created_at || ', its seal ' || d.seal_seq || ' at ' || coalesce(s.created_at::text, 'no time')
         from hold_event d left join seal s on s.book_id = d.book_id and s.seq = d.seal_seq
        where d.book_id = $1 and d.created_at is distinct from s.created_at order by d.seal_seq, d.position limit 1)) fault`,
};

/** Over the commands of organization $1, or of all that the reader may know of when it is null. */
export const ofCommands: Invariants = {
  'every key has one decision': 'select * from key_faults($1) as detail',
  'every command told what it changed': 'select * from told_faults($1) as detail',
};

/** Over all books: a row of no book, so that none is left out. */
export const belonging = `
  select distinct on (part) part || ' of book ' || book_id || ', which does not exist' as detail
    from (select 'account ' || path as part, book_id from account union all
          select 'balance ' || path, book_id from balance union all
          select 'journal ' || id, book_id from journal union all
          select 'an entry of journal ' || journal_id, book_id from entry union all
          select 'the movement of account ' || path, book_id from account_day union all
          select 'hold ' || id, book_id from hold union all
          select 'the end of hold ' || hold_id, book_id from hold_event union all
          select 'seal ' || seq, book_id from seal union all
          select 'the head', book_id from ledger_head) each
   where not exists (select from book where book.id = each.book_id)
   limit 1`;
