import { uuidv7 } from 'uuidv7';
import { type TradeDocumentRow, tradeDocuments } from '../chain/document-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type BackgroundRow, billBackgrounds } from './store.ts';

/** A contract or invoice behind a bill, and how much of it the bill stands for. */
export type Backing = Readonly<{ documentId: string; amount: Decimal }>;

export type LoadedBackings = Readonly<{
  /** What bills stand for already, by document; what this batch adds is counted on. */
  used: Map<string, Decimal>;
  /** Invoices that stand for a receivable, on any chain. */
  receivables: ReadonlySet<string>;
}>;

/** Locks the documents, so that no two bills use the same fen of them, then reads what of them is used. */
export async function loadBackings(work: Workspace, documentIds: readonly string[]): Promise<LoadedBackings> {
  const documents = await work.lock(tradeDocuments, documentIds);
  const rows = await work.query<{ document_id: string; used: string }>(
    'bill_background.used',
    `select document_id, sum(amount) as used from bill_background
      where document_id = any($1::uuid[]) and not released group by document_id`,
    [[...documentIds]],
  );
  const keys = documents.flatMap(({ invoiceKey }) => invoiceKey ?? []);
  const known = await work.query<{ key: string }>(
    'bill_background.receivables',
    'select key from invoices_of_receivables($1::text[]) as key',
    [keys],
  );
  return {
    used: new Map(rows.map(({ document_id, used }) => [document_id, new Decimal(used)])),
    receivables: new Set(known.map(({ key }) => key)),
  };
}

type Trade = Readonly<{ billId: string; chainId: string; drawerId: string; payeeId: string; face: Decimal }>;

/**
 * Puts real trade behind a bill: contracts and invoices by which the payee sold to the drawer, together at least its
 * face, none of them for more than it says over all bills (票据法 art. 10; 令〔2022〕4号 art. 11). Refusals `trade-missing`,
 * `trade-insufficient`, `document-exhausted`, `invoice-of-receivable` name the document.
 */
export function putBehind(
  work: Workspace,
  trade: Trade,
  backings: readonly Backing[],
  loaded: LoadedBackings,
  now: Date,
): BackgroundRow[] {
  const rows = backings.map(({ documentId, amount }, place) => {
    const field = `/documents/${place}`;
    const document = requireDocument(work, documentId, trade, field);
    require(document.invoiceKey === null ||
      !loaded.receivables.has(document.invoiceKey), 'invoice-of-receivable', 'this invoice stands for a receivable', {
      field,
      gate: 'trade-background',
      accepted: 'an invoice that stands for no receivable',
    });
    const used = loaded.used.get(documentId) ?? new Decimal(0);
    const left = (document.amount ?? new Decimal(0)).minus(used);
    require(amount.lessThanOrEqualTo(left), 'document-exhausted', `of this document ${left.toFixed(2)} are left`, {
      field: `${field}/amount`,
      gate: 'trade-background',
      available: left.toFixed(2),
      accepted: `at most ${left.toFixed(2)}`,
    });
    loaded.used.set(documentId, used.plus(amount));
    work.onUndo(() => loaded.used.set(documentId, used));
    const row: BackgroundRow = {
      id: uuidv7(),
      billId: trade.billId,
      documentId,
      chainId: trade.chainId,
      invoiceKey: document.invoiceKey,
      amount,
      released: false,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(billBackgrounds, row);
    return row;
  });
  const sum = rows.reduce((total, { amount }) => total.plus(amount), new Decimal(0));
  require(sum.greaterThanOrEqualTo(trade.face), 'trade-insufficient', 'the trade on record does not reach the face', {
    field: '/documents',
    gate: 'trade-background',
    missing: Decimal.max(trade.face.minus(sum), 0).toFixed(2),
    accepted: `contracts and invoices of at least ${trade.face.toFixed(2)}`,
  });
  return rows;
}

function requireDocument(work: Workspace, documentId: string, trade: Trade, field: string): TradeDocumentRow {
  const document = work.find(tradeDocuments, documentId);
  const fits =
    document !== undefined &&
    document.chainId === trade.chainId &&
    document.status === 'recorded' &&
    (document.kind === 'contract' || document.kind === 'invoice') &&
    document.sellerId === trade.payeeId &&
    document.buyerId === trade.drawerId;
  if (fits) return document;
  throw new Refusal('trade-missing', 'there is no such contract or invoice between drawer and payee', {
    field,
    gate: 'trade-background',
    accepted: 'a recorded contract or invoice by which the payee sold to the drawer',
  });
}

/** The trade behind a bill that came to nothing can stand for another. Its rows are locked. */
export function giveBackTrade(work: Workspace, billId: string): void {
  for (const row of work.all(billBackgrounds).filter((each) => each.billId === billId && !each.released)) {
    work.update(billBackgrounds, row.id, { released: true });
  }
}
