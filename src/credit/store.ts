import { financings } from '../financing/store.ts';
import { addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import {
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { CreditDecision, TradeRecord } from './limit-rules.ts';

/** Figures of the last year as a firm declares them: yuan, days and ratios as text. */
export type DeclaredFigures = Readonly<
  Record<
    | 'sales'
    | 'profitMargin'
    | 'growth'
    | 'inventoryDays'
    | 'receivableDays'
    | 'payableDays'
    | 'prepaidDays'
    | 'advanceReceivedDays'
    | 'ownFunds'
    | 'otherFunds'
    | 'outsideLoans',
    string
  >
>;

const declarationColumns = {
  id: uuid,
  orgId: uuid,
  year: int,
  figures: json<DeclaredFigures>(),
  workingCapital: money,
  loanNeed: money,
  outsideLoans: money,
  declaredOn: date,
  declaredBy: uuid,
  createdAt: instant,
} as const;
export type DeclarationRow = RowOf<typeof declarationColumns>;
export const declarations = defineTable('credit_declaration', {
  rank: 44,
  key: 'id',
  columns: declarationColumns,
  changeable: [],
});

/** Why an applicant is not simply approved: a refusal's code and what stands behind it. */
export type Reason = Readonly<{ code: string; message: string }>;

const assessmentColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  orgId: uuid,
  financingId: nullable(uuid),
  batchId: nullable(uuid),
  assessedOn: date,
  decision: oneOf<CreditDecision>(),
  score: decimal,
  creditLimit: money,
  drawn: money,
  borrowed: money,
  needed: money,
  amount: money,
  explanation: json<Readonly<Record<string, unknown>>>(),
  reasons: json<readonly Reason[]>(),
  createdAt: instant,
} as const;
export type AssessmentRow = RowOf<typeof assessmentColumns>;
export const assessments = defineTable('credit_assessment', {
  rank: 54,
  key: 'id',
  columns: assessmentColumns,
  changeable: [],
});

/** Whose record is asked for, in which chain, over how long. */
export type RecordQuestion = Readonly<{
  chainId: string;
  orgId: string;
  on: IsoDate;
  observedMonths: number;
  /** Days after its due date within which a payment still counts as punctual. */
  graceDays: number;
}>;

type RecordRow = Record<'volume' | 'disputed' | 'credited' | 'due' | 'on_time' | 'largest' | 'invoiced', string> & {
  months: number;
};

/** The record of each, in the order of the questions, from what the platform has at whichever bank; in one statement. */
export async function tradeRecords(work: Workspace, questions: readonly RecordQuestion[]): Promise<TradeRecord[]> {
  if (questions.length === 0) return [];
  const rows = await work.query<RecordRow>(
    'credit.trade_records',
    `select months, volume, disputed, credited, due, on_time, largest, invoiced
       from trade_records($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::integer[])`,
    [
      questions.map(({ chainId }) => chainId),
      questions.map(({ orgId }) => orgId),
      questions.map(({ on, observedMonths }) => addMonths(on, -observedMonths)),
      questions.map(({ on }) => on),
      questions.map(({ graceDays }) => graceDays),
    ],
  );
  if (rows.length < questions.length) throw new Error('a trade record is asked for outside the chains in scope');
  return rows.map((row) => ({
    monthsOfTrade: row.months,
    volume: new Decimal(row.volume),
    disputed: new Decimal(row.disputed),
    credited: new Decimal(row.credited),
    due: new Decimal(row.due),
    paidOnTime: new Decimal(row.on_time),
    largestCounterparty: new Decimal(row.largest),
    invoiced: new Decimal(row.invoiced),
  }));
}

/** What a firm with its group needs and has borrowed at all banks, in yuan: a sum without names. */
export type GroupCredit = Readonly<{
  headId: string;
  /** Whether the firm itself has declared figures that still count. */
  declared: boolean;
  needed: Decimal;
  borrowed: Decimal;
}>;

type GroupRow = { org_id: string; head_id: string; declared: boolean; needed: string; borrowed: string };

/** Lets applications of one group, at whichever bank, wait for each other: after the books, before financings and limits. */
export async function lockGroupCredit(work: Workspace, orgIds: readonly string[]): Promise<void> {
  work.passRank(declarations.rank, 'group credit');
  await work.query('credit.lock_group', 'select lock_group_credit($1::uuid[])', [orgIds]);
}

/** The credit of groups, by organization in the transaction's scope; declarations count from the day named. */
export async function groupCredits(
  work: Workspace,
  firms: readonly Readonly<{ orgId: string; since: IsoDate }>[],
): Promise<ReadonlyMap<string, GroupCredit>> {
  const rows = await work.query<GroupRow>(
    'credit.group',
    'select org_id, head_id, declared, needed, borrowed from group_credit($1::uuid[], $2::date[])',
    [firms.map(({ orgId }) => orgId), firms.map(({ since }) => since)],
  );
  return new Map(
    rows.map((row) => [
      row.org_id,
      {
        headId: row.head_id,
        declared: row.declared,
        needed: new Decimal(row.needed),
        borrowed: new Decimal(row.borrowed),
      },
    ]),
  );
}

export const drawnKey = (programmeId: string, orgId: string): string => `${programmeId} ${orgId}`;

/** What these firms have drawn, or applied for, of their credit under these programmes, in yuan, by `drawnKey`. */
export async function drawnCredit(
  work: Workspace,
  programmeIds: readonly string[],
  orgIds: readonly string[],
): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await work.query<{ programme_id: string; borrower_id: string; drawn: string }>(
    'credit.drawn',
    `select programme_id, borrower_id,
            sum(case when status in ('submitted', 'approved', 'disbursing') then amount else principal end) as drawn
       from ${financings.name}
      where programme_id = any($1::uuid[]) and borrower_id = any($2::uuid[]) and product = 'credit_loan'
        and status in ('submitted', 'approved', 'disbursing', 'active', 'overdue', 'recovering', 'written_off')
      group by programme_id, borrower_id`,
    [programmeIds, orgIds],
  );
  return new Map(rows.map((row) => [drawnKey(row.programme_id, row.borrower_id), new Decimal(row.drawn)]));
}
