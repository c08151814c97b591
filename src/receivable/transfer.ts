import { uuidv7 } from 'uuidv7';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { addDays, earliest, type IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { holdingAnswer, transferAnswer } from './answer.ts';
import { newHolding } from './confirmation.ts';
import { holdingStates, receivableStages, transferStates } from './lifecycle.ts';
import {
  type HoldingRow,
  holdings,
  lockReceivables,
  partOf,
  type ReceivableRow,
  receivables,
  type TransferRow,
  transfers,
} from './store.ts';

/**
 * Cuts a part off a live holding: the parent is closed, two children with the same holder take its place and sum to
 * it. Asking for the whole leaves the holding as it is. Answers the part.
 */
export function cutHolding(work: Workspace, holding: HoldingRow, amount: Decimal, now: Date): HoldingRow {
  require(amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(
      holding.amount,
    ), 'amount-exceeds-holding', `the holding has ${formatMoney(holding.amount)}`, {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(holding.amount)}`,
  });
  if (amount.equals(holding.amount)) return holding;
  const receivable = work.get(receivables, holding.receivableId);
  work.update(holdings, holding.id, { state: nextState(holdingStates, holding.state, 'split') });
  const child = (part: Decimal) =>
    newHolding(
      receivable,
      { holderId: holding.holderId, fromId: holding.fromId, parentId: holding.id, amount: part },
      now,
    );
  const [part, rest] = [child(amount), child(holding.amount.minus(amount))];
  work.insert(holdings, part);
  work.insert(holdings, rest);
  return part;
}

/** Refuses unless a part may change hands: its receivable is undisputed and not past its due date in Shanghai. */
function requireMovable(work: Workspace, holding: HoldingRow, now: Date): void {
  const receivable = work.get(receivables, holding.receivableId);
  nextState(receivableStages, receivable.stage, 'transfer');
  require(receivable.disputed.isZero(), 'already-disputed', 'the receivable is disputed');
  require(receivable.payment !== 'overdue' &&
    receivable.dueDate >= shanghaiDate(now), 'receivable-overdue', `the receivable was due on ${receivable.dueDate}`);
}

/** Refuses unless the holding is free: live, not backing a financing, not on its way to someone. */
function requireFree(holding: HoldingRow): void {
  require(holding.state === 'live', 'illegal-transition', `the holding is ${holding.state}`, {
    accepted: 'a live holding',
  });
  require(holding.financingId === null, 'already-financed', 'the holding backs a financing already');
  require(holding.transferId === null, 'transfer-pending', 'the holding is offered to another already');
}

type Offer = Readonly<{
  receivableId: string;
  chainId: string;
  holdingId: string;
  toId: string;
  amount: Decimal;
  evidence: string;
}>;
type Partners = Readonly<{ chains: readonly ChainRow[]; members: readonly MemberRow[]; reference: Reference }>;

/** A holder hands a part down the chain, tier to tier, for a trade with evidence. It moves when the other side accepts. */
export const offerTransfer: UseCase<Offer, ReturnType<typeof transferAnswer>, Partners> = {
  name: 'holding.offer_transfer',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    const chainIds = commands.map(({ input }) => input.chainId);
    const partners = {
      chains: await work.read(chains, 'id', chainIds),
      members: await membersOf(work, {
        chainIds,
        orgIds: commands.flatMap(({ actor, input }) => [actor.orgId, input.toId]),
      }),
      reference: await loadReference(work),
    };
    await lockReceivables(
      work,
      commands.map(({ input }) => input.receivableId),
      commands.map(({ input }) => input.holdingId),
    );
    return partners;
  },
  decide: (work, { actor, input, now }, partners) => {
    const holding = partOf(work, input, '/holdingId');
    require(actor.orgId === holding.holderId, 'not-a-party', 'only its holder transfers a holding');
    requireFree(holding);
    requireMovable(work, holding, now);
    requireLowerTier(partners, holding, input.toId);
    const part = cutHolding(work, holding, input.amount, now);
    const transfer: TransferRow = {
      id: uuidv7(),
      holdingId: part.id,
      receivableId: part.receivableId,
      chainId: part.chainId,
      fromId: part.holderId,
      toId: input.toId,
      amount: part.amount,
      state: 'offered',
      evidence: input.evidence,
      expiresOn: lastDay(work.get(receivables, part.receivableId), shanghaiDate(now), partners.reference),
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(transfers, transfer);
    work.update(holdings, part.id, { transferId: transfer.id });
    tellTransfer(work, transfer);
    return transferAnswer(transfer);
  },
};

/** An offer stands for the days that the platform sets, and never past the due date. */
const lastDay = ({ dueDate }: ReceivableRow, today: IsoDate, reference: Reference): IsoDate =>
  earliest([dueDate, addDays(today, reference.requireParameter('receivable.offerDays', today).value.toNumber())]);

/** Refuses unless both are verified on an active chain and the one supplies the other, one tier below it. */
function requireLowerTier(partners: Partners, holding: HoldingRow, toId: string): void {
  const chain = partners.chains.find(({ id }) => id === holding.chainId);
  require(chain?.status === 'active', 'chain-suspended', 'the chain takes no new business');
  requireVerified(partners.members, holding.chainId, holding.holderId);
  const to = supplierOf(partners.members, holding.chainId, toId);
  require(to?.status === 'verified' &&
    to.counterpartyId ===
      holding.holderId, 'not-a-lower-tier', 'a holding goes to a verified supplier of its holder, one tier below', {
    field: '/toId',
    accepted: 'a verified upstream member whose parent is the holder',
  });
}

const supplierOf = (members: readonly MemberRow[], chainId: string, orgId: string): MemberRow | undefined =>
  members.find((m) => m.orgId === orgId && m.chainId === chainId && m.side === 'upstream');

function requireVerified(members: readonly MemberRow[], chainId: string, orgId: string): void {
  const status = supplierOf(members, chainId, orgId)?.status ?? 'no member';
  require(status === 'verified', 'not-a-verified-supplier', `the organization is ${status} on the chain`, {
    accepted: 'a verified member',
  });
}

function tellTransfer(work: Workspace, transfer: TransferRow): void {
  work.emit({
    kind: `holding.transfer_${transfer.state}`,
    objectKind: 'holding_transfer',
    objectId: transfer.id,
    scopeId: transfer.chainId,
    parties: [transfer.fromId, transfer.toId],
    data: { receivableId: transfer.receivableId, amount: formatMoney(transfer.amount) },
  });
}

/** Ends an offer that was not answered in time, or whose part is paid or reduced: it was made for what the part had. */
export function endOffer(work: Workspace, transferId: string, event: 'withdraw' | 'expire' = 'withdraw'): void {
  const { state } = work.get(transfers, transferId);
  tellTransfer(work, work.update(transfers, transferId, { state: nextState(transferStates, state, event) }));
}

type Answer = Readonly<{
  transferId: string;
  receivableId: string;
  chainId: string;
  expectedVersion: number;
  event: 'accept' | 'decline' | 'withdraw';
}>;

/** The other side accepts or declines, or the offerer withdraws. Accepted, the part has a new holder and its parent known. */
export const answerTransfer: UseCase<
  Answer,
  { transfer: ReturnType<typeof transferAnswer>; holding: ReturnType<typeof holdingAnswer> },
  readonly MemberRow[]
> = {
  name: 'holding.answer_transfer',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    const members = await membersOf(work, {
      chainIds: commands.map(({ input }) => input.chainId),
      orgIds: commands.map(({ actor }) => actor.orgId),
    });
    await lockReceivables(
      work,
      commands.map(({ input }) => input.receivableId),
    );
    await work.lock(
      transfers,
      commands.map(({ input }) => input.transferId),
    );
    return members;
  },
  decide: (work, command, members) => {
    const { actor, input } = command;
    const transfer = work.get(transfers, input.transferId);
    requireVersion(transfer.version, input.expectedVersion);
    const answerer = input.event === 'withdraw' ? transfer.fromId : transfer.toId;
    require(actor.orgId ===
      answerer, 'not-a-party', `only ${input.event === 'withdraw' ? 'the offerer withdraws' : 'the transferee answers'}`);
    const after = work.update(transfers, transfer.id, {
      state: nextState(transferStates, transfer.state, input.event),
    });
    tellTransfer(work, after);
    if (input.event === 'accept') requireVerified(members, transfer.chainId, actor.orgId);
    const holding = work.get(holdings, transfer.holdingId);
    return {
      transfer: transferAnswer(after),
      holding: holdingAnswer(
        input.event === 'accept'
          ? move(work, command, holding)
          : work.update(holdings, holding.id, { transferId: null }),
      ),
    };
  },
};

function move(work: Workspace, { actor, now }: Command<Answer>, holding: HoldingRow): HoldingRow {
  requireMovable(work, holding, now);
  const receivable = work.get(receivables, holding.receivableId);
  work.update(holdings, holding.id, { state: nextState(holdingStates, holding.state, 'transfer'), transferId: null });
  const received = newHolding(
    receivable,
    { holderId: actor.orgId, fromId: holding.holderId, parentId: holding.id, amount: holding.amount },
    now,
  );
  work.insert(holdings, received);
  return received;
}
