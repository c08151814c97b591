import { randomUUID } from 'node:crypto';
import {
  findLimitPath,
  freeLimit,
  type LimitTarget,
  limitPath,
  releaseReservation,
  reserveLimit,
  useLimit,
} from '../../src/limit/path.ts';
import { limitNodes } from '../../src/limit/store.ts';
import { verifyLimits } from '../../src/limit/verification.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { readAs } from '../../src/platform/database.ts';
import type { UnitOfWork, UseCase } from '../../src/platform/unit-of-work.ts';
import { systemCommand } from '../../src/platform/worker.ts';
import type { BankWorld } from '../harness/bank-world.ts';

const operations = { reserve: reserveLimit, use: useLimit, release: releaseReservation, free: freeLimit } as const;
export type Operation = keyof typeof operations;
export type Draw = Readonly<{
  operation: Operation;
  target: LimitTarget;
  amount: string;
  financingId: string;
  lane?: string;
}>;

/** What a financing does to its limits, alone. */
const draw: UseCase<Draw & Readonly<{ bookId: string }>, { path: string[] }, string[][]> = {
  name: 'test.draw',
  lane: ({ input }) => input.lane ?? input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const paths = await findLimitPath(
      work,
      commands.map(({ input }) => input.target),
    );
    await work.lock(limitNodes, paths.flat());
    return paths;
  },
  decide: (work, { input, now }, paths) => {
    const found = paths.find((ids) => ids.some((id) => isLeaf(work.find(limitNodes, id), input.target))) ?? [];
    const path = limitPath(work, found, input.target);
    const context = { financingId: input.financingId, on: '2026-07-01', now };
    operations[input.operation](work, path, new Decimal(input.amount), context);
    return { path };
  },
};

const isLeaf = (
  node: { kind: string; orgId: string | null; product: string | null } | undefined,
  target: LimitTarget,
) => node?.orgId === target.orgId && (node.kind === 'member' || node.product === target.product);

/** Runs one operation as the bank's system does, and answers `ok` or the code of the refusal. */
export async function run(unitOfWork: UnitOfWork, bookId: string, input: Draw): Promise<string> {
  const { status, body } = await unitOfWork.run(
    draw,
    systemCommand(
      { orgId: bookId, orgKind: 'bank' },
      { key: randomUUID(), input: { ...input, bookId }, now: new Date('2026-07-01T02:00:00Z') },
    ),
  );
  return status < 400 ? 'ok' : (body as { code: string }).code;
}

export type NodeSpec = Readonly<{ amount: string; revolving?: boolean }>;
export type Tree = Readonly<{
  programmeId: string;
  targets: readonly LimitTarget[];
  /** Ids of the group, the programme, and of member and product of each target. */
  ids: readonly string[];
}>;

/** A tree whose members have one product each; group and programme come first in `amounts`. */
export async function plantTree(world: BankWorld, specs: readonly [NodeSpec, NodeSpec, ...NodeSpec[]]): Promise<Tree> {
  const { coreId, chainId } = await world.newChain();
  const programmeId = randomUUID();
  await world.owner.query(
    `insert into programme (id, book_id, chain_id, core_id, name, status, current_version, created_at)
     values ($1, $2, $3, $4, '示范', 'active', 1, now())`,
    [programmeId, world.bankId, chainId, coreId],
  );
  const ids: string[] = [];
  const plant = async (spec: NodeSpec, place: Record<string, unknown>): Promise<string> => {
    const id = randomUUID();
    const columns = { id, book_id: world.bankId, amount: spec.amount, revolving: spec.revolving ?? true, ...place };
    const names = Object.keys(columns);
    await world.owner.query(
      `insert into limit_node (${names.join(', ')}, expires_on, status, created_at)
       values (${names.map((_, i) => `$${i + 1}`).join(', ')}, '2027-06-30', 'active', now())`,
      Object.values(columns),
    );
    await world.owner.query(
      `insert into limit_move (id, book_id, node_id, kind, amount, reserved_after, used_after, created_at)
       values ($1, $2, $3, 'adjust', $4, 0, 0, now())`,
      [randomUUID(), world.bankId, id, spec.amount],
    );
    ids.push(id);
    return id;
  };
  const [group, programme, ...leaves] = specs;
  const groupId = await plant(group, { kind: 'group', org_id: coreId });
  const above = await plant(programme, { kind: 'programme', parent_id: groupId, programme_id: programmeId });
  const targets: LimitTarget[] = [];
  for (const leaf of leaves) {
    const orgId = randomUUID();
    const place = { parent_id: above, programme_id: programmeId, org_id: orgId };
    const memberId = await plant(leaf, { kind: 'member', ...place });
    await plant(leaf, { kind: 'product', ...place, parent_id: memberId, product: 'pledge_loan' });
    targets.push({ programmeId, orgId, product: 'pledge_loan' });
  }
  return { programmeId, targets, ids };
}

/** Reserved and used of nodes, as text, in the order of the ids. */
export async function standing(world: BankWorld, ids: readonly string[]): Promise<string[]> {
  const { rows } = await world.owner.query<{ id: string; standing: string }>(
    `select id, round(reserved, 2) || ' ' || round(used, 2) as standing from limit_node where id = any($1)`,
    [ids],
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.standing ?? 'none');
}

/** Limits of the bank that differ from their moves. */
export const drift = (world: BankWorld) =>
  readAs(world.database, { orgId: world.bankId, orgKind: 'bank' }, (db) => verifyLimits(db));
