/** Pages without headers of their own, or with a strict policy: no bundler, and what bundlers make of the application. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { browsers } from '../lib/browsers.js';
import { checkRead } from '../lib/expected.js';
import { run } from '../lib/process.js';
import { tools } from '../lib/project.js';
import { STRICT, startSite } from '../lib/site.js';

const html = (/** @type {string} */ script, before = '') =>
  `<!doctype html><title>notes</title>${before}<script type="module" src="${script}"></script>`;
const importMap = '<script type="importmap">{ "imports": { "tidemark": "/node_modules/tidemark/js-bindings/index.js" } }</script>';

/** What the page's storage has to be: on the page, in a worker. */
const storages = {
  Chromium: ['indexeddb', 'opfs'], 'Chromium, oldest': ['indexeddb', 'opfs'], Firefox: ['indexeddb', 'opfs'], WebKitGTK: ['indexeddb', 'indexeddb'],
};

/**
 * Opens the page and checks what it reports.
 * @param {keyof typeof storages} name of the browser
 * @param {string} profile
 * @param {Awaited<ReturnType<typeof startSite>>} site
 */
async function visit(name, profile, site) {
  const [onPage, inWorker] = storages[name];
  const browser = await browsers[name].open(profile, `${site.url}`);
  try {
    const { write, ...first } = await site.report();
    assert.deepEqual({ write, ...first }, { write: { false: onPage, true: inWorker }, violations: [] });
    const { read, ...second } = await site.report();
    assert.deepEqual(second, { violations: [] });
    checkRead(read.false, onPage);
    checkRead(read.true, inWorker);
  } finally {
    await browser.kill();
  }
  return `${onPage}, worker: ${inWorker}`;
}

/**
 * @param {keyof typeof storages} name of the browser
 * @param {string} what
 * @param {string} page
 * @param {string} [policy]
 */
const plain = (name, what, page, policy) => ({
  name: `${name}${what}`,
  version: async () => browsers[name].version(),
  here: browsers[name].here,
  async run(/** @type {string} */ folder) {
    const site = await startSite(folder, { policy, pages: { '/': page } });
    try {
      return await visit(name, join(folder, `profile-${name}${what}`.replaceAll(/\W+/g, '-')), site);
    } finally {
      await site.close();
    }
  },
});

/**
 * What a bundler makes, in Chromium under the strict policy.
 * @param {string} name
 * @param {(folder: string) => Promise<string>} build gives the folder that is served
 */
const bundled = (name, build) => ({
  name,
  version: async () => {
    const { default: { version } } = await import(join(tools, name.toLowerCase().split(' ')[0], 'package.json'), { with: { type: 'json' } });
    return version;
  },
  here: browsers.Chromium.here,
  async run(/** @type {string} */ folder) {
    const project = join(folder, '..', `built by ${name}`.replaceAll(' ', '-'));
    mkdirSync(project);
    for (const part of ['node_modules', 'package.json', 'notes.js', 'page.js', 'page-package.js']) {
      cpSync(join(folder, part), join(project, part), { recursive: true });
    }
    const site = await startSite(await build(project), { policy: STRICT });
    try {
      return await visit('Chromium', join(project, 'profile'), { ...site, url: `${site.url}/index.html?` });
    } finally {
      await site.close();
    }
  },
});

/** @param {{ stdout: string, stderr: string }} output of a bundler, which must have nothing to complain about */
function checkQuiet({ stdout, stderr }) {
  assert.doesNotMatch(stdout + stderr, /warning|externalized|error/i);
}

export const pages = [
  plain('Chromium', '', html('/page-path.js'), STRICT),
  plain('Chromium', ', import map', html('/page-package.js', importMap)),
  plain('Chromium, oldest', '', html('/page-path.js'), STRICT),
  plain('Firefox', '', html('/page-path.js'), STRICT),
  plain('WebKitGTK', '', html('/page-path.js'), STRICT),
  bundled('esbuild', async (folder) => {
    const out = join(folder, 'dist');
    checkQuiet(await run(join(tools, '.bin/esbuild'), ['page-package.js', 'worker-entry=tidemark/worker-entry', '--bundle', '--format=esm',
      '--splitting', '--log-level=warning', `--outdir=${out}`], { cwd: folder }));
    cpSync(join(folder, 'node_modules/tidemark/js-bindings/tidemark.wasm'), join(out, 'tidemark.wasm'));
    writeFileSync(join(out, 'index.html'), html('/page-package.js'));
    return out;
  }),
  bundled('webpack', async (folder) => {
    const { stdout } = await run(process.execPath, [join(tools, 'webpack-cli/bin/cli.js'), './page-package.js', '--mode', 'production'],
      { cwd: folder });
    // It finds the engine large.
    const warnings = [...stdout.matchAll(/^(?:WARNING|ERROR) in .*\n.*/gm)].map(([text]) => text);
    for (const warning of warnings) assert.match(warning, /asset size limit/);
    writeFileSync(join(folder, 'dist/index.html'), html('/main.js'));
    return join(folder, 'dist');
  }),
  bundled('Vite build', async (folder) => {
    writeFileSync(join(folder, 'index.html'), html('/page-package.js'));
    checkQuiet(await run(process.execPath, [join(tools, 'vite/bin/vite.js'), 'build'], { cwd: folder }));
    return join(folder, 'dist');
  }),
];
