import { uuidv7 } from 'uuidv7';
import { organizations } from '../identity/store.ts';
import { books } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { lotAnswer } from './answer.ts';
import type { Arrival, LotChange, MovedDocument, StockKeeper } from './keeper.ts';
import { lotClaims, lotStates } from './lifecycle.ts';
import { occupiedPlaces } from './lot-store.ts';
import { changeLot, contentHashOf, lotInStock, recordMovement } from './lots.ts';
import { requireSteps } from './rules.ts';
import {
  type GradeRow,
  grades,
  type LotRow,
  lots,
  type MovementRow,
  movements,
  type PileRow,
  piles,
  warehouses,
} from './store.ts';

export type WarehouseDocument = Readonly<{
  warehouseId: string;
  /** Banks and pledgors that its lots concern: found when the request came in. */
  parties: readonly string[];
  bookIds: readonly string[];
  documentNumber: string;
  sequence: number;
  kind: 'inbound' | 'outbound' | 'substitution' | 'stock_take';
  happenedAt: string;
  arrivals: readonly Arrival[];
  departures: readonly Readonly<{ lotId: string; quantity: Decimal }>[];
  counts: readonly Readonly<{ lotId: string; counted: Decimal }>[];
  /** The document as it was sent. */
  content: unknown;
}>;

type Loaded = Readonly<{
  grades: ReadonlyMap<string, GradeRow>;
  piles: ReadonlyMap<string, PileRow>;
  owners: ReadonlySet<string>;
  places: ReadonlySet<string>;
  documents: readonly MovementRow[];
  judge: (document: MovedDocument) => void;
}>;

type Answer = Readonly<{
  id: string;
  warehouseId: string;
  documentNumber: string;
  sequence: number;
  kind: WarehouseDocument['kind'];
  lots: readonly ReturnType<typeof lotAnswer>[];
}>;

const placeOf = (pileId: string, marks: string): string => `${pileId} ${marks}`;

/**
 * A document of the warehouse, in the order of its numbers. The same document again, under whatever key, is given its
 * first answer; the same number with another content is refused. What a pledge does not let go refuses the whole.
 */
export const recordDocument = (keeper: StockKeeper): UseCase<WarehouseDocument, Answer, Loaded> => ({
  name: 'goods.record_document',
  status: 201,
  lane: ({ input }) => input.warehouseId,
  scope: ({ input }) => [...input.bookIds, ...input.parties],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const arrivals = inputs.flatMap((input) => input.arrivals);
    const lotIds = inputs.flatMap(({ departures, counts }) => [...departures, ...counts].map(({ lotId }) => lotId));
    const owners = await work.read(
      organizations,
      'id',
      arrivals.map(({ ownerId }) => ownerId),
    );
    const gradeRows = await work.read(
      grades,
      'id',
      arrivals.map(({ gradeId }) => gradeId),
    );
    const pileRows = await work.read(
      piles,
      'id',
      arrivals.map(({ pileId }) => pileId),
    );
    const touched = { lots: await work.read(lots, 'id', lotIds), arrivals };
    await work.lock(
      books,
      inputs.flatMap(({ bookIds }) => bookIds),
    );
    await work.lock(
      warehouses,
      inputs.map(({ warehouseId }) => warehouseId),
    );
    const numbers = inputs.map(({ documentNumber }) => documentNumber);
    const documents = await work.read(movements, 'documentNumber', numbers);
    await keeper.lock(work, touched);
    await work.lock(lots, lotIds);
    const places = await occupiedPlaces(work, arrivals);
    return {
      grades: new Map(gradeRows.map((grade) => [grade.id, grade])),
      piles: new Map(pileRows.map((pile) => [pile.id, pile])),
      owners: new Set(owners.map(({ id }) => id)),
      places: new Set(places.map(({ pileId, marks }) => placeOf(pileId, marks))),
      documents,
      judge: await keeper.prepare(work, touched, (commands[0] as Command<WarehouseDocument>).now),
    };
  },
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const warehouse = work.get(warehouses, input.warehouseId);
    require(warehouse.operatorId === actor.orgId, 'not-found', `there is no warehouse ${input.warehouseId}`);
    const before = documentOf(work, loaded, input);
    if (before !== undefined) return sameDocument(before, input);
    requireInOrder(warehouse.lastSequence, input.sequence);
    const changes = [
      ...input.arrivals.map((arrival, index) => arrive(work, command, loaded, { arrival, index })),
      ...input.departures.map((departure, index) => depart(work, command, { ...departure, index })),
      ...input.counts.map((count, index) => recount(work, command, { ...count, index })),
    ];
    for (const { after } of changes) requireHere(after, input);
    loaded.judge({ kind: input.kind, documentNumber: input.documentNumber, changes });
    const answer = {
      id: uuidv7(),
      warehouseId: warehouse.id,
      documentNumber: input.documentNumber,
      sequence: input.sequence,
      kind: input.kind,
      lots: changes.map(({ after }) => lotAnswer(work.get(lots, after.id))),
    };
    const { warehouseId, documentNumber, sequence, kind, content, happenedAt } = input;
    const document = { warehouseId, operatorId: actor.orgId, documentNumber, sequence, kind, content, happenedAt };
    recordMovement(work, { ...document, answer }, changes.map(stockChangeOf), now);
    work.update(warehouses, warehouse.id, { lastSequence: input.sequence });
    tell(work, command, answer.id, changes);
    return answer;
  },
});

const documentOf = (work: Workspace, { documents }: Loaded, input: WarehouseDocument): MovementRow | undefined =>
  [...documents, ...work.all(movements)].find(
    (row) => row.warehouseId === input.warehouseId && row.documentNumber === input.documentNumber,
  );

