import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Settings = Readonly<{
  host: string;
  port: number;
  /** Null starts the embedded PostgreSQL. */
  databaseUrl: string | null;
  dataDir: string;
  /** 64 hexadecimal digits: seals signing keys, derives client and webhook secrets. */
  masterKey: string;
  /** Public address of the service: issuer and audience of its tokens. */
  publicUrl: string;
  logLevel: string;
  writers: number;
  readers: number;
  requestsPerMinute: number;
  bankDelayMs: number;
  registerDelayMs: number;
  exchangeDelayMs: number;
  /** When the simulated bill exchange takes messages: minutes of the day in Shanghai. */
  exchangeHours: Readonly<{ from: number; to: number }>;
  /** When days that are over are closed, as five fields of cron in Shanghai; null: by request only. */
  closeDayCron: string | null;
  webhooksToLocalhost: boolean;
  demo: boolean;
}>;

const PROJECT = fileURLToPath(new URL('../../', import.meta.url)).replace(/dist[/\\]$/, '');

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is not what it should be: the message names it and says what would be accepted. */
function fail(name: string, accepted: string): never {
  throw new Error(`${name} is not ${accepted}`);
}

function whole(env: Environment, name: string, otherwise: number, low: number, high: number): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) fail(name, `a whole number from ${low} to ${high}`);
  return value;
}

function yesOrNo(env: Environment, name: string, otherwise: boolean): boolean {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  if (text !== 'yes' && text !== 'no') fail(name, '"yes" or "no"');
  return text === 'yes';
}

/** "09:00-17:00": from, and up to but not including. */
function hours(env: Environment, name: string, otherwise: string): Settings['exchangeHours'] {
  const text = env[name] || otherwise;
  const [, h1, m1, h2, m2] = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const [from, to] = [Number(h1) * 60 + Number(m1), Number(h2) * 60 + Number(m2)];
  if (!(from < 1440 && to <= 1440 && from !== to)) fail(name, 'two times of day such as "09:00-17:00"');
  return { from, to };
}

/** Where the embedded database, its key and the demo's credentials lie. */
export const dataFolder = (env: Environment): string => env.LIANRONG_DATA || join(PROJECT, '.data');

function cron(env: Environment, name: string): string | null {
  const text = env[name] || null;
  if (text !== null && !/^[-\d*,/]+( [-\d*,/]+){4}$/.test(text))
    fail(name, 'five fields of cron, such as "30 0 * * *"');
  return text;
}

/** A given database needs a given key; the embedded one keeps its own beside its data. */
function masterKey(env: Environment, dataDir: string): string {
  const given = env.LIANRONG_MASTER_KEY;
  if (given) return /^[0-9a-f]{64}$/i.test(given) ? given : fail('LIANRONG_MASTER_KEY', '64 hexadecimal digits');
  if (env.DATABASE_URL)
    fail('LIANRONG_MASTER_KEY', 'set: with DATABASE_URL it must be 64 hexadecimal digits of your own');
  const file = join(dataDir, 'master-key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

/** Reads and validates the settings of the service. Throws an error that names the setting and what would be accepted. */
export function readSettings(env: Environment): Settings {
  const dataDir = dataFolder(env);
  const databaseUrl = env.DATABASE_URL || null;
  if (databaseUrl !== null && !/^postgres(ql)?:\/\//.test(databaseUrl)) fail('DATABASE_URL', 'a postgres:// url');
  const host = env.HOST || '127.0.0.1';
  const port = whole(env, 'PORT', 3000, 0, 65_535);
  // Beside an embedded database somebody reads the terminal: a line for each request would bury what the demo tells.
  const logLevel = env.LOG_LEVEL || (databaseUrl === null ? 'warn' : 'info');
  if (!/^(trace|debug|info|warn|error|fatal|silent)$/.test(logLevel))
    fail('LOG_LEVEL', 'a level of pino, such as info');
  return {
    host,
    port,
    databaseUrl,
    dataDir,
    masterKey: masterKey(env, dataDir),
    publicUrl: env.PUBLIC_URL || `http://${host}:${port}`,
    logLevel,
    writers: whole(env, 'DATABASE_WRITERS', 4, 1, 64),
    readers: whole(env, 'DATABASE_READERS', 8, 1, 256),
    requestsPerMinute: whole(env, 'REQUESTS_PER_MINUTE', 6_000, 1, 100_000_000),
    bankDelayMs: whole(env, 'SIMULATED_BANK_DELAY_MS', 200, 0, 86_400_000),
    registerDelayMs: whole(env, 'SIMULATED_REGISTER_DELAY_MS', 200, 0, 86_400_000),
    exchangeDelayMs: whole(env, 'SIMULATED_EXCHANGE_DELAY_MS', 200, 0, 86_400_000),
    exchangeHours: hours(env, 'SIMULATED_EXCHANGE_HOURS', '00:00-24:00'),
    closeDayCron: cron(env, 'CLOSE_DAY_CRON'),
    webhooksToLocalhost: yesOrNo(env, 'WEBHOOKS_TO_LOCALHOST', databaseUrl === null),
    demo: yesOrNo(env, 'DEMO', true),
  };
}
