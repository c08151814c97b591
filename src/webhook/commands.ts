import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { requireCallable } from './addresses.ts';
import { type DeliveryState, type EndpointStatus, endpointLifecycle, eventTo } from './rules.ts';
import { deliveries, type EndpointRow, endpoints } from './store.ts';

/** Endpoints of one organization; more would only make every event dearer for all. */
const MOST_ENDPOINTS = 10;
const DEFAULT_OVERLAP_HOURS = 24;
const HOUR_MS = 3_600_000;

export type EndpointAnswer = Omit<EndpointRow, 'secretSalt' | 'orgId'>;

function endpointAnswer(row: EndpointRow): EndpointAnswer {
  const { secretSalt: _salt, orgId: _org, ...answer } = row;
  return answer;
}

function tell(work: Workspace, kind: string, { id, orgId, status }: EndpointRow): void {
  work.emit({
    kind: `webhook_endpoint.${kind}`,
    objectKind: 'webhook_endpoint',
    objectId: id,
    parties: [orgId],
    scopeId: orgId,
    data: { status },
  });
}

/** The locked endpoint, if it is the asking organization's. */
function endpointOf(work: Workspace, { actor, input }: Command<{ endpointId: string }>): EndpointRow {
  const row = work.get(endpoints, input.endpointId);
  if (row.orgId === actor.orgId) return row;
  throw new Refusal('not-found', `there is no webhook endpoint ${input.endpointId}`);
}

const lockEndpoints = async (work: Workspace, commands: readonly Command<{ endpointId: string }>[]): Promise<void> => {
  await work.lock(
    endpoints,
    commands.map(({ input }) => input.endpointId),
  );
};

export type EndpointCreation = Readonly<{
  id: string;
  /** 32 random bytes. */
  secretSalt: Buffer;
  url: string;
  kinds: readonly string[];
  description: string;
}>;

export type EndpointSettings = Readonly<{
  /** Admits http to this machine: a setting of development. */
  allowLocalhost: boolean;
}>;