function sameDocument(before: MovementRow, input: WarehouseDocument): Answer {
  if (before.contentHash === contentHashOf(input.content)) return before.answer as Answer;
  throw new Refusal('document-differs', `document ${input.documentNumber} was recorded with another content`, {
    field: '/documentNumber',
    accepted: 'the content it had, or another number',
    sequence: before.sequence,
  });
}

function requireInOrder(last: number, sequence: number): void {
  if (sequence === last + 1) return;
  throw new Refusal('document-out-of-order', `the last document of the warehouse is number ${last}`, {
    field: '/sequence',
    accepted: String(last + 1),
  });
}

function requireHere(lot: LotRow, { warehouseId }: WarehouseDocument): void {
  require(lot.warehouseId === warehouseId, 'not-found', `there is no lot ${lot.id} in the warehouse`);
}

const stockChangeOf = ({ before, after }: LotChange) => ({
  lotId: after.id,
  change: after.quantity.minus(before?.quantity ?? 0),
});

type Arriving = Readonly<{ arrival: Arrival; index: number }>;

function arrive(
  work: Workspace,
  { actor, input, now }: Command<WarehouseDocument>,
  loaded: Loaded,
  { arrival, index }: Arriving,
): LotChange {
  const at = (name: string) => `/arrivals/${index}/${name}`;
  const grade = loaded.grades.get(arrival.gradeId);
  const pile = loaded.piles.get(arrival.pileId);
  if (grade === undefined) throw new Refusal('not-found', 'there is no such grade', { field: at('gradeId') });
  if (pile?.warehouseId !== input.warehouseId) {
    throw new Refusal('not-found', 'the warehouse has no such pile', { field: at('pileId') });
  }
  require(loaded.owners.has(arrival.ownerId), 'not-found', 'there is no such organization', { field: at('ownerId') });
  requireSteps(arrival.quantity, grade.step, at('quantity'));
  const place = placeOf(arrival.pileId, arrival.marks);
  const taken = work.all(lots).find((lot) => lot.state === 'in_stock' && placeOf(lot.pileId, lot.marks) === place);
  require(taken === undefined &&
    !loaded.places.has(place), 'place-occupied', `another lot lies in the pile under these marks`, {
    field: at('marks'),
    accepted: 'marks not in use in the pile',
  });
  const { pledgeId, ...goods } = arrival;
  const lot: LotRow = {
    ...goods,
    id: uuidv7(),
    warehouseId: input.warehouseId,
    operatorId: actor.orgId,
    commodityId: grade.commodityId,
    step: grade.step,
    state: 'in_stock',
    claim: pledgeId === null ? 'none' : nextState(lotClaims, 'none', 'add'),
    receiptId: null,
    pledgeId,
    bookId: null,
    parentId: null,
    changedAt: now.toISOString(),
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(lots, lot);
  return { before: null, after: lot };
}

type Departing = Readonly<{ lotId: string; quantity: Decimal; index: number }>;

function depart(
  work: Workspace,
  { now }: Command<WarehouseDocument>,
  { lotId, quantity, index }: Departing,
): LotChange {
  const field = `/departures/${index}`;
  const before = lotInStock(work, lotId, `${field}/lotId`);
  requireMovable(before, `${field}/lotId`);
  requireSteps(quantity, before.step, `${field}/quantity`);
  require(quantity.lessThanOrEqualTo(
    before.quantity,
  ), 'quantity-exceeds-lot', `the lot has ${before.quantity.toFixed()}`, {
    field: `${field}/quantity`,
    accepted: `at most ${before.quantity.toFixed()}`,
  });
  return { before, after: reduceTo(work, before, 'ship', before.quantity.minus(quantity), now) };
}

/** A receipt is redeemed by its holder and an offer withdrawn by its owner, not by a document of the warehouse. */
function requireMovable({ claim }: LotRow, field: string): void {
  require(claim === 'none' || claim === 'pledged', 'lot-claimed', `the lot is ${claim}`, {
    field,
    accepted: 'a lot under no receipt and not on offer to a bank',
  });
}

type Counting = Readonly<{ lotId: string; counted: Decimal; index: number }>;

function recount(work: Workspace, { now }: Command<WarehouseDocument>, { lotId, counted, index }: Counting): LotChange {
  const field = `/counts/${index}`;
  const before = lotInStock(work, lotId, `${field}/lotId`);
  if (!counted.isZero()) requireSteps(counted, before.step, `${field}/counted`);
  if (counted.equals(before.quantity)) return { before, after: before };
  return { before, after: reduceTo(work, before, 'count', counted, now) };
}

function reduceTo(work: Workspace, lot: LotRow, event: 'ship' | 'count', quantity: Decimal, now: Date): LotRow {
  if (!quantity.isZero()) {
    return changeLot(work, lot, { quantity, state: nextState(lotStates, lot.state, event) }, now);
  }
  const gone = { claim: 'none', receiptId: null, pledgeId: null, bookId: null } as const;
  return changeLot(
    work,
    lot,
    { ...gone, quantity: new Decimal(0), state: nextState(lotStates, lot.state, 'empty') },
    now,
  );
}

function tell(work: Workspace, { input }: Command<WarehouseDocument>, id: string, changes: readonly LotChange[]): void {
  const owners = changes.map(({ after }) => after.ownerId);
  work.emit({
    kind: `goods.${input.kind}`,
    objectKind: 'stock_movement',
    objectId: id,
    scopeId: work.get(warehouses, input.warehouseId).operatorId,
    parties: [...owners, ...input.bookIds, work.author.actor.orgId],
    data: { documentNumber: input.documentNumber, sequence: input.sequence, warehouseId: input.warehouseId },
  });
}
