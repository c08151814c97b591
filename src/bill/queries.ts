import { sql } from 'kysely';
import { parseMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { type PageQuery, paginate, type Sorts } from '../platform/http/paging.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Table } from '../platform/table.ts';
import { asWorker } from '../platform/worker.ts';
import type { LocatedOffer } from './answers.ts';
import type { UnitRange } from './package-rules.ts';
import type { SelectedHolding } from './selection.ts';
import { billHoldings, bills } from './store.ts';

/** An item of a list as the API takes it. */
export type Item = Readonly<{ holdingId?: string; billId?: string; amount?: string; range?: UnitRange }>;

type Found = {
  holdingId: string;
  billId: string;
  chainId: string;
  acceptorId: string;
  drawerId: string;
  firstUnit: string;
  ownPackage: boolean;
};

const MOST = 10_000;

/** Holdings named one by one, and of packages all that are live in the asker's hand (or pledged to it). */
const foundAmong = (items: readonly Item[], side: 'holder_id' | 'pledgee_id', orgId: string) => sql<Found>`
  select h.id as "holdingId", h.bill_id as "billId", h.chain_id as "chainId", b.acceptor_id as "acceptorId",
         b.drawer_id as "drawerId", h.first_unit::text as "firstUnit", false as "ownPackage"
    from bill_holding h join bill b on b.id = h.bill_id
   where h.id = any(${items.flatMap(({ holdingId }) => holdingId ?? [])}::uuid[])
  union all
  (select h.id, h.bill_id, h.chain_id, b.acceptor_id, b.drawer_id, h.first_unit::text, true
     from bill_holding h join bill b on b.id = h.bill_id
    where h.bill_id = any(${items.flatMap(({ billId }) => billId ?? [])}::uuid[]) and h.live
      and ${sql.ref(`h.${side}`)} = ${orgId}
    order by h.bill_id, h.first_unit limit ${MOST + 1})`;

/** Refuses an item that names neither a holding nor a package, or both, or a part of a package. */
function requireForm({ holdingId, billId, amount, range }: Item, field: string): void {
  const one = (holdingId === undefined) !== (billId === undefined);
  const part =
    billId === undefined ? amount === undefined || range === undefined : amount === undefined && range === undefined;
  require(one && part, 'invalid-input', 'an item names a holding, or a part of one, or a package', {
    field,
    accepted: 'holdingId, with amount or range or neither, or billId alone',
  });
}

/** A holding with the drawer of its bill, who may bear a part of a discount's interest. */
type SelectedWithDrawer = SelectedHolding & Readonly<{ drawerId: string }>;

function selected(items: readonly Item[], found: readonly Found[]): SelectedWithDrawer[] {
  const byHolding = new Map(found.filter(({ ownPackage }) => !ownPackage).map((row) => [row.holdingId, row]));
  return items.flatMap((item, place): SelectedWithDrawer[] => {
    const field = `/items/${place}`;
    if (item.billId !== undefined) {
      const own = found.filter(({ ownPackage, billId }) => ownPackage && billId === item.billId);
      require(own.length > 0, 'not-found', `there is nothing of yours in bill ${item.billId}`, { field });
      require(own.length <= MOST, 'invalid-input', `a package of more than ${MOST} holdings is named by its holdings`, {
        field,
      });
      const inOrder = [...own].sort((a, b) => Number(a.firstUnit) - Number(b.firstUnit));
      return inOrder.map(({ holdingId, billId, chainId, acceptorId, drawerId }) => ({
        holdingId,
        billId,
        chainId,
        acceptorId,
        drawerId,
        field,
      }));
    }
    const row = byHolding.get(item.holdingId as string);
    if (row === undefined) throw new Refusal('not-found', `there is no holding ${item.holdingId}`, { field });
    const { holdingId, billId, chainId, acceptorId, drawerId } = row;
    const amount = item.amount === undefined ? undefined : parseMoney(item.amount);
    return [{ holdingId, billId, chainId, acceptorId, drawerId, amount, range: item.range, field }];
  });
}

/** The holdings that items mean, as far as the asking organization may see them; `not-found` names the item otherwise. */
export async function selectHoldings(
  database: Database,
  actor: Actor,
  items: readonly Item[],
  side: 'holder_id' | 'pledgee_id' = 'holder_id',
): Promise<SelectedWithDrawer[]> {
  for (const [place, item] of items.entries()) requireForm(item, `/items/${place}`);
  const { rows } = await readAs(database, actor, (db) => foundAmong(items, side, actor.orgId).execute(db));
  return selected(items, rows);
}

/** The same for an order of a court, which reaches every holding. */
export async function selectForCourt(database: Database, items: readonly Item[]): Promise<SelectedHolding[]> {
  for (const [place, item] of items.entries()) {
    require(item.holdingId !== undefined, 'invalid-input', 'an order names holdings', { field: `/items/${place}` });
    requireForm(item, `/items/${place}`);
  }
  const rows = await asWorker(database, (tx) =>
    tx.query<Found>(
      'bill_holding.for_court',
      `select h.id as "holdingId", h.bill_id as "billId", h.chain_id as "chainId", b.acceptor_id as "acceptorId",
              b.drawer_id as "drawerId", h.first_unit::text as "firstUnit", false as "ownPackage"
         from bill_holding h join bill b on b.id = h.bill_id where h.id = any($1::uuid[])`,
      [items.map(({ holdingId }) => holdingId)],
    ),
  );
  return selected(items, rows);
}

/** The offers of these ids, as far as the asking organization is a side of them; `not-found` names the one it is not. */
export async function locateOffers(
  database: Database,
  actor: Actor,
  offerIds: readonly string[],
): Promise<LocatedOffer[]> {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill_offer as o')
      .innerJoin('bill as b', 'b.id', 'o.bill_id')
      .select(['o.id as offerId', 'o.holding_id as holdingId', 'o.bill_id as billId', 'o.chain_id as chainId'])
      .select(['b.acceptor_id as acceptorId', 'b.drawer_id as drawerId', 'o.kind'])
      .where('o.id', 'in', [...offerIds])
      .execute(),
  );
  const found = new Map(rows.map((row) => [row.offerId, row as LocatedOffer]));
  return offerIds.map((id, place) => {
    const row = found.get(id);
    if (row !== undefined) return row;
    throw new Refusal('not-found', `there is no offer ${id}`, { field: `/offerIds/${place}` });
  });
}

