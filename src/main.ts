import closeWithGrace from 'close-with-grace';
import { createService } from './app.ts';
import { loadDemo, tellCredentials } from './demo/demo.ts';
import { isEmpty } from './identity/bootstrap.ts';
import { systemClock } from './platform/clock.ts';
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts';
import { installJobs } from './platform/jobs.ts';
import { migrate } from './platform/migrate.ts';
import { readSettings, type Settings } from './platform/settings.ts';

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** The database that was given, or an embedded one that belongs to this process. */
async function openDatabase({ databaseUrl, dataDir }: Settings): Promise<{ url: string; stop: () => Promise<void> }> {
  if (databaseUrl !== null) return { url: databaseUrl, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres({ dataDir: `${dataDir}/postgres` });
  say(
    `PostgreSQL ${embedded.adopted ? 'was still running' : 'is running'} on port ${embedded.port}, its data in ${dataDir}`,
  );
  return embedded;
}

const settings = readSettings(process.env);
const database = await openDatabase(settings);
const applied = await migrate(database.url);
if (applied.length > 0) say(`${applied.length} migrations applied`);
await installJobs(database.url);
const service = await createService({ databaseUrl: database.url, settings, clock: systemClock, jobs: true });

closeWithGrace({ delay: 15_000, logger: false }, async ({ err }) => {
  if (err) process.stderr.write(`${err.stack}\n`);
  say('stopping');
  await service.stop();
  await database.stop();
  say('stopped');
});

const address = await service.app.listen({ host: settings.host, port: settings.port });
if (settings.demo && (await isEmpty(service.database))) await loadDemo({ address, service, settings, say });
say();
tellCredentials(settings, say);
say(`API            ${address}/v1`);
say(`API reference  ${address}/docs`);
say(`OpenAPI        ${address}/openapi.json`);
say(`Health         ${address}/health/ready`);
