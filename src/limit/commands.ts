import { uuidv7 } from 'uuidv7';
import { decideTask, openTask, withdrawTask } from '../approval/commands.ts';
import { type ApprovalTaskRow, approvalTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, parseMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { programmes } from '../programme/store.ts';
import { limitAnswer, tell } from './answers.ts';
import { type Holders, loadHolders, requireHolder } from './holder.ts';
import { checkChange, type LimitChange, type NewPlace, placeBelow, samePlace } from './rules.ts';
import { type LimitNodeRow, limitMoves, limitNodes } from './store.ts';

type Answer = ReturnType<typeof limitAnswer>;
export type NewLimit = NewPlace &
  Readonly<{
    /** The chain it would be for, as the bank sees it. */
    chainId: string | null;
    amount: string;
    expiresOn: IsoDate;
    revolving: boolean;
    reason: string;
  }>;

type Loaded = Readonly<{ present: readonly LimitNodeRow[]; holders: Holders }>;

/** A maker opens a limit. It stands at zero until a second person approves its amount. */
export const openLimit: UseCase<NewLimit, Answer, Loaded> = {
  name: 'limit.open',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: ({ input }) => (input.chainId === null ? [] : [input.chainId]),
  load: async (work, commands) => {
    const bookIds = commands.map(({ actor }) => actor.orgId);
    const parents = commands.flatMap(({ input }) => input.parentId ?? []);
    await work.lock(books, bookIds);
    await work.lock(
      programmes,
      commands.flatMap(({ input }) => input.programmeId ?? []),
    );
    await work.lock(limitNodes, parents);
    const siblings = await work.read(limitNodes, 'parentId', parents);
    const ofOrganizations = await work.read(
      limitNodes,
      'orgId',
      commands.flatMap(({ input }) => input.orgId ?? []),
    );
    const ofProgrammes = await work.read(
      limitNodes,
      'programmeId',
      commands.flatMap(({ input }) => input.programmeId ?? []),
    );
    return {
      present: [...siblings, ...ofOrganizations, ...ofProgrammes],
      holders: await loadHolders(work, commands),
    };
  },
  decide: (work, { actor, input, now }, { present, holders }) => {
    const { businessDate } = requireOpenBook(work, actor.orgId);
    const parent = input.parentId === undefined ? null : work.get(limitNodes, input.parentId);
    if (input.programmeId !== undefined) work.get(programmes, input.programmeId);
    const place = placeBelow(input, parent);
    requireHolder(place, { bankId: actor.orgId, chainId: input.chainId, parent }, holders);
    const there = [...present, ...work.all(limitNodes)].some((node) => samePlace(node, place));
    require(!there, 'already-exists', `there is a ${place.kind} limit for this`, {
      accepted: 'a change of that limit',
    });
    const node: LimitNodeRow = {
      ...place,
      id: uuidv7(),
      bookId: actor.orgId,
      amount: new Decimal(0),
      reserved: new Decimal(0),
      used: new Decimal(0),
      expiresOn: input.expiresOn,
      status: 'active',
      revolving: input.revolving,
      approvalId: null,
      termsVersion: 1,
      version: 1,
      createdAt: now.toISOString(),
    };
    checkChange(node, { amount: input.amount, expiresOn: input.expiresOn }, businessDate);
    const { amount, reason } = input;
    const task = askFor(work, node, { actor, action: 'open', change: { amount }, reason, now });
    const opened = { ...node, approvalId: task.id };
    work.insert(limitNodes, opened);
    tell(work, 'opened', opened, { reason });
    return limitAnswer(opened);
  },
};

type OnLimit = Readonly<{ limitId: string; expectedVersion: number }>;

const onLimit = <Input extends OnLimit>(
  name: string,
  decide: (work: Workspace, node: LimitNodeRow, command: Command<Input>, businessDate: IsoDate) => LimitNodeRow,
): UseCase<Input, Answer> => ({
  name: `limit.${name}`,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.limitId);
    const unlocked = await work.read(limitNodes, 'id', ids);
    await work.lock(
      books,
      commands.map(({ actor }) => actor.orgId),
    );
    await work.lock(
      approvalTasks,
      unlocked.flatMap(({ approvalId }) => approvalId ?? []),
    );
    await work.lock(limitNodes, ids);
  },
  decide: (work, command) => {
    const { businessDate } = requireOpenBook(work, command.actor.orgId);
    const node = work.get(limitNodes, command.input.limitId);
    requireVersion(node.termsVersion, command.input.expectedVersion);
    return limitAnswer(decide(work, node, command, businessDate));
  },
});

