import { sql } from 'kysely';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { DiscountItem, LocatedDiscount } from './discount-loading.ts';
import { billQuotes, type RediscountPurpose } from './discount-store.ts';
import { rowOf } from './queries.ts';
import type { LocatedRediscount } from './rediscount-decisions.ts';

/** Programmes on a chain that the asking organization may see and that take new business: those named, or all. */
export async function programmesOn(
  database: Database,
  actor: Actor,
  chainId: string,
  programmeIds: readonly string[] | undefined,
) {
  const found = await readAs(database, actor, (db) => {
    const rows = db
      .selectFrom('programme')
      .select(['id as programmeId', 'book_id as bookId'])
      .where('chain_id', '=', chainId)
      .where('status', '=', 'active')
      .orderBy('id');
    return programmeIds === undefined ? rows.execute() : rows.where('id', 'in', [...programmeIds]).execute();
  });
  for (const [place, id] of (programmeIds ?? []).entries()) {
    if (found.some(({ programmeId }) => programmeId === id)) continue;
    throw new Refusal('not-found', `there is no programme ${id}`, { field: `/programmeIds/${place}` });
  }
  return found;
}

/** What taking a quote needs to know of it; `not-found` for a quote of others. */
export async function locateQuote(database: Database, actor: Actor, quoteId: string) {
  const quote = await readAs(database, actor, (db) => rowOf(db, billQuotes, 'id', quoteId));
  const { chainId, programmeId, bookId } = quote;
  const items = quote.lines.map(({ holdingId, billId, acceptorId, buyerId }, place): DiscountItem => {
    return { holdingId, billId, chainId, acceptorId, drawerId: buyerId, field: `/lines/${place}` };
  });
  const bearing = quote.lines.filter(({ buyerInterest }) => buyerInterest !== '0.00');
  const buyerIds = [...new Set(bearing.map(({ buyerId }) => buyerId))];
  return { quoteId, chainId, programmes: [{ programmeId, bookId }], items, buyerIds };
}

type Asker = Pick<Actor, 'orgId' | 'orgKind'>;

/** Where a discount belongs, if the asking organization may see it; `not-found` otherwise. */
export async function locateDiscount(database: Database, actor: Asker, discountId: string): Promise<LocatedDiscount> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill_discount')
      .select(['id as discountId', 'book_id as bookId', 'chain_id as chainId', 'seller_id as sellerId'])
      .where('id', '=', discountId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no discount ${discountId}`);
  return row;
}

/** The same for a rediscount. */
export async function locateRediscount(
  database: Database,
  actor: Asker,
  rediscountId: string,
): Promise<LocatedRediscount> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill_rediscount')
      .select(['id as rediscountId', 'book_id as bookId'])
      .where('id', '=', rediscountId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no rediscount ${rediscountId}`);
  return row;
}

/** The book of a consent; `not-found` for one of others. */
export async function locateConsent(database: Database, actor: Asker, consentId: string): Promise<string> {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('bill_interest_consent').select('book_id').where('id', '=', consentId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no consent ${consentId}`);
  return row.book_id;
}

/** Which discounted bills the central bank would rediscount for a purpose: held outright, free, and not due yet. */
export const isRediscountable = (purpose: RediscountPurpose) => sql<boolean>`
  state = 'held' and rediscount_id is null and redemption_until is null and purposes <> '[]' and purposes ? ${purpose}
  and maturity_date > (select business_date from book where id = bill_discount_line.book_id)`;

/** The days of a discounted bill as its bank has amortised them. */
export const amortisedDays = (db: Reader, bookId: string, lineId: string) =>
  db
    .selectFrom('bill_amortisation')
    .select(['line_id as lineId', 'amortised_on as amortisedOn', sql<'discount' | 'rediscount'>`kind`.as('kind')])
    .select([sql<string>`round(amount, 2)::text`.as('amount'), sql<string>`round(tax, 2)::text`.as('tax')])
    .where('book_id', '=', bookId)
    .where('line_id', '=', lineId);
