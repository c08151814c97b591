import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import { defineTable, instant, int, json, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { DeliveryState, EndpointStatus } from './rules.ts';

const bytes = { sqlType: 'bytea', toSql: (value: Buffer) => value, fromSql: (value: Buffer) => value };

const endpointColumns = {
  id: uuid,
  orgId: uuid,
  url: text,
  description: text,
  kinds: json<readonly string[]>(),
  secretSalt: bytes,
  secretNumber: int,
  secretSetAt: instant,
  previousSecretUntil: nullable(instant),
  status: oneOf<EndpointStatus>(),
  version: int,
  createdAt: instant,
};

export type EndpointRow = RowOf<typeof endpointColumns>;

export const endpoints = defineTable('webhook_endpoint', {
  rank: 14,
  key: 'id',
  columns: endpointColumns,
  changeable: [
    'url',
    'description',
    'kinds',
    'secretNumber',
    'secretSetAt',
    'previousSecretUntil',
    'status',
    'version',
  ],
});

const deliveryColumns = {
  id: uuid,
  endpointId: uuid,
  orgId: uuid,
  eventId: uuid,
  kind: text,
  objectId: uuid,
  attempts: int,
  state: oneOf<DeliveryState>(),
  nextAttemptAt: instant,
  responseStatus: nullable(int),
  lastError: nullable(text),
  deliveredAt: nullable(instant),
  version: int,
  createdAt: instant,
};

export const deliveries = defineTable('webhook_delivery', {
  rank: 15,
  key: 'id',
  columns: deliveryColumns,
  changeable: ['attempts', 'state', 'nextAttemptAt', 'deliveredAt', 'version'],
});

/** The salt of the secret of one endpoint of the asking organization. */
export async function readSecretSalt(db: Reader, endpointId: string): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('webhook_endpoint')
    .select('secret_salt')
    .where('id', '=', endpointId)
    .executeTakeFirst();
  return row?.secret_salt;
}

/** Endpoints as the API answers them. */
export const endpointAnswers = (db: Reader) =>
  db
    .selectFrom('webhook_endpoint')
    .select([
      'id',
      'url',
      'description',
      sql<string[]>`kinds`.as('kinds'),
      'secret_number as secretNumber',
      'secret_set_at as secretSetAt',
      'previous_secret_until as previousSecretUntil',
      sql<EndpointStatus>`status`.as('status'),
      'version',
      'created_at as createdAt',
    ]);

export type DeliveryFilter = Readonly<{
  endpointId?: string;
  state?: DeliveryState;
  eventId?: string;
  objectId?: string;
}>;

/** Deliveries as the API answers them. */
export function deliveryAnswers(db: Reader, filter: DeliveryFilter) {
  let query = db
    .selectFrom('webhook_delivery')
    .select([
      'id',
      'endpoint_id as endpointId',
      'event_id as eventId',
      'kind',
      'object_id as objectId',
      sql<DeliveryState>`state`.as('state'),
      'attempts',
      'next_attempt_at as nextAttemptAt',
      'response_status as responseStatus',
      'last_error as lastError',
      'delivered_at as deliveredAt',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.endpointId !== undefined) query = query.where('endpoint_id', '=', filter.endpointId);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.eventId !== undefined) query = query.where('event_id', '=', filter.eventId);
  if (filter.objectId !== undefined) query = query.where('object_id', '=', filter.objectId);
  return query;
}

export type EventFilter = Readonly<{
  /** Walks the events of this party alone, in the order of `event_party`. */
  partyId?: string;
  objectId?: string;
  kind?: string;
  objectKind?: string;
  /** Leaves out what is not older than every transaction under way. */
  onlySettled?: boolean;
}>;

/** Events as the API answers them. Who acted is told to the acting organization itself and to the regulator. */
export function eventAnswers(db: Reader, filter: EventFilter) {
  const from = db.selectFrom('event');
  const { partyId } = filter;
  const found = (
    partyId === undefined
      ? from
      : from.innerJoin('event_party', 'event_party.event_id', 'event.id').where('event_party.party_id', '=', partyId)
  ) as typeof from;
  let query = found.select([
    'event.id',
    'kind',
    'object_kind as objectKind',
    'object_id as objectId',
    'actor_org as actorOrgId',
    sql<string | null>`case when actor_org = (select app_org()) or (select app_regulator()) then actor_person end`.as(
      'actorPersonId',
    ),
    'request_id as requestId',
    sql<Record<string, unknown>>`data`.as('data'),
    'created_at as createdAt',
  ]);
  if (filter.objectId !== undefined) query = query.where('object_id', '=', filter.objectId);
  if (filter.objectKind !== undefined) query = query.where('object_kind', '=', filter.objectKind);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.onlySettled) query = query.where(sql<boolean>`event.xid < pg_snapshot_xmin(pg_current_snapshot())`);
  return query;
}
