import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, InjectOptions } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import { approvalRoutes } from '../../src/approval/routes.ts';
import { permissions } from '../../src/identity/permissions.ts';
import { limitRoutes } from '../../src/limit/routes.ts';
import type { IsoDate } from '../../src/money/dates.ts';
import type { Actor, OrgKind, Role } from '../../src/platform/actor.ts';
import { connect } from '../../src/platform/database.ts';
import { createLogger } from '../../src/platform/http/logging.ts';
import { createMetrics } from '../../src/platform/http/metrics.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import { buildServer } from '../../src/platform/http/server.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { programmeRoutes } from '../../src/programme/routes.ts';
import { programmeVersionRoutes } from '../../src/programme/version-routes.ts';
import { referenceProposalRoutes } from '../../src/reference/proposal-routes.ts';
import { referenceRoutes } from '../../src/reference/routes.ts';
import { freshDatabase } from './database.ts';
import { usccOf } from './identity-service.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
type Json = any;
export type Answer = Readonly<{ status: number; json: Json; headers: Record<string, unknown> }>;
type Call = Readonly<{ body?: object; version?: number; key?: string }>;
export type BankWorld = Awaited<ReturnType<typeof bankWorld>>;

/**
 * Two banks with a book each at 2026-07-01, a regulator, the platform operator and as many chains as a test asks for,
 * with the routes by which a bank sets its terms. People are made by role.
 */
