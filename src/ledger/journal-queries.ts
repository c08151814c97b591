import type { IsoDate } from '../money/dates.ts';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import type { AccountPath } from './chart.ts';

export const journalSorts = {
  newest: [
    ['business_date', 'desc'],
    ['id', 'desc'],
  ],
  oldest: [
    ['business_date', 'asc'],
    ['id', 'asc'],
  ],
} as const;
export const lineSorts = { line: [['line', 'asc']] } as const;

const LINES_AT_ONCE = 200;

export type JournalFilters = Readonly<{ kind?: string; subjectId?: string; from?: IsoDate; to?: IsoDate }>;

const journalsOf = (db: Reader, bookId: string) => db.selectFrom('journal').selectAll().where('book_id', '=', bookId);

type JournalRow = Awaited<ReturnType<ReturnType<typeof journalsOf>['executeTakeFirstOrThrow']>>;

const toJournal = (row: JournalRow) => ({
  id: row.id,
  kind: row.kind,
  businessDate: row.business_date,
  effectiveDate: row.effective_date,
  subjectId: row.subject_id,
  reverses: row.reverses,
  reason: row.reason,
  requestId: row.request_id,
  sealNumber: Number(row.seal_seq),
  recordedAt: row.created_at,
});

/** A page of the journals of a book, by business date. */
export async function listJournals(db: Reader, bookId: string, filters: JournalFilters, page: PageQuery) {
  let query = journalsOf(db, bookId);
  if (filters.kind !== undefined) query = query.where('kind', '=', filters.kind);
  if (filters.subjectId !== undefined) query = query.where('subject_id', '=', filters.subjectId);
  if (filters.from !== undefined) query = query.where('business_date', '>=', filters.from);
  if (filters.to !== undefined) query = query.where('business_date', '<=', filters.to);
  const { items, nextCursor } = await paginate(query, { page, sorts: journalSorts });
  return { items: items.map(toJournal), nextCursor };
}

/** A journal with its first lines, what reversed it and the event that caused it; or the refusal `not-found`. */
export async function readJournal(db: Reader, bookId: string, journalId: string) {
  const row = await journalsOf(db, bookId).where('id', '=', journalId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no journal ${journalId}`);
  const reversal = await journalsOf(db, bookId).where('reverses', '=', journalId).executeTakeFirst();
  const { count } = await db
    .selectFrom('entry')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('book_id', '=', bookId)
    .where('journal_id', '=', journalId)
    .executeTakeFirstOrThrow();
  const { items: lines } = await listLines(db, bookId, journalId, { limit: LINES_AT_ONCE });
  return {
    ...toJournal(row),
    reversedBy: reversal?.id ?? null,
    lineCount: Number(count),
    lines,
    cause: await causeOf(db, row),
  };
}

/** A page of the lines of a journal. */
export async function listLines(db: Reader, bookId: string, journalId: string, page: PageQuery) {
  const query = db
    .selectFrom('entry')
    .select(['line', 'path', 'amount', 'balance_after', 'account_version'])
    .where('book_id', '=', bookId)
    .where('journal_id', '=', journalId);
  const { items, nextCursor } = await paginate(query, { page, sorts: lineSorts });
  return {
    items: items.map((row) => ({
      line: row.line,
      account: row.path as AccountPath,
      amount: row.amount,
      balanceAfter: row.balance_after,
      number: Number(row.account_version),
    })),
    nextCursor,
  };
}

/** The event that the same request recorded of the same subject, or of the journal that it reversed. */
async function causeOf(db: Reader, journal: JournalRow) {
  const objectIds = [journal.subject_id, journal.reverses].filter((id) => id !== null);
  if (objectIds.length === 0) return null;
  const event = await db
    .selectFrom('event')
    .select(['kind', 'object_kind', 'object_id', 'actor_org', 'actor_person', 'data'])
    .where('object_id', 'in', objectIds)
    .where('request_id', '=', journal.request_id)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (event === undefined) return null;
  return {
    event: event.kind,
    objectKind: event.object_kind,
    objectId: event.object_id,
    actorOrganizationId: event.actor_org,
    actorPersonId: event.actor_person,
    inputs: event.data,
  };
}
