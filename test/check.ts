import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs every check that needs no test, two at a time; prints a line for each, then what the failed ones said. */
const project = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const script = (file: string, ...rest: string[]): string[] => [process.execPath, '--import=tsx', file, ...rest];

/** The longest first, so that the two lanes end together. */
const steps: Readonly<Record<string, readonly string[]>> = {
  types: [bin('tsc'), '--noEmit'],
  'OpenAPI as committed': ['npm', 'run', 'openapi', '--', '--check'],
  'database types as committed': script('db/generate-types.ts', '--check'),
  'dependency directions': script('test/directions.ts'),
  'OpenAPI style': [bin('redocly'), 'lint', '--format=stylish'],
  'unused code': [bin('knip'), '--no-progress'],
  'format and lint': [bin('biome'), 'check', '--diagnostic-level=warn', '--error-on-warnings', '--max-diagnostics=50'],
};

const environment = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

type Outcome = Readonly<{ ok: boolean; said: string }>;

function run([command = '', ...rest]: readonly string[]): Promise<Outcome> {
  const child = spawn(command, rest, { cwd: project, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, said: error.message }));
    child.once('close', (status) => resolve({ ok: status === 0, said }));
  });
}

const failures: string[] = [];
const waiting = Object.entries(steps).values();
async function lane(): Promise<void> {
  for (const [name, command] of waiting) {
    const begun = performance.now();
    const { ok, said } = await run(command);
    console.log(
      `${ok ? 'ok    ' : 'not ok'} ${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${name}`,
    );
    if (!ok) failures.push(`\n${name}\n${said.trimEnd()}`);
  }
}
await Promise.all([lane(), lane()]);
for (const failure of failures) console.log(failure);
if (failures.length > 0) process.exitCode = 1;
