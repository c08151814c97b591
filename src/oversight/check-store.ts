import { bool, date, defineTable, instant, int, json, nullable, oneOf, type RowOf, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Finding } from './check-rules.ts';
import type { CheckState } from './lifecycle.ts';

export const checkStages = ['pre_loan', 'in_loan', 'post_loan'] as const;
export type CheckStage = (typeof checkStages)[number];

const columns = {
  id: uuid,
  bookId: uuid,
  financingId: uuid,
  borrowerId: uuid,
  stage: oneOf<CheckStage>(),
  state: oneOf<CheckState>(),
  /** Codes of what has to be found out. */
  items: json<readonly string[]>(),
  dueOn: date,
  everyMonths: nullable(int),
  ownerPerson: nullable(uuid),
  findings: json<readonly Finding[] | null>(),
  doneBy: nullable(uuid),
  doneOn: nullable(date),
  missed: bool,
  version: int,
  createdAt: instant,
} as const;
export type LoanCheckRow = RowOf<typeof columns>;

/** A check and where it belongs, found under the asking organization's row-level security. */
export type LocatedCheck = Readonly<{ checkId: string; financingId: string; bookId: string }>;

export const loanChecks = defineTable('loan_check', {
  rank: 36,
  key: 'id',
  columns,
  changeable: ['state', 'ownerPerson', 'findings', 'doneBy', 'doneOn', 'missed', 'version'],
});

/** Locks the checks of financings that a decision on them may turn on. */
export async function lockChecksOf(work: Workspace, financingIds: readonly string[]): Promise<void> {
  const found = await work.query<{ id: string }>(
    'loan_check.of_financings',
    "select id from loan_check where financing_id = any($1::uuid[]) and (state = 'open' or stage <> 'post_loan')",
    [financingIds],
  );
  await work.lock(
    loanChecks,
    found.map(({ id }) => id),
  );
}

/** The locked checks of a financing at one stage, the last one first. */
export const checksOf = (work: Workspace, financingId: string, stage: CheckStage): LoanCheckRow[] =>
  work
    .allWith(loanChecks, 'financingId', financingId)
    .filter((check) => check.stage === stage)
    .sort((a, b) => (a.id < b.id ? 1 : -1));

/** Open checks of a book that were due by the end of a day and that nobody has been told of, in pages. */
export const missedChecks = (work: Workspace, bookId: string, on: string, limit: number) =>
  work.query<{ id: string }>(
    'loan_check.missed',
    `select id from loan_check
      where book_id = $1 and state = 'open' and due_on <= $2 and not missed order by due_on, id limit $3`,
    [bookId, on, limit],
  );
