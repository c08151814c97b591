import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Located } from './loading.ts';

const REMEMBERED = 100_000;
const known = new Map<string, Located>();

/** The columns of `Located`. */
export const located = [
  'id as financingId',
  'book_id as bookId',
  'chain_id as chainId',
  'borrower_id as borrowerId',
  'debtor_id as debtorId',
] as const;

/**
 * Where a financing belongs, if the asking organization may see it; `not-found` otherwise. That never changes, so it
 * is read once for each organization.
 */
export async function locateFinancing(
  database: Database,
  actor: Pick<Actor, 'orgId' | 'orgKind'>,
  financingId: string,
): Promise<Located> {
  const key = `${actor.orgId} ${financingId}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('financing').select(located).where('id', '=', financingId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no financing ${financingId}`);
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, row);
  return row;
}

/** Financings as the API shows them, yuan as text: numbers keep the decimals they were written with. */
export const financingAnswers = (db: Reader) =>
  db
    .selectFrom('financing')
    .select([
      'id',
      'number',
      'book_id as bookId',
      'chain_id as chainId',
      'programme_id as programmeId',
      'programme_version as programmeVersion',
      'product',
      'status',
      'borrower_id as borrowerId',
      'debtor_id as debtorId',
      'face',
      'amount',
      'principal',
      'rate',
      'penalty_rate as penaltyRate',
      'fee',
      'discount',
      'value_date as valueDate',
      'due_date as dueDate',
      'maturity_date as maturityDate',
      'overdue_from as overdueFrom',
      'overdue_since as overdueSince',
      'risk_class as riskClass',
      'extensions',
      'shortfall',
      'misused',
      'misuse_rate as misuseRate',
      'approval_id as approvalId',
      'guarantee_task_id as guaranteeTaskId',
      'registration_id as registrationId',
      'payment_id as paymentId',
      'settled_on as settledOn',
      'note',
      'version',
      'created_at as createdAt',
    ]);
