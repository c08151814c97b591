import { uuidv7 } from 'uuidv7';
import { PLATFORM_SCOPE } from '../identity/store.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { recordContent } from './recording.ts';
import { proposalLifecycle, type ReferenceContent } from './rules.ts';
import {
  calendarDays,
  policyParameters,
  type ReferenceProposalRow,
  referenceProposals,
  referenceRates,
} from './store.ts';

type Answer = ReturnType<typeof proposalAnswer>;

/** A proposal as the API shows it. */
const proposalAnswer = (row: ReferenceProposalRow) => ({
  id: row.id,
  content: row.content,
  state: row.state,
  makerOrganizationId: row.makerOrg,
  makerPersonId: row.makerPerson,
  checkerOrganizationId: row.checkerOrg,
  checkerPersonId: row.checkerPerson,
  reason: row.reason,
  version: row.version,
  createdAt: row.createdAt,
});

/** One person proposes a rate, a parameter or a calendar day, new or corrected. */
export const proposeReference: UseCase<Readonly<{ content: ReferenceContent }>, Answer> = {
  name: 'reference.propose',
  status: 201,
  lane: () => PLATFORM_SCOPE,
  scope: () => [PLATFORM_SCOPE],
  load: async () => undefined,
  decide: (work, { actor, input, now }) => {
    checkContent(input.content, now);
    const row: ReferenceProposalRow = {
      id: uuidv7(),
      content: input.content,
      state: 'proposed',
      makerOrg: actor.orgId,
      makerPerson: actor.personId,
      checkerOrg: null,
      checkerPerson: null,
      reason: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(referenceProposals, row);
    tell(work, 'proposed', row);
    return proposalAnswer(row);
  },
};

export type ReferenceDecision = Readonly<{
  proposalId: string;
  expectedVersion: number;
  verdict: 'confirm' | 'reject' | 'withdraw';
  reason: string | null;
}>;

/** Another person confirms, so that it is in force, or rejects; the maker's organization may withdraw. */
export const decideReference: UseCase<ReferenceDecision, Answer> = {
  name: 'reference.decide',
  lane: () => PLATFORM_SCOPE,
  scope: () => [PLATFORM_SCOPE],
  load: async (work, commands) => {
    // What exists already is read below, so that of two transactions the second sees what the first recorded.
    await work.query('reference.alone', "select pg_advisory_xact_lock(hashtext('reference'))", []);
    const proposals = await work.lock(
      referenceProposals,
      commands.map(({ input }) => input.proposalId),
    );
    await lockTargets(
      work,
      proposals.map(({ content }) => content),
    );
  },
  decide: (work, { actor, input, now }) => {
    const before = work.get(referenceProposals, input.proposalId);
    requireVersion(before.version, input.expectedVersion);
    const state = nextState(proposalLifecycle, before.state, input.verdict);
    if (input.verdict === 'withdraw') {
      require(actor.orgId === before.makerOrg, 'not-a-party', 'only who proposed may withdraw');
    } else requireChecker(before, actor);
    if (input.verdict === 'confirm') recordContent(work, before.content, now);
    const after = work.update(referenceProposals, before.id, {
      state,
      reason: input.reason,
      ...(input.verdict !== 'withdraw' && { checkerOrg: actor.orgId, checkerPerson: actor.personId }),
    });
    tell(work, state, after);
    return proposalAnswer(after);
  },
};

function checkContent(content: ReferenceContent, now: Date): void {
  const today = shanghaiDate(now);
  if (content.kind === 'rate') {
    require(content.publishedOn <= today, 'invalid-input', 'a rate is recorded once it has been published', {
      field: '/publishedOn',
      accepted: `a day up to ${today}`,
    });
    require(new Decimal(content.rate).greaterThan(0), 'invalid-input', 'a rate is above zero', {
      field: '/rate',
      accepted: 'a fraction above zero, such as "0.030000"',
    });
  }
  if (content.kind === 'parameter' && content.effectiveTo !== null) {
    require(content.effectiveTo >= content.effectiveFrom, 'invalid-input', 'the period ends before it begins', {
      field: '/effectiveTo',
      accepted: `a day from ${content.effectiveFrom}, or null`,
    });
  }
}

/** Never the maker; a bank confirms rates only, and none that its own people proposed, since they bind every bank. */
function requireChecker(proposal: ReferenceProposalRow, actor: Actor): void {
  require(actor.personId !== proposal.makerPerson, 'same-person', 'who proposes does not confirm', {
    accepted: 'a person other than the maker',
  });
  if (actor.orgKind !== 'bank') return;
  if (proposal.content.kind === 'rate' && proposal.makerOrg !== actor.orgId) return;
  throw new Refusal('not-a-party', 'a bank confirms rates that another organization proposed', {
    accepted: 'the platform operator',
  });
}

async function lockTargets(work: Workspace, contents: readonly ReferenceContent[]): Promise<void> {
  const rateCodes = contents.flatMap((each) => (each.kind === 'rate' ? [each.code] : []));
  const codes = contents.flatMap((each) => (each.kind === 'parameter' ? [each.code] : []));
  const days = contents.flatMap((each) => (each.kind === 'calendar_day' ? [each.date] : []));
  const rates = await work.read(referenceRates, 'code', rateCodes);
  const parameters = await work.read(policyParameters, 'code', codes);
  await work.lock(
    referenceRates,
    rates.map(({ id }) => id),
  );
  await work.lock(
    policyParameters,
    parameters.map(({ id }) => id),
  );
  await work.lock(calendarDays, days);
}

function tell(work: Workspace, kind: string, row: ReferenceProposalRow): void {
  work.emit({
    kind: `reference.${kind}`,
    objectKind: 'reference_proposal',
    objectId: row.id,
    parties: [row.makerOrg],
    scopeId: PLATFORM_SCOPE,
    data: { content: row.content, reason: row.reason, version: row.version },
  });
}
