import { uuidv7 } from 'uuidv7';
import type { LotChange } from '../goods/keeper.ts';
import { lots } from '../goods/store.ts';
import { books } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { substitutionAnswer, tell } from './answer.ts';
import { pledgeLifecycle, substitutionLifecycle } from './lifecycle.ts';
import { type LocatedPledge, lockPledges, pledgeIn, requireLotUnder, scopeOf } from './loading.ts';
import { pledges } from './store.ts';
import { type LeavingLot, type SubstitutionRow, substitutions } from './substitution-store.ts';

type Answer = ReturnType<typeof substitutionAnswer>;
type Ask = LocatedPledge & Readonly<{ lots: readonly LeavingLot[] }>;

async function lockSubstitutions(work: Workspace, inputs: readonly LocatedPledge[]): Promise<void> {
  const ids = inputs.map(({ pledgeId }) => pledgeId);
  await work.lock(
    books,
    inputs.map(({ bookId }) => bookId),
  );
  await lockPledges(work, ids);
  await lockOpenSubstitutions(work, ids);
}

/** Locks the substitutions of pledges that are asked for or agreed on, with the pledges locked. */
export const lockOpenSubstitutions = (work: Workspace, pledgeIds: readonly string[]): Promise<void> =>
  work.lockBy(substitutions, 'pledgeId', pledgeIds, "state in ('asked', 'agreed')");

const openOf = (work: Workspace, pledgeId: string): SubstitutionRow | undefined =>
  work
    .all(substitutions)
    .find((row) => row.pledgeId === pledgeId && 'refuse' in substitutionLifecycle.arrows[row.state]);

/** The pledgor of a static pledge asks to exchange goods of it; what replaces them is judged when it arrives. */
export const askSubstitution: UseCase<Ask, Answer> = {
  name: 'inventory.ask_substitution',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    await lockSubstitutions(
      work,
      commands.map(({ input }) => input),
    );
    await work.lock(
      lots,
      commands.flatMap(({ input }) => input.lots.map(({ lotId }) => lotId)),
    );
  },
  decide: (work, { actor, input, now }) => {
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId, 'not-a-party', 'the pledgor asks for its goods');
    nextState(pledgeLifecycle, pledge.status, 'move');
    require(pledge.mode === 'static', 'pledge-floating', 'goods of a floating pledge are exchanged above its line');
    require(openOf(work, pledge.id) === undefined, 'already-exists', 'another substitution has not ended yet');
    for (const [index, leaving] of input.lots.entries()) requireLotUnder(work, pledge, leaving, index);
    const row: SubstitutionRow = {
      id: uuidv7(),
      pledgeId: pledge.id,
      bookId: pledge.bookId,
      pledgorId: pledge.pledgorId,
      supervisorId: pledge.supervisorId ?? pledge.bookId,
      lots: input.lots,
      state: 'asked',
      askedBy: actor.personId,
      decidedBy: null,
      reason: null,
      documentNumber: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(substitutions, row);
    tell(work, 'substitution_asked', pledge, { substitutionId: row.id });
    return substitutionAnswer(row);
  },
};

type Decide = LocatedPledge &
  Readonly<{
    substitutionId: string;
    expectedVersion: number;
    verdict: 'agree' | 'refuse';
    reason: string | null;
  }>;

/** The bank agrees to a substitution, or refuses it with a reason. */
export const decideSubstitution: UseCase<Decide, Answer> = {
  name: 'inventory.decide_substitution',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands: readonly Command<Decide>[]) => {
    await lockSubstitutions(
      work,
      commands.map(({ input }) => input),
    );
    await work.lock(
      substitutions,
      commands.map(({ input }) => input.substitutionId),
    );
  },
  decide: (work, { actor, input }) => {
    const pledge = pledgeIn(work, input);
    const row = work.get(substitutions, input.substitutionId);
    requireVersion(row.version, input.expectedVersion);
    require(actor.orgId === pledge.bookId && row.pledgeId === pledge.id, 'not-a-party', 'the lender decides');
    const state = nextState(substitutionLifecycle, row.state, input.verdict);
    require(input.verdict === 'agree' || input.reason !== null, 'invalid-input', 'a reason belongs to a refusal', {
      field: '/reason',
    });
    const after = work.update(substitutions, row.id, { state, decidedBy: actor.personId, reason: input.reason });
    tell(work, `substitution_${state}`, pledge, { substitutionId: row.id });
    return substitutionAnswer(after);
  },
};

/**
 * Ends the substitution that a document of the warehouse carries out. Refuses goods of a static pledge that leave
 * without the bank's consent, or more of them.
 */
export function carryOut(
  work: Workspace,
  pledgeId: string,
  document: Readonly<{ documentNumber: string; changes: readonly LotChange[] }>,
): void {
  const agreed = openOf(work, pledgeId);
  if (agreed === undefined || !('carry_out' in substitutionLifecycle.arrows[agreed.state])) {
    throw new Refusal('substitution-not-agreed', 'the bank has not agreed to exchange goods of this pledge', {
      accepted: 'a substitution that the bank has agreed to',
    });
  }
  const left = new Map(agreed.lots.map(({ lotId, quantity }) => [lotId, new Decimal(quantity)]));
  for (const { before, after } of document.changes) {
    if (before === null) continue;
    const leaving = before.quantity.minus(after.quantity);
    const most = left.get(before.id) ?? new Decimal(0);
    require(leaving.lessThanOrEqualTo(most), 'substitution-not-agreed', 'more would leave than the bank agreed to', {
      field: '/departures',
      lotId: before.id,
      accepted: `at most ${most.toFixed()}`,
    });
  }
  const { documentNumber } = document;
  work.update(substitutions, agreed.id, {
    state: nextState(substitutionLifecycle, agreed.state, 'carry_out'),
    documentNumber,
  });
  tell(work, 'substituted', work.get(pledges, pledgeId), { substitutionId: agreed.id, documentNumber });
}
