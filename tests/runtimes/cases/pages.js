/** Pages without headers of their own, or with a strict policy: no bundler, and what bundlers make of the application. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { browsers } from '../lib/browsers.js';
import { checkRead } from '../lib/expected.js';
import { freePort } from '../lib/free-port.js';
import { run, start } from '../lib/process.js';
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
 * The project with what a page needs of it.
 * @param {string} folder
 * @param {string} name of the copy
 */
function copyOf(folder, name) {
  const project = join(folder, '..', name.replaceAll(/\W+/g, '-'));
  mkdirSync(project);
  for (const part of ['node_modules', 'package.json', 'notes.js', 'page.js', 'page-package.js']) {
    cpSync(join(folder, part), join(project, part), { recursive: true });
  }
  return project;
}

/** @param {string} name of a package among the tools */
const versionOf = (name) => async () =>
  (await import(join(tools, name, 'package.json'), { with: { type: 'json' } })).default.version;

/**
 * What a bundler makes, in Chromium under the strict policy.
 * @param {string} name
 * @param {(folder: string) => Promise<string>} build gives the folder that is served
 */
const bundled = (name, build) => ({
  name,
  version: versionOf(name.toLowerCase().split(' ')[0]),
  here: browsers.Chromium.here,
  async run(/** @type {string} */ folder) {
    const project = copyOf(folder, `built by ${name}`);
    const site = await startSite(await build(project), { policy: STRICT });
    try {
      return await visit('Chromium', join(project, 'profile'), { ...site, url: `${site.url}/index.html?` });
    } finally {
      await site.close();
    }
  },
});

/**
 * What Vite's development server makes of it while it is loaded, with the modules in files of their own.
 * @param {keyof typeof storages} browser
 */
const developed = (browser) => ({
  name: `Vite server, ${browser}`,
  version: versionOf('vite'),
  here: browsers[browser].here,
  async run(/** @type {string} */ folder) {
    const project = copyOf(folder, `served to ${browser}`);
    const site = await startSite(project);
    const port = await freePort();
    writeFileSync(join(project, 'index.html'), html('/page-package.js'));
    writeFileSync(join(project, 'vite.config.js'), `export default { server: { proxy: { '/report': '${site.url}' } } };`);
    const server = start(process.execPath, [join(tools, 'vite/bin/vite.js'), '--host', '127.0.0.1', '--port', `${port}`, '--strictPort'],
      { cwd: project, env: { NO_COLOR: '1' } });
    try {
      for (const end = Date.now() + 60_000; !server.stdout.includes('ready in'); await sleep(50)) assert.ok(Date.now() < end, server.stderr);
      const storage = await visit(browser, join(project, 'profile'), { ...site, url: `http://127.0.0.1:${port}/` });
      checkQuiet(server);
      return storage;
    } finally {
      await server.kill();
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
  developed('Chromium'),
  developed('Firefox'),
];
