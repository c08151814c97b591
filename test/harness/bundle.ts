import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** A module goes on knowing where it stands in the tree: the service finds its migrations and the tests their files so. */
const placed: Plugin = {
  name: 'placed',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { loader: 'ts', contents: source.replaceAll('import.meta.url', url) };
    });
  },
};

/**
 * Compiles test files with all of the service that they use, once for all of them, because a process that has to
 * compile some hundred modules for itself needs seconds before its first test. Packages stay outside.
 */
export async function bundle(root: string, files: readonly string[], outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outbase: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [placed],
  });
}
