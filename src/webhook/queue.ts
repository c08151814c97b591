import type { Database, Tx } from '../platform/database.ts';
import { IN_SPAN, type Span } from '../platform/outbox.ts';
import { asWorker } from '../platform/worker.ts';

/** What is sent to a receiver, with what it takes to sign it. */
export type DueDelivery = Readonly<{
  id: string;
  attempts: number;
  endpoint_id: string;
  org_id: string;
  url: string;
  secret_salt: Buffer;
  secret_number: number;
  previous_secret_until: string | null;
  event_id: string;
  kind: string;
  object_kind: string;
  object_id: string;
  request_id: string;
  data: Readonly<Record<string, unknown>>;
  occurred_at: string;
}>;

/** Gives the events of a span to the endpoints of their parties that were there and want their kind. */
export async function fanOut(tx: Tx, { after, upTo }: Span): Promise<void> {
  await tx.query(
    'webhook.fan_out',
    `insert into webhook_delivery (endpoint_id, org_id, event_id, kind, object_id, recorded_at, next_attempt_at, created_at)
     select n.id, n.org_id, e.id, e.kind, e.object_id, e.recorded_at, e.created_at, e.created_at
       from event e join webhook_endpoint n on n.org_id = any (e.parties)
      where ${IN_SPAN} and n.status <> 'disabled' and e.created_at >= n.created_at
        and (n.kinds = '[]' or exists (select from jsonb_array_elements_text(n.kinds) as wanted(kind)
              where e.kind = wanted.kind
                 or (wanted.kind like '%.*' and starts_with(e.kind, left(wanted.kind, -1)))))
      order by n.id, e.id`,
    [after, upTo],
  );
}

/** Active endpoints that have something due and are not resting. */
export const endpointsWithWork = (database: Database, now: Date): Promise<string[]> =>
  asWorker(database, async (tx) => {
    const rows = await tx.query<{ id: string }>(
      'webhook.with_work',
      `select n.id from webhook_endpoint n
        where n.status = 'active' and (n.rest_until is null or n.rest_until <= $1)
          and exists (select from webhook_delivery d
                where d.endpoint_id = n.id and d.state in ('pending', 'failed') and d.next_attempt_at <= $1)
        order by n.id`,
      [now.toISOString()],
    );
    return rows.map(({ id }) => id);
  });

/**
 * Claims up to `limit` deliveries of one endpoint for one attempt until `until`; after a crash they are due again then.
 * Only the first open delivery of each object is claimed, so an object's events arrive in order; a delivery that was
 * given up holds nobody back. The queue is this table and not pg-boss's key_strict_fifo, because its rows are what the
 * owner of an endpoint lists and replays under row-level security, and because there a failed job blocks its key
 * until somebody acts.
 */
export const claim = (
  database: Database,
  { endpointId, now, until, limit }: Readonly<{ endpointId: string; now: Date; until: Date; limit: number }>,
): Promise<DueDelivery[]> =>
  asWorker(database, (tx) =>
    tx.query<DueDelivery>(
      'webhook.claim',
      `with head as (
         select d.id from webhook_delivery d
          where d.endpoint_id = $1 and d.state in ('pending', 'failed') and d.next_attempt_at <= $2
            and d.id = (select line.id from webhook_delivery line
                  where line.endpoint_id = d.endpoint_id and line.object_id = d.object_id
                    and line.state in ('pending', 'failed')
                  order by line.recorded_at, line.event_id limit 1)
          order by d.next_attempt_at, d.id limit $4
            for no key update of d skip locked)
       update webhook_delivery d set attempts = attempts + 1, next_attempt_at = $3
         from head, webhook_endpoint n, event e
        where d.id = head.id and n.id = d.endpoint_id and e.id = d.event_id and n.status = 'active'
          and (n.rest_until is null or n.rest_until <= $2)
       returning d.id, d.attempts, d.endpoint_id, d.org_id, n.url, n.secret_salt, n.secret_number,
         n.previous_secret_until, d.event_id, e.kind, e.object_kind, e.object_id, e.request_id, e.data,
         e.created_at as occurred_at`,
      [endpointId, now.toISOString(), until.toISOString(), limit],
    ),
  );

export type Attempt = Readonly<{ delivery: DueDelivery; responseStatus: number | null; at: Date }>;

/** Ends deliveries to one endpoint. A process whose time for an attempt was over changes nothing. */
export const recordDelivered = (database: Database, attempts: readonly Attempt[]): Promise<void> =>
  asWorker(database, async (tx) => {
    await tx.query(
      'webhook.delivered',
      `update webhook_delivery d
          set state = 'delivered', response_status = u.status, last_error = null, delivered_at = u.at,
              version = version + 1
         from unnest($1::uuid[], $2::integer[], $3::integer[], $4::timestamptz[]) as u(id, attempts, status, at)
        where d.id = u.id and d.attempts = u.attempts and d.state in ('pending', 'failed')`,
      [
        attempts.map(({ delivery }) => delivery.id),
        attempts.map(({ delivery }) => delivery.attempts),
        attempts.map(({ responseStatus }) => responseStatus),
        attempts.map(({ at }) => at.toISOString()),
      ],
    );
    await tx.query(
      'webhook.endpoint_answered',
      'update webhook_endpoint set failures = 0, rest_until = null where id = any($1::uuid[]) and failures > 0',
      [attempts.map(({ delivery }) => delivery.endpoint_id)],
    );
  });

export type Failure = Attempt &
  Readonly<{ reason: string; nextAttempt: Date | null; rest: (failures: number) => Date }>;

/** Puts a delivery off to its next attempt, or gives it up when there is none, and lets the receiver rest. */
export const recordFailed = (database: Database, failure: Failure): Promise<void> =>
  asWorker(database, async (tx) => {
    const { delivery, responseStatus, reason, nextAttempt } = failure;
    const [kept] = await tx.query(
      'webhook.failed',
      `update webhook_delivery
          set state = case when $3::timestamptz is null then 'dead' else 'failed' end,
              next_attempt_at = coalesce($3::timestamptz, next_attempt_at), response_status = $4, last_error = $5,
              version = version + 1
        where id = $1 and attempts = $2 and state in ('pending', 'failed') returning id`,
      [delivery.id, delivery.attempts, nextAttempt?.toISOString() ?? null, responseStatus, reason],
    );
    if (kept !== undefined) await restEndpoint(tx, failure);
  });

async function restEndpoint(tx: Tx, { delivery, rest }: Failure): Promise<void> {
  const [endpoint] = await tx.query<{ failures: number }>(
    'webhook.endpoint_failed',
    'update webhook_endpoint set failures = failures + 1 where id = $1 returning failures',
    [delivery.endpoint_id],
  );
  await tx.query('webhook.endpoint_rests', 'update webhook_endpoint set rest_until = $2 where id = $1', [
    delivery.endpoint_id,
    rest(endpoint?.failures ?? 1).toISOString(),
  ]);
}
