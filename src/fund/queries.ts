import { sql } from 'kysely';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { FundState, FundUseState } from './lifecycle.ts';
import type { FundTerms, MoveKind } from './store.ts';

/** Funds as the API shows them, yuan as text. */
export const fundAnswers = (db: Reader) =>
  db
    .selectFrom('fund')
    .select([
      'id',
      'book_id as bookId',
      sql<'risk_pool' | 'rollover'>`kind`.as('kind'),
      'owner_id as ownerId',
      sql<'fiscal' | 'commercial'>`sponsor`.as('sponsor'),
      'name',
      'programme_id as programmeId',
      sql<FundTerms>`terms`.as('terms'),
      sql<string>`round(balance, 2)::text`.as('balance'),
      sql<string>`round(lent, 2)::text`.as('lent'),
      sql<FundState>`state`.as('state'),
      'approval_id as approvalId',
      'closing_task_id as closingTaskId',
      'version',
      'created_at as createdAt',
    ]);

/** Uses of funds as the API shows them, yuan as text. */
export const fundUseAnswers = (db: Reader) =>
  db
    .selectFrom('fund_use')
    .select([
      'id',
      'fund_id as fundId',
      'book_id as bookId',
      sql<'compensation' | 'rollover'>`kind`.as('kind'),
      'financing_id as financingId',
      'borrower_id as borrowerId',
      'renewal_id as renewalId',
      sql<FundUseState>`state`.as('state'),
      sql<string>`round(loss, 2)::text`.as('loss'),
      sql<string>`round(amount, 2)::text`.as('amount'),
      sql<string>`round(recovered, 2)::text`.as('recovered'),
      sql<string>`round(fee, 2)::text`.as('fee'),
      'used_on as usedOn',
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);

/** Moves of funds as the API shows them, yuan as text. */
export const fundMoveAnswers = (db: Reader) =>
  db
    .selectFrom('fund_move')
    .select([
      'id',
      sql<MoveKind>`kind`.as('kind'),
      'party_id as partyId',
      'use_id as useId',
      sql<string>`round(amount, 2)::text`.as('amount'),
      sql<string>`round(balance_after, 2)::text`.as('balanceAfter'),
      'bank_reference as bankReference',
      'moved_on as movedOn',
      'created_at as createdAt',
    ]);

/** The book of a fund that the asking organization may see; `not-found` otherwise. */
export async function locateFund(database: Database, actor: Actor, fundId: string, field?: string) {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('fund').select(['id as fundId', 'book_id as bookId']).where('id', '=', fundId).executeTakeFirst(),
  );
  if (row !== undefined) return row;
  throw new Refusal('not-found', `there is no fund ${fundId}`, field === undefined ? {} : { field });
}

/** A use of a fund and the loan that it is for; `not-found` otherwise. */
export async function locateUse(database: Database, actor: Actor, useId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('fund_use')
      .select([
        'id as useId',
        'fund_id as fundId',
        'book_id as bookId',
        'chain_id as chainId',
        'borrower_id as borrowerId',
        'financing_id as financingId',
        'renewal_id as renewalId',
        sql<'compensation' | 'rollover'>`kind`.as('kind'),
      ])
      .where('id', '=', useId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no use of a fund ${useId}`);
  return { ...row, debtorId: null };
}
