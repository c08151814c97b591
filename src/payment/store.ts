import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Reader, Tx } from '../platform/database.ts';
import { date, defineTable, instant, int, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { PaymentState } from './rules.ts';

export type PaymentPurpose = 'disbursement' | 'payout' | 'refund' | 'bill_discount';

const columns = {
  id: uuid,
  bookId: uuid,
  purpose: oneOf<PaymentPurpose>(),
  subjectId: uuid,
  payeeId: uuid,
  payeeName: text,
  payeeAccount: text,
  payeeBank: text,
  amount: money,
  state: oneOf<PaymentState>(),
  reasonCode: nullable(text),
  reason: nullable(text),
  bankReference: nullable(text),
  businessDate: date,
  sentAt: nullable(instant),
  finishedAt: nullable(instant),
  version: int,
  createdAt: instant,
};

export type PaymentRow = RowOf<typeof columns>;

export const payments = defineTable('payment', {
  rank: 70,
  key: 'id',
  columns,
  changeable: ['state', 'reasonCode', 'reason', 'bankReference', 'sentAt', 'finishedAt', 'version'],
});

export type PaymentDraft = Readonly<{
  bookId: string;
  purpose: PaymentPurpose;
  /** What is paid for; a financing has one disbursement under way or settled at a time. */
  subjectId: string;
  payee: Readonly<{ id: string; name: string; account: string; bank: string }>;
  /** Yuan to the fen, above zero. */
  amount: Decimal;
  businessDate: IsoDate;
  now: Date;
}>;

/** A new instruction, not yet sent. Insert it and add "payments" to the wakes of the workspace. */
export const draftPayment = (draft: PaymentDraft): PaymentRow => ({
  id: uuidv7(),
  bookId: draft.bookId,
  purpose: draft.purpose,
  subjectId: draft.subjectId,
  payeeId: draft.payee.id,
  payeeName: draft.payee.name,
  payeeAccount: draft.payee.account,
  payeeBank: draft.payee.bank,
  amount: draft.amount,
  state: 'created',
  reasonCode: null,
  reason: null,
  bankReference: null,
  businessDate: draft.businessDate,
  sentAt: null,
  finishedAt: null,
  version: 1,
  createdAt: draft.now.toISOString(),
});

/** Up to `limit` payments in this state, of every book, in the order of their ids after `after`. */
export async function paymentsUnderWay(
  tx: Tx,
  { state, after, limit }: Readonly<{ state: 'created' | 'sent'; after: string; limit: number }>,
): Promise<PaymentRow[]> {
  const found = await tx.query<{ id: string }>(
    'payment.under_way',
    'select id from payment where state = $1 and id > $2 order by id limit $3',
    [state, after, limit],
  );
  return paymentsById(
    tx,
    found.map(({ id }) => id),
  );
}

/** Payments by id, in the order of their ids. */
export async function paymentsById(tx: Tx, ids: readonly string[]): Promise<PaymentRow[]> {
  if (ids.length === 0) return [];
  const rows = await payments.read(tx, 'id', ids);
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export type PaymentFilter = Readonly<{
  state?: PaymentState;
  purpose?: PaymentPurpose;
  subjectId?: string;
  bookId?: string;
  payeeId?: string;
}>;

/** Payments as the API answers them. */
export function paymentAnswers(db: Reader, filter: PaymentFilter) {
  let query = db
    .selectFrom('payment')
    .select([
      'id',
      'book_id as bookId',
      sql<PaymentPurpose>`purpose`.as('purpose'),
      'subject_id as subjectId',
      'payee_id as payeeId',
      'payee_name as payeeName',
      'payee_account as payeeAccount',
      'payee_bank as payeeBank',
      sql<string>`round(amount, 2)`.as('amount'),
      sql<PaymentState>`state`.as('state'),
      'reason_code as reasonCode',
      'reason',
      'bank_reference as bankReference',
      'business_date as businessDate',
      'sent_at as sentAt',
      'finished_at as finishedAt',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.purpose !== undefined) query = query.where('purpose', '=', filter.purpose);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  if (filter.bookId !== undefined) query = query.where('book_id', '=', filter.bookId);
  if (filter.payeeId !== undefined) query = query.where('payee_id', '=', filter.payeeId);
  return query;
}
