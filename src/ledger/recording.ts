import { formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { BalanceState } from './ledger.ts';
import {
  digestOfHold,
  digestOfHoldEnd,
  digestOfJournal,
  effectiveDateOf,
  type HoldEnd,
  lineFields,
  type PlacedHold,
  type PostedJournal,
} from './records.ts';
import { type Fields, microseconds, startSeal } from './seal.ts';
import type { Head } from './store.ts';

export type Batch = Readonly<{
  bookId: string;
  head: Head;
  journals: readonly PostedJournal[];
  holds: readonly PlacedHold[];
  ends: readonly HoldEnd[];
  balances: readonly (BalanceState & Readonly<{ path: string }>)[];
}>;

type Seal = Readonly<{
  seq: bigint;
  hash: Buffer;
  recordedAt: string;
  digests: Readonly<Record<'journals' | 'holds' | 'ends', readonly Buffer[]>>;
}>;

const WRITE_POSTINGS = `
with journals as (
  insert into journal (book_id, id, kind, business_date, effective_date, subject_id, reverses, reason, request_id, actor_person, digest, position, seal_seq, created_at)
  select $1, u.*, $2, $3 from unnest($4::uuid[], $5::text[], $6::date[], $7::date[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::uuid[], $13::bytea[], $14::int[]) as u
), entries as (
  insert into entry (book_id, journal_id, line, path, amount, balance_after, account_version, business_date, effective_date)
  select $1, u.* from unnest($15::uuid[], $16::int[], $17::text[], $18::numeric[], $19::numeric[], $20::bigint[], $21::date[], $22::date[]) as u
  returning path, effective_date, amount
), days as (
  insert into account_day (book_id, path, effective_date, debit, credit)
  select $1, path, effective_date, sum(greatest(amount, 0)), sum(greatest(-amount, 0)) from entries group by path, effective_date
  on conflict (book_id, path, effective_date) do update
    set debit = account_day.debit + excluded.debit, credit = account_day.credit + excluded.credit
), balances as (
  -- Not an update from a join: every balance is found by its key, whatever the planner knows of the table.
  insert into balance (book_id, path, guard, posted, held, version)
  select $1, u.* from unnest($23::text[], $24::smallint[], $25::numeric[], $26::numeric[], $27::bigint[]) as u
  on conflict (book_id, path) do update set posted = excluded.posted, held = excluded.held, version = excluded.version
), sealed as (
  insert into seal (book_id, seq, previous_hash, hash, journals, holds, hold_events, created_at)
  values ($1, $2, $28, $29, $30, $31, $32, $3)
)
update ledger_head set seq = $2, hash = $29, sealed_at = $3 where book_id = $1`;

/** Seals and writes a batch of records in one statement (two when it places or ends holds). */
export async function record(work: Workspace, batch: Batch): Promise<void> {
  const { bookId, head, journals, holds, ends, balances } = batch;
  const lines = journals.map((journal) => journal.lines.map(lineFields));
  const seal = sealOf(batch, lines);
  const entries = journals.flatMap((journal, i) => (lines[i] ?? []).map((fields, line) => ({ journal, fields, line })));
  await work.query('ledger.write', WRITE_POSTINGS, [
    bookId,
    seal.seq.toString(),
    seal.recordedAt,
    journals.map((j) => j.id),
    journals.map((j) => j.kind),
    journals.map((j) => j.businessDate),
    journals.map(effectiveDateOf),
    journals.map((j) => j.subjectId),
    journals.map((j) => j.reverses ?? null),
    journals.map((j) => j.reason ?? null),
    journals.map((j) => j.requestId),
    journals.map((j) => j.actorPerson),
    seal.digests.journals,
    journals.map((_, position) => position),
    entries.map(({ journal }) => journal.id),
    entries.map(({ line }) => line),
    entries.map(({ fields: [account] }) => account),
    entries.map(({ fields: [, amount] }) => amount),
    entries.map(({ fields: [, , balanceAfter] }) => balanceAfter),
    entries.map(({ fields: [, , , accountVersion] }) => accountVersion),
    entries.map(({ journal }) => journal.businessDate),
    entries.map(({ journal }) => effectiveDateOf(journal)),
    balances.map((b) => b.path),
    balances.map((b) => b.guard),
    balances.map((b) => formatMoney(b.posted)),
    balances.map((b) => formatMoney(b.held)),
    balances.map((b) => b.version.toString()),
    head.hash,
    seal.hash,
    journals.length,
    holds.length,
    ends.length,
  ]);
  if (holds.length + ends.length > 0) await recordHolds(work, batch, seal);
}

function sealOf({ bookId, head, journals, holds, ends }: Batch, lines: readonly (readonly Fields[])[]): Seal {
  const seq = head.seq + 1n;
  // Clocks of several processes may differ; the record axis of a book must not run backwards.
  const moments = [...journals, ...holds, ...ends].map((each) => each.createdAt);
  const recordedAt = [head.sealedAt ?? '', ...moments].sort().at(-1) as string;
  const digests = {
    journals: journals.map((journal, i) => digestOfJournal(journal, lines[i] ?? [], recordedAt)),
    holds: holds.map((hold) => digestOfHold(hold, recordedAt)),
    ends: ends.map((end) => digestOfHoldEnd(end, recordedAt)),
  };
  const seal = startSeal({
    bookId,
    seq,
    previous: head.hash,
    sealedAt: microseconds(recordedAt),
    journals: journals.length,
    holds: holds.length,
    holdEvents: ends.length,
  });
  for (const digest of [...digests.journals, ...digests.holds, ...digests.ends]) seal.add(digest);
  return { seq, hash: seal.finish(), recordedAt, digests };
}

const WRITE_HOLDS = `
with placed as (
  insert into hold (book_id, id, path, amount, reason, expires_on, request_id, actor_person, digest, position, seal_seq, created_at)
  select $1, u.*, $2, $3 from unnest($4::uuid[], $5::text[], $6::numeric[], $7::text[], $8::date[], $9::text[], $10::uuid[], $11::bytea[], $12::int[]) as u
)
insert into hold_event (book_id, hold_id, kind, request_id, actor_person, digest, position, seal_seq, created_at)
select $1, u.*, $2, $3 from unnest($13::uuid[], $14::text[], $15::text[], $16::uuid[], $17::bytea[], $18::int[]) as u`;

async function recordHolds(work: Workspace, { bookId, holds, ends }: Batch, seal: Seal): Promise<void> {
  await work.query('hold.write', WRITE_HOLDS, [
    bookId,
    seal.seq.toString(),
    seal.recordedAt,
    holds.map((h) => h.id),
    holds.map((h) => h.account),
    holds.map((h) => formatMoney(h.amount)),
    holds.map((h) => h.reason),
    holds.map((h) => h.expiresOn),
    holds.map((h) => h.requestId),
    holds.map((h) => h.actorPerson),
    seal.digests.holds,
    holds.map((_, position) => position),
    ends.map((e) => e.holdId),
    ends.map((e) => e.kind),
    ends.map((e) => e.requestId),
    ends.map((e) => e.actorPerson),
    seal.digests.ends,
    ends.map((_, position) => position),
  ]);
}
