import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import { runAsSystem, systemCommand } from '../platform/worker.ts';
import { disableGoneEndpoint } from './commands.ts';
import { type Attempt, claim, type DueDelivery, endpointsWithWork, recordDelivered, recordFailed } from './queue.ts';
import { nextAttempt, restAfter } from './rules.ts';
import type { WebhookSecrets } from './secrets.ts';
import type { Answer, Sender } from './sender.ts';

export type DelivererSettings = Readonly<{
  database: Database;
  unitOfWork: UnitOfWork;
  secrets: WebhookSecrets;
  send: Sender;
  clock: Clock;
  /** A number from 0 to 1, to spread attempts. */
  random: () => number;
  onError: (error: unknown) => void;
}>;

export type Deliverer = Readonly<{
  /** Sends what is due, each endpoint by itself; resolves when all are under way, not when they have answered. */
  deliver: () => Promise<void>;
  /** Resolves when nothing is under way. */
  idle: () => Promise<void>;
}>;

type Answered = Attempt & Readonly<{ answer: Answer }>;

const isSuccess = ({ responseStatus }: Answered): boolean =>
  responseStatus !== null && responseStatus >= 200 && responseStatus < 300;

/** Attempts under way at one receiver at a time, each of another object. */
const AT_ONCE = 16;
/** Longer than any attempt takes: then another process may try again what one that ended has claimed. */
const CLAIM_MS = 60_000;
const GONE = 410;

/**
 * Sends deliveries as Standard Webhooks 1.0 says: signed, at least once, in order per object, until 2xx. Receivers do
 * not wait for one another: each has a line of its own, and one that fails is left alone for a while.
 */
export function createDeliverer(settings: DelivererSettings): Deliverer {
  const { database, unitOfWork, secrets, send, clock, random, onError } = settings;
  const lines = new Map<string, Promise<void>>();

  async function attempt(delivery: DueDelivery): Promise<Answered> {
    const now = clock.now();
    const body = bodyOf(delivery);
    const keyed = {
      id: delivery.endpoint_id,
      secretSalt: delivery.secret_salt,
      secretNumber: delivery.secret_number,
      previousSecretUntil: delivery.previous_secret_until,
    };
    const answer = await send({
      url: delivery.url,
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'lianrong-webhook/1',
        'webhook-id': delivery.event_id,
        'webhook-timestamp': Math.floor(now.getTime() / 1000).toString(),
        'webhook-signature': secrets.sign(keyed, { id: delivery.event_id, body, now }),
      },
    });
    return { delivery, answer, responseStatus: answer.status, at: clock.now() };
  }

  async function recordFailure({ delivery, answer, responseStatus, at }: Answered): Promise<void> {
    const wishS = answer.status === null ? 0 : (answer.retryAfterS ?? 0);
    await recordFailed(database, {
      delivery,
      responseStatus,
      at,
      reason: answer.status === null ? answer.reason : `answered ${answer.status}`,
      nextAttempt: nextAttempt(delivery.attempts, { now: at, random: random(), wishS }),
      rest: (failures) => restAfter(failures, at),
    });
    if (responseStatus === GONE) await disable(delivery, at);
  }

  async function disable({ endpoint_id, org_id, id, attempts }: DueDelivery, now: Date): Promise<void> {
    const command = {
      key: `webhook endpoint ${endpoint_id} gone ${id} ${attempts}`,
      input: { endpointId: endpoint_id, orgId: org_id },
      now,
    };
    await runAsSystem(unitOfWork, disableGoneEndpoint, systemCommand({ orgId: org_id, orgKind: 'operator' }, command));
  }

  async function drain(endpointId: string): Promise<void> {
    for (;;) {
      const now = clock.now();
      const until = new Date(now.getTime() + CLAIM_MS);
      const due = await claim(database, { endpointId, now, until, limit: AT_ONCE });
      if (due.length === 0) return;
      const answered = await Promise.all(due.map(attempt));
      const failed = answered.filter((each) => !isSuccess(each));
      const delivered = answered.filter(isSuccess);
      if (delivered.length > 0) await recordDelivered(database, delivered);
      for (const each of failed) await recordFailure(each);
      if (failed.length > 0) return;
    }
  }

  return {
    deliver: async () => {
      for (const endpointId of await endpointsWithWork(database, clock.now())) {
        if (lines.has(endpointId)) continue;
        const line = drain(endpointId)
          .catch(onError)
          .finally(() => lines.delete(endpointId));
        lines.set(endpointId, line);
      }
    },
    idle: async () => {
      while (lines.size > 0) await Promise.all(lines.values());
    },
  };
}

/** The same text at every attempt: the signature covers it, and the receiver may keep it. */
const bodyOf = (delivery: DueDelivery): string =>
  JSON.stringify({
    type: delivery.kind,
    timestamp: delivery.occurred_at,
    data: {
      id: delivery.event_id,
      kind: delivery.kind,
      objectKind: delivery.object_kind,
      objectId: delivery.object_id,
      requestId: delivery.request_id,
      createdAt: delivery.occurred_at,
      data: delivery.data,
    },
  });
