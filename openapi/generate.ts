import { fileURLToPath } from 'node:url';
import { createService } from '../src/app.ts';
import { systemClock } from '../src/platform/clock.ts';
import { writeOpenapi } from '../src/platform/http/openapi.ts';
import { migrate } from '../src/platform/migrate.ts';
import { readSettings } from '../src/platform/settings.ts';
import { startThrowawayServer } from '../test/harness/server.ts';

/** Writes openapi/openapi.json from the routes; with --check it writes nothing and ends with 1 when the two differ. */
const file = fileURLToPath(new URL('openapi.json', import.meta.url));
const check = process.argv.includes('--check');
const server = await startThrowawayServer();
try {
  await migrate(server.url);
  const settings = { ...readSettings({ LIANRONG_MASTER_KEY: '0'.repeat(64) }), logLevel: 'silent' };
  const service = await createService({ databaseUrl: server.url, settings, clock: systemClock, jobs: false });
  const current = await writeOpenapi(service.app, file, { check });
  await service.stop();
  console.log(
    current
      ? 'openapi/openapi.json is current'
      : `openapi/openapi.json ${check ? 'differs from the routes' : 'written'}`,
  );
  if (check && !current) process.exitCode = 1;
} finally {
  await server.stop();
}
