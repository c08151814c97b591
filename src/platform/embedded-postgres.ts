import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, runnableBinaries, serverEnvironment } from './postgres-binaries.ts';
import {
  type Cluster,
  createCluster,
  giveTo,
  holdsCluster,
  ownerName,
  passwordOf,
  pathWithin,
} from './postgres-cluster.ts';

/** A PostgreSQL server of this project's own on 127.0.0.1. */
export type EmbeddedPostgres = Readonly<{
  /** Connects as the owner of everything; holds the password. */
  url: string;
  port: number;
  /** It was found running: whoever started it ended without stopping it. */
  adopted: boolean;
  /** Ends the server after writing everything down; harmless when it has ended already. */
  stop(): Promise<void>;
}>;

type Settings = Readonly<{
  /** Made when missing. The password and the server's log lie beside it, as `<dataDir>.password` and `<dataDir>.log`. */
  dataDir: string;
  onLog?: (line: string) => void;
  /** False gives up safety against a crash for speed: for tests only. */
  durable?: boolean;
}>;

type Postmaster = Readonly<{ pid: number; port: number; status: string }>;

/** For so long a postmaster killed a moment ago may still hold its lock or its shared memory. */
const patienceMs = 2_000;
/** Backends get so long to end their work at a stop, then the server ends without a checkpoint and recovers later. */
const fastStopMs = 30_000;

/**
 * Starts the bundled PostgreSQL on a data folder, or adopts the server left running on it. Rows committed before a
 * crash are there again. Throws with the server's last words when it does not start, and names DATABASE_URL as the way
 * out when nothing is bundled for this machine.
 */
export async function startEmbeddedPostgres({
  dataDir: folder,
  onLog,
  durable = true,
}: Settings): Promise<EmbeddedPostgres> {
  const dataDir = resolve(folder);
  mkdirSync(dirname(dataDir), { recursive: true });
  const account = accountFor(dataDir);
  const cluster = { dataDir, binaries: runnableBinaries(account), account, durable };
  if (!holdsCluster(dataDir)) {
    onLog?.(`creating a database in ${dataDir}`);
    await createCluster(cluster);
  }
  const { port, adopted } = await start(cluster);
  onLog?.(`PostgreSQL ${adopted ? 'found running' : 'started'} on 127.0.0.1:${port}`);
  const url = `postgres://${ownerName}:${passwordOf(dataDir)}@127.0.0.1:${port}/postgres`;
  return { url, port, adopted, stop: () => stop(dataDir) };
}

/** PostgreSQL refuses to run as root: root hands over to the owner of the data folder, or to nobody (65534). */
function accountFor(dataDir: string): Account {
  const self = process.getuid?.();
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (self === 0) return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : { uid: 65534, gid: 65534 };
  if (owner && owner.uid !== self) {
    throw new Error(`${dataDir} belongs to the user with id ${owner.uid}: start as that user or as root.`);
  }
  return undefined;
}

async function start(cluster: Cluster): Promise<{ port: number; adopted: boolean }> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const running = await settled(cluster.dataDir);
    try {
      if (running === undefined) return { port: await launch(cluster), adopted: false };
      if (await answers(running.port)) return { port: running.port, adopted: true };
      throw new Error(`PostgreSQL runs as process ${running.pid} on ${cluster.dataDir} but does not answer`);
    } catch (error) {
      if (Date.now() > deadline && !dropStaleLock(cluster.dataDir)) throw error;
      await pause(100);
    }
  }
}

/**
 * A server killed a moment ago may still be listed, and its port still open: only one that lives answers the question
 * whether it speaks TLS.
 */
function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from('0000000804d2162f', 'hex')));
  return new Promise<boolean>((done) => {
    socket.once('data', () => done(true));
    for (const event of ['error', 'close', 'timeout']) socket.once(event, () => done(false));
    socket.setTimeout(patienceMs);
  }).finally(() => socket.destroy());
}

/** Starts the server apart from this process and waits until it takes connections, however long recovery takes. */
async function launch({ dataDir, binaries, account, durable }: Cluster): Promise<number> {
  const port = await freePort();
  const log = openSync(`${dataDir}.log`, 'a', 0o600);
  giveTo(account, `${dataDir}.log`);
  const before = fstatSync(log).size;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    fsync: durable,
    synchronous_commit: durable,
    full_page_writes: durable,
  };
  const server = spawn(
    join(binaries, 'bin', 'postgres'),
    [
      '-D',
      pathWithin(dataDir, account),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...account, cwd: dataDir, env: serverEnvironment, stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  let ended = false;
  let fault: string | undefined;
  server.once('exit', () => {
    ended = true;
  });
  server.once('error', ({ message }) => {
    ended = true;
    fault = message;
  });
  server.unref();
  while (!ended) {
    const running = postmasterOf(dataDir);
    if (running?.pid === server.pid && running?.status === 'ready') return port;
    await pause(10);
  }
  fault ??= readFileSync(`${dataDir}.log`).subarray(before).toString().trim();
  throw new Error(`PostgreSQL did not start on ${dataDir}: ${fault}`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once('error', fail).listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port is free on 127.0.0.1');
  return address.port;
}

/** The running server once it is neither starting nor stopping; undefined when none runs. */
async function settled(dataDir: string): Promise<Postmaster | undefined> {
  for (;;) {
    const running = postmasterOf(dataDir);
    if (running === undefined || running.status === 'ready') return running;
    await pause(20);
  }
}

/** The server that holds the lock file of this folder, if it is alive. */
function postmasterOf(dataDir: string): Postmaster | undefined {
  const lock = readIfThere(lockFile(dataDir));
  if (lock === undefined) return undefined;
  const lines = lock.split('\n');
  const postmaster = { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
  return postmaster.pid > 0 && isAlive(postmaster) ? postmaster : undefined;
}

/** A server that ends takes its files away at any moment: asking first whether one is there would prove nothing. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

const lockFile = (dataDir: string) => join(dataDir, 'postmaster.pid');

/** A process number alone proves little: the process may be a zombie, or another one that got the number since. */
function isAlive({ pid, port }: Postmaster): boolean {
  return commandOf(pid).includes(`port=${port}`);
}

/** The words a process was started with; none when it has ended. A bare Linux image has no `ps`. */
function commandOf(pid: number): string[] {
  if (process.platform === 'linux') {
    return readIfThere(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
  }
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', `${pid}`], { encoding: 'utf8' });
  return stdout.trim().split(' ');
}

/** Takes away a lock whose process is no server of ours; true when it did. PostgreSQL guards its memory besides. */
function dropStaleLock(dataDir: string): boolean {
  if (!existsSync(lockFile(dataDir)) || postmasterOf(dataDir)) return false;
  rmSync(lockFile(dataDir), { force: true });
  return true;
}

async function stop(dataDir: string): Promise<void> {
  const deadline = Date.now() + fastStopMs;
  for (let sent: NodeJS.Signals | undefined; ; await pause(10)) {
    const running = postmasterOf(dataDir);
    if (running === undefined) return;
    const signal = Date.now() > deadline ? 'SIGQUIT' : 'SIGINT';
    if (signal !== sent) send(signal, running.pid);
    sent = signal;
  }
}

/** It may end of itself just before. */
function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
