import { sql } from 'kysely';
import type { ApprovalTaskRow } from '../approval/store.ts';
import { locateFinancing } from '../financing/queries.ts';
import type { Bucket } from '../money/waterfall.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { guaranteeStates } from './answer.ts';
import type { AgreementState, ClaimState } from './lifecycle.ts';
import type { AgreedShare } from './store.ts';

/** Agreements as the API shows them, yuan as text. */
export const agreementAnswers = (db: Reader) =>
  db
    .selectFrom('guarantee_agreement')
    .select([
      'id',
      'book_id as bookId',
      'guarantor_id as guarantorId',
      sql<AgreedShare[]>`shares`.as('shares'),
      sql<string>`round(cap, 2)::text`.as('cap'),
      sql<string>`round(financing_cap, 2)::text`.as('financingCap'),
      sql<string>`round(fee_rate, 6)::text`.as('feeRate'),
      'waiting_days as waitingDays',
      sql<string>`round(stop_loss, 6)::text`.as('stopLoss'),
      sql<Bucket[]>`settles`.as('settles'),
      sql<'one' | 'two'>`persons`.as('persons'),
      'expires_on as expiresOn',
      sql<AgreementState>`state`.as('state'),
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);

const STATE = sql.raw(
  `case approval_task.state ${Object.entries(guaranteeStates)
    .map(([task, state]) => `when '${task}' then '${state}'`)
    .join(' ')} end`,
);

type GuaranteeState = (typeof guaranteeStates)[ApprovalTaskRow['state']];

/** Guarantees as the API shows them to bank and guarantor; the state and the version are those of the approval. */
export const guaranteeAnswers = (db: Reader) =>
  db
    .selectFrom('guarantee')
    .innerJoin('approval_task', 'approval_task.id', 'guarantee.task_id')
    .select([
      'guarantee.id as id',
      'agreement_id as agreementId',
      'guarantee.book_id as bookId',
      'guarantor_id as guarantorId',
      'financing_id as financingId',
      'borrower_id as borrowerId',
      'product',
      'number',
      sql<string>`round(guarantee.amount, 2)::text`.as('amount'),
      sql<string>`round(cover, 2)::text`.as('cover'),
      sql<string>`round(rate, 6)::text`.as('rate'),
      'maturity_date as maturityDate',
      sql<GuaranteeState>`${STATE}`.as('state'),
      'task_id as approvalId',
      sql<string | null>`round(fee, 2)::text`.as('fee'),
      'approval_task.version as version',
      'guarantee.created_at as createdAt',
    ]);

/** Claims as the API shows them, yuan as text. */
export const claimAnswers = (db: Reader) =>
  db
    .selectFrom('guarantee_claim')
    .select([
      'id',
      'guarantee_id as guaranteeId',
      'agreement_id as agreementId',
      'book_id as bookId',
      'guarantor_id as guarantorId',
      'financing_id as financingId',
      'borrower_id as borrowerId',
      sql<ClaimState>`state`.as('state'),
      sql<string>`round(loss, 2)::text`.as('loss'),
      sql<string>`round(principal, 2)::text`.as('principal'),
      sql<string>`round(interest, 2)::text`.as('interest'),
      sql<string>`round(penalty, 2)::text`.as('penalty'),
      sql<{ partyId: string; amount: string; paid: string; recovered: string }[]>`parts`.as('parts'),
      sql<string>`round(bank_bears, 2)::text`.as('bankBears'),
      'opened_on as openedOn',
      'evidence',
      'note',
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);

async function found<T>(database: Database, actor: Actor, what: string, read: (db: Reader) => Promise<T | undefined>) {
  const row = await readAs(database, actor, read);
  if (row === undefined) throw new Refusal('not-found', `there is no ${what}`);
  return row;
}

/** The book of an agreement that the asking organization may see. */
export const locateAgreement = (database: Database, actor: Actor, agreementId: string) =>
  found(database, actor, `guarantee agreement ${agreementId}`, (db) =>
    db
      .selectFrom('guarantee_agreement')
      .select(['id as agreementId', 'book_id as bookId'])
      .where('id', '=', agreementId)
      .executeTakeFirst(),
  );

/** A guarantee and the financing behind it, for bank and guarantor. */
export const locateGuarantee = (database: Database, actor: Actor, guaranteeId: string) =>
  found(database, actor, `guarantee ${guaranteeId}`, (db) =>
    db
      .selectFrom('guarantee')
      .select([
        'id as guaranteeId',
        'financing_id as financingId',
        'book_id as bookId',
        'chain_id as chainId',
        'borrower_id as borrowerId',
        'debtor_id as debtorId',
      ])
      .where('id', '=', guaranteeId)
      .executeTakeFirst(),
  );

/** A claim and the financing behind it, for bank and guarantors. */
export async function locateClaim(database: Database, actor: Actor, claimId: string) {
  const row = await found(database, actor, `guarantee claim ${claimId}`, (db) =>
    db
      .selectFrom('guarantee_claim')
      .innerJoin('guarantee', 'guarantee.id', 'guarantee_claim.guarantee_id')
      .select([
        'guarantee_claim.id as claimId',
        'guarantee_claim.financing_id as financingId',
        'guarantee_claim.book_id as bookId',
        'guarantee_claim.chain_id as chainId',
        'guarantee_claim.borrower_id as borrowerId',
        'guarantee.debtor_id as debtorId',
      ])
      .where('guarantee_claim.id', '=', claimId)
      .executeTakeFirst(),
  );
  return row;
}

/** The financing of a bank with the guarantee that stands behind it; `not-guaranteed` when there is none. */
export async function guaranteedFinancing(database: Database, actor: Actor, financingId: string) {
  const place = await locateFinancing(database, actor, financingId);
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('guarantee')
      .innerJoin('financing', 'financing.guarantee_task_id', 'guarantee.task_id')
      .select('guarantee.id as guaranteeId')
      .where('financing.id', '=', financingId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-guaranteed', 'no guarantor was asked for this financing');
  return { ...place, guaranteeId: row.guaranteeId };
}
