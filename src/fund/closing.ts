import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { fundAnswer, tellFund } from './answer.ts';
import { fundLifecycle } from './lifecycle.ts';
import { moveFund } from './moves.ts';
import { accountOf, distributed } from './postings.ts';
import { distribute } from './rules.ts';
import { type Contributor, contributorsOf, type FundRow, funds, fundsInUse } from './store.ts';

type Answer = ReturnType<typeof fundAnswer>;
type Target = Readonly<{ fundId: string; bookId: string; expectedVersion: number }>;
type Loaded = Readonly<{ inUse: ReadonlySet<string>; contributors: ReadonlyMap<string, readonly Contributor[]> }>;

async function load(work: Workspace, targets: readonly Target[]): Promise<Loaded> {
  await work.lock(
    books,
    targets.map(({ bookId }) => bookId),
  );
  const ids = targets.map(({ fundId }) => fundId);
  const locked = await work.lock(funds, ids);
  await lockTasks(
    work,
    locked.flatMap(({ closingTaskId }) => closingTaskId ?? []),
  );
  const contributors = await contributorsOf(work, ids);
  for (const { id, bookId } of locked) {
    const parties = (contributors.get(id) ?? []).map(({ partyId }) => `2001/${partyId}` as const);
    await ledgerOf(work).lock(bookId, [accountOf(id), ...parties]);
  }
  return { inUse: await fundsInUse(work, ids), contributors };
}

/** Refuses while something is asked of the fund or is out on loan from it. */
function requireUnused({ id, lent }: FundRow, inUse: ReadonlySet<string>): void {
  require(!inUse.has(id) && lent.isZero(), 'fund-in-use', 'something is asked of the fund, or is out on loan from it', {
    accepted: 'a fund whose uses have been decided on and given back',
  });
}

/**
 * A maker of the bank proposes to wind a fund up, or to share out what has come back to one that was wound up. A second
 * person decides.
 */
export const proposeClosing: UseCase<Target, Answer, Loaded> = {
  name: 'fund.propose_closing',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: (work, commands) =>
    load(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, { actor, input, now }, { inUse }) => {
    requireOpenBook(work, input.bookId);
    const fund = work.get(funds, input.fundId);
    requireVersion(fund.version, input.expectedVersion);
    nextState(fundLifecycle, fund.state, 'close');
    require(fund.closingTaskId === null, 'already-exists', 'the closing waits for its approval already');
    require('use' in fundLifecycle.arrows[fund.state] ||
      !fund.balance.isZero(), 'illegal-transition', 'there is nothing in the fund to share out');
    requireUnused(fund, inUse);
    const task = openTask(work, {
      bookId: fund.bookId,
      subjectKind: 'fund',
      subjectId: fund.id,
      action: 'close',
      amount: fund.balance,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: fund.version + 1,
      now,
    });
    const after = work.update(funds, fund.id, { closingTaskId: task.id });
    tellFund(work, 'closing_proposed', after);
    return fundAnswer(after);
  },
};

type Decide = Target & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

/**
 * Another person decides. Closed, the fund takes no new business, and what is in it goes to the deposits of those who
 * paid it in, in the proportion of what they paid, to the fen.
 */
export const decideClosing: UseCase<Decide, Answer, Loaded> = {
  name: 'fund.decide_closing',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: (work, commands) =>
    load(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, { actor, input, now }, { inUse, contributors }) => {
    const { businessDate: on } = requireOpenBook(work, input.bookId);
    const fund = work.get(funds, input.fundId);
    requireVersion(fund.version, input.expectedVersion);
    const { verdict, reason } = input;
    if (fund.closingTaskId === null) throw new Refusal('not-found', 'no closing waits for a decision');
    const state = nextState(fundLifecycle, fund.state, 'close');
    decideTask(work, work.get(approvalTasks, fund.closingTaskId), { actor, verdict, reason, now });
    const decided = work.update(funds, fund.id, { closingTaskId: null });
    if (verdict === 'reject') {
      tellFund(work, 'closing_rejected', decided, { reason });
      return fundAnswer(decided);
    }
    requireUnused(fund, inUse);
    const parts = distribute(fund.balance, contributors.get(fund.id) ?? []);
    for (const { partyId, amount } of parts)
      moveFund(work, fund.id, { kind: 'distribute', partyId, useId: null, amount, on, now });
    if (parts.length > 0) {
      const lines = distributed({ fund: fund.id, parts });
      const journal = { bookId: fund.bookId, kind: 'fund.distributed', businessDate: on, subjectId: fund.id, lines };
      ledgerOf(work).post(journal, { requestId: actor.requestId, now });
    }
    const after = work.update(funds, fund.id, { state });
    tellFund(work, 'closed', after);
    return fundAnswer(after);
  },
};
