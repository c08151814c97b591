import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type ClientAnswer, clientAnswer } from './answers.ts';
import { requireSteward, stewardScope } from './authority.ts';
import {
  clientLifecycle,
  DEFAULT_CLIENT_DAYS,
  DEFAULT_OVERLAP_HOURS,
  daysAfter,
  hoursAfter,
  requireHolderOrAdministrator,
  requireNoUsableClient,
  requirePresent,
} from './client-rules.ts';
import type { ClientSecrets } from './client-secrets.ts';
import { cleanName } from './names.ts';
import { personOf } from './person-commands.ts';
import { type ClientRow, clients, organizations, persons, type Scope } from './store.ts';

export type ClientCreation = Readonly<{
  organizationId: string;
  id: string;
  /** 32 random bytes. */
  secretSalt: Buffer;
  personId: string;
  name: string;
  scopes: readonly Scope[];
  expiresInDays?: number;
}>;

/** Creates a client that acts for a person of the organization. The answer holds no secret: the route adds it. */
export const createClient = (secrets: ClientSecrets): UseCase<ClientCreation, ClientAnswer, readonly ClientRow[]> => ({
  name: 'client.create',
  status: 201,
  lane: ({ input }) => input.organizationId,
  scope: stewardScope,
  load: async (work, commands) => {
    const organizationIds = commands.map(({ input }) => input.organizationId);
    await work.lock(organizations, organizationIds);
    await work.lock(
      persons,
      commands.map(({ input }) => input.personId),
    );
    return work.read(clients, 'orgId', organizationIds);
  },
  decide: (work, { actor, input, now }, present) => {
    const organization = work.get(organizations, input.organizationId);
    requireSteward(actor, organization.id);
    const person = personOf(work, input);
    requirePresent(person);
    if (actor.orgId !== organization.id) {
      const others = [...present, ...work.all(clients)].filter(({ orgId }) => orgId === organization.id);
      requireNoUsableClient(organization, person, others, now);
    }
    const named = { id: input.id, secretSalt: input.secretSalt, secretNumber: 1 };
    const row: ClientRow = {
      ...named,
      orgId: organization.id,
      personId: person.id,
      name: cleanName(input.name, '/name', 100),
      secretHash: secrets.hash(named),
      secretSetAt: now.toISOString(),
      previousSecretHash: null,
      previousSecretUntil: null,
      scopes: [...new Set(input.scopes)].sort(),
      status: 'active',
      expiresAt: daysAfter(now, input.expiresInDays ?? DEFAULT_CLIENT_DAYS),
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(clients, row);
    emitClient(work, row, 'client.created');
    return clientAnswer(row);
  },
});

type OfClient = Readonly<{ organizationId: string; clientId: string; expectedVersion: number }>;

export type ClientRotation = OfClient & Readonly<{ previousValidHours?: number; expiresInDays?: number }>;

/** Gives a client its next secret; the one before serves on for the hours asked, zero when it may have leaked. */
export const rotateClient = (secrets: ClientSecrets): UseCase<ClientRotation, ClientAnswer> => ({
  name: 'client.rotate',
  lane: ({ input }) => input.organizationId,
  scope: () => [],
  load: lockNamed,
  decide: (work, { actor, input, now }) => {
    const row = clientOf(work, input);
    requireHolderOrAdministrator(actor, row);
    requireVersion(row.version, input.expectedVersion);
    if (row.status === 'revoked') throw new Refusal('illegal-transition', 'a revoked client gets no secret');
    const secretNumber = row.secretNumber + 1;
    const overlapHours = input.previousValidHours ?? DEFAULT_OVERLAP_HOURS;
    const next = work.update(clients, row.id, {
      secretNumber,
      secretHash: secrets.hash({ ...row, secretNumber }),
      secretSetAt: now.toISOString(),
      previousSecretHash: overlapHours === 0 ? null : row.secretHash,
      previousSecretUntil: overlapHours === 0 ? null : hoursAfter(now, overlapHours),
      expiresAt: daysAfter(now, input.expiresInDays ?? DEFAULT_CLIENT_DAYS),
    });
    emitClient(work, next, 'client.rotated');
    return clientAnswer(next);
  },
});

/** Revokes a client for good: its tokens are refused within five seconds. The operator may do so for anyone. */
export const revokeClient: UseCase<OfClient, ClientAnswer> = {
  name: 'client.revoke',
  lane: ({ input }) => input.organizationId,
  scope: stewardScope,
  load: lockNamed,
  decide: (work, { actor, input }) => {
    const row = clientOf(work, input);
    requireSteward(actor, row.orgId);
    requireVersion(row.version, input.expectedVersion);
    const next = work.update(clients, row.id, { status: nextState(clientLifecycle, row.status, 'revoke') });
    emitClient(work, next, 'client.revoked');
    return clientAnswer(next);
  },
};

async function lockNamed(work: Workspace, commands: readonly { readonly input: OfClient }[]): Promise<void> {
  await work.lock(
    clients,
    commands.map(({ input }) => input.clientId),
  );
}

/** The locked client, if it belongs to the organization of the path. */
function clientOf(work: Workspace, of: Pick<OfClient, 'organizationId' | 'clientId'>): ClientRow {
  const row = work.get(clients, of.clientId);
  if (row.orgId === of.organizationId) return row;
  throw new Refusal('not-found', `there is no client ${of.clientId}`);
}

function emitClient(work: Workspace, row: ClientRow, kind: string): void {
  work.emit({
    kind,
    objectKind: 'client',
    objectId: row.id,
    parties: [row.orgId],
    scopeId: row.orgId,
    data: { personId: row.personId, status: row.status, version: row.version },
  });
}
