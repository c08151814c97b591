import { Decimal } from '../money/decimal.ts';
import {
  date,
  decimal,
  defineTable,
  instant,
  int,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
  wholeNumber,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { ClaimStatus } from './claim-lifecycle.ts';

/** A list of organizations; travels as JSON, since an array of arrays must be square. */
const organizationList = {
  sqlType: 'jsonb',
  toSql: (value: readonly string[]) => JSON.stringify(value),
  fromSql: (value: readonly string[]) => value,
};

export const claimKinds = ['recourse', 're_recourse', 'advance'] as const;
export type ClaimKind = (typeof claimKinds)[number];

const claimColumns = {
  id: uuid,
  chainId: uuid,
  billId: uuid,
  acceptorId: uuid,
  holdingId: uuid,
  kind: oneOf<ClaimKind>(),
  claimantId: uuid,
  bookId: nullable(uuid),
  settlesIn: uuid,
  targets: organizationList,
  primaryTargets: organizationList,
  amount: money,
  rate: decimal,
  interestFrom: date,
  costs: money,
  principal: money,
  costsLeft: money,
  interestNumerator: wholeNumber,
  segmentFrom: date,
  interestPaid: money,
  status: oneOf<ClaimStatus>(),
  reason: nullable(text),
  openedOn: date,
  expiresOn: date,
  closedOn: nullable(date),
  version: int,
  createdAt: instant,
} as const;
export type ClaimRow = RowOf<typeof claimColumns>;
export const billClaims = defineTable('bill_claim', {
  rank: 48,
  key: 'id',
  columns: claimColumns,
  changeable: [
    'principal',
    'costsLeft',
    'interestNumerator',
    'segmentFrom',
    'interestPaid',
    'status',
    'reason',
    'closedOn',
    'version',
  ],
});

const paymentColumns = {
  id: uuid,
  claimId: uuid,
  chainId: uuid,
  claimantId: uuid,
  payerId: uuid,
  bankReference: nullable(text),
  paidOn: date,
  amount: money,
  costs: money,
  interest: money,
  principal: money,
  journalId: uuid,
  createdAt: instant,
} as const;
export type ClaimPaymentRow = RowOf<typeof paymentColumns>;
export const claimPayments = defineTable('bill_claim_payment', {
  rank: 48,
  key: 'id',
  columns: paymentColumns,
  changeable: [],
});

/** What one payer has paid on claims about a holding, and when last: the sum of its own recourse (票据法 art. 71). */
export async function paidBy(work: Workspace, holdingId: string, payerId: string) {
  const [row] = await work.query<{ amount: string | null; paid_on: string | null }>(
    'bill_claim_payment.by_payer',
    `select sum(p.amount)::text as amount, max(p.paid_on)::text as paid_on
       from bill_claim c join bill_claim_payment p on p.claim_id = c.id
      where c.holding_id = $1 and p.payer_id = $2`,
    [holdingId, payerId],
  );
  return { amount: new Decimal(row?.amount ?? 0), paidOn: row?.paid_on ?? null };
}

const FEN = (numerator: string): string => `div(2 * (${numerator}) + 360000000, 720000000)`;

/**
 * Interest that the claims of a bank earn on a day, in one statement that only inserts: to-date of the next day less
 * to-date of this one. Answers what they earn together, in yuan.
 */
export async function accrueClaims(work: Workspace, bookId: string, on: string): Promise<Decimal> {
  const [row] = await work.query<{ interest: string | null }>(
    'bill_claim.accrue',
    `with due as (
       select id, interest_numerator as closed, principal * 100 * round(rate * 1000000) as daily, $2::date - segment_from as days
         from bill_claim where book_id = $1 and closed_on is null and segment_from <= $2::date
     ), day as (
       select id, (${FEN('closed + daily * (days + 1)')} - ${FEN('closed + daily * days')}) * 0.01 as interest from due
     ), written as (
       insert into bill_claim_accrual (book_id, claim_id, accrued_on, interest)
       select $1, id, $2, interest from day on conflict do nothing returning interest
     )
     select sum(interest)::text as interest from written`,
    [bookId, on],
  );
  return new Decimal(row?.interest ?? 0);
}
