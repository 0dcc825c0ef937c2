/** The browser's storages owe what `tidemark/storage-tests` asks of any; files in Chromium with room that really runs out. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { browsers, launch } from './lib/browsers.js';
import { startSite } from './lib/site.js';

/** Runs the cases in a worker, whose page changes the room for it: which there are, and what fails. */
const trial = (page, file, storage, limited) => page.evaluate(async ([from, name, limit]) => {
  const base = `${location.href}tidemark`;
  const source = `
    import { ${name} as Storage } from '${base}/storage/${from}';
    import { storageTests } from '${base}/storage-tests/index.js';
    let changed;
    onmessage = () => changed();
    const setFull = (full) => new Promise((resolve) => { changed = resolve; postMessage({ full }); });
    const cases = storageTests({ create: () => new Storage({ patience: 300 }), ...(${limit} && { setFull }) });
    const failed = [];
    for (const { name, run } of cases) await run().catch((error) => failed.push(name + ': ' + error.message));
    postMessage({ result: { cases: cases.map(({ name }) => name), failed } });`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = async ({ data }) => {
      if (data.result !== undefined) resolve(data.result);
      else worker.postMessage(await globalThis.setFull(data.full));
    };
  }).finally(() => worker.terminate());
}, [file, storage, limited]);

for (const name of browsers) {
  describe(`storages in ${name}`, () => {
    let site, browser, page;
    const limited = name === 'Chromium';

    before(async () => {
      site = await startSite();
      browser = await launch(name);
      page = await browser.context.newPage();
      await page.goto(site.url);
      if (!limited) return;
      const control = await browser.context.newCDPSession(page);
      await page.exposeFunction('setFull', async (full) => {
        await control.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, ...(full && { quotaSize: 1 }) });
      });
    });

    after(async () => {
      await browser?.close();
      await site?.close();
    });

    // For half a minute IndexedDB in Chromium goes by the room that it saw: quota.test.js waits until it is gone.
    for (const [file, storage, full] of [['indexeddb.js', 'IndexedDbStorage', false], ['opfs.js', 'OpfsStorage', limited]]) {
      it(`${storage} passes`, async () => {
        const { cases, failed } = await trial(page, file, storage, full);
        assert.deepEqual(failed, []);
        assert.equal(cases.some((one) => one.startsWith('without room')), full);
      });
    }
  });
}
