/** What can be killed: each starts a writer on what the one before it left, and passes on what it says. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { develop } from '../runtimes/cases/edge.js';
import { browsers } from '../runtimes/lib/browsers.js';
import { start } from '../runtimes/lib/process.js';
import { tools } from '../runtimes/lib/project.js';
import { startSite } from '../runtimes/lib/site.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = join(here, '../..');

/**
 * @typedef {object} Writer
 * @property {() => Promise<any>} first what it found
 * @property {() => number} acknowledged the last commit that is known of outside
 * @property {() => Promise<void>} kill
 */

/** @param {string} command @param {string[]} [given] */
const program = (command, given = []) => async (/** @type {string} */ folder, /** @type {string} */ durability) => {
  const child = start(command, [...given, join(here, 'program.js'), durability, join(folder, 'killed.db')], { env: { DENO_NO_UPDATE_CHECK: '1' } });
  const said = () => child.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  return {
    async first() {
      for (const end = Date.now() + 60_000; Date.now() < end; await sleep(5)) if (child.stdout.includes('\n')) return said()[0];
      throw new Error(`it says nothing: ${child.stderr}`);
    },
    acknowledged: () => said().at(-1).acknowledged,
    kill: () => child.kill(),
  };
};

/** @param {string} name @param {string} storage */
const page = (name, storage) => {
  /** @type {Promise<any> | null} one address for all rounds: the database belongs to it */
  let site = null;
  return async (/** @type {string} */ folder, /** @type {string} */ durability) => {
    site ??= startSite(repository, { pages: { '/': '<!doctype html><script type="module" src="/tests/kill/page.js"></script>' } });
    const { url, report, clear } = await site;
    clear();
    const browser = await browsers[name].open(join(folder, 'profile'), `${url}/?storage=${storage}&durability=${durability}`);
    let last = 0;
    let listening = true;
    return {
      async first() {
        let found = await report();
        // The one that was killed may have had an acknowledgement under way.
        while (found.acknowledged !== undefined) found = await report();
        void (async () => {
          while (listening) {
            const said = await report().catch(() => ({}));
            if (listening && said.acknowledged !== undefined) last = said.acknowledged;
          }
        })();
        return found;
      },
      acknowledged: () => last,
      async kill() {
        await browser.kill();
        listening = false;
      },
    };
  };
};

const object = async (/** @type {string} */ folder) => {
  const server = await develop(here, ['--persist-to', join(folder, 'state')]);
  let last = 0;
  return {
    async first() {
      const found = await server.get('/found');
      void (async () => {
        for (let id = found.last + 1; ; id++) last = (await server.get(`/commit?${id}`)).acknowledged;
      })().catch(() => {});
      return found;
    },
    acknowledged: () => last,
    kill: () => server.kill(),
  };
};

/** @type {Record<string, (folder: string, durability: string) => Promise<Writer>>} */
export const targets = {
  node: program(process.execPath),
  deno: program(join(tools, '@deno/linux-x64-glibc/deno'), ['run', '--allow-all']),
  bun: program(join(tools, '@oven/bun-linux-x64/bin/bun')),
  'chromium-opfs': page('Chromium', 'opfs'),
  'chromium-idb': page('Chromium', 'indexeddb'),
  'firefox-opfs': page('Firefox', 'opfs'),
  'firefox-idb': page('Firefox', 'indexeddb'),
  'webkit-idb': page('WebKitGTK', 'indexeddb'),
  'durable-object': object,
};

