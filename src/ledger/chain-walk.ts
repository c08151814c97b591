import { type RawBuilder, sql } from 'kysely';
import { rowsOf } from '../platform/cursor.ts';
import type { Reader } from '../platform/database.ts';
import { fieldsInSql } from './records.ts';
import { type Fields, startDigest, startSeal } from './seal.ts';

type Recorded = Readonly<{
  /** Such as "journal 0198…". */
  name: string;
  sealSeq: string;
  position: number;
  stored: Buffer;
  computed: Buffer;
}>;

type Row = { id: string; seal_seq: string; position: number; digest: Buffer; fields: Fields; line: Fields | null };

async function* journals(db: Reader, bookId: string): AsyncGenerator<Recorded, void, undefined> {
  const rows = rowsOf(
    db,
    sql<Row>`select j.id, j.seal_seq, j.position, j.digest, ${sql.raw(fieldsInSql.journal)} as fields,
                    case when e.line is not null then ${sql.raw(fieldsInSql.line)} end as line
               from journal j left join entry e on e.book_id = j.book_id and e.journal_id = j.id
              where j.book_id = ${bookId} order by j.seal_seq, j.position, e.line`,
  );
  let first: Row | undefined;
  let digest = startDigest('journal', []);
  const finished = (row: Row): Recorded => ({ ...recorded('journal', row), computed: digest.finish() });
  for await (const row of rows) {
    if (row.id !== first?.id) {
      if (first !== undefined) yield finished(first);
      first = row;
      digest = startDigest('journal', row.fields);
    }
    if (row.line !== null) digest.add(row.line);
  }
  if (first !== undefined) yield finished(first);
}

async function* single(
  db: Reader,
  kind: 'hold' | 'hold_event',
  query: RawBuilder<Row>,
): AsyncGenerator<Recorded, void, undefined> {
  for await (const row of rowsOf(db, query)) {
    yield { ...recorded(kind, row), computed: startDigest(kind, row.fields).finish() };
  }
}

const recorded = (kind: string, row: Row) => ({
  name: `${kind === 'hold_event' ? 'the end of hold' : kind} ${row.id}`,
  sealSeq: row.seal_seq,
  position: row.position,
  stored: row.digest,
});

/** Records in the order of their seals, taken seal by seal. */
function inOrder(records: AsyncGenerator<Recorded, void, undefined>) {
  let ahead: Recorded | null | undefined;
  return {
    /** The next records up to this seal (null: all of them), an earlier one's included. */
    upTo: async function* (seq: bigint | null): AsyncGenerator<Recorded, void, undefined> {
      for (;;) {
        ahead ??= (await records.next()).value ?? null;
        if (ahead === null || (seq !== null && BigInt(ahead.sealSeq) > seq)) return;
        yield ahead;
        ahead = undefined;
      }
    },
  };
}

type SealRow = {
  seq: string;
  previous_hash: Buffer;
  hash: Buffer;
  journals: number;
  holds: number;
  hold_events: number;
  sealed_at: string;
};

/**
 * Walks the hash chain of a book from its first seal: computes every digest and every hash anew from the rows and
 * answers what is first found changed, or null. Reads through cursors, so that the book may be of any size.
 */
export async function walkChain(db: Reader, bookId: string): Promise<string | null> {
  const h = sql.raw(fieldsInSql.hold);
  const d = sql.raw(fieldsInSql.holdEnd);
  const kinds = [
    inOrder(journals(db, bookId)),
    inOrder(
      single(
        db,
        'hold',
        sql<Row>`select h.id, h.seal_seq, h.position, h.digest, ${h} as fields, null as line
                   from hold h where h.book_id = ${bookId} order by h.seal_seq, h.position`,
      ),
    ),
    inOrder(
      single(
        db,
        'hold_event',
        sql<Row>`select d.hold_id as id, d.seal_seq, d.position, d.digest, ${d} as fields, null as line
                   from hold_event d where d.book_id = ${bookId} order by d.seal_seq, d.position`,
      ),
    ),
  ];
  const seals = rowsOf(
    db,
    sql<SealRow>`select s.seq, s.previous_hash, s.hash, s.journals, s.holds, s.hold_events,
                        ${sql.raw(fieldsInSql.sealedAt)} as sealed_at
                   from seal s where s.book_id = ${bookId} order by s.seq`,
  );
  for await (const row of seals) {
    const fault = await faultOfSeal(bookId, row, kinds);
    if (fault !== null) return fault;
  }
  for (const kind of kinds) {
    for await (const record of kind.upTo(null))
      return `${record.name} is in seal ${record.sealSeq}, which does not exist`;
  }
  return null;
}

async function faultOfSeal(
  bookId: string,
  row: SealRow,
  kinds: readonly ReturnType<typeof inOrder>[],
): Promise<string | null> {
  const seq = BigInt(row.seq);
  const seal = startSeal({
    bookId,
    seq,
    previous: row.previous_hash,
    sealedAt: row.sealed_at,
    journals: row.journals,
    holds: row.holds,
    holdEvents: row.hold_events,
  });
  for (const [i, expected] of [row.journals, row.holds, row.hold_events].entries()) {
    let found = 0;
    for await (const record of (kinds[i] as ReturnType<typeof inOrder>).upTo(seq)) {
      if (BigInt(record.sealSeq) !== seq) return `${record.name} is in seal ${record.sealSeq}, which does not exist`;
      if (record.position !== found)
        return `${record.name} is at position ${record.position} of seal ${seq}, not ${found}`;
      if (!record.stored.equals(record.computed)) return `${record.name} is not as it was recorded`;
      seal.add(record.stored);
      found += 1;
    }
    if (found !== expected)
      return `seal ${seq} covers ${expected} ${['journals', 'holds', 'ends of holds'][i]}, there are ${found}`;
  }
  return seal.finish().equals(row.hash) ? null : `seal ${seq} does not match what it covers`;
}
