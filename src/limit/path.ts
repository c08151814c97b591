import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Product } from '../programme/terms.ts';
import { checkRoom } from './rules.ts';
import { type LimitKind, type LimitNodeRow, limitMoves, limitNodes, type MoveKind } from './store.ts';

/** What is to be drawn: a product of a programme, by a member. */
export type LimitTarget = Readonly<{ programmeId: string; orgId: string; product: Product }>;

/** Why and when an amount moves. */
export type LimitContext = Readonly<{ financingId: string; on: IsoDate; now: Date }>;

const LEVELS: readonly LimitKind[] = ['product', 'member', 'programme', 'group'];

/** Ids of the nodes that stand for each target, from the product up to the group, without a lock; gaps are left out. */
export async function findLimitPath(work: Workspace, targets: readonly LimitTarget[]): Promise<string[][]> {
  if (targets.length === 0) return [];
  const rows = await work.query<{ ids: string[] }>(
    'limit_node.path',
    `select array_remove(array[product.id, member.id, programme.id, core.id], null) as ids
       from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as t(programme_id, org_id, product, place)
       left join limit_node programme on programme.kind = 'programme' and programme.programme_id = t.programme_id
       left join limit_node core on core.id = programme.parent_id
       left join limit_node member on member.kind = 'member' and member.programme_id = t.programme_id
                                  and member.org_id = t.org_id
       left join limit_node product on product.kind = 'product' and product.programme_id = t.programme_id
                                   and product.org_id = t.org_id and product.product = t.product
      order by t.place`,
    [targets.map((t) => t.programmeId), targets.map((t) => t.orgId), targets.map((t) => t.product)],
  );
  return rows.map(({ ids }) => ids);
}

/**
 * The whole path of a target among found and locked nodes, from the product up to the group. Refusal `limit-missing`
 * names the level that lacks one.
 */
export function limitPath(
  work: Workspace,
  found: readonly string[],
  target: Omit<LimitTarget, 'orgId'> & Partial<LimitTarget>,
): string[] {
  const byKind = new Map(nodesOf(work, found).map((node) => [node.kind, node.id]));
  return LEVELS.map((level) => {
    const id = byKind.get(level);
    if (id !== undefined) return id;
    throw new Refusal('limit-missing', `there is no ${level} limit for this drawdown`, { level, ...target });
  });
}

/**
 * Reserves an amount on every node of a path, or on none. Refusals `limit-frozen`, `limit-expired` and
 * `limit-exceeded` name the first node, from the product up, that stands in the way.
 */
export function reserveLimit(
  work: Workspace,
  nodeIds: readonly string[],
  amount: Decimal,
  context: LimitContext,
): void {
  const nodes = nodesOf(work, nodeIds);
  for (const node of nodes) checkRoom(node, amount, context.on);
  for (const node of nodes) {
    move(work, node, 'reserve', amount, { reserved: node.reserved.plus(amount), used: node.used }, context);
  }
}

/** A drawdown has been paid: what was reserved is used. What was granted is kept, frozen meanwhile or not. */
export function useLimit(work: Workspace, nodeIds: readonly string[], amount: Decimal, context: LimitContext): void {
  for (const node of nodesOf(work, nodeIds)) {
    const after = { reserved: node.reserved.minus(amount), used: node.used.plus(amount) };
    move(work, node, 'use', amount, after, context);
  }
}

/** An application has ended without a drawdown: what was reserved is available again. */
export function releaseReservation(
  work: Workspace,
  nodeIds: readonly string[],
  amount: Decimal,
  context: LimitContext,
): void {
  for (const node of nodesOf(work, nodeIds)) {
    move(work, node, 'release', amount, { reserved: node.reserved.minus(amount), used: node.used }, context);
  }
}

/** Principal has been repaid: it is available again on the nodes that revolve, and stays used on the others. */
export function freeLimit(work: Workspace, nodeIds: readonly string[], amount: Decimal, context: LimitContext): void {
  for (const node of nodesOf(work, nodeIds).filter(({ revolving }) => revolving)) {
    move(work, node, 'free', amount, { reserved: node.reserved, used: node.used.minus(amount) }, context);
  }
}

const nodesOf = (work: Workspace, ids: readonly string[]): LimitNodeRow[] => ids.map((id) => work.get(limitNodes, id));

function move(
  work: Workspace,
  node: LimitNodeRow,
  kind: MoveKind,
  amount: Decimal,
  after: Pick<LimitNodeRow, 'reserved' | 'used'>,
  { financingId, now }: LimitContext,
): void {
  if (!amount.greaterThan(0)) throw new Error(`a limit moves by more than nothing, not ${amount}`);
  if (after.reserved.isNegative() || after.used.isNegative()) {
    throw new Error(`${kind} of ${amount} on limit ${node.id} exceeds what is reserved or used`);
  }
  work.update(limitNodes, node.id, after);
  work.insert(limitMoves, {
    id: uuidv7(),
    bookId: node.bookId,
    nodeId: node.id,
    financingId,
    kind,
    amount,
    reservedAfter: after.reserved,
    usedAfter: after.used,
    reason: null,
    createdAt: now.toISOString(),
  });
}
