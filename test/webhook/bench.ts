import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyPluginAsync, InjectOptions } from 'fastify';
import type { Test } from 'tap';
import { registrationRoutes } from '../../src/collateral/routes.ts';
import { permissions } from '../../src/identity/permissions.ts';
import { paymentRoutes } from '../../src/payment/routes.ts';
import type { OrgKind, Role } from '../../src/platform/actor.ts';
import { connect } from '../../src/platform/database.ts';
import { createLogger } from '../../src/platform/http/logging.ts';
import { createMetrics } from '../../src/platform/http/metrics.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import { buildServer } from '../../src/platform/http/server.ts';
import { createUnitOfWork, type UseCase } from '../../src/platform/unit-of-work.ts';
import { asWorker, runAsSystem, systemCommand } from '../../src/platform/worker.ts';
import { eventRoutes } from '../../src/webhook/event-routes.ts';
import { webhookRoutes } from '../../src/webhook/routes.ts';
import { createWebhookSecrets } from '../../src/webhook/secrets.ts';
import { createSender } from '../../src/webhook/sender.ts';
import { webhookWorkers } from '../../src/webhook/workers.ts';
import { freshDatabase } from '../harness/database.ts';

export type Received = Readonly<{
  headers: IncomingHttpHeaders;
  text: string;
  type: string;
  objectId: string;
  id: string;
}>;

/** A receiver on this machine that keeps what it is sent and answers what the test wants. */
export async function receiver(t: Pick<Test, 'teardown'>) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let answer: (received: Received) => number | Promise<number> = () => 204;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', async () => {
      const { type, data } = JSON.parse(text);
      const each = { headers: request.headers, text, type, objectId: data.objectId, id: data.id };
      received.push(each);
      for (const look of waiting) look();
      const status = await answer(each);
      response.writeHead(status, status === 301 ? { location: '/elsewhere' } : {}).end('thank you');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}/hooks`,
    /** Resolves when so many have come in all. */
    reaches: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (received.length >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

type Happening = Readonly<{ kind: string; objectId: string; step: number }>;

const happen = (parties: readonly string[]): UseCase<Happening, null> => ({
  name: 'test.happen',
  lane: ({ input }) => input.objectId,
  scope: ({ actor }) => [actor.orgId],
  load: async () => undefined,
  decide: (work, { actor, input }) => {
    const { kind, objectId, step } = input;
    work.emit({ kind, objectKind: 'parcel', objectId, parties, scopeId: actor.orgId, data: { step } });
    return null;
  },
});

/** The routes and workers of webhooks on a database of their own, with a clock that moves. */
export async function webhookBench(t: Pick<Test, 'teardown'>) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 6, readers: 2 });
  let now = Date.now();
  const clock = { now: () => new Date(now) };
  const faults: unknown[] = [];
  const unitOfWork = createUnitOfWork({ database, maxWaiting: 1000, maxBatch: 50, onWake: () => undefined });
  const secrets = createWebhookSecrets(Buffer.alloc(32, 9));
  const settings = { allowLocalhost: true, secrets };
  const workers = () =>
    webhookWorkers({
      database,
      unitOfWork,
      secrets,
      send: createSender({ timeoutMs: 2_000, allowLocalhost: true }),
      clock,
      random: () => 0.5,
      onError: (error) => faults.push(error),
    });
  const log = createLogger({ level: 'error', stream: { write: (line) => console.error(line) } });
  const routes = [webhookRoutes(settings), eventRoutes, paymentRoutes, registrationRoutes];
  const app = await buildServer({
    platform: { database, unitOfWork, clock, log: log as Platform['log'] },
    metrics: createMetrics({}),
    authenticate: async ({ headers }) => {
      const [orgId, orgKind, role] = String(headers.authorization).split(' ') as [string, OrgKind, Role];
      const ids = { personId: orgId, clientId: orgId, requestId: randomUUID() };
      return { orgId, orgKind, ...ids, roles: [role], scopes: ['read', 'write'] };
    },
    permissions,
    features: routes as unknown as FastifyPluginAsync<Platform>[],
    description: { version: '0', tags: [] },
    rateLimit: { requests: 100_000, failedAuthentications: 100_000 },
    maxEventLoopDelayMs: 60_000,
  });
  t.teardown(async () => {
    await app.close();
    await database.close();
  });
  const first = workers();

  /** A bank with nothing yet, at the present time; its endpoints end with the test. */
  async function bankOf(t: Pick<Test, 'teardown'>) {
    now = Date.now();
    const [bank, stranger] = [randomUUID(), randomUUID()];
    t.teardown(async () => {
      await first.idle();
      await asWorker(database, (tx) =>
        tx.query('test.end', "update webhook_endpoint set status = 'disabled' where org_id = $1", [bank]),
      );
    });

    async function call(
      method: NonNullable<InjectOptions['method']>,
      url: string,
      body?: unknown,
      extra: Record<string, string> = {},
    ) {
      const answer = await app.inject({
        method,
        url,
        headers: { authorization: `${bank} bank admin`, 'idempotency-key': randomUUID(), ...extra },
        ...(body !== undefined && { payload: body as object }),
      });
      return { status: answer.statusCode, json: answer.json() };
    }

    return {
      ...{ bank, stranger, call, clock, faults, ownerUrl, workers, first },
      pass: (ms: number) => {
        now += ms;
      },
      /** An event of the bank, of which the parties are told. */
      happen: (objectId: string, step: number, { kind = 'parcel.moved', parties = [bank] } = {}) =>
        runAsSystem(
          unitOfWork,
          happen(parties),
          systemCommand(
            { orgId: bank, orgKind: 'bank' },
            { key: randomUUID(), input: { kind, objectId, step }, now: clock.now() },
          ),
        ),
      /** Everything that can be delivered now is delivered. */
      deliver: async (by = first) => {
        await by.outbox();
        await by.idle();
        await by.deliver();
        await by.idle();
      },
      endpoint: async (url: string, kinds: readonly string[] = []) => {
        const { status, json } = await call('POST', '/v1/webhook-endpoints', { url, kinds });
        if (status !== 201) throw new Error(`no endpoint: ${JSON.stringify(json)}`);
        return json as { id: string; secret: string; version: number };
      },
      deliveries: async (query = '') => {
        const { json } = await call('GET', `/v1/webhook-deliveries?sort=oldest&limit=200${query}`);
        return json.items as { id: string; state: string; attempts: number; lastError: string | null }[];
      },
    };
  }

  return { bankOf };
}
