import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { type LoadedFinancings, type Located, loadFinancings, scopeOf } from '../financing/loading.ts';
import { financings } from '../financing/store.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { fundUseAnswer } from './answer.ts';
import { fundUseLifecycle } from './lifecycle.ts';
import { accountOf } from './postings.ts';
import { type FundUseRow, funds, fundUses, type PoolUse, poolUses, usesFor } from './store.ts';

export type FundUseAnswer = ReturnType<typeof fundUseAnswer>;
export type OnUse = Located & Readonly<{ useId: string; fundId: string; renewalId: string | null }>;
export type Deciding = OnUse & Readonly<{ expectedVersion: number; reason: string | null }>;
export type LoadedUses = LoadedFinancings & Readonly<{ pools: Map<string, PoolUse>; present: readonly FundUseRow[] }>;

type Place = Located & Readonly<{ fundId: string; useId?: string; renewalId: string | null }>;

/** Locks funds and their uses with the loans concerned, all in the global order, and the accounts of the funds. */
export async function loadUses(
  work: Workspace,
  places: readonly Place[],
  keeper: CollateralKeeper,
): Promise<LoadedUses> {
  await work.lock(
    books,
    places.map(({ bookId }) => bookId),
  );
  const locked = await work.lock(
    funds,
    places.map(({ fundId }) => fundId),
  );
  const uses = await work.lock(
    fundUses,
    places.flatMap(({ useId }) => useId ?? []),
  );
  const financingIds = places.map(({ financingId }) => financingId);
  const behind = await work.read(financings, 'id', financingIds);
  const tasks = behind.flatMap((f) => [f.approvalId, f.guaranteeTaskId, f.pending?.taskId ?? null]);
  await lockTasks(
    work,
    [...tasks, ...uses.map(({ approvalId }) => approvalId)].filter((id) => id !== null),
  );
  const loaded = await loadFinancings(work, places, keeper);
  for (const { id, bookId } of locked) await ledgerOf(work).lock(bookId, [accountOf(id)]);
  const on = work.all(books)[0]?.businessDate ?? '';
  return {
    ...loaded,
    pools: await poolUses(
      work,
      locked.map(({ id }) => id),
      on,
    ),
    present: await usesFor(work, financingIds),
  };
}

type Asked = Pick<FundUseRow, 'kind' | 'loss' | 'amount'> & Readonly<{ place: Place; present: readonly FundUseRow[] }>;

/** Draws up a use of a fund that a second person of the bank decides on. A loan has one use of a kind at a time. */
export function requestUse(work: Workspace, { actor, now }: Command<unknown>, asked: Asked): FundUseAnswer {
  const { place, kind } = asked;
  const fund = work.get(funds, place.fundId);
  const stands = [...asked.present, ...work.all(fundUses)].some(
    (use) => use.financingId === place.financingId && use.kind === kind && use.state !== 'rejected',
  );
  require(!stands, 'already-exists', 'a fund has been asked for this loan already');
  const id = uuidv7();
  const task = openTask(work, {
    bookId: fund.bookId,
    subjectKind: 'fund_use',
    subjectId: id,
    action: kind,
    amount: asked.amount,
    level: 'one',
    rule: null,
    maker: actor,
    subjectVersion: 1,
    now,
  });
  const row: FundUseRow = {
    id,
    fundId: fund.id,
    bookId: fund.bookId,
    ownerId: fund.ownerId,
    kind,
    financingId: place.financingId,
    chainId: place.chainId,
    borrowerId: place.borrowerId,
    renewalId: place.renewalId,
    state: 'requested',
    loss: asked.loss,
    amount: asked.amount,
    recovered: new Decimal(0),
    fee: new Decimal(0),
    usedOn: null,
    approvalId: task.id,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(fundUses, row);
  tellUse(work, 'requested', row);
  return fundUseAnswer(row);
}

/** A second person of the bank turns the request down. */
export const rejectUse = (keeper: CollateralKeeper): UseCase<Deciding, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.reject',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadUses(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, command) => {
    const { row } = decided(work, command, 'reject');
    const after = work.update(fundUses, row.id, { state: nextState(fundUseLifecycle, row.state, 'reject') });
    tellUse(work, 'rejected', after);
    return fundUseAnswer(after);
  },
});

/** Closes the approval of a use as one person of the bank decides; answers the use and the business date. */
export function decided(
  work: Workspace,
  { actor, input, now }: Command<Deciding>,
  verdict: 'approve' | 'reject',
): Readonly<{ row: FundUseRow; businessDate: string }> {
  requireOwnBook(actor, input.bookId);
  const { businessDate } = requireOpenBook(work, input.bookId);
  const row = work.get(fundUses, input.useId);
  requireVersion(row.version, input.expectedVersion);
  decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict, reason: input.reason, now });
  return { row, businessDate };
}

export const tellUse = (work: Workspace, kind: string, row: FundUseRow, data: Record<string, unknown> = {}): void =>
  work.emit({
    kind: `fund_use.${kind}`,
    objectKind: 'fund_use',
    objectId: row.id,
    scopeId: row.bookId,
    parties: [row.bookId, row.ownerId, row.borrowerId],
    data: {
      fundId: row.fundId,
      financingId: row.financingId,
      amount: formatMoney(row.amount),
      state: row.state,
      ...data,
    },
  });