/** Creates an endpoint; it is given the events from now on. The answer holds no secret: the route adds it. */
export const createEndpoint = ({
  allowLocalhost,
}: EndpointSettings): UseCase<EndpointCreation, EndpointAnswer, readonly EndpointRow[]> => ({
  name: 'webhook_endpoint.create',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: (work, commands) =>
    work.read(
      endpoints,
      'orgId',
      commands.map(({ actor }) => actor.orgId),
    ),
  decide: (work, { actor, input, now }, present) => {
    requireCallable(input.url, allowLocalhost);
    const own = [...present, ...work.all(endpoints)].filter(({ orgId }) => orgId === actor.orgId);
    require(own.length < MOST_ENDPOINTS, 'webhook-endpoints-full', `there are ${MOST_ENDPOINTS} endpoints already`);
    const row: EndpointRow = {
      id: input.id,
      orgId: actor.orgId,
      url: input.url,
      description: input.description,
      kinds: [...new Set(input.kinds)].sort(),
      secretSalt: input.secretSalt,
      secretNumber: 1,
      secretSetAt: now.toISOString(),
      previousSecretUntil: null,
      status: 'active',
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(endpoints, row);
    tell(work, 'created', row);
    return endpointAnswer(row);
  },
});

export type EndpointChange = Readonly<{
  endpointId: string;
  expectedVersion: number;
  url?: string;
  kinds?: readonly string[];
  description?: string;
  status?: EndpointStatus;
}>;

/** Changes where, what and whether an endpoint is sent. */
export const changeEndpoint = ({ allowLocalhost }: EndpointSettings): UseCase<EndpointChange, EndpointAnswer> => ({
  name: 'webhook_endpoint.change',
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockEndpoints,
  decide: (work, command) => {
    const before = endpointOf(work, command);
    const { expectedVersion, url, kinds, description, status } = command.input;
    requireVersion(before.version, expectedVersion);
    if (url !== undefined) requireCallable(url, allowLocalhost);
    const moved = status !== undefined && status !== before.status;
    const row = work.update(endpoints, before.id, {
      ...(url === undefined ? {} : { url }),
      ...(kinds === undefined ? {} : { kinds: [...new Set(kinds)].sort() }),
      ...(description === undefined ? {} : { description }),
      ...(moved ? { status: nextState(endpointLifecycle, before.status, eventTo[status]) } : {}),
    });
    tell(work, moved ? row.status : 'changed', row);
    work.wakes.add('deliveries');
    return endpointAnswer(row);
  },
});

export type SecretRotation = Readonly<{ endpointId: string; expectedVersion: number; previousValidHours?: number }>;

/** Gives an endpoint its next secret; deliveries carry both signatures for the hours asked, zero when it has leaked. */
export const rotateEndpointSecret: UseCase<SecretRotation, EndpointAnswer> = {
  name: 'webhook_endpoint.rotate_secret',
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockEndpoints,
  decide: (work, command) => {
    const before = endpointOf(work, command);
    const { expectedVersion, previousValidHours = DEFAULT_OVERLAP_HOURS } = command.input;
    requireVersion(before.version, expectedVersion);
    const until = new Date(command.now.getTime() + previousValidHours * HOUR_MS).toISOString();
    const row = work.update(endpoints, before.id, {
      secretNumber: before.secretNumber + 1,
      secretSetAt: command.now.toISOString(),
      previousSecretUntil: previousValidHours === 0 ? null : until,
    });
    tell(work, 'secret_rotated', row);
    return endpointAnswer(row);
  },
};

/** Sends an event to the asking organization's endpoints, to try them. */
export const testEndpoint: UseCase<Readonly<{ endpointId: string }>, EndpointAnswer> = {
  name: 'webhook_endpoint.test',
  status: 202,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockEndpoints,
  decide: (work, command) => {
    const row = endpointOf(work, command);
    tell(work, 'tested', row);
    return endpointAnswer(row);
  },
};

/** Disables an endpoint whose receiver answered 410: it wants no more. */
export const disableGoneEndpoint: UseCase<
  Readonly<{ endpointId: string; orgId: string }>,
  { status: EndpointStatus }
> = {
  name: 'webhook_endpoint.gone',
  lane: ({ input }) => input.orgId,
  scope: ({ input }) => [input.orgId],
  load: lockEndpoints,
  decide: (work, { input }) => {
    const before = work.get(endpoints, input.endpointId);
    if (before.status === 'disabled') return { status: before.status };
    const row = work.update(endpoints, before.id, { status: nextState(endpointLifecycle, before.status, 'disable') });
    tell(work, 'disabled', row);
    return { status: row.status };
  },
};

export type DeliveryAnswer = Readonly<{ id: string; state: DeliveryState; version: number }>;

/** Sends one delivery again, from its first attempt, whatever became of it. */
export const replayDelivery: UseCase<Readonly<{ deliveryId: string }>, DeliveryAnswer> = {
  name: 'webhook_delivery.replay',
  status: 202,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async (work, commands) => {
    await work.lock(
      deliveries,
      commands.map(({ input }) => input.deliveryId),
    );
  },
  decide: (work, { actor, input, now }) => {
    const before = work.get(deliveries, input.deliveryId);
    require(before.orgId === actor.orgId, 'not-found', `there is no webhook delivery ${input.deliveryId}`);
    const { id, state, version } = work.update(deliveries, before.id, {
      state: 'pending',
      attempts: 0,
      nextAttemptAt: now.toISOString(),
      deliveredAt: null,
    });
    work.wakes.add('deliveries');
    return { id, state, version };
  },
};

const REPLAY_RANK = 15;

export type Replay = Readonly<{ endpointId: string; since: string }>;

/** Sends everything that happened since an instant again to one endpoint, in order per object. */
export const replaySince: UseCase<Replay, Replay> = {
  name: 'webhook_endpoint.replay',
  status: 202,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockEndpoints,
  decide: (work, command) => {
    const { id } = endpointOf(work, command);
    const { since } = command.input;
    work.participant(`replay of webhooks ${id} since ${since}`, () => ({
      rank: REPLAY_RANK,
      write: async (tx) => {
        await tx.query(
          'webhook.replay_since',
          `update webhook_delivery
              set state = 'pending', attempts = 0, next_attempt_at = $3, delivered_at = null, version = version + 1
            where endpoint_id = $1 and created_at >= $2`,
          [id, since, command.now.toISOString()],
        );
      },
    }));
    work.wakes.add('deliveries');
    return { endpointId: id, since };
  },
};
