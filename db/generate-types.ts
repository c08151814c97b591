import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { migrate } from '../src/platform/migrate.ts';
import { startThrowawayServer } from '../test/harness/server.ts';

/** Writes db/types.ts from the migrations; with --check it writes nothing and ends with 1 when the two differ. */
const types = fileURLToPath(new URL('types.ts', import.meta.url));
const typeMapping = { date: 'string', int8: 'string', numeric: 'string', timestamptz: 'string' };
const server = await startThrowawayServer();
try {
  await migrate(server.url);
  const codegen = spawnSync(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('kysely-codegen/dist/cli/bin.js'),
      '--dialect=postgres',
      '--url=env(LIANRONG_TYPES_SOURCE)',
      '--date-parser=string',
      '--numeric-parser=string',
      `--type-mapping=${JSON.stringify(typeMapping)}`,
      '--exclude-pattern=schema_migration',
      `--out-file=${types}`,
      ...(process.argv.includes('--check') ? ['--verify'] : []),
    ],
    { env: { ...process.env, LIANRONG_TYPES_SOURCE: server.url }, stdio: 'inherit' },
  );
  process.exitCode = codegen.status ?? 1;
} finally {
  await server.stop();
}
