import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { Decimal } from '../money/decimal.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { lotClaims, lotStates } from './lifecycle.ts';
import { requireSteps } from './rules.ts';
import { type LotRow, lots, type MovementKind, type MovementRow, movements, stockEntries } from './store.ts';

/** What a document says, in one form, so that the same number with another content is found out. */
export const contentHashOf = (content: unknown): string =>
  createHash('sha256').update(canonicalJson(content)).digest('hex');

type Document = Readonly<{
  warehouseId: string;
  operatorId: string;
  kind: MovementKind;
  documentNumber: string;
  sequence: number | null;
  content: unknown;
  answer: unknown;
  happenedAt: string;
}>;

/** By how much a document changes the quantity of a lot; the lot itself is changed beside. */
export type StockChange = Readonly<{ lotId: string; change: Decimal }>;

/** Records a document of the stock ledger with its lines. */
export function recordMovement(
  work: Workspace,
  document: Document,
  changes: readonly StockChange[],
  now: Date,
): MovementRow {
  const row: MovementRow = {
    ...document,
    id: uuidv7(),
    contentHash: contentHashOf(document.content),
    change: changes.reduce((sum, { change }) => sum.plus(change), new Decimal(0)),
    createdAt: now.toISOString(),
  };
  work.insert(movements, row);
  for (const each of changes) {
    if (!each.change.isZero()) work.insert(stockEntries, { ...each, id: uuidv7(), movementId: row.id });
  }
  return row;
}

/**
 * Changes a lot in any way but its version. A lot is never changed before its last change: a clock that went back
 * stands still.
 */
export function changeLot(work: Workspace, lot: LotRow, patch: Partial<LotRow>, now: Date): LotRow {
  const changedAt = [now.toISOString(), lot.changedAt].sort()[1] as string;
  return work.update(lots, lot.id, { ...patch, changedAt });
}

/** The locked lot, in stock, or the refusal `not-found` that names the field. */
export function lotInStock(work: Workspace, lotId: string, field: string): LotRow {
  const lot = work.find(lots, lotId);
  if (lot === undefined) throw new Refusal('not-found', `there is no lot ${lotId}`, { field });
  require(lot.state === 'in_stock', 'lot-not-in-stock', `the lot is ${lot.state}`, {
    field,
    accepted: 'a lot in stock',
  });
  return lot;
}

/** Refuses unless nothing claims the lot: neither a receipt nor a pledge, of whatever bank. */
function requireUnclaimed(lot: LotRow, field: string): void {
  require(lot.claim === 'none', 'lot-claimed', `the lot is ${lot.claim}`, { field, accepted: 'a lot under no claim' });
}

/** Under no claim, and so of no bank. */
const unclaimed = { claim: 'none', receiptId: null, pledgeId: null, bookId: null } as const;

export type Claimant =
  | Readonly<{ event: 'issue_receipt'; receiptId: string }>
  | Readonly<{ event: 'offer' | 'add'; pledgeId: string; bookId: string }>;

/** Puts a free lot under its one claim. Refusal `lot-claimed`, with the field, when it has one already. */
export function claimLot(
  work: Workspace,
  lot: LotRow,
  { event, ...holder }: Claimant,
  { now, field }: Readonly<{ now: Date; field: string }>,
): LotRow {
  requireUnclaimed(lot, field);
  return changeLot(work, lot, { ...holder, claim: nextState(lotClaims, lot.claim, event) }, now);
}

/** Ends the claim on a lot: it is its owner's, free of everything. */
export function freeLot(
  work: Workspace,
  lot: LotRow,
  event: 'cancel_receipt' | 'redeem' | 'withdraw' | 'release',
  now: Date,
): LotRow {
  return changeLot(work, lot, { ...unclaimed, claim: nextState(lotClaims, lot.claim, event) }, now);
}

/**
 * Splits a locked lot into parts that sum to it, in the order asked for. Each part keeps owner, place, cost and claim
 * and is marked by its number behind the marks of the whole, so that its place is still its own. The document is the
 * platform's, not the warehouse's.
 */
