import { sql } from 'kysely';
import { locateFinancing } from '../financing/queries.ts';
import { financings } from '../financing/store.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import type { explain } from './answer.ts';
import type { CreditApplication } from './assessment.ts';
import type { CreditDecision } from './limit-rules.ts';
import type { DeclaredFigures, Reason } from './store.ts';

type Explanation = ReturnType<typeof explain>;

/** Declarations as the API shows them, yuan as text. */
export const declarationAnswers = (db: Reader) =>
  db
    .selectFrom('credit_declaration')
    .select([
      'id',
      'org_id as organizationId',
      'year',
      sql<DeclaredFigures>`figures`.as('figures'),
      sql<string>`round(working_capital, 2)::text`.as('workingCapital'),
      sql<string>`round(loan_need, 2)::text`.as('loanNeed'),
      sql<string>`round(outside_loans, 2)::text`.as('outsideLoans'),
      'declared_on as declaredOn',
      'created_at as createdAt',
    ]);

/** Assessments as the API shows them, yuan as text. */
export const assessmentAnswers = (db: Reader) =>
  db
    .selectFrom('credit_assessment')
    .select([
      'id',
      'book_id as bookId',
      'chain_id as chainId',
      'programme_id as programmeId',
      'programme_version as programmeVersion',
      'org_id as organizationId',
      'financing_id as financingId',
      'batch_id as batchId',
      'assessed_on as assessedOn',
      sql<CreditDecision>`decision`.as('decision'),
      sql<string>`round(score, 6)::text`.as('score'),
      sql<string>`round(credit_limit, 2)::text`.as('creditLimit'),
      sql<string>`round(drawn, 2)::text`.as('drawn'),
      sql<string>`round(borrowed, 2)::text`.as('borrowed'),
      sql<string>`round(needed, 2)::text`.as('needed'),
      sql<string>`round(amount, 2)::text`.as('amount'),
      sql<Explanation | null>`nullif(explanation, '{}')`.as('explanation'),
      sql<Reason[]>`reasons`.as('reasons'),
      'created_at as createdAt',
    ]);

/** The bank and the chain of a programme that the asking organization may see; `not-found` otherwise. */
export async function locateCredit(database: Database, actor: Actor, programmeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .where('id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined) {
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  }
  return { programmeId, product: 'credit_loan', ...row } as const;
}

/** A financing with the application for credit it was drawn up from; `not-found` for one of another product. */
export async function returnedCredit(database: Database, actor: Actor, financingId: string) {
  const located = await locateFinancing(database, actor, financingId);
  return readAs(database, actor, async (db) => {
    const [row] = await tableRows(db, financings, 'id', [financingId]);
    if (row?.product !== 'credit_loan') throw new Refusal('not-found', `there is no credit loan ${financingId}`);
    const application: CreditApplication = {
      programmeId: row.programmeId,
      bookId: row.bookId,
      chainId: row.chainId,
      product: 'credit_loan',
      amount: row.amount,
      dueDate: row.dueDate,
      payeeAccountId: row.payeeAccountId as string,
    };
    return { ...located, application };
  });
}

/** Batches as the API shows them. */
export const batchAnswers = (db: Reader) =>
  db
    .selectFrom('credit_batch')
    .select([
      'id',
      'programme_id as programmeId',
      'programme_version as programmeVersion',
      'file_sha256 as fileSha256',
      'assessed_on as assessedOn',
      sql<'running' | 'done'>`state`.as('state'),
      'total',
      'approved',
      'referred',
      'declined',
      'created_at as createdAt',
      'finished_at as finishedAt',
    ]);

/** Refuses (`not-found`) a batch that the asking organization does not see. */
export async function requireBatch(db: Reader, batchId: string): Promise<void> {
  const batch = await batchAnswers(db).where('id', '=', batchId).executeTakeFirst();
  if (batch === undefined) throw new Refusal('not-found', `there is no credit batch ${batchId}`);
}

/** Rows of one batch, with the limit that each came to. */
export const batchRowAnswers = (db: Reader, batchId: string) =>
  db
    .selectFrom('credit_batch_row')
    .leftJoin('credit_assessment', 'credit_assessment.id', 'credit_batch_row.assessment_id')
    .select([
      'line',
      'uscc',
      sql<string | null>`round(credit_batch_row.amount, 2)::text`.as('amount'),
      sql<CreditDecision | null>`credit_batch_row.decision`.as('decision'),
      sql<Reason[]>`credit_batch_row.reasons`.as('reasons'),
      'assessment_id as assessmentId',
      sql<string | null>`round(credit_assessment.credit_limit, 2)::text`.as('creditLimit'),
    ])
    .where('credit_batch_row.batch_id', '=', batchId);
