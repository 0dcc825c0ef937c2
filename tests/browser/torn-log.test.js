/** Chromium's IndexedDB after a kill in the middle of a write: what was written before it, and after it, is there. */
import assert from 'node:assert/strict';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { startDemo } from '../../demo/server.js';
import { killable } from './lib/browsers.js';
import { open, query } from './lib/page.js';

/** The log that LevelDB writes for the one site of a profile. */
function logOf(profile) {
  const folder = join(profile, 'Default/IndexedDB');
  const store = join(folder, readdirSync(folder).find((name) => name.endsWith('.leveldb')));
  return join(store, readdirSync(store).filter((name) => name.endsWith('.log')).sort().at(-1));
}

describe('IndexedDB after Chromium was killed in the middle of a write', () => {
  let demo, browser;

  before(async () => {
    demo = await startDemo();
    browser = await killable(new URL('/notebook/manifest.webmanifest', demo.url).href);
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
  });

  /** The rows that are there once the browser is started again; then there are some more. */
  async function session(first, last) {
    const page = await browser.start();
    await open(page, { path: 'torn', storage: 'indexeddb' });
    await query(page, 'CREATE TABLE IF NOT EXISTS t (id integer PRIMARY KEY)');
    const found = (await query(page, 'SELECT id FROM t ORDER BY id')).map(({ id }) => id);
    for (let id = first; id <= last; id++) await query(page, 'INSERT INTO t VALUES ($1)', [id]);
    await browser.kill();
    return found;
  }

  it('keeps what was written before and after it', async () => {
    assert.deepEqual(await session(1, 5), []);
    // As if it had been killed while it wrote the last of them.
    const log = logOf(browser.profile);
    truncateSync(log, statSync(log).size - 500);
    assert.deepEqual(await session(6, 8), [1, 2, 3, 4]);
    assert.deepEqual(await session(9, 9), [1, 2, 3, 4, 6, 7, 8]);
    assert.deepEqual(await session(10, 10), [1, 2, 3, 4, 6, 7, 8, 9]);
  });
});
