import { sql } from 'kysely';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';

/** Receivables as the API shows them, yuan as text. */
export const receivableAnswers = (db: Reader) =>
  db
    .selectFrom('receivable')
    .select([
      'receivable.id as id',
      'receivable.chain_id as chainId',
      'receivable.debtor_id as debtorId',
      'receivable.creditor_id as creditorId',
      'receivable.reference',
      'receivable.stage',
      'receivable.payment',
      'receivable.face',
      'receivable.confirmed',
      'receivable.credited',
      'receivable.paid',
      sql<string>`(confirmed - credited - paid)::text`.as('outstanding'),
      'receivable.disputed',
      'receivable.issue_date as issueDate',
      'receivable.due_date as dueDate',
      'receivable.goods_accepted_on as goodsAcceptedOn',
      'receivable.warnings',
      'receivable.note',
      'receivable.confirmed_at as confirmedAt',
      'receivable.version',
      'receivable.created_at as createdAt',
    ]);

/** Holdings as the API shows them. */
export const holdingAnswers = (db: Reader) =>
  db
    .selectFrom('holding')
    .select([
      'id',
      'receivable_id as receivableId',
      'holder_id as holderId',
      'parent_id as parentId',
      'from_id as fromId',
      'amount',
      'state',
      'legal',
      'financing_id as financingId',
      'transfer_id as transferId',
      'version',
      'created_at as createdAt',
    ]);

export const transferAnswers = (db: Reader) =>
  db
    .selectFrom('holding_transfer')
    .select([
      'id',
      'holding_id as holdingId',
      'receivable_id as receivableId',
      'from_id as fromId',
      'to_id as toId',
      'amount',
      'state',
      'evidence',
      'version',
      'created_at as createdAt',
    ]);

/** The chain of a receivable that the asking organization may see; `not-found` otherwise. */
export async function locateReceivable(database: Database, actor: Actor, receivableId: string) {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('receivable').select(['chain_id as chainId']).where('id', '=', receivableId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no receivable ${receivableId}`);
  return { receivableId, chainId: row.chainId };
}

export async function locateTransfer(database: Database, actor: Actor, transferId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('holding_transfer')
      .select(['chain_id as chainId', 'receivable_id as receivableId'])
      .where('id', '=', transferId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no transfer ${transferId}`);
  return { transferId, ...row };
}

/** The bank and the chain of a programme that the asking organization may see. */
export async function locateProgramme(database: Database, actor: Actor, programmeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .where('id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined)
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  return { programmeId, ...row };
}

/** Books that finance a part of a receivable, asked by its creditor: their loans must follow a credit note. */
export async function booksBehind(database: Database, actor: Actor, receivableId: string): Promise<string[]> {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('holding')
      .select('book_id as bookId')
      .distinct()
      .where('receivable_id', '=', receivableId)
      .where('state', '=', 'live')
      .where('book_id', 'is not', null)
      .execute(),
  );
  return rows.map(({ bookId }) => bookId as string);
}
