import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, InjectOptions } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import { runMemberImports } from '../../src/chain/import-worker.ts';
import { chainRoutes } from '../../src/chain/routes.ts';
import { permissions } from '../../src/identity/permissions.ts';
import { draftOrganization } from '../../src/identity/rules.ts';
import { organizations, PLATFORM_SCOPE } from '../../src/identity/store.ts';
import type { OrgKind, Role } from '../../src/platform/actor.ts';
import { connect, writeIn } from '../../src/platform/database.ts';
import { createLogger } from '../../src/platform/http/logging.ts';
import { createMetrics } from '../../src/platform/http/metrics.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import { buildServer } from '../../src/platform/http/server.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { freshDatabase } from '../harness/database.ts';
import { contact, usccOf } from '../harness/identity-service.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
export type Json = any;
export type Party = Readonly<{ id: string; kind: OrgKind; uscc: string; legalName: string }>;
type Sending = Readonly<{
  by: Party;
  role?: Role;
  body?: unknown;
  key?: string;
  version?: number;
  headers?: Record<string, string>;
}>;

const NOW = new Date('2026-07-01T02:00:00Z');

/** The routes of chains on a database of their own, for as many organizations as a test wants. */
export async function chainBench(t: Pick<Test, 'teardown'>) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 8, readers: 4 });
  const clock = { now: () => NOW };
  const woken: string[] = [];
  let steps = Number.POSITIVE_INFINITY;
  const unitOfWork = createUnitOfWork({
    database,
    maxWaiting: 1000,
    maxBatch: 64,
    onWake: (names) => woken.push(...names),
    onStep: (step) => {
      if (step !== 'written') return;
      steps -= 1;
      if (steps < 0) throw new Error('the service has died');
    },
  });
  const log = createLogger({ level: 'error', stream: { write: (line) => console.error(line) } });
  const platform = { database, unitOfWork, clock, log: log as Platform['log'] };
  const app = await buildServer({
    platform,
    metrics: createMetrics({}),
    authenticate: async ({ headers, id: requestId }) => {
      const [orgId, orgKind, role] = String(headers.authorization).split(' ') as [string, OrgKind, Role];
      const ids = { personId: orgId, clientId: orgId, requestId };
      return { orgId, orgKind, ...ids, roles: [role], scopes: ['read', 'write'] };
    },
    permissions,
    features: [chainRoutes] as unknown as FastifyPluginAsync<Platform>[],
    description: { version: '0', tags: [] },
    rateLimit: { requests: 100_000, failedAuthentications: 100_000 },
    maxEventLoopDelayMs: 60_000,
  });
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  t.teardown(async () => {
    await app.close();
    await owner.end();
    await database.close();
  });

  let serial = 900_000;
  /** An organization that the platform knows; without a kind an enterprise. */
  async function organization(legalName: string, kind: OrgKind = 'enterprise'): Promise<Party> {
    serial += 1;
    const party = { id: randomUUID(), kind, uscc: usccOf(serial), legalName };
    const figures = { industry: 'industry', employees: 2_000, annualRevenue: '900000000.00' } as const;
    const row = draftOrganization({ ...party, contact, ...(kind === 'enterprise' && figures) }, NOW);
    await writeIn(database.writers, [PLATFORM_SCOPE], (tx) => organizations.insert(tx, [row]));
    return party;
  }

  const usual: Readonly<Record<OrgKind, Role>> = {
    ...{ enterprise: 'maker', bank: 'checker', operator: 'operator', regulator: 'regulator' },
    ...{ warehouse: 'maker', guarantor: 'maker' },
  };

  async function call(method: NonNullable<InjectOptions['method']>, url: string, sending: Sending) {
    const { by, role = usual[by.kind], body, key = randomUUID(), version, headers } = sending;
    const answer = await app.inject({
      method,
      url: `/v1/chains${url}`,
      headers: {
        authorization: `${by.id} ${by.kind} ${role}`,
        ...(method !== 'GET' && { 'idempotency-key': key }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
        ...headers,
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const isJson = /json/.test(String(answer.headers['content-type']));
    const json: Json = isJson ? answer.json() : {};
    return { status: answer.statusCode, json, text: answer.payload, headers: answer.headers };
  }

  /** Calls and answers the body of what must succeed. */
  async function must(method: NonNullable<InjectOptions['method']>, url: string, sending: Sending): Promise<Json> {
    const { status, json, text } = await call(method, url, sending);
    if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`);
    return json;
  }

  /** Sends a file of members as a browser would. */
  function send(url: string, file: Buffer | string, sending: Sending) {
    const edge = 'edge7f3b';
    const head = `--${edge}\r\nContent-Disposition: form-data; name="file"; filename="members"\r\nContent-Type: application/octet-stream\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), Buffer.from(file), Buffer.from(`\r\n--${edge}--\r\n`)]);
    return call('POST', url, {
      ...sending,
      body,
      headers: { 'content-type': `multipart/form-data; boundary=${edge}` },
    });
  }

  const core = await organization('济源重工集团有限公司');
  const operator = await organization('链融平台运营有限公司', 'operator');
  const bank = await organization('济源农村商业银行', 'bank');
  const chain = await must('POST', '', { by: core, body: { coreId: core.id, name: '重工供应链' } });
  const at = `/${chain.id}`;

  /** Invites an organization; registered and verified as well unless told otherwise. */
  async function join(party: Party, place: Json = {}, until: 'invited' | 'registered' | 'verified' = 'verified') {
    const body = { uscc: party.uscc, legalName: party.legalName, side: 'upstream', tier: 1, ...place };
    let member = await must('POST', `${at}/members`, { by: core, body });
    const step = async (event: string, by: Party) => {
      member = await must('POST', `${at}/members/${member.id}/${event}`, { by, version: member.version, body: {} });
    };
    if (until !== 'invited') await step('register', party);
    if (until === 'verified') await step('verify', operator);
    return member;
  }

  return {
    ...{ app, at, bank, call, chain, core, database, join, must, operator, organization, owner, platform, send, woken },
    count: async (text: string) => Number((await owner.query(`select count(*) as n from ${text}`)).rows[0].n),
    /** Makes the bank one of those that finance on the chain. */
    admit: (party: Party) => must('POST', `${at}/banks`, { by: core, body: { bankId: party.id } }),
    /** Lets the service die when it has written so many batches more. */
    dieAfter: (batches: number) => {
      steps = batches;
    },
    runImports: (chunk = 500) => runMemberImports(platform, { chunk }),
  };
}
