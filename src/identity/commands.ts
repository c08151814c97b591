import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { organizationAnswer } from './answers.ts';
import { actsForPlatform, requireSteward, stewardScope } from './authority.ts';
import {
  CLASSIFYING_FIELDS,
  type ClassifyingFigures,
  changedProfile,
  checkGroup,
  draftOrganization,
  type OrganizationProfile,
  OWN_FIELDS,
  organizationLifecycle,
  type Registration,
} from './rules.ts';
import { type OrganizationRow, organizations, PLATFORM_SCOPE } from './store.ts';

type OrganizationAnswer = ReturnType<typeof organizationAnswer>;

/** Organizations by their unified social credit code, those of this batch included. */
export type KnownOrganizations = Map<string, OrganizationRow>;

/**
 * Finds who bears these codes on the whole platform. The transaction's scope must include PLATFORM_SCOPE. When another
 * process registers one of them meanwhile, the unique constraint fails the batch, which is run again and finds it.
 */
export async function findByUscc(work: Workspace, usccs: Iterable<string>): Promise<KnownOrganizations> {
  const rows = await work.read(organizations, 'uscc', usccs);
  return new Map(rows.map((row) => [row.uscc, row]));
}

/**
 * Registers a drafted organization. Refuses (409) a code that is borne already, without saying by whom. The
 * transaction's scope must include PLATFORM_SCOPE.
 */
export function addOrganization(work: Workspace, known: KnownOrganizations, draft: OrganizationRow): OrganizationRow {
  require(!known.has(
    draft.uscc,
  ), 'already-exists', 'an organization with this unified social credit code is registered', {
    field: '/uscc',
  });
  work.insert(organizations, draft);
  known.set(draft.uscc, draft);
  work.onUndo(() => known.delete(draft.uscc));
  work.emit({
    kind: 'organization.registered',
    objectKind: 'organization',
    objectId: draft.id,
    parties: [draft.id],
    scopeId: PLATFORM_SCOPE,
    data: { kind: draft.kind, scale: draft.scale, version: draft.version },
  });
  return draft;
}

/** The platform operator registers an organization of any kind. */
export const registerOrganization: UseCase<Registration, OrganizationAnswer, KnownOrganizations> = {
  name: 'organization.register',
  status: 201,
  lane: () => PLATFORM_SCOPE,
  scope: ({ input }) => [PLATFORM_SCOPE, ...parentsOf([input])],
  load: async (work, commands) => {
    await work.lock(organizations, parentsOf(commands.map(({ input }) => input)));
    return findByUscc(
      work,
      commands.map(({ input }) => input.uscc),
    );
  },
  decide: (work, { input, now }, known) => {
    const draft = draftOrganization(input, now);
    if (draft.parentId !== null) checkGroup(draft.id, headOf(work, draft.parentId), false);
    return organizationAnswer(addOrganization(work, known, draft));
  },
};

export type OrganizationChange = Readonly<{
  organizationId: string;
  expectedVersion: number;
  change: Partial<OrganizationProfile>;
}>;

/** The operator changes any part of a profile, an organization's administrator its contact and region. */
export const changeOrganization: UseCase<OrganizationChange, OrganizationAnswer, ReadonlySet<string>> = {
  name: 'organization.change',
  lane: ({ input }) => input.organizationId,
  scope: ({ actor, input }) =>
    actsForPlatform(actor) ? [PLATFORM_SCOPE, input.organizationId, ...parentsOf([input.change])] : [],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.organizationId);
    await work.lock(organizations, [...ids, ...parentsOf(commands.map(({ input }) => input.change))]);
    const members = await work.read(organizations, 'parentId', ids);
    return new Set(members.map(({ parentId }) => parentId as string));
  },
  decide: (work, { actor, input }, heads) => {
    const row = work.get(organizations, input.organizationId);
    requireVersion(row.version, input.expectedVersion);
    requireSteward(actor, row.id);
    checkFields(actor, input.change);
    const patch = changedProfile(row, input.change);
    if (patch.parentId) checkGroup(row.id, headOf(work, patch.parentId), heads.has(row.id));
    const settles = CLASSIFYING_FIELDS.some((field) => input.change[field] !== undefined);
    const next = work.update(organizations, row.id, { ...patch, ...(settles && { figures: 'confirmed' }) });
    emitChange(work, next, 'organization.changed', { fields: Object.keys(input.change), scale: next.scale });
    return organizationAnswer(next);
  },
};

/**
 * An organization confirms what was declared of it, correcting what is wrong; the scale is derived anew. Refuses (403)
 * to correct what is confirmed: that is for the platform operator, who sees the evidence.
 */
export function confirmFigures(work: Workspace, row: OrganizationRow, corrected: ClassifyingFigures): void {
  const fields = CLASSIFYING_FIELDS.filter((field) => corrected[field] !== undefined);
  if (row.figures === 'confirmed') {
    require(fields.length === 0, 'forbidden', `${fields[0]} is changed by the platform operator`, {
      field: `/${fields[0]}`,
      accepted: 'nothing',
    });
    return;
  }
  const next = work.update(organizations, row.id, { ...changedProfile(row, corrected), figures: 'confirmed' });
  emitChange(work, next, 'organization.changed', { fields: ['figures', ...fields], scale: next.scale });
}

export type OrganizationTransition = Readonly<{ organizationId: string; expectedVersion: number }>;

const transition = (
  event: 'suspend' | 'reinstate',
  kind: string,
): UseCase<OrganizationTransition, OrganizationAnswer> => ({
  name: `organization.${event}`,
  lane: ({ input }) => input.organizationId,
  scope: stewardScope,
  load: async (work, commands) => {
    await work.lock(
      organizations,
      commands.map(({ input }) => input.organizationId),
    );
  },
  decide: (work, { actor, input }) => {
    const row = work.get(organizations, input.organizationId);
    requireVersion(row.version, input.expectedVersion);
    require(row.id !== actor.orgId, 'forbidden', 'an operator does not lock itself out');
    const next = work.update(organizations, row.id, { status: nextState(organizationLifecycle, row.status, event) });
    emitChange(work, next, kind, {});
    return organizationAnswer(next);
  },
});

/** Stops an organization: its people and systems are refused within five seconds. */
export const suspendOrganization = transition('suspend', 'organization.suspended');

export const reinstateOrganization = transition('reinstate', 'organization.reinstated');

const parentsOf = (inputs: readonly { readonly parentId?: string | null }[]): string[] =>
  inputs.flatMap(({ parentId }) => (parentId ? [parentId] : []));

function headOf(work: Workspace, parentId: string): OrganizationRow {
  const head = work.find(organizations, parentId);
  if (head !== undefined) return head;
  throw new Refusal('invalid-input', 'there is no such organization', {
    field: '/parentId',
    accepted: 'the id of the head of the group',
  });
}

function checkFields(actor: Actor, change: Partial<OrganizationProfile>): void {
  if (actsForPlatform(actor)) return;
  const foreign = Object.keys(change).find((field) => !(OWN_FIELDS as readonly string[]).includes(field));
  require(foreign === undefined, 'forbidden', `${foreign} is changed by the platform operator`, {
    field: `/${foreign}`,
    accepted: OWN_FIELDS.join(', '),
  });
}

function emitChange(work: Workspace, row: OrganizationRow, kind: string, details: Record<string, unknown>): void {
  work.emit({
    kind,
    objectKind: 'organization',
    objectId: row.id,
    parties: [row.id],
    scopeId: row.id,
    data: { ...details, version: row.version },
  });
}
