import type { Workspace } from '../platform/workspace.ts';

type Document = Readonly<{ custodianId: string; document: string }>;

/** Which documents of a warehouse have been recorded already. */
export async function knownArrivals(work: Workspace, documents: readonly Document[]): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'goods_arrival.known',
    `select custodian_id || ' ' || document as known from goods_arrival
      where (custodian_id, document) in (select * from unnest($1::uuid[], $2::text[]))`,
    [documents.map(({ custodianId }) => custodianId), documents.map(({ document }) => document)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Which bank references of refunds a book knows already. */
export async function knownRefunds(
  work: Workspace,
  references: readonly Readonly<{ bookId: string; bankReference: string | null }>[],
): Promise<Set<string>> {
  const told = references.filter(({ bankReference }) => bankReference !== null);
  if (told.length === 0) return new Set();
  const rows = await work.query<{ known: string }>(
    'prepayment_movement.known',
    `select book_id || ' ' || bank_reference as known from prepayment_movement
      where (book_id, bank_reference) in (select * from unnest($1::uuid[], $2::text[]))`,
    [told.map(({ bookId }) => bookId), told.map(({ bankReference }) => bankReference)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Orders of a seller that are live under the same number, to be refused before the index does. */
export async function knownNumbers(
  work: Workspace,
  wanted: readonly Readonly<{ sellerId: string; buyerId: string; number: string }>[],
): Promise<Set<string>> {
  const rows = await work.query<{ known: string }>(
    'prepayment_order.known',
    `select o.seller_id || ' ' || o.buyer_id || ' ' || o.number as known
       from unnest($1::uuid[], $2::uuid[], $3::text[]) as w(seller_id, buyer_id, number)
       join prepayment_order o using (seller_id, buyer_id, number)
      where o.stage not in ('declined', 'cancelled')`,
    [wanted.map((w) => w.sellerId), wanted.map((w) => w.buyerId), wanted.map((w) => w.number)],
  );
  return new Set(rows.map(({ known }) => known));
}

/** Orders of these that have notices which are neither received nor ended. */
export async function ordersWithOpenNotices(work: Workspace, orderIds: readonly string[]): Promise<Set<string>> {
  const rows = await work.query<{ order_id: string }>(
    'release_notice.open',
    `select distinct order_id from release_notice
      where order_id = any($1::uuid[]) and state in ('requested', 'issued', 'acknowledged', 'shipped')`,
    [orderIds],
  );
  return new Set(rows.map(({ order_id }) => order_id));
}
