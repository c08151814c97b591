import { financings } from '../financing/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import { accountAnswer, noticeAnswer, orderAnswer } from './answer.ts';
import { acceptances, accounts, calls, notices, orders } from './store.ts';

const place = [
  'id as orderId',
  'book_id as bookId',
  'chain_id as chainId',
  'buyer_id as buyerId',
  'seller_id as sellerId',
  'programme_id as programmeId',
] as const;

/** Where an order belongs, if the asking organization may see it; `not-found` otherwise. */
export async function locateOrder(database: Database, actor: Actor, orderId: string) {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('prepayment_order').select(place).where('id', '=', orderId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no prepayment ${orderId}`);
  return row;
}

/** Where the order of a release notice belongs, if the asking organization may see the notice; `not-found` otherwise. */
export async function locateNotice(database: Database, actor: Actor, noticeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('prepayment_order')
      .select(place)
      .where('id', '=', (eb) => eb.selectFrom('release_notice').select('order_id').where('id', '=', noticeId))
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no release notice ${noticeId}`);
  return { ...row, noticeId };
}

/** The bank and the chain of a programme and the core enterprise that sells there; `not-found` for one that is hidden. */
export async function locateProgramme(database: Database, actor: Actor, programmeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .innerJoin('chain', 'chain.id', 'programme.chain_id')
      .select(['programme.book_id as bookId', 'programme.chain_id as chainId', 'chain.core_id as sellerId'])
      .where('programme.id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined) {
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  }
  return { programmeId, ...row };
}

/** An order confirmed by its seller, with the account that the seller has named to be paid. */
export async function locateApplication(database: Database, actor: Actor, orderId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('prepayment_order')
      .select([...place, 'payee_account_id as payeeAccountId', 'stage'])
      .where('id', '=', orderId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no prepayment ${orderId}`);
  const { payeeAccountId, stage, ...located } = row;
  if (payeeAccountId === null) {
    throw new Refusal('illegal-transition', `apply is not possible for a prepayment order that is ${stage}`, {
      state: stage,
      accepted: 'an order that its seller has confirmed',
    });
  }
  return { ...located, product: 'prepayment' as const, payeeAccountId };
}

/** One order as far as the asking organization may see it: what the buyer has with its bank is hidden from others. */
export async function readOrder(db: Reader, orderId: string) {
  const [order] = await tableRows(db, orders, 'id', [orderId]);
  if (order === undefined) throw new Refusal('not-found', `there is no prepayment ${orderId}`);
  const [account] = await tableRows(db, accounts, 'order_id', [orderId]);
  if (account === undefined) return orderAnswer(order, null);
  const [acceptance] = await tableRows(db, acceptances, 'order_id', [orderId]);
  const [call] = await tableRows(db, calls, 'order_id', [orderId]);
  const [financing] = account.financingId === null ? [] : await tableRows(db, financings, 'id', [account.financingId]);
  return orderAnswer(
    order,
    accountAnswer(account, await businessDate(db, order.bookId), { financing, acceptance, call }),
  );
}

async function businessDate(db: Reader, bookId: string): Promise<IsoDate> {
  const query = db.selectFrom('book').select('business_date').where('id', '=', bookId);
  return (await query.executeTakeFirstOrThrow()).business_date;
}

/** Orders as a list shows them, yuan as text. */
export const orderList = (db: Reader) =>
  db
    .selectFrom('prepayment_order')
    .select([
      'id',
      'book_id as bookId',
      'chain_id as chainId',
      'buyer_id as buyerId',
      'seller_id as sellerId',
      'custodian_id as custodianId',
      'number',
      'commodity',
      'unit',
      'quantity',
      'value',
      'expires_on as expiresOn',
      'stage',
      'clause',
      'noticed',
      'delivered',
      'short_since as shortSince',
      'version',
      'created_at as createdAt',
    ]);

/** One release notice that the asking organization may see; `not-found` otherwise. */
export async function readNotice(db: Reader, noticeId: string) {
  const [notice] = await tableRows(db, notices, 'id', [noticeId]);
  if (notice === undefined) throw new Refusal('not-found', `there is no release notice ${noticeId}`);
  return noticeAnswer(notice);
}

/** Release notices as a list shows them. */
export const noticeList = (db: Reader) =>
  db
    .selectFrom('release_notice')
    .select([
      'id',
      'order_id as orderId',
      'buyer_id as buyerId',
      'seller_id as sellerId',
      'custodian_id as custodianId',
      'serial',
      'quantity',
      'amount',
      'state',
      'approval_id as approvalId',
      'issued_on as issuedOn',
      'acknowledge_by as acknowledgeBy',
      'late',
      'waybill',
      'received',
      'note',
      'version',
      'created_at as createdAt',
    ]);
