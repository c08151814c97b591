import { sql } from 'kysely';
import type { Located } from '../financing/loading.ts';
import { located, locateFinancing } from '../financing/queries.ts';
import { financingItems, financings } from '../financing/store.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import type { Application } from './assessment.ts';

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
      'receivable.rejection_code as rejectionCode',
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
      'expires_on as expiresOn',
      'version',
      'created_at as createdAt',
    ]);

/** One receivable that the asking organization may see; `not-found` otherwise. */
export async function receivableOf(db: Reader, receivableId: string) {
  const row = await receivableAnswers(db).where('receivable.id', '=', receivableId).executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found', `there is no receivable ${receivableId}`);
  return row;
}

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

type Part = Readonly<{ receivableId: string; holdingId: string }>;

/** The bank and the chain of a programme, if the asking organization may see it and the parts that it wants to finance. */
export async function locateApplication(database: Database, actor: Actor, programmeId: string, parts: readonly Part[]) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .select(
        sql<string[]>`array(select receivable_id || ' ' || id from holding
          where id = any(${parts.map(({ holdingId }) => holdingId)}::uuid[]))`.as('seen'),
      )
      .where('id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined)
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  const hidden = parts.findIndex(({ receivableId, holdingId }) => !row.seen.includes(`${receivableId} ${holdingId}`));
  if (hidden >= 0) {
    const field = `/items/${hidden}/holdingId`;
    throw new Refusal('not-found', `the receivable has no part ${parts[hidden]?.holdingId}`, { field });
  }
  return { programmeId, bookId: row.bookId, chainId: row.chainId };
}

/** Financings that the creditor's parts of a receivable back: they must follow a credit note. */
export const financingsBehind = (database: Database, actor: Actor, receivableId: string): Promise<Located[]> =>
  readAs(database, actor, (db) =>
    db
      .selectFrom('financing')
      .select(located)
      .where('borrower_id', '=', actor.orgId)
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('holding')
          .select('financing_id')
          .where('receivable_id', '=', receivableId)
          .where('state', '=', 'live')
          .where('financing_id', 'is not', null)
          .$castTo<{ financing_id: string }>(),
      )
      .execute(),
  );

/** A financing with the application that it was drawn up from, none of which ever changes; `not-found` otherwise. */
export async function returnedApplication(database: Database, actor: Actor, financingId: string) {
  const located = await locateFinancing(database, actor, financingId);
  return readAs(database, actor, async (db) => {
    const [row] = await tableRows(db, financings, 'id', [financingId]);
    if (row === undefined) throw new Refusal('not-found', `there is no financing ${financingId}`);
    const items = await tableRows(db, financingItems, 'financing_id', [financingId]);
    const application: Application = {
      programmeId: row.programmeId,
      bookId: row.bookId,
      chainId: row.chainId,
      product: row.product,
      items: items.map(({ itemId, receivableId, amount }) => ({
        receivableId: receivableId as string,
        holdingId: itemId,
        amount,
      })),
      amount: row.amount,
      payeeAccountId: row.payeeAccountId as string,
    };
    return { ...located, application };
  });
}
