import { sql } from 'kysely';
import type { Located } from '../financing/loading.ts';
import { located } from '../financing/queries.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { FlowClass } from './flow-rules.ts';

/** Borrowers that a bank sees, by code; codes of nobody it deals with are left out. */
export async function holdersOf(
  database: Database,
  actor: Actor,
  codes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('organization')
      .select(['id', 'uscc'])
      .where('uscc', '=', sql<string>`any(${[...new Set(codes)]})`)
      .where('kind', '=', 'enterprise')
      .execute(),
  );
  return new Map(rows.map(({ id, uscc }) => [uscc, id]));
}

/** An alert and the financing it is about, if the asking organization may see it; `not-found` otherwise. */
export async function locateAlert(
  database: Database,
  actor: Actor,
  alertId: string,
): Promise<Located & Readonly<{ alertId: string }>> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('risk_alert')
      .innerJoin('financing', 'financing.id', 'risk_alert.financing_id')
      .select(['risk_alert.id as alertId', ...located.map((name) => `financing.${name}` as const)])
      .where('risk_alert.id', '=', alertId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no alert ${alertId}`);
  return row as Located & { alertId: string };
}

export type FlowFilter = Readonly<{ bookId?: string; holderId?: string; class?: FlowClass }>;

/** Movements as the API shows them, yuan as text. */
export function flowAnswers(db: Reader, filter: FlowFilter) {
  let rows = db
    .selectFrom('account_transaction')
    .select([
      'id',
      'book_id as bookId',
      'reference',
      'holder_id as holderId',
      sql<'in' | 'out'>`direction`.as('direction'),
      sql<string>`round(amount, 2)::text`.as('amount'),
      'booked_on as bookedOn',
      'counterparty_name as counterpartyName',
      'counterparty_account as counterpartyAccount',
      'counterparty_uscc as counterpartyUscc',
      'counterparty_industry as counterpartyIndustry',
      'purpose',
      sql<FlowClass>`class`.as('class'),
      'created_at as createdAt',
    ]);
  if (filter.bookId !== undefined) rows = rows.where('book_id', '=', filter.bookId);
  if (filter.holderId !== undefined) rows = rows.where('holder_id', '=', filter.holderId);
  if (filter.class !== undefined) rows = rows.where('class', '=', filter.class);
  return rows;
}

/** The parts of movements that are the money of a financing, or that an alert is about, yuan as text. */
export const traceAnswers = (db: Reader) =>
  db
    .selectFrom('flow_trace')
    .innerJoin('account_transaction', 'account_transaction.id', 'flow_trace.transaction_id')
    .select([
      'flow_trace.id as id',
      'transaction_id as transactionId',
      'financing_id as financingId',
      'alert_id as alertId',
      sql<FlowClass>`flow_trace.class`.as('class'),
      sql<string>`round(flow_trace.amount, 2)::text`.as('amount'),
      'reference',
      sql<'in' | 'out'>`direction`.as('direction'),
      'booked_on as bookedOn',
      'counterparty_name as counterpartyName',
      'purpose',
    ]);

/** How far the money of a financing has been followed, by class, yuan as text. Refusal `not-found`. */
export async function fundFlowOf(db: Reader, financingId: string) {
  const financing = await db
    .selectFrom('financing')
    .select(['id', 'book_id as bookId', 'borrower_id as borrowerId', 'value_date as valueDate', 'amount'])
    .where('id', '=', financingId)
    .executeTakeFirst();
  if (financing === undefined) throw new Refusal('not-found', `there is no financing ${financingId}`);
  const classes = await db
    .selectFrom('flow_trace')
    .where('financing_id', '=', financingId)
    .select([
      sql<FlowClass>`class`.as('class'),
      sql<number>`count(*)::int`.as('movements'),
      sql<string>`round(sum(amount), 2)::text`.as('amount'),
    ])
    .groupBy('class')
    .orderBy('class')
    .execute();
  const { rows } = await sql<{ amount: string; traced: string; left: string }>`
    select round(f.amount, 2)::text as amount, round(coalesce(p.traced, 0), 2)::text as traced,
           round(f.amount - coalesce(p.traced, 0), 2)::text as left
      from financing f left join flow_position p on p.financing_id = f.id where f.id = ${financingId}`.execute(db);
  return {
    financingId,
    bookId: financing.bookId,
    borrowerId: financing.borrowerId,
    valueDate: financing.valueDate,
    paidOut: rows[0]?.amount as string,
    traced: rows[0]?.traced as string,
    untraced: rows[0]?.left as string,
    classes,
  };
}
