import { sql } from 'kysely';
import type { Located } from '../financing/loading.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs, writeIn } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Collection } from './collection.ts';
import type { UnappliedState } from './unapplied.ts';

type Asked = Omit<Collection, 'chainIds' | 'financings' | 'debtorId'>;
type Part = { financing_id: string | null; book_id: string | null };

/**
 * Finds what a collection touches. A bank with a programme on a chain keeps its collection account: it books the
 * payment of any receivable of that chain, whether it finances a part, another bank does, or nobody. Refusal
 * `not-found` for any other receivable.
 */
export async function locateCollection(database: Database, asked: Asked): Promise<Collection> {
  const ids = asked.items.map((item) => item.receivableId);
  if (new Set(ids).size !== ids.length) {
    throw new Refusal('invalid-input', 'a receivable is named twice', {
      field: '/items',
      accepted: 'each receivable once',
    });
  }
  const chainIds = await chainsOf(database, asked.bookId);
  return writeIn(database.writers, [asked.bookId, ...chainIds], async (tx) => {
    const rows = await tx.query<{ chain_id: string; debtor_id: string }>(
      'collection.receivables',
      'select chain_id, debtor_id from receivable where id = any($1::uuid[])',
      [ids],
    );
    if (rows.length < ids.length) throw new Refusal('not-found', 'there is no such receivable', { field: '/items' });
    const [debtorId, ...others] = new Set(rows.map((row) => row.debtor_id));
    if (others.length > 0) {
      throw new Refusal('invalid-input', 'the receivables have different debtors', {
        field: '/items',
        accepted: 'one debtor',
      });
    }
    const parts = await tx.query<Part>(
      'collection.parts',
      "select financing_id, book_id from holding where receivable_id = any($1::uuid[]) and state = 'live'",
      [ids],
    );
    const backing = parts.filter((part) => part.book_id === asked.bookId).map((part) => part.financing_id);
    const financings = await tx.query<Located>(
      'collection.financings',
      `select id as "financingId", book_id as "bookId", chain_id as "chainId", borrower_id as "borrowerId"
         from financing where id = any($1::uuid[])`,
      [backing],
    );
    return {
      ...asked,
      debtorId: debtorId as string,
      chainIds: [...new Set(rows.map((row) => row.chain_id))],
      financings,
    };
  });
}

/** Chains on which a bank has a programme. */
export async function chainsOf(database: Database, bookId: string): Promise<string[]> {
  const rows = await writeIn(database.writers, [bookId], (tx) =>
    tx.query<{ chain_id: string }>('programme.chains', 'select distinct chain_id from programme where book_id = $1', [
      bookId,
    ]),
  );
  return rows.map(({ chain_id }) => chain_id);
}

/** Receipts of funds as the API shows them, yuan as text. */
export const receiptAnswers = (db: Reader) =>
  db
    .selectFrom('receipt_of_funds')
    .select([
      'id',
      'book_id as bookId',
      'kind',
      'party_id as partyId',
      'bank_reference as bankReference',
      'amount',
      'received_on as receivedOn',
      'receivables',
      sql<string>`round(to_financings, 2)`.as('toFinancings'),
      sql<string>`round(to_holders, 2)`.as('toHolders'),
      sql<string>`round(unapplied, 2)`.as('unapplied'),
      'created_at as createdAt',
    ]);

/** Unapplied funds as the API shows them. */
export const unappliedAnswers = (db: Reader) =>
  db
    .selectFrom('unapplied_funds')
    .select([
      'id',
      'book_id as bookId',
      'party_id as partyId',
      'remitter',
      'bank_reference as bankReference',
      'amount',
      sql<string>`round(remaining, 2)`.as('remaining'),
      sql<UnappliedState>`state`.as('state'),
      'payment_id as paymentId',
      'received_on as receivedOn',
      'version',
      'created_at as createdAt',
    ]);

/** Unapplied funds of the bank that asks; `not-found` for those of another. */
export async function locateUnapplied(database: Database, actor: Actor, unappliedId: string) {
  const row = await readAs(database, actor, (db) =>
    unappliedAnswers(db).where('id', '=', unappliedId).where('book_id', '=', actor.orgId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there are no unapplied funds ${unappliedId}`);
  return row;
}

/** The lines of a receipt that the asker sees. */
export const fundsLineAnswers = (db: Reader, receiptId: string) =>
  db
    .selectFrom('funds_line')
    .select(['id', 'receivable_id as receivableId', 'financing_id as financingId', 'holder_id as holderId', 'amount'])
    .where('receipt_id', '=', receiptId);

/** Refusal `not-found` for a book of another bank. */
export function requireOwnBook(actor: Actor, bookId: string): void {
  if (actor.orgId !== bookId) throw new Refusal('not-found', `there is no book ${bookId}`);
}

/** Refusal `not-found` for an organization that the asker does not see. */
export async function requireVisible(database: Database, actor: Actor, orgId: string): Promise<void> {
  const row = await readAs(database, actor, (db) =>
    db.selectFrom('organization').select('id').where('id', '=', orgId).executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no organization ${orgId}`, { field: '/partyId' });
}