export function splitLot(work: Workspace, lot: LotRow, quantities: readonly Decimal[], now: Date): LotRow[] {
  const sum = quantities.reduce((total, quantity) => total.plus(quantity), new Decimal(0));
  for (const quantity of quantities) requireSteps(quantity, lot.step, '/quantity');
  if (quantities.length < 2 || !sum.equals(lot.quantity)) {
    const [parts, whole] = [sum.toFixed(), lot.quantity.toFixed()];
    throw new Refusal('quantity-not-conserved', `the parts sum to ${parts}, the lot has ${whole}`, {
      field: '/quantity',
      accepted: `parts that sum to ${whole}`,
    });
  }
  const emptied = { ...unclaimed, state: nextState(lotStates, lot.state, 'split'), quantity: new Decimal(0) };
  changeLot(work, lot, emptied, now);
  const parts = quantities.map((quantity, index) => ({
    ...lot,
    id: uuidv7(),
    marks: `${lot.marks}/${index + 1}`,
    quantity,
    parentId: lot.id,
    changedAt: now.toISOString(),
    version: 1,
    createdAt: now.toISOString(),
  }));
  for (const part of parts) work.insert(lots, part);
  regroup(work, { kind: 'split', from: [lot], to: parts, now });
  return parts;
}

/**
 * Merges locked lots of one grade, owner, pile and claim into one with the marks given; its cost is known when theirs
 * is the same. Refusal `lots-differ` otherwise.
 */
export function mergeLots(work: Workspace, merged: readonly LotRow[], marks: string, now: Date): LotRow {
  const [first] = merged;
  const alike = (['gradeId', 'ownerId', 'pileId', 'claim', 'receiptId', 'pledgeId', 'bookId'] as const).every((of) =>
    merged.every((lot) => lot[of] === first?.[of]),
  );
  if (first === undefined || merged.length < 2 || !alike) {
    throw new Refusal('lots-differ', 'the lots are not of one grade, owner, pile and claim', {
      accepted: 'two or more lots of the same grade, owner, pile and claim',
    });
  }
  const emptied = { ...unclaimed, quantity: new Decimal(0) };
  for (const lot of merged) changeLot(work, lot, { ...emptied, state: nextState(lotStates, lot.state, 'merge') }, now);
  const costs = new Set(merged.map(({ unitCost }) => unitCost?.toFixed() ?? null));
  const whole: LotRow = {
    ...first,
    id: uuidv7(),
    marks,
    quantity: merged.reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0)),
    unitCost: costs.size === 1 ? first.unitCost : null,
    parentId: first.id,
    receivedOn: merged.map(({ receivedOn }) => receivedOn).sort()[0] as string,
    changedAt: now.toISOString(),
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(lots, whole);
  regroup(work, { kind: 'merge', from: merged, to: [whole], now });
  return whole;
}

type Regrouping = Readonly<{ kind: 'split' | 'merge'; from: readonly LotRow[]; to: readonly LotRow[]; now: Date }>;

function regroup(work: Workspace, { kind, from, to, now }: Regrouping): void {
  const { warehouseId, operatorId } = from[0] as LotRow;
  const idsOf = (rows: readonly LotRow[]) => rows.map(({ id }) => id);
  const document = {
    warehouseId,
    operatorId,
    kind,
    documentNumber: `${kind.toUpperCase()} ${uuidv7()}`,
    sequence: null,
    content: { from: idsOf(from), to: idsOf(to) },
    answer: null,
    happenedAt: now.toISOString(),
  };
  const changes = [
    ...from.map(({ id, quantity }) => ({ lotId: id, change: quantity.negated() })),
    ...to.map(({ id, quantity }) => ({ lotId: id, change: quantity })),
  ];
  recordMovement(work, document, changes, now);
}

/**
 * Cuts a part off a locked lot: a lot of its own beside the one that goes on with what remains; the whole when the
 * quantity is the lot's. The part keeps everything but its marks, which a sign of its own makes unlike the others.
 */
export function cutLot(
  work: Workspace,
  lot: LotRow,
  quantity: Decimal,
  now: Date,
): Readonly<{ part: LotRow; rest: LotRow | null }> {
  requireSteps(quantity, lot.step, '/quantity');
  if (quantity.greaterThan(lot.quantity)) {
    throw new Refusal('quantity-exceeds-lot', `the lot has ${lot.quantity.toFixed()}`, {
      field: '/quantity',
      accepted: `at most ${lot.quantity.toFixed()}`,
    });
  }
  if (quantity.equals(lot.quantity)) return { part: lot, rest: null };
  const state = nextState(lotStates, lot.state, 'cut');
  const rest = changeLot(work, lot, { state, quantity: lot.quantity.minus(quantity) }, now);
  const id = uuidv7();
  const part: LotRow = {
    ...lot,
    id,
    marks: `${lot.marks.slice(0, 51)}/${id.slice(-12)}`,
    quantity,
    parentId: lot.id,
    changedAt: now.toISOString(),
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(lots, part);
  regroup(work, { kind: 'split', from: [{ ...lot, quantity }], to: [part], now });
  return { part, rest };
}
