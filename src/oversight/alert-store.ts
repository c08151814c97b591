import {
  bool,
  date,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Evidence } from './check-rules.ts';
import { type AlertState, standingStates } from './lifecycle.ts';

/** Where loan money went that it must not go, and a running loan that a check found wanting. */
export const alertKinds = ['securities', 'real_estate', 'debtor_group', 'returned', 'check_failed'] as const;
export type AlertKind = (typeof alertKinds)[number];

export const alertVerdicts = ['confirm', 'dismiss', 'clear'] as const;
/** What an alert comes to, as one person proposes it. Money is yuan as text. */
export type Conclusion = Readonly<{
  verdict: (typeof alertVerdicts)[number];
  reason: string;
  /** What was put to another use, when that is confirmed. */
  amount: string | null;
  evidence: readonly Evidence[];
}>;

const columns = {
  id: uuid,
  bookId: uuid,
  kind: oneOf<AlertKind>(),
  financingId: uuid,
  partyId: uuid,
  amount: nullable(money),
  cause: text,
  state: oneOf<AlertState>(),
  raisedOn: date,
  dueOn: date,
  ownerPerson: nullable(uuid),
  conclusion: json<Conclusion | null>(),
  taskId: nullable(uuid),
  closedOn: nullable(date),
  missed: bool,
  version: int,
  createdAt: instant,
} as const;
export type RiskAlertRow = RowOf<typeof columns>;

export const riskAlerts = defineTable('risk_alert', {
  rank: 35,
  key: 'id',
  columns,
  changeable: ['amount', 'cause', 'state', 'ownerPerson', 'conclusion', 'taskId', 'closedOn', 'missed', 'version'],
});

/** Locks the alerts about financings that nobody has concluded on, and that more may be added to. */
export const lockOpenAlerts = (work: Workspace, financingIds: readonly string[]): Promise<void> =>
  work.lockBy(riskAlerts, 'financingId', financingIds, "state = 'open'");

/** Alerts of a book that were to be answered by the end of a day and were not, and that nobody has been told of. */
export const missedAlerts = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<{ id: string }>(
    'risk_alert.missed',
    `select id from risk_alert
      where book_id = $1 and state in ('open', 'proposed') and due_on <= $2 and not missed order by due_on, id limit $3`,
    [bookId, on, limit],
  );

/** What stands in the way of lending to a firm: an alert, or a check of a running loan that is overdue. */
export type Impediment = Readonly<{ kind: 'alert' | 'check'; id: string; what: string; dueOn: string }>;

const IMPEDIMENTS = `
  select a.book_id, a.party_id, 'alert' as kind, a.id, a.kind as what, a.due_on
    from unnest($1::uuid[], $2::uuid[]) as asked(book_id, party_id)
    join risk_alert a using (book_id, party_id) where a.state = any($3::text[])
  union all
  select c.book_id, c.borrower_id, 'check', c.id, c.stage, c.due_on
    from unnest($1::uuid[], $2::uuid[]) as asked(book_id, party_id)
    join loan_check c on c.book_id = asked.book_id and c.borrower_id = asked.party_id
    join book b on b.id = c.book_id
   where c.state = 'open' and c.stage = 'post_loan' and c.due_on < b.business_date
   order by 3, 4`;

/** What stands in the way of lending to firms at a bank, by "book firm". */
export async function impedimentsTo(
  work: Workspace,
  firms: readonly Readonly<{ bookId: string; borrowerId: string }>[],
): Promise<ReadonlyMap<string, Impediment>> {
  const rows = await work.query<{ book_id: string; party_id: string; due_on: string } & Omit<Impediment, 'dueOn'>>(
    'risk_alert.impediments',
    IMPEDIMENTS,
    [firms.map(({ bookId }) => bookId), firms.map(({ borrowerId }) => borrowerId), [...standingStates]],
  );
  return new Map(
    rows
      .reverse()
      .map(({ book_id, party_id, due_on, ...row }) => [`${book_id} ${party_id}`, { ...row, dueOn: due_on }]),
  );
}