/** Chain and acceptor of bills that the asking organization may see; `not-found` names the item otherwise. */
export async function locateBills(database: Database, actor: Actor, billIds: readonly string[]) {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill')
      .select(['id as billId', 'chain_id as chainId', 'acceptor_id as acceptorId'])
      .where('id', 'in', [...billIds])
      .execute(),
  );
  return billIds.map((id, place) => {
    const row = rows.find(({ billId }) => billId === id);
    if (row !== undefined) return row;
    throw new Refusal('not-found', `there is no bill ${id}`, { field: `/items/${place}/billId` });
  });
}

/** A page of a table's rows, each as the API shows it. */
export async function pageOf<Row, Answer>(
  // biome-ignore lint/suspicious/noExplicitAny: the columns of the query are those of the table
  rows: any,
  {
    table,
    answer,
    page,
    sorts,
  }: Readonly<{ table: Table<Row>; answer: (row: Row) => Answer; page: PageQuery; sorts: Sorts }>,
) {
  const { items, nextCursor } = await paginate(rows, { page, sorts });
  return { items: items.map((raw) => answer(table.fromSql(raw as Record<string, unknown>))), nextCursor };
}

/** One row of a table that the asking organization may see; `not-found` otherwise. */
export async function rowOf<Row>(db: Reader, table: Table<Row>, column: string, id: string): Promise<Row> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from ${sql.table(table.name)} where ${sql.ref(column)} = ${id}`.execute(db);
  const [raw] = rows;
  if (raw === undefined) throw new Refusal('not-found', `there is no ${table.name.replaceAll('_', ' ')} ${id}`);
  return table.fromSql(raw);
}

export const billById = (db: Reader, billId: string) => rowOf(db, bills, 'id', billId);
export const holdingById = (db: Reader, holdingId: string) => rowOf(db, billHoldings, 'id', holdingId);
