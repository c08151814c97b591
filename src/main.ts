import closeWithGrace from 'close-with-grace';
import { createService, type Service } from './app.ts';
import { loadDemo, tellCredentials } from './demo/demo.ts';
import { isEmpty } from './identity/bootstrap.ts';
import { systemClock } from './platform/clock.ts';
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts';
import { installJobs } from './platform/jobs.ts';
import { migrate } from './platform/migrate.ts';
import { readSettings, type Settings } from './platform/settings.ts';
import { takeAlone } from './platform/sole-use.ts';

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** The database that was given, or an embedded one that belongs to this process: it is stopped with it. */
async function openDatabase({ databaseUrl, dataDir }: Settings): Promise<{ url: string; stop: () => Promise<void> }> {
  if (databaseUrl !== null) return { url: databaseUrl, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres({ dataDir: `${dataDir}/postgres` });
  say(
    `PostgreSQL ${embedded.adopted ? 'was still running' : 'is running'} on port ${embedded.port}, its data in ${dataDir}`,
  );
  if (!(await takeAlone(embedded.url)))
    throw new Error(`another npm start serves ${dataDir}: stop that one, or set LIANRONG_DATA to a folder of its own`);
  return embedded;
}

const settings = readSettings(process.env);
const opening = openDatabase(settings);
let service: Service | undefined;
let stopping = false;

closeWithGrace({ delay: 15_000, logger: false }, async ({ err }) => {
  stopping = true;
  if (err) process.stderr.write(`${err.stack}\n`);
  say('stopping');
  await service?.stop();
  const database = await opening.catch(() => undefined);
  await database?.stop();
  say('stopped');
});

function listen({ app }: Service): Promise<string> {
  const { host, port } = settings;
  return app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE'
      ? new Error(`${host}:${port} is taken: stop what listens there, or set PORT`)
      : error;
  });
}

async function serve(): Promise<void> {
  const { url } = await opening;
  const applied = await migrate(url);
  if (applied.length > 0) say(`${applied.length} migrations applied`);
  await installJobs(url);
  service = await createService({ databaseUrl: url, settings, clock: systemClock, jobs: true });
  const address = await listen(service);
  if (settings.demo && (await isEmpty(service.database))) await loadDemo({ address, service, settings, say });
  say();
  tellCredentials(settings, say);
  say(`API            ${address}/v1`);
  say(`API reference  ${address}/docs`);
  say(`OpenAPI        ${address}/openapi.json`);
  say(`Health         ${address}/health/ready`);
}

await serve().catch((error) => {
  // What begins while the service stops fails, such as the rest of the demo. A second error would end this process
  // at once and leave the database running.
  if (!stopping) throw error;
});
