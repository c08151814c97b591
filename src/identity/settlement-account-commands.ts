import type { Actor } from '../platform/actor.ts';
import { require } from '../platform/refusal.ts';
import { type EventOf, nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type SettlementAccountAnswer, settlementAccountAnswer } from './answers.ts';
import { cleanName } from './names.ts';
import { requireCnaps } from './rules.ts';
import { requireOtherPerson, requireOwnName, settlementAccountLifecycle } from './settlement-account-rules.ts';
import { organizations, type SettlementAccountRow, settlementAccounts } from './store.ts';

export type SettlementAccountProposal = Readonly<{
  organizationId: string;
  id: string;
  holderName: string;
  accountNumber: string;
  bankName: string;
  cnaps: string;
  purpose: SettlementAccountRow['purpose'];
}>;

/** Proposes an account of the actor's organization. Another person verifies it before any money goes there. */
export const proposeSettlementAccount: UseCase<
  SettlementAccountProposal,
  SettlementAccountAnswer,
  readonly SettlementAccountRow[]
> = {
  name: 'settlement-account.propose',
  status: 201,
  lane: ({ input }) => input.organizationId,
  scope: () => [],
  load: async (work, commands) => {
    const organizationIds = commands.map(({ input }) => input.organizationId);
    await work.lock(organizations, organizationIds);
    return work.read(settlementAccounts, 'orgId', organizationIds);
  },
  decide: (work, { actor, input, now }, present) => {
    const { organizationId, ...account } = input;
    require(actor.orgId === organizationId, 'not-found', `there is no organization ${organizationId}`);
    requireOwnName(work.get(organizations, organizationId), input.holderName);
    requireCnaps(input.cnaps);
    const live = [...present, ...work.all(settlementAccounts)].some(
      (row) =>
        row.status !== 'closed' &&
        row.cnaps === input.cnaps &&
        row.accountNumber === input.accountNumber &&
        row.purpose === input.purpose,
    );
    require(!live, 'already-exists', 'the account is registered for this purpose', { field: '/accountNumber' });
    const row: SettlementAccountRow = {
      ...account,
      orgId: organizationId,
      holderName: cleanName(input.holderName, '/holderName'),
      bankName: cleanName(input.bankName, '/bankName'),
      status: 'proposed',
      makerId: actor.personId,
      checkerId: null,
      closingMakerId: null,
      closingCheckerId: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(settlementAccounts, row);
    emitAccount(work, row, 'settlement_account.proposed');
    return settlementAccountAnswer(row, actor);
  },
};

export type SettlementAccountStep = Readonly<{ organizationId: string; accountId: string; expectedVersion: number }>;

type Step = Readonly<{
  event: EventOf<typeof settlementAccountLifecycle>;
  kind: string;
  marks: (row: SettlementAccountRow, actor: Actor) => Partial<SettlementAccountRow>;
}>;

const step = ({ event, kind, marks }: Step): UseCase<SettlementAccountStep, SettlementAccountAnswer> => ({
  name: `settlement-account.${event}`,
  lane: ({ input }) => input.organizationId,
  scope: () => [],
  load: async (work, commands) => {
    await work.lock(
      settlementAccounts,
      commands.map(({ input }) => input.accountId),
    );
  },
  decide: (work, { actor, input }) => {
    const row = work.get(settlementAccounts, input.accountId);
    const isOwn = row.orgId === input.organizationId && row.orgId === actor.orgId;
    require(isOwn, 'not-found', `there is no settlement account ${input.accountId}`);
    requireVersion(row.version, input.expectedVersion);
    const status = nextState(settlementAccountLifecycle, row.status, event);
    const next = work.update(settlementAccounts, row.id, { status, ...marks(row, actor) });
    emitAccount(work, next, kind);
    return settlementAccountAnswer(next, actor);
  },
});

/** A second person verifies a proposed account, or keeps one whose closure was asked for. */
export const verifySettlementAccount = step({
  event: 'verify',
  kind: 'settlement_account.verified',
  marks: (row, actor) => {
    requireOtherPerson(actor, row);
    return row.status === 'closing' ? { closingMakerId: null } : { checkerId: actor.personId };
  },
});

/** A first person asks to close a verified account. */
export const requestSettlementAccountClosure = step({
  event: 'request_closure',
  kind: 'settlement_account.closure_requested',
  marks: (_row, actor) => ({ closingMakerId: actor.personId }),
});

/** A second person closes an account whose closure was asked for; a mere proposal is closed by one. */
export const closeSettlementAccount = step({
  event: 'close',
  kind: 'settlement_account.closed',
  marks: (row, actor) => {
    if (row.status === 'proposed') return { closingMakerId: actor.personId };
    requireOtherPerson(actor, row);
    return { closingCheckerId: actor.personId };
  },
});

function emitAccount(work: Workspace, row: SettlementAccountRow, kind: string): void {
  work.emit({
    kind,
    objectKind: 'settlement_account',
    objectId: row.id,
    parties: [row.orgId],
    scopeId: row.orgId,
    data: { purpose: row.purpose, status: row.status, version: row.version },
  });
}
