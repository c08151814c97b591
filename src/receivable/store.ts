import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import {
  date,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type {
  HoldingRight,
  HoldingState,
  ReceivablePayment,
  ReceivableStage,
  RejectionCode,
  TransferState,
} from './lifecycle.ts';

const receivableColumns = {
  id: uuid,
  chainId: uuid,
  debtorId: uuid,
  creditorId: uuid,
  reference: text,
  invoiceKey: text,
  stage: oneOf<ReceivableStage>(),
  payment: oneOf<ReceivablePayment>(),
  face: money,
  confirmed: money,
  credited: money,
  paid: money,
  disputed: money,
  issueDate: date,
  dueDate: date,
  goodsAcceptedOn: nullable(date),
  warnings: json<readonly string[]>(),
  note: nullable(text),
  rejectionCode: nullable(oneOf<RejectionCode>()),
  registeredBy: uuid,
  confirmedAt: nullable(instant),
  version: int,
  createdAt: instant,
} as const;
export type ReceivableRow = RowOf<typeof receivableColumns>;

export const receivables = defineTable('receivable', {
  rank: 40,
  key: 'id',
  columns: receivableColumns,
  changeable: [
    'stage',
    'payment',
    'confirmed',
    'credited',
    'paid',
    'disputed',
    'dueDate',
    'warnings',
    'note',
    'rejectionCode',
    'confirmedAt',
    'version',
  ],
});

const holdingColumns = {
  id: uuid,
  receivableId: uuid,
  chainId: uuid,
  debtorId: uuid,
  holderId: uuid,
  fromId: nullable(uuid),
  parentId: nullable(uuid),
  amount: money,
  state: oneOf<HoldingState>(),
  legal: oneOf<HoldingRight>(),
  financingId: nullable(uuid),
  bookId: nullable(uuid),
  transferId: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type HoldingRow = RowOf<typeof holdingColumns>;

export const holdings = defineTable('holding', {
  rank: 41,
  key: 'id',
  columns: holdingColumns,
  changeable: ['amount', 'state', 'legal', 'financingId', 'bookId', 'transferId', 'version'],
});

const transferColumns = {
  id: uuid,
  holdingId: uuid,
  receivableId: uuid,
  chainId: uuid,
  fromId: uuid,
  toId: uuid,
  amount: money,
  state: oneOf<TransferState>(),
  evidence: text,
  expiresOn: date,
  version: int,
  createdAt: instant,
} as const;
export type TransferRow = RowOf<typeof transferColumns>;

export const transfers = defineTable('holding_transfer', {
  rank: 42,
  key: 'id',
  columns: transferColumns,
  changeable: ['state', 'version'],
});

const creditNoteColumns = {
  id: uuid,
  receivableId: uuid,
  chainId: uuid,
  debtorId: uuid,
  creditorId: uuid,
  number: text,
  amount: money,
  issuedOn: date,
  createdAt: instant,
} as const;
export const creditNotes = defineTable('credit_note', {
  rank: 43,
  key: 'id',
  columns: creditNoteColumns,
  changeable: [],
});

/** Locks receivables, every live part of them, parts named even when they are closed, and offers under way, in that order. */
export async function lockReceivables(
  work: Workspace,
  receivableIds: Iterable<string>,
  holdingIds: Iterable<string> = [],
): Promise<void> {
  const ids = [...new Set(receivableIds)];
  await work.lock(receivables, ids);
  await work.lockBy(holdings, 'receivableId', ids, "state = 'live'");
  await work.lock(holdings, holdingIds);
  await work.lock(
    transfers,
    work.all(holdings).flatMap(({ transferId }) => (transferId === null ? [] : [transferId])),
  );
}

/** The part of a receivable, closed or not, or the refusal `not-found` that names the field. */
export function partOf(
  work: Workspace,
  { receivableId, holdingId }: Readonly<{ receivableId: string; holdingId: string }>,
  field: string,
): HoldingRow {
  const holding = work.find(holdings, holdingId);
  if (holding?.receivableId === receivableId) return holding;
  throw new Refusal('not-found', `the receivable has no part ${holdingId}`, { field });
}

/** The parts of a receivable that are owned by someone now, oldest first. */
export const liveHoldings = (work: Workspace, receivableId: string): HoldingRow[] =>
  work
    .allWith(holdings, 'receivableId', receivableId)
    .filter(({ state }) => state === 'live')
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** Parts of receivables that back a financing now. */
export const partsBehind = (work: Workspace, financingId: string): HoldingRow[] =>
  work.allWith(holdings, 'financingId', financingId).filter(({ state }) => state === 'live');

/** How much of a receivable backs financings, or is reserved for them. */
export const backingOf = (work: Workspace, receivableId: string): Decimal =>
  liveHoldings(work, receivableId)
    .filter(({ financingId }) => financingId !== null)
    .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

/** Which of these invoices stand for a live receivable already, on any chain of the platform. */
export async function knownInvoices(work: Workspace, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await work.query<{ invoice_key: string }>(
    'receivable.known_invoices',
    'select invoice_key from known_invoices($1::text[]) as invoice_key',
    [keys],
  );
  return new Set(rows.map((row) => row.invoice_key));
}
