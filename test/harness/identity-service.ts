import { randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import { bootstrapOperator } from '../../src/identity/bootstrap.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import { permissions } from '../../src/identity/permissions.ts';
import { identityRoutes } from '../../src/identity/routes.ts';
import { isUscc } from '../../src/money/identifiers.ts';
import type { OrgKind, Role } from '../../src/platform/actor.ts';
import { connect } from '../../src/platform/database.ts';
import { createLogger } from '../../src/platform/http/logging.ts';
import { createMetrics } from '../../src/platform/http/metrics.ts';
import { buildServer } from '../../src/platform/http/server.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { freshDatabase } from './database.ts';

export const masterKey = Buffer.alloc(32, 7);
export const issuer = 'https://lianrong.test';

/** The unified social credit code with this serial number. */
export function usccOf(serial: number): string {
  const body = `91419001MA${String(serial).padStart(7, '0')}`;
  const code = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'].map((check) => body + check).find(isUscc);
  if (code === undefined) throw new Error(`no check character fits ${body}`);
  return code;
}

export const contact = { name: '李经理', phone: '0391-6630000', email: 'contact-canary@example.com' };
const figures = { industry: 'industry', employees: 120, annualRevenue: '30000000.00' };

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
type Json = any;
type Answer = { status: number; headers: Record<string, unknown>; json: Json; text: string };
type Call = { token?: string; body?: unknown; key?: string; version?: number };

/** Lends a connection of the database's owner, whom row-level security does not bind: a superuser. */
export async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The service of identity on a database of its own, with a clock that the test moves and a log that it reads. */
export async function identityService(t: Pick<Test, 'teardown'>) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 4, readers: 4 });
  let now = new Date('2026-07-01T01:00:00Z');
  const clock = { now: () => now };
  const log: string[] = [];
  const unitOfWork = createUnitOfWork({ database, maxWaiting: 100, maxBatch: 50, onWake: () => undefined });
  const settings = { database, clock, masterKey, issuer, audience: issuer };
  const identity = await createIdentity(settings);
  const app = await buildServer({
    platform: {
      database,
      unitOfWork,
      clock,
      log: createLogger({ level: 'trace', stream: { write: (line) => log.push(line) } }) as never,
    },
    metrics: createMetrics({}),
    authenticate: identity.authenticate,
    permissions,
    features: [identityRoutes(identity)],
    description: { version: '0', tags: [] },
    rateLimit: { requests: 100_000, failedAuthentications: 100_000 },
    maxEventLoopDelayMs: 60_000,
  });
  t.teardown(async () => {
    await app.close();
    await database.close();
  });

  async function call(method: NonNullable<InjectOptions['method']>, url: string, options: Call = {}): Promise<Answer> {
    const { token, body, key, version } = options;
    const answer = await app.inject({
      method,
      url,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(method !== 'GET' && { 'idempotency-key': key ?? randomUUID() }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const isJson = /json/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      headers: answer.headers,
      json: isJson ? answer.json() : {},
      text: answer.payload,
    };
  }

  const form = async (parameters: Record<string, string> | string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(parameters).toString(),
    });
    return { status: answer.statusCode, headers: answer.headers, json: answer.json() };
  };

  async function tokenOf(clientId: string, clientSecret: string): Promise<string> {
    const { status, json } = await form({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(json)}`);
    return json.access_token;
  }

  async function must(method: 'POST' | 'PATCH' | 'GET', url: string, options: Call): Promise<Json> {
    const { status, json, text } = await call(method, url, options);
    if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`);
    return json;
  }

  const first = await bootstrapOperator(database, {
    legalName: '链融平台运营有限公司',
    uscc: usccOf(1),
    contact,
    personName: '平台管理员',
    masterKey,
    clock,
  });
  const operator = { ...first, token: () => tokenOf(first.clientId, first.clientSecret) };
  let serial = 1;

  /** A person of the organization with a client of his own, and a token. */
  async function enrol(organizationId: string, token: string, name: string, roles: readonly Role[]) {
    const path = `/v1/organizations/${organizationId}`;
    const person = await must('POST', `${path}/people`, { token, body: { name, roles } });
    const client = await must('POST', `${path}/clients`, {
      token,
      body: { personId: person.id, name: `client of ${roles.join()}`, scopes: ['read', 'write'] },
    });
    const { id: clientId, clientSecret } = client as { id: string; clientSecret: string };
    return { personId: person.id as string, clientId, clientSecret, token: await tokenOf(clientId, clientSecret) };
  }

  /** An organization with its administrator, onboarded by the operator. */
  async function onboard(kind: OrgKind, legalName: string) {
    serial += 1;
    const uscc = usccOf(serial);
    const body = { kind, legalName, uscc, contact, ...(kind === 'enterprise' && figures) };
    const token = await operator.token();
    const { id } = (await must('POST', '/v1/organizations', { token, body })) as { id: string };
    const admin = await enrol(id, token, '张管理', ['admin']);
    return { id, uscc, path: `/v1/organizations/${id}`, admin };
  }

  return {
    ...{ app, call, clock, database, enrol, form, identity, log, must, onboard, operator, ownerUrl, settings, tokenOf },
    advance: (milliseconds: number) => {
      now = new Date(now.getTime() + milliseconds);
    },
  };
}
