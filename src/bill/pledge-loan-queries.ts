import { locateFinancing } from '../financing/queries.ts';
import { financingItems, financings } from '../financing/store.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import type { Application } from './pledge-loan.ts';

type Asker = Pick<Actor, 'orgId' | 'orgKind'>;

/** Where a loan on bills would belong; `not-found` for a programme or a holding that the asking organization does not see. */
export async function locatePledgeLoan(
  database: Database,
  actor: Asker,
  programmeId: string,
  holdingIds: readonly string[],
) {
  const { row, seen } = await readAs(database, actor, async (db) => ({
    row: await db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .where('id', '=', programmeId)
      .executeTakeFirst(),
    seen: await db.selectFrom('bill_holding').select('id').where('id', 'in', holdingIds).execute(),
  }));
  if (row === undefined) {
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  }
  const known = new Set(seen.map(({ id }) => id));
  const hidden = holdingIds.findIndex((id) => !known.has(id));
  if (hidden >= 0) {
    throw new Refusal('not-found', `there is no holding ${holdingIds[hidden]}`, { field: `/holdingIds/${hidden}` });
  }
  return { programmeId, ...row, product: 'bill_pledge_loan' as const, holdingIds };
}

/** A loan on bills that was returned, as it was applied for; `not-found` for any other financing. */
export async function returnedPledgeLoan(database: Database, actor: Asker, financingId: string) {
  const located = await locateFinancing(database, actor, financingId);
  const { row, items } = await readAs(database, actor, async (db) => ({
    row: (await tableRows(db, financings, 'id', [financingId]))[0],
    items: await tableRows(db, financingItems, 'financing_id', [financingId]),
  }));
  if (row?.product !== 'bill_pledge_loan') {
    throw new Refusal('not-found', `there is no loan on bills ${financingId}`);
  }
  const holdingIds = items.map(({ itemId }) => itemId);
  const place = await locatePledgeLoan(database, actor, row.programmeId, holdingIds);
  const { amount, dueDate, payeeAccountId } = row;
  const application: Application = { ...place, amount, dueDate, payeeAccountId: payeeAccountId as string };
  return { ...located, application };
}
