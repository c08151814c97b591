import { Decimal } from '../money/decimal.ts';
import type { Bucket } from '../money/waterfall.ts';
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
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AgreementState, ClaimState } from './lifecycle.ts';

/** A party's share of a loss, as text; the bank's own among them. */
export type AgreedShare = Readonly<{ partyId: string; share: string }>;

const agreementColumns = {
  id: uuid,
  bookId: uuid,
  guarantorId: uuid,
  /** Everybody but the bank. */
  partyIds: json<readonly string[]>(),
  shares: json<readonly AgreedShare[]>(),
  cap: money,
  financingCap: money,
  feeRate: decimal,
  waitingDays: int,
  stopLoss: decimal,
  settles: json<readonly Bucket[]>(),
  persons: oneOf<'one' | 'two'>(),
  expiresOn: date,
  state: oneOf<AgreementState>(),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type AgreementRow = RowOf<typeof agreementColumns>;
export const agreements = defineTable('guarantee_agreement', {
  rank: 34,
  key: 'id',
  columns: agreementColumns,
  changeable: ['state', 'version'],
});

const guaranteeColumns = {
  id: uuid,
  agreementId: uuid,
  bookId: uuid,
  guarantorId: uuid,
  financingId: uuid,
  chainId: uuid,
  borrowerId: uuid,
  debtorId: nullable(uuid),
  product: text,
  number: text,
  amount: money,
  cover: money,
  rate: decimal,
  maturityDate: date,
  /** The guarantor's approval, whose state says whether the guarantee is given. */
  taskId: uuid,
  fee: nullable(money),
  version: int,
  createdAt: instant,
} as const;
export type GuaranteeRow = RowOf<typeof guaranteeColumns>;
export const guarantees = defineTable('guarantee', {
  rank: 35,
  key: 'id',
  columns: guaranteeColumns,
  changeable: ['fee', 'version'],
});

/** A guarantor's part of a claim, yuan as text. */
export type ClaimPart = Readonly<{
  partyId: string;
  weight: string;
  amount: string;
  paid: string;
  recovered: string;
}>;

const claimColumns = {
  id: uuid,
  guaranteeId: uuid,
  agreementId: uuid,
  bookId: uuid,
  guarantorId: uuid,
  partyIds: json<readonly string[]>(),
  financingId: uuid,
  chainId: uuid,
  borrowerId: uuid,
  state: oneOf<ClaimState>(),
  loss: money,
  principal: money,
  interest: money,
  penalty: money,
  parts: json<readonly ClaimPart[]>(),
  bankWeight: decimal,
  bankBears: money,
  openedOn: date,
  evidence: text,
  note: nullable(text),
  approvalId: uuid,
  version: int,
  createdAt: instant,
} as const;
export type ClaimRow = RowOf<typeof claimColumns>;
export const claims = defineTable('guarantee_claim', {
  rank: 35,
  key: 'id',
  columns: claimColumns,
  changeable: ['state', 'parts', 'note', 'version'],
});

const paymentColumns = {
  id: uuid,
  claimId: uuid,
  bookId: uuid,
  kind: oneOf<'compensation' | 'recovery'>(),
  partyId: uuid,
  amount: money,
  bankReference: nullable(text),
  paidOn: date,
  createdAt: instant,
} as const;
export const guaranteePayments = defineTable('guarantee_payment', {
  rank: 72,
  key: 'id',
  columns: paymentColumns,
  changeable: [],
});

/** What an agreement is used for by now, in yuan; a batch adds what it decides. */
export type AgreementUse = Readonly<{
  /** Guaranteed, or asked for, and neither repaid nor refused. */
  liability: Decimal;
  /** All that was ever guaranteed. */
  guaranteed: Decimal;
  /** Called for in the calendar year. */
  called: Decimal;
}>;
export type AgreementUses = Map<string, AgreementUse>;

/** The use of locked agreements; `on` tells the year. */
export async function usesOf(work: Workspace, agreementIds: readonly string[], on: string): Promise<AgreementUses> {
  const rows = await work.query<{ id: string; liability: string; guaranteed: string; called: string }>(
    'guarantee_agreement.uses',
    `select a.id, coalesce(given.liability, 0) as liability, coalesce(given.guaranteed, 0) as guaranteed,
            coalesce(lost.called, 0) as called
       from unnest($1::uuid[]) as a(id)
       left join lateral (
         select sum(g.cover) filter (where f.guarantee_task_id = g.task_id
                  and f.status in ('submitted', 'approved', 'disbursing', 'active', 'overdue', 'recovering')) as liability,
                sum(g.cover) filter (where t.state = 'approved') as guaranteed
           from guarantee g join approval_task t on t.id = g.task_id join financing f on f.id = g.financing_id
          where g.agreement_id = a.id and t.state in ('open', 'approved')) given on true
       left join lateral (
         select sum(c.loss - c.bank_bears) as called from guarantee_claim c
          where c.agreement_id = a.id and c.state <> 'withdrawn' and c.opened_on >= date_trunc('year', $2::date)) lost on true`,
    [agreementIds, on],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        liability: new Decimal(row.liability),
        guaranteed: new Decimal(row.guaranteed),
        called: new Decimal(row.called),
      },
    ]),
  );
}

/** Counts what a command of this batch adds to the use of an agreement, until it is refused. */
export function addUse(work: Workspace, uses: AgreementUses, id: string, added: Partial<AgreementUse>): void {
  const before = uses.get(id) as AgreementUse;
  uses.set(id, {
    ...before,
    liability: before.liability.plus(added.liability ?? 0),
    called: before.called.plus(added.called ?? 0),
  });
  work.onUndo(() => uses.set(id, before));
}

/** Which of these organizations are guarantors; the transaction's scope must include them. */
export async function guarantorsAmong(work: Workspace, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await work.query<{ id: string }>(
    'guarantee_agreement.guarantors',
    "select id from organization where id = any($1::uuid[]) and kind = 'guarantor' and status = 'active'",
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

type Receipt = Readonly<{ bookId: string; bankReference: string }>;

/** Which of these payments from outside a book has booked already, whatever for. */
export async function knownReceipts(work: Workspace, receipts: readonly Receipt[]): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'guarantee_payment.known',
    `with asked as (select * from unnest($1::uuid[], $2::text[]) as a(book_id, bank_reference))
     select book_id || ' ' || bank_reference as known from asked join guarantee_payment using (book_id, bank_reference)
     union all
     select book_id || ' ' || bank_reference from asked join receipt_of_funds using (book_id, bank_reference)`,
    [receipts.map(({ bookId }) => bookId), receipts.map(({ bankReference }) => bankReference)],
  );
  return new Set(rows.map(({ known }) => known));
}
