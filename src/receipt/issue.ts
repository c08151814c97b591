import { uuidv7 } from 'uuidv7';
import { claimLot, cutLot, lotInStock } from '../goods/lots.ts';
import {
  type CommodityRow,
  commodities,
  type GradeRow,
  grades,
  type LotRow,
  lots,
  type PileRow,
  piles,
  type WarehouseRow,
  warehouses,
} from '../goods/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { Decimal, parseMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { receiptAnswer, tell } from './answer.ts';
import { hashOf } from './content.ts';
import { contentOf, type Draft, requireComplete, type Statement } from './statutory-rules.ts';
import { type ReceiptRow, receipts } from './store.ts';

/** Where the goods of a receipt to be lie, and what they are. */
export type LocatedLot = Readonly<{
  lotId: string;
  warehouseId: string;
  pileId: string;
  gradeId: string;
  commodityId: string;
  ownerId: string;
}>;
export type Issue = LocatedLot & Readonly<{ number: string; draft: Draft }>;

type Rows<Row> = ReadonlyMap<string, Row>;
type Loaded = Readonly<{
  warehouses: Rows<WarehouseRow>;
  organizations: Rows<OrganizationRow>;
  piles: Rows<PileRow>;
  grades: Rows<GradeRow>;
  commodities: Rows<CommodityRow>;
  numbers: ReadonlySet<string>;
}>;
const byId = <Row extends { id: string }>(rows: readonly Row[]): Rows<Row> => new Map(rows.map((row) => [row.id, row]));

/**
 * A registered warehouse issues a receipt for goods that lie free in it: a quantum of its stock ledger, put under this
 * one claim. Refuses `receipt-incomplete` with every item of Civil Code art. 909 that is missing.
 */
export const issueReceipt: UseCase<Issue, ReturnType<typeof receiptAnswer>, Loaded> = {
  name: 'receipt.issue',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: ({ input }) => [input.ownerId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const idsOf = (name: keyof LocatedLot) => inputs.map((input) => input[name]);
    const operatorIds = commands.map(({ actor }) => actor.orgId);
    const loaded = {
      organizations: byId(await work.read(organizations, 'id', [...operatorIds, ...idsOf('ownerId')])),
      warehouses: byId(await work.read(warehouses, 'id', idsOf('warehouseId'))),
      piles: byId(await work.read(piles, 'id', idsOf('pileId'))),
      grades: byId(await work.read(grades, 'id', idsOf('gradeId'))),
      commodities: byId(await work.read(commodities, 'id', idsOf('commodityId'))),
    };
    const taken = await work.read(
      receipts,
      'number',
      inputs.map(({ number }) => number),
    );
    await work.lock(lots, idsOf('lotId'));
    return { ...loaded, numbers: new Set(taken.map(({ operatorId, number }) => `${operatorId} ${number}`)) };
  },
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const lot = lotInStock(work, input.lotId, '/lotId');
    require(lot.operatorId === actor.orgId, 'not-found', `there is no lot ${input.lotId}`, { field: '/lotId' });
    const { status } = loaded.warehouses.get(lot.warehouseId) ?? { status: 'suspended' };
    require(status === 'active', 'warehouse-suspended', 'the warehouse issues no receipts', {
      accepted: 'an active warehouse',
    });
    const told = requireComplete(input.draft);
    requireSound(told);
    const known = `${actor.orgId} ${input.number}`;
    const used =
      loaded.numbers.has(known) || work.all(receipts).some((row) => `${row.operatorId} ${row.number}` === known);
    require(!used, 'already-exists', `you have issued a receipt ${input.number}`, { field: '/number' });
    const { part } = cutLot(work, lot, new Decimal(told.quantity), now);
    const receipt = draw(command, { told, loaded, lot: part });
    work.insert(receipts, receipt);
    claimLot(work, part, { event: 'issue_receipt', receiptId: receipt.id }, { now, field: '/lotId' });
    tell(work, 'issued', receipt, { scopeId: actor.orgId, data: { quantity: receipt.quantity.toFixed() } });
    return receiptAnswer(receipt);
  },
};

/** Refuses periods that end before they begin. */
function requireSound({ storageFrom, storageTo, insurance }: Statement): void {
  if (storageTo <= storageFrom) {
    throw new Refusal('invalid-input', 'storage ends after it begins', {
      field: '/storageTo',
      accepted: `after ${storageFrom}`,
    });
  }
  if (insurance !== null && insurance.to < insurance.from) {
    throw new Refusal('invalid-input', 'insurance ends after it begins', {
      field: '/insurance/to',
      accepted: `from ${insurance.from}`,
    });
  }
}

type Drawn = Readonly<{ told: Statement; loaded: Loaded; lot: LotRow }>;

function draw({ actor, input, now }: Command<Issue>, { told, loaded, lot }: Drawn): ReceiptRow {
  const of = <Row>(rows: Rows<Row>, id: string): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new Refusal('not-found', `there is no ${id}`, { field: '/lotId' });
    return row;
  };
  const warehouse = of(loaded.warehouses, lot.warehouseId);
  const commodity = of(loaded.commodities, lot.commodityId);
  const issuedOn = shanghaiDate(now);
  const content = contentOf(told, {
    number: input.number,
    depositor: of(loaded.organizations, lot.ownerId).legalName,
    commodity: commodity.name,
    grade: of(loaded.grades, lot.gradeId).name,
    unit: commodity.unit,
    marks: lot.marks,
    warehouse: warehouse.name,
    address: warehouse.address,
    pile: of(loaded.piles, lot.pileId).code,
    issuer: of(loaded.organizations, actor.orgId).legalName,
    issuedOn,
  });
  return {
    id: uuidv7(),
    number: input.number,
    warehouseId: lot.warehouseId,
    operatorId: lot.operatorId,
    lotId: lot.id,
    gradeId: lot.gradeId,
    depositorId: lot.ownerId,
    holderId: lot.ownerId,
    quantity: lot.quantity,
    lost: new Decimal(0),
    pieces: told.pieces,
    lossStandard: new Decimal(told.lossStandard),
    dailyFee: new Decimal(told.dailyFee),
    storageFrom: told.storageFrom,
    storageTo: told.storageTo,
    insuredTo: told.insurance === null ? null : told.insurance.to,
    feePaid: parseMoney('0.00'),
    content,
    contentHash: hashOf(content),
    state: 'issued',
    standing: 'clear',
    frozenBy: null,
    registerCode: null,
    offeredTo: null,
    financingId: null,
    bookId: null,
    value: parseMoney('0.00'),
    booked: parseMoney('0.00'),
    quotedAt: null,
    parentId: null,
    issuedBy: actor.personId,
    issuedOn,
    note: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}
