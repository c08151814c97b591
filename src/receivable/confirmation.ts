import { uuidv7 } from 'uuidv7';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { receivableAnswer } from './answer.ts';
import { type RejectionCode, receivableStages } from './lifecycle.ts';
import { type HoldingRow, holdings, lockReceivables, type ReceivableRow, receivables } from './store.ts';

export type OnReceivable = Readonly<{ receivableId: string; chainId: string; expectedVersion: number | null }>;
type Answer = ReturnType<typeof receivableAnswer>;

/** The shape of every command on one receivable: its chain is the lane, the receivable and its parts are locked. */
const onReceivable = {
  lane: ({ input }: Command<OnReceivable>) => input.chainId,
  scope: ({ input }: Command<OnReceivable>) => [input.chainId],
  load: (work: Workspace, commands: readonly Command<OnReceivable>[]) =>
    lockReceivables(
      work,
      commands.map(({ input }) => input.receivableId),
    ),
} as const;

/** The locked receivable at the version the caller decided on. */
export function receivableFor(work: Workspace, { receivableId, expectedVersion }: OnReceivable): ReceivableRow {
  const receivable = work.get(receivables, receivableId);
  if (expectedVersion !== null) requireVersion(receivable.version, expectedVersion);
  return receivable;
}

export function tell(work: Workspace, kind: string, r: ReceivableRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind: `receivable.${kind}`,
    objectKind: 'receivable',
    objectId: r.id,
    scopeId: r.chainId,
    parties: [r.debtorId, r.creditorId],
    data: { reference: r.reference, version: r.version, ...data },
  });
}

const requireDebtor = (actor: Actor, r: ReceivableRow): void =>
  require(actor.orgId === r.debtorId, 'not-a-party', 'only the debtor confirms, rejects or disputes a receivable');

export type Confirm = OnReceivable & Readonly<{ amount: Decimal | null }>;

/** The new part of a receivable in one hand. */
export const newHolding = (
  r: ReceivableRow,
  part: Pick<HoldingRow, 'holderId' | 'amount'> & Partial<HoldingRow>,
  now: Date,
): HoldingRow => ({
  id: uuidv7(),
  receivableId: r.id,
  chainId: r.chainId,
  debtorId: r.debtorId,
  fromId: null,
  parentId: null,
  state: 'live',
  legal: 'none',
  financingId: null,
  bookId: null,
  transferId: null,
  version: 1,
  createdAt: now.toISOString(),
  ...part,
});

export function confirmOne(
  work: Workspace,
  { actor, input, now }: Pick<Command<Confirm>, 'actor' | 'input' | 'now'>,
): ReceivableRow {
  const r = receivableFor(work, input);
  requireDebtor(actor, r);
  require(actor.personId !== r.registeredBy, 'same-person', 'whoever registered the receivable cannot confirm it');
  const stage = nextState(receivableStages, r.stage, 'confirm');
  const amount = input.amount ?? r.face;
  require(amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(r.face), 'invalid-input', 'more than the face was confirmed', {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(r.face)}`,
  });
  const after = work.update(receivables, r.id, { stage, confirmed: amount, confirmedAt: now.toISOString() });
  work.insert(holdings, newHolding(after, { holderId: r.creditorId, amount }, now));
  tell(work, 'confirmed', after, { confirmed: formatMoney(amount) });
  return after;
}

/** The debtor undertakes to pay at the due date: an electronic certificate comes into being in the creditor's hand. */
export const confirmReceivable: UseCase<Confirm, Answer> = {
  ...onReceivable,
  name: 'receivable.confirm',
  decide: (work, command) => receivableAnswer(confirmOne(work, command)),
};

export type Reject = OnReceivable & Readonly<{ code: RejectionCode; reason: string | null }>;

export function rejectOne(work: Workspace, { actor, input }: Pick<Command<Reject>, 'actor' | 'input'>): ReceivableRow {
  const r = receivableFor(work, input);
  requireDebtor(actor, r);
  const { code: rejectionCode, reason: note } = input;
  const stage = nextState(receivableStages, r.stage, 'reject');
  const after = work.update(receivables, r.id, { stage, rejectionCode, note });
  tell(work, 'rejected', after, { code: rejectionCode, reason: note });
  return after;
}

/** The debtor does not owe it, for a reason that can be counted. */
export const rejectReceivable: UseCase<Reject, Answer> = {
  ...onReceivable,
  name: 'receivable.reject',
  decide: (work, command) => receivableAnswer(rejectOne(work, command)),
};

type Reasoned = OnReceivable & Readonly<{ reason: string }>;

/** Whoever registered it takes it back before it is confirmed. */
export const cancelReceivable: UseCase<Reasoned, Answer> = {
  ...onReceivable,
  name: 'receivable.cancel',
  decide: (work, { actor, input }) => {
    const r = receivableFor(work, input);
    require(actor.orgId === r.creditorId ||
      actor.orgId === r.debtorId, 'not-a-party', 'only its parties cancel a receivable');
    const after = work.update(receivables, r.id, {
      stage: nextState(receivableStages, r.stage, 'cancel'),
      note: input.reason,
    });
    tell(work, 'cancelled', after, { reason: input.reason });
    return receivableAnswer(after);
  },
};

type Dispute = OnReceivable & Readonly<{ amount: Decimal; reason: string }>;

/**
 * The debtor contests a part: until the dispute is resolved that part is not financed, and the receivable does not
 * change hands.
 */
export const disputeReceivable: UseCase<Dispute, Answer> = {
  ...onReceivable,
  name: 'receivable.dispute',
  decide: (work, { actor, input }) => {
    const r = receivableFor(work, input);
    requireDebtor(actor, r);
    nextState(receivableStages, r.stage, 'dispute');
    require(r.disputed.isZero(), 'already-disputed', 'a dispute is open already');
    const left = r.confirmed.minus(r.credited).minus(r.paid);
    require(input.amount.greaterThan(0) &&
      input.amount.lessThanOrEqualTo(left), 'invalid-input', 'more than is outstanding is disputed', {
      field: '/amount',
      accepted: `0.01 to ${formatMoney(left)}`,
    });
    const after = work.update(receivables, r.id, { disputed: input.amount, note: input.reason });
    tell(work, 'disputed', after, { amount: formatMoney(input.amount), reason: input.reason });
    return receivableAnswer(after);
  },
};

/** The debtor withdraws its dispute; a creditor that accepts it issues a credit note. */
export const resolveDispute: UseCase<Reasoned, Answer> = {
  ...onReceivable,
  name: 'receivable.resolve_dispute',
  decide: (work, { actor, input }) => {
    const r = receivableFor(work, input);
    requireDebtor(actor, r);
    require(!r.disputed.isZero(), 'not-disputed', 'no dispute is open');
    const after = work.update(receivables, r.id, { disputed: new Decimal(0), note: input.reason });
    tell(work, 'dispute_resolved', after, { reason: input.reason });
    return receivableAnswer(after);
  },
};
