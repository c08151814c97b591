import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Account, serverEnvironment } from './postgres-binaries.ts';

/** Where the rows lie, what serves them, as whom, and whether they must survive a crash. */
export type Cluster = Readonly<{ dataDir: string; binaries: string; account: Account; durable: boolean }>;

export const ownerName = 'lianrong_owner';

/** Whether the folder has been filled by PostgreSQL. */
export const holdsCluster = (dataDir: string): boolean => existsSync(join(dataDir, 'PG_VERSION'));

/** Makes the cluster aside and moves it into place, so that an interruption leaves no half of one. */
export async function createCluster(cluster: Cluster): Promise<void> {
  const { dataDir, binaries, durable } = cluster;
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`${dataDir} is not empty and holds no database: name another folder.`);
  }
  makePassword(cluster);
  const fresh = mkdtempSync(`${dataDir}.new-`);
  giveTo(cluster.account, fresh);
  const password = openSync(passwordFile(dataDir), 'r');
  try {
    const options = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = [`--username=${ownerName}`, '--auth=scram-sha-256', '--pwfile=/dev/stdin'];
    const initdb = spawn(
      join(binaries, 'bin', 'initdb'),
      ['-D', pathWithin(fresh, cluster.account), ...options, ...access, ...(durable ? [] : ['--no-sync'])],
      { ...cluster.account, cwd: fresh, env: serverEnvironment, stdio: [password, 'pipe', 'pipe'] },
    );
    let words = '';
    for (const stream of [initdb.stdout, initdb.stderr])
      stream?.on('data', (chunk) => {
        words += chunk;
      });
    const code = await new Promise((done, fail) => initdb.once('error', fail).once('close', done));
    if (code !== 0) throw new Error(`initdb failed: ${words.trim()}`);
    renameSync(fresh, dataDir);
  } catch (error) {
    // Another process may have been quicker; its cluster has the same password.
    if (!holdsCluster(dataDir)) throw error;
  } finally {
    closeSync(password);
    rmSync(fresh, { recursive: true, force: true });
  }
}

const passwordFile = (dataDir: string) => `${dataDir}.password`;

/** The first of several processes decides: a hard link is made whole or not at all. */
function makePassword({ dataDir, account }: Cluster): void {
  const draft = `${passwordFile(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  giveTo(account, draft);
  try {
    linkSync(draft, passwordFile(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

/** The password of the owner, kept in a file beside the data folder that its owner alone may read. */
export function passwordOf(dataDir: string): string {
  try {
    return readFileSync(passwordFile(dataDir), 'utf8').trim();
  } catch (cause) {
    throw new Error(`The password of the database in ${dataDir} cannot be read: restore ${passwordFile(dataDir)}.`, {
      cause,
    });
  }
}

/** Makes the account the owner of a file or folder; nothing to do for the present user. */
export function giveTo(account: Account, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

/** An account other than ours may be unable to walk the path to a folder it owns; standing in it, it need not. */
export function pathWithin(cwd: string, account: Account): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : cwd;
}
