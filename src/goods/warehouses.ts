import { uuidv7 } from 'uuidv7';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { type PileRow, piles, type WarehouseRow, warehouses } from './store.ts';

type NewWarehouse = Readonly<{ name: string; address: string }>;

/** A warehouse operator adds a place that it runs. */
export const addWarehouse: UseCase<NewWarehouse, ReturnType<typeof warehouseAnswer>> = {
  name: 'goods.add_warehouse',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async (work, commands) => {
    const known = await work.read(
      warehouses,
      'operatorId',
      commands.map(({ actor }) => actor.orgId),
    );
    await work.lock(
      warehouses,
      known.map(({ id }) => id),
    );
  },
  decide: (work, { actor, input, now }) => {
    if (work.all(warehouses).some((each) => each.operatorId === actor.orgId && each.name === input.name)) {
      throw new Refusal('already-exists', `you have a warehouse ${input.name}`, { field: '/name' });
    }
    const row: WarehouseRow = {
      ...input,
      id: uuidv7(),
      operatorId: actor.orgId,
      status: 'active',
      lastSequence: 0,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(warehouses, row);
    work.emit({
      kind: 'goods.warehouse_added',
      objectKind: 'warehouse',
      objectId: row.id,
      scopeId: actor.orgId,
      parties: [actor.orgId],
      data: { name: row.name },
    });
    return warehouseAnswer(row);
  },
};

type NewPile = Readonly<{ warehouseId: string; code: string }>;

/** A warehouse operator adds a pile to a warehouse of its own. */
export const addPile: UseCase<NewPile, PileRow> = {
  name: 'goods.add_pile',
  status: 201,
  lane: ({ input }) => input.warehouseId,
  scope: () => [],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.warehouseId);
    await work.lock(warehouses, ids);
    const known = await work.read(piles, 'warehouseId', ids);
    await work.lock(
      piles,
      known.map(({ id }) => id),
    );
  },
  decide: (work, { actor, input, now }) => {
    const warehouse = work.get(warehouses, input.warehouseId);
    require(warehouse.operatorId === actor.orgId, 'not-found', `there is no warehouse ${input.warehouseId}`);
    if (work.all(piles).some((pile) => pile.warehouseId === warehouse.id && pile.code === input.code)) {
      throw new Refusal('already-exists', `the warehouse has a pile ${input.code}`, { field: '/code' });
    }
    const { operatorId } = warehouse;
    const row: PileRow = { ...input, operatorId, id: uuidv7(), version: 1, createdAt: now.toISOString() };
    work.insert(piles, row);
    work.emit({
      kind: 'goods.pile_added',
      objectKind: 'pile',
      objectId: row.id,
      scopeId: actor.orgId,
      parties: [actor.orgId],
      data: { code: row.code, warehouseId: warehouse.id },
    });
    return row;
  },
};

export const warehouseAnswer = (row: WarehouseRow) => ({
  id: row.id,
  operatorId: row.operatorId,
  name: row.name,
  address: row.address,
  status: row.status,
  lastSequence: row.lastSequence,
  version: row.version,
  createdAt: row.createdAt,
});