export async function bankWorld(t: Pick<Test, 'teardown'>, features: readonly FastifyPluginAsync<Platform>[] = []) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 4, readers: 4 });
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  let now = new Date('2026-07-01T02:00:00Z');
  const clock = { now: () => now };
  const unitOfWork = createUnitOfWork({ database, maxWaiting: 5000, maxBatch: 100, onWake: () => undefined });
  const actors = new Map<string, Actor>();
  const platform: Platform = {
    database,
    unitOfWork,
    clock,
    log: createLogger({ level: 'silent', stream: { write: () => undefined } }) as never,
  };
  const app = await buildServer({
    platform,
    metrics: createMetrics({}),
    authenticate: async ({ headers }) => {
      const actor = actors.get(String(headers.authorization));
      if (actor === undefined) throw new Refusal('unauthenticated', 'nobody has this token');
      return actor;
    },
    permissions,
    features: [
      referenceRoutes,
      referenceProposalRoutes,
      programmeRoutes,
      programmeVersionRoutes,
      limitRoutes,
      approvalRoutes,
      ...features,
    ] as never,
    description: { version: '0', tags: [] },
    rateLimit: { requests: 100_000, failedAuthentications: 100_000 },
    maxEventLoopDelayMs: 60_000,
  });
  t.teardown(async () => {
    await app.close();
    await owner.end();
    await database.close();
  });

  let serial = 100;
  async function organization(kind: OrgKind, name: string): Promise<string> {
    serial += 1;
    const id = randomUUID();
    await owner.query(
      `insert into organization (id, kind, legal_name, uscc, industry, employees, annual_revenue, scale, figures, tags, contact, status, created_at)
       values ($1, $2, $3, $4, 'industry', 120, 30000000.00, 'small', 'confirmed', '[]', '{"name":"李经理","phone":"0391"}', 'active', $5)`,
      [id, kind, name, usccOf(serial), now.toISOString()],
    );
    return id;
  }
  async function bank(name: string): Promise<string> {
    const id = await organization('bank', name);
    await owner.query('insert into book (id, name, business_date, created_at) values ($1, $2, $3, $4)', [
      id,
      name,
      '2026-07-01',
      now.toISOString(),
    ]);
    return id;
  }
  async function member(chainId: string, coreId: string, { name, status }: { name: string; status: string }) {
    const id = await organization('enterprise', name);
    await owner.query(
      `insert into member (id, chain_id, core_id, org_id, side, tier, counterparty_id, status, created_at)
       values ($1, $2, $3, $4, 'upstream', 1, $3, $5, $6)`,
      [randomUUID(), chainId, coreId, id, status, now.toISOString()],
    );
    return id;
  }
  async function chain(coreId: string, name: string): Promise<string> {
    const id = randomUUID();
    await owner.query(`insert into chain (id, core_id, name, status, created_at) values ($1, $2, $3, 'active', $4)`, [
      id,
      coreId,
      name,
      now.toISOString(),
    ]);
    return id;
  }

  const bankId = await bank('济源示范银行');
  const otherBankId = await bank('外地银行');
  const regulatorId = await organization('regulator', '监管');
  const operatorId = await organization('operator', '平台');

  async function admit(chainId: string, coreId: string, admittedId: string): Promise<void> {
    await owner.query(
      `insert into chain_bank (id, chain_id, core_id, bank_id, status, created_at) values ($1, $2, $3, $4, 'admitted', $5)`,
      [randomUUID(), chainId, coreId, admittedId, now.toISOString()],
    );
  }

  /** A core enterprise with a chain of its own that admits both banks, a verified and an invited supplier. */
  async function newChain() {
    const coreId = await organization('enterprise', '济南示范机械有限公司');
    const chainId = await chain(coreId, '示范机械采购链');
    for (const id of [bankId, otherBankId]) await admit(chainId, coreId, id);
    const supplierId = await member(chainId, coreId, { name: '一级供应商', status: 'verified' });
    const invitedId = await member(chainId, coreId, { name: '新供应商', status: 'invited' });
    return { coreId, chainId, supplierId, invitedId };
  }

  /** A person of an organization, and what that person sees when asking. */
  function person(orgId: string, orgKind: OrgKind, ...roles: Role[]) {
    const token = `Bearer ${randomUUID()}`;
    const actor: Actor = {
      orgId,
      orgKind,
      personId: randomUUID(),
      clientId: randomUUID(),
      roles,
      scopes: ['read', 'write'],
      requestId: randomUUID(),
    };
    actors.set(token, actor);
    const enrolled = owner.query(
      `insert into person (id, org_id, name, roles, status, created_at) values ($1, $2, '某人', $3, 'active', $4)`,
      [actor.personId, orgId, JSON.stringify(roles), now.toISOString()],
    );
    const call = async (method: NonNullable<InjectOptions['method']>, url: string, options: Call = {}) => {
      await enrolled;
      const answer = await app.inject({
        method,
        url,
        headers: {
          authorization: token,
          ...(method !== 'GET' && { 'idempotency-key': options.key ?? randomUUID() }),
          ...(options.version !== undefined && { 'if-match': `"${options.version}"` }),
        },
        ...(options.body !== undefined && { payload: options.body }),
      });
      const json: Json = answer.payload === '' ? {} : answer.json();
      return { status: answer.statusCode, json, headers: answer.headers } as Answer;
    };
    /** The same, when anything but success is a fault of the test. */
    const must = async (method: NonNullable<InjectOptions['method']>, url: string, options: Call = {}) => {
      const { status, json } = await call(method, url, options);
      if (status >= 300) throw new Error(`${method} ${url}: ${status} ${JSON.stringify(json)}`);
      return json;
    };
    /** An answer that is not JSON. */
    const text = (url: string) => app.inject({ url, headers: { authorization: token } });
    return { actor, call, must, text, get: (url: string) => call('GET', url) };
  }

  return {
    ...{ app, clock, database, owner, platform, unitOfWork, person, organization, newChain },
    ...{ bankId, otherBankId, regulatorId, operatorId },
    maker: person(bankId, 'bank', 'maker'),
    checker: person(bankId, 'bank', 'checker'),
    advance: (milliseconds: number) => {
      now = new Date(now.getTime() + milliseconds);
    },
    moveBook: (bookId: string, date: IsoDate) =>
      owner.query('update book set business_date = $2 where id = $1', [bookId, date]),
  };
}
