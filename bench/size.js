/** How much a browser downloads: the engine, and the package's JavaScript bundled for a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { report } from './report.js';

const require = createRequire(import.meta.url);
const kilobytes = (bytes) => Math.round(bytes / 1000);

async function bundle(entry) {
  const result = await build({
    entryPoints: [entry], bundle: true, minify: true, format: 'esm', write: false, platform: 'browser',
    external: ['node:*'], logLevel: 'silent', loader: { '.wasm': 'file' }, outdir: 'out',
  });
  return result.outputFiles.find((file) => file.path.endsWith('.js')).contents;
}

function row(what, content) {
  return {
    what,
    'raw kB': kilobytes(content.length),
    'gzip kB': kilobytes(gzipSync(content, { level: 9 }).length),
    'brotli kB': kilobytes(brotliCompressSync(content).length),
  };
}

const peer = dirname(require.resolve('@sqlite.org/sqlite-wasm/package.json'));
const peerFile = (name) => ['dist', 'sqlite-wasm/jswasm', 'bin'].map((folder) => join(peer, folder, name));
const readFirst = (paths) => {
  for (const path of paths) {
    try {
      return readFileSync(path);
    } catch {
      // the next folder: releases differ in where they keep it
    }
  }
  throw new Error(`none of ${paths.join(', ')}`);
};

report('size', 'Download', [
  row('tidemark.wasm', readFileSync('js-bindings/tidemark.wasm')),
  row('tidemark, bundled JavaScript', await bundle('js-bindings/index.js')),
  row('sqlite-wasm: sqlite3.wasm', readFirst(peerFile('sqlite3.wasm'))),
]);
