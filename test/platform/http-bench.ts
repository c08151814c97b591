import { connect as connectSocket } from 'node:net';
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import pg from 'pg';
import type { Test } from 'tap';
import { uuidv7 } from 'uuidv7';
import { type Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import type { Actor, OrgKind, Role } from '../../src/platform/actor.ts';
import { connect, readAs } from '../../src/platform/database.ts';
import { runs, runsIfMatch } from '../../src/platform/http/command-route.ts';
import { requireVersion } from '../../src/platform/http/etag.ts';
import { createLogger } from '../../src/platform/http/logging.ts';
import { createMetrics } from '../../src/platform/http/metrics.ts';
import { pageQuery, paginate } from '../../src/platform/http/paging.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  Money,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  Page,
  problems,
  Uscc,
  Version,
} from '../../src/platform/http/schemas.ts';
import { buildServer, type ServerOptions } from '../../src/platform/http/server.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { date, defineTable, int, money, text, uuid } from '../../src/platform/table.ts';
import { createUnitOfWork, type UseCase } from '../../src/platform/unit-of-work.ts';
import { freshDatabase } from '../harness/database.ts';

const parcels = defineTable('parcel', {
  rank: 1,
  key: 'id',
  columns: { id: uuid, name: text, amount: money, dueOn: date, version: int },
  changeable: ['amount', 'version'],
});

const Parcel = component('Parcel', object({ id: Id, name: Name, amount: Money, dueOn: Day, version: Version }));
type ParcelAnswer = { id: string; name: string; amount: string; dueOn: string; version: number };

const Registration = component(
  'ParcelRegistration',
  object({
    name: Name,
    amount: Money,
    dueOn: Day,
    note: Type.Optional(Note),
    sender: Type.Optional(Uscc),
    sentAt: Type.Optional(Instant),
    pieces: Type.Optional(Count),
    fragile: Type.Optional(Type.Boolean()),
    way: Type.Optional(nullable(oneOf(['road', 'rail']))),
    contents: Type.Optional(Type.Array(object({ name: Name }), { minItems: 1, maxItems: 3 })),
  }),
);

const answer = (row: { id: string; name: string; amount: Decimal; dueOn: string; version: number }): ParcelAnswer => ({
  ...row,
  amount: formatMoney(row.amount),
});

const registerParcel: UseCase<{ name: string; amount: string; dueOn: string }, ParcelAnswer> = {
  name: 'registerParcel',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async () => undefined,
  decide: (work, { input }) => {
    if (input.amount === '0.00')
      throw new Refusal('insufficient-funds', 'nothing is too little', { field: '/amount', missing: '0.01' });
    const row = { id: uuidv7(), name: input.name, amount: parseMoney(input.amount), dueOn: input.dueOn, version: 1 };
    work.insert(parcels, row);
    return answer(row);
  },
};

const revalueParcel: UseCase<{ id: string; amount: string; expectedVersion: number }, ParcelAnswer> = {
  name: 'revalueParcel',
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async (work, commands) => {
    await work.lock(
      parcels,
      commands.map(({ input }) => input.id),
    );
  },
  decide: (work, { input }) => {
    requireVersion(work.get(parcels, input.id).version, input.expectedVersion);
    return answer(work.update(parcels, input.id, { amount: parseMoney(input.amount) }));
  },
};

const sorts = {
  newest: [['id', 'desc']],
  due: [
    ['due_on', 'asc'],
    ['id', 'asc'],
  ],
  worth: [
    ['amount', 'desc'],
    ['id', 'asc'],
  ],
} as const;

const tags = ['Parcels'];

