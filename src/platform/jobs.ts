import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { type SerialWorker, serialWorker } from './serial-worker.ts';

/** Background work by name. A worker finds what is due in its own tables, so it may run at any time and anywhere. */
export type Workers = Readonly<Record<string, () => Promise<void>>>;

export type JobSettings = Readonly<{
  /** The url of the owner; the connections take the role that row-level security binds, as all of the service do. */
  url: string;
  workers: Workers;
  /**
   * Workers that run at a time of day in Shanghai, as five fields of cron, such as "30 23 * * *"; null disables. All
   * others run with every beat.
   */
  crons: Readonly<Record<string, string | null>>;
  /** Seconds between two runs of a worker that nothing wakes. */
  beatSeconds: number;
  onError: (worker: string, error: unknown) => void;
}>;

export type Jobs = Readonly<{
  /** Runs these workers soon, in this process. Called after a commit that left them work. */
  wake: (names: Iterable<string>) => void;
  /** Lets what runs come to its end; nothing starts any more. */
  stop: () => Promise<void>;
}>;

const HOUR_S = 3_600;
/** Jobs that are done with are deleted this often. */
const CLEANING_S = 300;

/**
 * A beat: at most one is waiting in the queue, however many processes there are. It is not retried: the next one is
 * already waiting. What failed stays to be looked at for an hour.
 */
const beatQueue = { policy: 'short', retryLimit: 0, expireInSeconds: HOUR_S, deleteAfterSeconds: HOUR_S } as const;
/** A run at a time of day: once, again after a failure, and after a crash as soon as it is missed. */
const cronQueue = {
  policy: 'exclusive',
  retryLimit: 5,
  retryDelay: 60,
  retryBackoff: true,
  heartbeatSeconds: 60,
  expireInSeconds: 12 * HOUR_S,
} as const;

/**
 * Installs the queue's own schema, pgboss, or brings it to the present version, and lets the service use it. Called
 * with the owner's url, after `migrate`: only the owner creates tables. The schema lies outside row-level security:
 * jobs name a worker and hold no organization's facts.
 */
export async function installJobs(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: ownerUrl, max: 1, supervise: false, schedule: false });
  await boss.start();
  await boss.stop({ graceful: false });
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`grant usage on schema pgboss to lianrong_app;
      grant select, insert, update, delete on all tables in schema pgboss to lianrong_app;
      grant usage on all sequences in schema pgboss to lianrong_app`);
  } finally {
    await client.end();
  }
}

/**
 * Starts the background work. A wake runs a worker in this process at once and is forgotten in a crash; the kept job
 * queue is what is certain: every worker has a job waiting in PostgreSQL that runs it again within the beat, in
 * whichever process is alive.
 */
export async function startJobs(settings: JobSettings): Promise<Jobs> {
  const { url, workers, crons, beatSeconds, onError } = settings;
  const serial = new Map<string, SerialWorker>(
    Object.entries(workers).map(([name, work]) => [name, serialWorker(work)]),
  );
  const boss = new PgBoss({
    connectionString: url,
    options: '-c role=lianrong_app',
    application_name: 'lianrong jobs',
    max: 2,
    migrate: false,
    createSchema: false,
    reindex: false,
    maintenanceIntervalSeconds: CLEANING_S,
  });
  boss.on('error', (error) => onError('pg-boss', error));
  await boss.start();

  async function runNow(name: string): Promise<void> {
    try {
      await serial.get(name)?.run();
    } catch (error) {
      onError(name, error);
      throw error;
    }
  }

  async function beat(name: string): Promise<void> {
    await boss.send(name, null, { startAfter: beatSeconds });
    await runNow(name);
  }

  for (const name of serial.keys()) {
    const cron = crons[name];
    const isBeat = cron === undefined;
    const { policy, ...options } = isBeat ? beatQueue : cronQueue;
    await boss.createQueue(name, { policy, ...options });
    await boss.updateQueue(name, options);
    if (isBeat) await boss.send(name);
    else if (cron === null) await boss.unschedule(name);
    else await boss.schedule(name, cron, null, { tz: 'Asia/Shanghai', missed: 'once' });
    await boss.work(name, { pollingIntervalSeconds: Math.max(0.5, beatSeconds / 2) }, () =>
      isBeat ? beat(name) : runNow(name),
    );
  }

  return {
    wake: (names) => {
      for (const name of names) {
        if (serial.has(name)) runNow(name).catch(() => undefined);
        else onError(name, new Error(`there is no worker named ${name}`));
      }
    },
    stop: async () => {
      await Promise.all([...serial.values()].map((worker) => worker.stop()));
      await boss.stop({ graceful: true, timeout: 10_000 });
    },
  };
}
