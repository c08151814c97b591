import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { lots } from '../../src/goods/store.ts';
import { writeIn } from '../../src/platform/database.ts';
import type { Command } from '../../src/platform/unit-of-work.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { bankWorld } from '../harness/bank-world.ts';

type NewLot = Readonly<{ id: string; movementId: string; marks?: string; quantity: string; parentId?: string }>;
type NewDocument = Readonly<{ kind?: string; change?: string; sequence?: number | null }>;

/** One pile of aluminium ingots in a warehouse, its lots written as the owner of the tables, and the rules run on them. */
export async function goodsBench(t: Pick<Test, 'teardown'>) {
  const world = await bankWorld(t);
  const operatorId = await world.organization('warehouse', '济源示范仓储有限公司');
  const ownerId = await world.organization('enterprise', '济源示范铝业有限公司');
  const strangerId = await world.organization('enterprise', '洛阳对手轴承有限公司');
  const [commodity, grade, warehouse, pile] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const sql = async (text: string, values: readonly unknown[] = []) =>
    (await world.owner.query(text, [...values])).rows;
  await sql("insert into commodity values ($1, 'AL', '铝锭', 'metal', 't', 0.001, 1, now())", [commodity]);
  await sql("insert into grade values ($1, $2, 'A00', 'AL99.70', 't', 0.001, 1, now())", [grade, commodity]);
  await sql("insert into warehouse values ($1, $2, '一号库', '济源市示范路1号', 'active', 0, 1, now())", [
    warehouse,
    operatorId,
  ]);
  await sql("insert into pile values ($1, $2, $3, 'A-01', 1, now())", [pile, warehouse, operatorId]);
  let serial = 0;

  /** A document of the warehouse, with the next number unless told. */
  async function document({ kind = 'inbound', change = '100.000', sequence }: NewDocument = {}): Promise<string> {
    const id = randomUUID();
    await sql(
      `insert into stock_movement (id, warehouse_id, operator_id, kind, document_number, sequence, content_hash, content, change, happened_at, created_at)
       select $1, $2, $3, $4, $5, case when $8 then coalesce(max(sequence), 0) + 1 else $6::integer end, repeat('a', 64), '{}', $7, now(), now()
         from stock_movement where warehouse_id = $2`,
      [id, warehouse, operatorId, kind, `RK-${++serial}`, sequence ?? null, change, sequence === undefined],
    );
    return id;
  }

  /** A line of a document: by how much it changes a lot. */
  const enter = (movementId: string, lotId: string, change: string) =>
    sql('insert into stock_entry values ($1, $2, $3, $4)', [randomUUID(), movementId, lotId, change]);

  async function insertLot({ id, movementId, marks = `唛头 ${id.slice(0, 8)}`, quantity, parentId }: NewLot) {
    await sql(
      `insert into lot (id, warehouse_id, operator_id, pile_id, marks, commodity_id, grade_id, owner_id, quantity, step, state, parent_id,
                        received_on, changed_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0.001, 'in_stock', $10, '2026-07-01', '2026-07-01T02:00:00Z', '2026-07-01T02:00:00Z')`,
      [id, warehouse, operatorId, pile, marks, commodity, grade, ownerId, quantity, parentId ?? null],
    );
    await enter(movementId, id, quantity);
  }

  /** Several statements of the tables' owner in one transaction. */
  async function together(work: () => Promise<unknown>): Promise<void> {
    await sql('begin');
    try {
      await work();
      await sql('commit');
    } catch (error) {
      await sql('rollback');
      throw error;
    }
  }

  /** A lot received by a document of its own. */
  async function lot(quantity = '100.000', marks?: string): Promise<string> {
    const id = randomUUID();
    await together(async () => {
      const movementId = await document({ change: quantity });
      await insertLot({ id, movementId, quantity, ...(marks === undefined ? {} : { marks }) });
    });
    return id;
  }

  /** Runs rules on locked lots in a transaction of this scope, and writes what they did. */
  const act = <T>(
    lotIds: readonly string[],
    does: (work: Workspace) => T,
    scope = [ownerId, operatorId, world.bankId],
  ): Promise<T> =>
    writeIn(world.database.writers, scope, async (tx) => {
      const work = new Workspace(tx);
      await work.lock(lots, lotIds);
      const done = work.attempt({} as Command<unknown>, () => does(work));
      await work.write();
      return done;
    });

  return {
    ...world,
    ...{ commodity, grade, warehouse, pile, warehouseOperatorId: operatorId, ownerId, strangerId },
    ...{ sql, document, enter, insertLot, together, lot, act },
  };
}
