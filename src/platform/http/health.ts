import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { readMigrations } from '../migrate.ts';
import { Refusal } from '../refusal.ts';
import { object } from './component.ts';
import type { Metrics } from './metrics.ts';
import { problems } from './problem-schema.ts';

type HealthOptions = Readonly<{ database: Database; metrics: Metrics; isDraining: () => boolean }>;

// A loaded or draining service still tells how it is.
const always = { permission: 'public', rateLimit: false, pressureHandler: () => undefined } as const;

/** Whether the process lives, whether it may be sent requests, and what it measures of itself. */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthOptions> = async (app, options) => {
  const migrations = readMigrations();
  app.get('/health/live', {
    config: always,
    schema: {
      operationId: 'isLive',
      summary: 'Whether the process answers',
      tags: ['Service'],
      security: [],
      response: { 200: object({ status: Type.Literal('live') }) },
    },
    handler: async () => ({ status: 'live' as const }),
  });

  app.get('/health/ready', {
    config: always,
    schema: {
      operationId: 'isReady',
      summary: 'Whether requests may be sent: the database answers, its schema is current, no stop is under way',
      tags: ['Service'],
      security: [],
      response: { 200: object({ status: Type.Literal('ready') }), ...problems(503) },
    },
    handler: async (request) => {
      const fault = options.isDraining()
        ? 'the service is stopping'
        : await databaseFault(options.database, migrations);
      if (fault === undefined) return { status: 'ready' as const };
      request.log.warn({ fault }, 'not ready');
      throw new Refusal('unavailable', fault);
    },
  });

  app.get('/metrics', {
    config: always,
    schema: {
      operationId: 'readMetrics',
      summary: 'Measurements in the text form of Prometheus',
      tags: ['Service'],
      security: [],
      response: { 200: { description: 'Measurements', content: { 'text/plain': { schema: Type.String() } } } },
    },
    handler: async (_request, reply) => {
      const text = await options.metrics.registry.metrics();
      return reply.type(options.metrics.registry.contentType).serializer(String).send(text);
    },
  });
};

async function databaseFault(
  database: Database,
  migrations: ReturnType<typeof readMigrations>,
): Promise<string | undefined> {
  try {
    const { rows } = await sql<{ name: string; sha256: string }>`
      select name, sha256 from schema_migration`.execute(database.readers);
    const applied = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
    const current = migrations.every(({ name, sha256 }) => applied.get(name) === sha256);
    return current ? undefined : 'the schema of the database is not current';
  } catch {
    return 'the database does not answer';
  }
}
