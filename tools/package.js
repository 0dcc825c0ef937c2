/**
 * Makes the package that is published: the same files by the same names, but with the JavaScript behind the exports joined,
 * so that a page without a bundler waits for two files and not for sixty.
 *
 * Usage: node tools/package.js folder
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

import { build } from 'esbuild';

const SOURCE = 'js-bindings';

/** What pages and their workers of all kinds load, for whom the number of files counts. */
const LOADED = ['index.js', 'worker.js', 'worker-entry.js', 'service-worker.js'];

/** What those have in common. */
const SHARED = ['common.js', 'worker.js'];

/** What is given away as it is. */
const COPIED = ['LICENSE', 'LICENSE-third-party', 'README.md', 'CHANGELOG.md', `${SOURCE}/edge.js`, `${SOURCE}/import-by-name.js`, `${SOURCE}/tidemark.wasm`];

const [, , folder] = process.argv;
const about = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * The files that the exports name.
 * @param {any} exported
 * @returns {string[]}
 */
function filesOf(exported) {
  return typeof exported === 'string' ? [exported] : Object.values(exported).flatMap(filesOf);
}

/**
 * For each set of entries that share something esbuild makes a file of that. So every entry refers to all of what is shared,
 * used or not: then it is one set, and one file.
 */
const together = {
  name: 'together',
  /** @param {import('esbuild').PluginBuild} build */
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^/ }, ({ kind, path }) => (kind === 'entry-point' ? { path, namespace: 'entry' } : undefined));
    onLoad({ filter: /^/, namespace: 'entry' }, ({ path }) => {
      const own = `./${relative(SOURCE, path)}`;
      const others = SHARED.map((name) => `./${name}`).filter((name) => name !== own);
      return { resolveDir: SOURCE, contents: [`export * from '${own}';`, ...others.map((name) => `import '${name}';`)].join('\n') };
    });
  },
};

const entries = [...new Set(filesOf(about.exports))].filter((path) => path.endsWith('.js') && !COPIED.includes(normalize(path)));

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries.map((path) => ({ in: path, out: path.slice(0, -'.js'.length) })),
  outdir: folder,
  chunkNames: `${SOURCE}/tidemark-[hash]`,
  plugins: [together],
  logOverride: { 'ignored-bare-import': 'silent' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  packages: 'external',
  external: ['*.wasm', './import-by-name.js'],
  minify: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
});

for (const name of LOADED) {
  const { imports } = metafile.outputs[relative('.', join(folder, SOURCE, name))];
  assert.equal(imports.length, 1, `${name} loads ${imports.map(({ path }) => path)}`);
}

const declarations = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.d.ts'));
for (const path of [...COPIED, ...declarations.map((path) => join(SOURCE, path))]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(path, join(folder, path));
}
const { private: _private, scripts: _scripts, devDependencies: _devDependencies, ...published } = about;
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