type Proposal = OnLimit & Readonly<{ change: LimitChange; reason: string }>;

/** A maker asks for another amount, term or manner of a limit, or to lift its freeze. */
export const proposeLimitChange = onLimit<Proposal>('propose_change', (work, node, { actor, input, now }, on) => {
  require(node.approvalId === null, 'already-exists', 'another change of the limit waits for its approval');
  checkChange(node, input.change, on);
  const { change, reason } = input;
  const task = askFor(work, node, { actor, action: 'change', change, reason, now });
  const after = amend(work, node, { approvalId: task.id });
  tell(work, 'change_proposed', after, { change, reason });
  return after;
});

type Decision = OnLimit & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

/** A second person approves, so that the change takes effect at once, or rejects. */
export const decideLimitChange = onLimit<Decision>('decide_change', (work, node, { actor, input, now }, on) => {
  const { verdict, reason } = input;
  const asked = taskOf(work, node);
  const stale = verdict === 'approve' ? { subjectVersion: node.termsVersion } : {};
  decideTask(work, asked, { actor, verdict, reason, now, ...stale });
  if (verdict === 'reject') {
    const after = amend(work, node, { approvalId: null });
    tell(work, 'change_rejected', after, { reason });
    return after;
  }
  const { change } = asked.payload as Readonly<{ change: LimitChange }>;
  checkChange(node, change, on);
  const { amount, ...rest } = change;
  const after = amend(work, node, {
    ...rest,
    ...(amount !== undefined && { amount: parseMoney(amount) }),
    approvalId: null,
  });
  if (amount !== undefined) recordAdjustment(work, after, asked, now);
  tell(work, 'changed', after, { change });
  return after;
});

/** The maker's bank takes a proposal back. */
export const withdrawLimitChange = onLimit<OnLimit>('withdraw_change', (work, node, command) => {
  withdrawTask(work, taskOf(work, node), command);
  const after = amend(work, node, { approvalId: null });
  tell(work, 'change_withdrawn', after, {});
  return after;
});

/** Stops drawdowns on a limit and all below it at once: one person suffices, because it commits the bank to nothing. */
export const freezeLimit = onLimit<OnLimit & Readonly<{ reason: string }>>('freeze', (work, node, { input }) => {
  require(node.status === 'active', 'illegal-transition', 'the limit is frozen', { state: node.status });
  const after = amend(work, node, { status: 'frozen' });
  tell(work, 'frozen', after, { reason: input.reason });
  return after;
});

const amend = (work: Workspace, node: LimitNodeRow, patch: Partial<LimitNodeRow>): LimitNodeRow =>
  work.update(limitNodes, node.id, { ...patch, termsVersion: node.termsVersion + 1 });

type Request = Readonly<{ actor: Actor; action: 'open' | 'change'; change: LimitChange; reason: string; now: Date }>;

/** Opens the approval; whoever decides sees the limit as it stands once the proposal is noted on it. */
const askFor = (
  work: Workspace,
  node: LimitNodeRow,
  { actor, action, change, reason, now }: Request,
): ApprovalTaskRow =>
  openTask(work, {
    bookId: node.bookId,
    subjectKind: 'limit',
    subjectId: node.id,
    action,
    amount: change.amount === undefined ? null : parseMoney(change.amount),
    level: 'one',
    rule: null,
    maker: actor,
    subjectVersion: action === 'open' ? node.termsVersion : node.termsVersion + 1,
    payload: { change, reason },
    now,
  });

function taskOf(work: Workspace, node: LimitNodeRow): ApprovalTaskRow {
  if (node.approvalId !== null) return work.get(approvalTasks, node.approvalId);
  throw new Refusal('not-found', 'no change of the limit waits for an approval');
}

function recordAdjustment(work: Workspace, node: LimitNodeRow, task: ApprovalTaskRow, now: Date): void {
  work.insert(limitMoves, {
    id: uuidv7(),
    bookId: node.bookId,
    nodeId: node.id,
    financingId: null,
    kind: 'adjust',
    amount: node.amount,
    reservedAfter: node.reserved,
    usedAfter: node.used,
    reason: String(task.payload.reason ?? ''),
    createdAt: now.toISOString(),
  });
}
