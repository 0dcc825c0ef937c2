/** Who had a database in IndexedDB and does not know that it was taken from it: nothing that it writes arrives. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { browsers, launch } from './lib/browsers.js';
import { startSite } from './lib/site.js';

/** Opens the storage alone, which does not hear of the loss of its lock; resolves to what it found. */
const open = (page, path) => page.evaluate(async (name) => {
  const { IndexedDbStorage } = await import('/tidemark/storage/indexeddb.js');
  globalThis.storage = new IndexedDbStorage();
  await globalThis.storage.open(name);
  const bytes = globalThis.storage.size === 0 ? [] : await globalThis.storage.read(0, 4096);
  return bytes[0] ?? null;
}, path);

/** Writes a page of this byte; resolves to a code if it was refused. */
const write = (page, byte) => page.evaluate(async (value) => {
  const pages = new Map([[0, new Uint8Array(4096).fill(value)]]);
  return globalThis.storage.persist({ pageSize: 4096, pageCount: 1, pages }).then(() => 'done', ({ code }) => code);
}, byte);

const steal = (page, path) => page.evaluate((name) => new Promise((resolve) => {
  navigator.locks.request(`tidemark:${name}`, { steal: true }, () => { resolve(undefined); return new Promise(() => {}); });
}), path);

for (const name of browsers) {
  describe(`a database in IndexedDB that changes hands in ${name}`, () => {
    let site, browser;
    const pages = [];

    before(async () => {
      site = await startSite();
      browser = await launch(name, { separateTabs: true });
    });

    after(async () => {
      await browser?.close();
      await site?.close();
    });

    async function tabs() {
      await Promise.all(pages.splice(0).map((page) => page.close()));
      for (let n = 0; n < 3; n++) {
        pages.push(await browser.context.newPage());
        await pages[n].goto(site.url);
      }
      return pages;
    }

    it('keeps out who it was stolen from, also where the thief died at once', { timeout: 60_000 }, async () => {
      const [holder, thief, heir] = await tabs();
      assert.equal(await open(holder, 'thief'), null);
      assert.equal(await write(holder, 1), 'done');
      await steal(thief, 'thief');
      await thief.close();
      assert.equal(await open(heir, 'thief'), 1);
      assert.equal(await write(holder, 2), '55P03');
      assert.equal(await write(heir, 3), 'done');
      assert.equal(await write(holder, 4), '55P03');
      await heir.evaluate(() => globalThis.storage.close());
      assert.equal(await open(heir, 'thief'), 3);
    });
  });
}