/** Routes on which the manners of every route are tried. */
export const parcelRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const rows = (db: Parameters<Parameters<typeof readAs>[2]>[0]) =>
    db.selectFrom(
      sql<ParcelAnswer>`(select id, name, amount::text as amount, due_on, due_on as "dueOn", version from parcel)`.as(
        'parcel',
      ),
    );

  app.post(
    '/parcels',
    runs(platform, registerParcel, {
      config: { permission: 'parcel:register' },
      schema: {
        operationId: 'registerParcel',
        summary: 'Register a parcel',
        tags,
        body: Registration,
        response: { 201: Parcel },
      },
      input: ({ body }) => body,
    }),
  );

  app.post(
    '/parcels/import',
    runs(platform, registerParcel, {
      config: { permission: 'parcel:register' },
      bodyLimit: 10 * 1024 * 1024,
      schema: {
        operationId: 'importParcels',
        summary: 'Register many',
        tags,
        body: object({ parcels: Type.Array(Registration) }),
        response: { 201: Parcel },
      },
      input: ({ body }) => body.parcels[0] as never,
    }),
  );

  app.put(
    '/parcels/:id',
    runsIfMatch(platform, revalueParcel, {
      config: { permission: 'parcel:register' },
      schema: {
        operationId: 'revalueParcel',
        summary: 'Change the value',
        tags,
        params: object({ id: Id }),
        body: object({ amount: Money }),
        response: { 200: Parcel },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );

  app.post(
    '/parcels/:id/return',
    runsIfMatch(platform, revalueParcel, {
      config: { permission: 'parcel:register' },
      schema: {
        operationId: 'returnParcel',
        summary: 'Send back',
        tags,
        params: object({ id: Id }),
        response: { 200: Parcel },
      },
      input: ({ params }, expectedVersion) => ({ ...params, amount: '0.00', expectedVersion }),
    }),
  );

  app.get('/parcels', {
    config: { permission: 'parcel:read' },
    schema: {
      operationId: 'listParcels',
      summary: 'List parcels',
      tags,
      querystring: pageQuery({
        sorts,
        filters: { name: Name, heavy: Type.Boolean(), version: Type.Array(Type.Integer(), { maxItems: 3 }) },
      }),
      response: { 200: Page(Parcel) },
    },
    handler: ({ query, actor }) =>
      readAs(platform.database, actor, (db) =>
        paginate(rows(db).select(['id', 'name', 'amount', 'dueOn', 'version']), { page: query, sorts }),
      ),
  });

  app.get('/parcels/:id', {
    config: { permission: 'parcel:read' },
    schema: {
      operationId: 'readParcel',
      summary: 'Read a parcel',
      tags,
      params: object({ id: Id }),
      response: { 200: Parcel, ...problems(404) },
    },
    handler: async ({ params, actor }) => {
      const row = await readAs(platform.database, actor, (db) =>
        rows(db).select(['id', 'name', 'amount', 'dueOn', 'version']).where('id', '=', params.id).executeTakeFirst(),
      );
      if (row === undefined) throw new Refusal('not-found', 'there is no such parcel');
      return row;
    },
  });

  app.get('/failure', {
    config: { permission: 'public' },
    schema: { operationId: 'fail', summary: 'Fail', tags, response: { 200: Parcel } },
    handler: async () => {
      throw Object.assign(new Error('Key (uscc)=(91350100M000100Y43) is secret'), { severity: 'ERROR', code: '23505' });
    },
  });
};

export const permissions = {
  'parcel:register': { kinds: ['bank'] as OrgKind[], roles: ['maker'] as Role[] },
  'parcel:read': { kinds: ['bank', 'enterprise'] as OrgKind[], roles: ['maker', 'viewer'] as Role[] },
};

/** `Bearer kind.role.scope+scope`, of the client of that text. */
async function authenticate(request: { headers: { authorization?: string | undefined }; id: string }): Promise<Actor> {
  const token = /^Bearer (\w+)\.(\w+)\.([\w+]+)$/.exec(request.headers.authorization ?? '');
  if (token === null) throw new Refusal('unauthenticated', 'a Bearer token is missing');
  const [, kind, role, scopes] = token as unknown as [string, OrgKind, Role, string];
  return {
    orgId: '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10',
    orgKind: kind,
    personId: '01981f0e-7c3a-7b52-9c61-2f5a8d4e6b11',
    clientId: `${kind} ${role} ${scopes}`,
    roles: [role],
    scopes: scopes.split('+'),
    requestId: request.id,
  };
}

export const maker = 'Bearer bank.maker.read+write';

export type HttpBench = Readonly<{
  app: FastifyInstance;
  port: number;
  lines: () => Record<string, unknown>[];
  log: () => string;
}>;

/** A database with a table of parcels. */
export async function parcelDatabase(t: Pick<Test, 'teardown'>): Promise<string> {
  const { ownerUrl } = await freshDatabase(t);
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query(`
    create table parcel (
      id uuid primary key, name text not null, amount numeric not null, due_on date not null, version integer not null
    );
    grant select, insert, update on parcel to lianrong_app;
    call secure('parcel', 'true', 'true')`);
  await owner.end();
  return ownerUrl;
}

/** A server with the parcel routes over a database, listening on a free port. */
export async function parcelServer(
  t: Pick<Test, 'teardown'>,
  url: string,
  changes: Partial<ServerOptions> = {},
): Promise<HttpBench> {
  const database = connect({ url, writers: 2, readers: 2 });
  t.teardown(() => database.close());
  const metrics = createMetrics({ writers: database.writers });
  const unitOfWork = createUnitOfWork({
    database,
    maxWaiting: 100,
    maxBatch: 50,
    onWake: () => undefined,
    onStep: metrics.onStep,
  });
  const written: string[] = [];
  const log = createLogger({ level: 'info', stream: { write: (line) => void written.push(line) } });
  const app = await buildServer({
    platform: { database, unitOfWork, clock: { now: () => new Date('2026-07-01T02:00:00Z') }, log },
    metrics,
    authenticate,
    permissions,
    features: [parcelRoutes],
    description: { version: '1.0.0', tags: [{ name: 'Parcels', description: 'Parcels.' }] },
    maxEventLoopDelayMs: 0,
    rateLimit: { requests: 100_000, failedAuthentications: 100_000 },
    ...changes,
  });
  t.teardown(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  return { app, port, log: () => written.join(''), lines: () => written.map((line) => JSON.parse(line)) };
}

/** Both. */
export const httpBench = async (t: Pick<Test, 'teardown'>, changes: Partial<ServerOptions> = {}): Promise<HttpBench> =>
  parcelServer(t, await parcelDatabase(t), changes);

/** A connection of its own: what is sent goes out as it is, `received` is all that came until the server closed it. */
export function openRaw(port: number): { send: (bytes: string) => void; received: Promise<string> } {
  const socket = connectSocket(port, '127.0.0.1');
  const received = new Promise<string>((resolve, reject) => {
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
  return { send: (bytes) => void socket.write(bytes), received };
}

/** Sends bytes over a connection of its own and reads until the server closes it. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  const { send, received } = openRaw(port);
  send(bytes);
  return received;
}
