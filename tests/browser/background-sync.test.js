/** What was written offline is sent by the app's service worker when no page is open any more: in Chromium, which alone has that. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { eventually } from '../js/lib/eventually.js';
import { serviceWorkerOf, startBackgroundSite, workerScript } from './lib/background.js';
import { browsers, launch } from './lib/browsers.js';
import { close, query } from './lib/page.js';
import { startSite } from './lib/site.js';

const ownPackage = fileURLToPath(new URL('../../js-bindings', import.meta.url));
const TAG = 'tidemark:app.db';
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const NOTES = `CREATE REALTIME VIEW IF NOT EXISTS notes AS SELECT id, body FROM notes
  WITH (replication_origin = 'postgres:main', write_policy = 'local_first')`;

describe('Background Sync in Chromium', { timeout: 600_000 }, () => {
  let browser, site, worker;
  /** @type {import('playwright-core').Page[]} */
  const pages = [];

  before(async () => { browser = await launch('Chromium'); });
  after(async () => { await browser?.close(); });

  /** Every test has a site of its own, and so a service worker, a database and an origin. */
  async function begin(options) {
    site = await startBackgroundSite(options);
    await site.origin.execute('CREATE TABLE notes (id integer PRIMARY KEY, body text)');
    worker = await serviceWorkerOf(browser.context, site.url);
  }

  afterEach(async () => {
    await closePages();
    await worker?.close();
    await site?.close();
    site = worker = undefined;
  });

  async function closePages() {
    await Promise.all(pages.splice(0).map((page) => page.close()));
  }

  /** A tab of the app; its database is `globalThis.db`. */
  async function openTab({ version = 'tidemark', type = 'module', ...options } = {}) {
    const page = await browser.context.newPage();
    pages.push(page);
    await page.goto(site.url);
    await page.evaluate(async ([from, kind, given]) => {
      const { Tidemark, EdgeClient } = await import(`/${from}/index.js`);
      await navigator.serviceWorker.register('/service-worker.js', { type: kind });
      await navigator.serviceWorker.ready;
      globalThis.notices = [];
      globalThis.db = new Tidemark({
        path: 'app.db', backgroundSync: true, getUpstreamClient: () => new EdgeClient({ url: '/api/db' }),
        onNotice: ({ code }) => globalThis.notices.push(code), ...given,
      });
    }, [version, type, options]);
    return page;
  }

  async function openNotes(options) {
    const page = await openTab(options);
    await query(page, NOTES);
    return page;
  }

  const insert = (page, id, body) => query(page, 'INSERT INTO notes VALUES ($1, $2)', [id, body]);
  const stored = () => site.origin.rows('SELECT id, body FROM notes ORDER BY id');
  const ended = () => site.ended.map(({ how }) => how);
  const endsWith = (...hows) => eventually(() => assert.deepEqual(ended(), hows));
  const unsent = async (page) => (await query(page, `SELECT id FROM tidemark.queue WHERE state <> 'applied'`)).length;

  /** What the browser has been asked to wake the service worker for. */
  const wishes = (page) => page.evaluate(async () => (await navigator.serviceWorker.ready).sync.getTags());

  /** The browser is asked, and asks the service worker at once, which fails. */
  const wished = async (page) => {
    await eventually(async () => assert.deepEqual(await wishes(page), [TAG]));
    await eventually(() => assert.notEqual(site.ended.length, 0));
    assert.ok(ended().every((how) => how === '08006'), ended().join());
    site.ended.length = 0;
  };

  for (const [where, options] of [['on the page', {}], ['in a worker', { worker: true }]]) {
    it(`sends what was written offline when no page is open, ${where}`, async () => {
      await begin();
      const page = await openNotes(options);
      assert.equal(await page.evaluate(() => globalThis.db.storage), 'indexeddb');
      assert.deepEqual(await wishes(page), []);
      site.setAway(true);
      await insert(page, 1, 'offline');
      await insert(page, 2, 'offline, too');
      await wished(page);
      await closePages();
      await worker.sync(TAG);
      await endsWith('08006');
      site.setAway(false);
      await worker.sync(TAG);
      await endsWith('08006', 'sent');
      assert.deepEqual(await stored(), [['1', 'offline'], ['2', 'offline, too']].map(([id, body]) => [Number(id), body]));
      await worker.sync(TAG, true);
      await endsWith('08006', 'sent', 'sent');
      const again = await openNotes(options);
      assert.equal(await unsent(again), 0);
      await eventually(async () => assert.deepEqual(await query(again, 'SELECT id, body, __staged AS staged FROM notes ORDER BY id'),
        [{ id: 1, body: 'offline', staged: false }, { id: 2, body: 'offline, too', staged: false }]));
      assert.equal((await stored()).length, 2);
    });
  }

  it('is asked for by who writes while the network is gone, and by each tab for all', async () => {
    await begin();
    const [a, b] = [await openNotes(), await openNotes()];
    // Its own requests are answered, so that nothing but the network of the page says that it is gone.
    await browser.context.setOffline(true);
    try {
      await insert(b, 1, 'from b');
      await eventually(async () => assert.deepEqual(await wishes(a), [TAG]));
    } finally {
      site.setAway(true);
      await browser.context.setOffline(false);
    }
    await closePages();
    site.setAway(false);
    site.ended.length = 0;
    await worker.sync(TAG);
    await eventually(() => assert.equal(ended().at(-1), 'sent'));
    assert.deepEqual(await stored(), [[1, 'from b']]);
  });

  it('is asked for once by who writes again and again', async () => {
    await begin();
    const page = await openNotes();
    site.setAway(true);
    for (let id = 1; id <= 50; id++) await insert(page, id, 'one of many');
    await eventually(async () => assert.deepEqual(await wishes(page), [TAG]));
    await eventually(() => assert.deepEqual(ended(), ['08006']));
    for (let id = 51; id <= 100; id++) await insert(page, id, 'one of many');
    assert.deepEqual(ended(), ['08006']);
    await closePages();
    site.setAway(false);
    await worker.sync(TAG);
    await endsWith('08006', 'sent');
    assert.equal((await stored()).length, 100);
  });

  it('leaves it to a page that has the database open', async () => {
    await begin();
    const page = await openNotes();
    site.setAway(true);
    await insert(page, 1, 'by the page');
    await wished(page);
    await worker.sync(TAG);
    await endsWith('08006');
    site.setAway(false);
    await eventually(async () => assert.deepEqual(await stored(), [[1, 'by the page']]));
    await worker.sync(TAG);
    await endsWith('08006', 'sent');
    assert.deepEqual(await stored(), [[1, 'by the page']]);
    await insert(page, 2, 'the page still has it');
    await eventually(async () => assert.equal((await stored()).length, 2));
  });

  it('sends once what a service worker that was killed had sent', async () => {
    await begin();
    const page = await openNotes();
    site.setAway(true);
    await insert(page, 1, 'once');
    await wished(page);
    await closePages();
    site.setAway(false);
    site.state.mute = true;
    await worker.sync(TAG);
    await eventually(() => assert.equal(site.state.applied, 1));
    await worker.kill();
    site.state.mute = false;
    await site.origin.execute('DELETE FROM notes'); // would be there again
    await worker.sync(TAG);
    await endsWith('sent');
    assert.deepEqual(await stored(), []);
    assert.equal(await unsent(await openNotes()), 0);
  });

  it('makes way for a page that is opened while it waits for an answer', async () => {
    await begin();
    const page = await openNotes();
    site.setAway(true);
    await insert(page, 1, 'once');
    await wished(page);
    await closePages();
    site.setAway(false);
    site.state.mute = true;
    await worker.sync(TAG);
    await eventually(() => assert.equal(site.state.applied, 1));
    site.state.mute = false;
    const next = await openTab();
    const took = await next.evaluate(async () => {
      const start = performance.now();
      await globalThis.db.query('SELECT * FROM notes');
      return performance.now() - start;
    });
    assert.ok(took < 2_000, `${took} ms`);
    // Its views run, which the service worker would not let them.
    await site.origin.execute(`INSERT INTO notes VALUES (2, 'from elsewhere')`);
    await eventually(async () => assert.deepEqual((await query(next, 'SELECT id FROM notes ORDER BY id')), [{ id: 1 }, { id: 2 }]), 5_000);
    await endsWith('sent');
    assert.equal(await unsent(next), 0);
    assert.deepEqual(await stored(), [[1, 'once'], [2, 'from elsewhere']]);
  });

  it('does not try again what waits for a decision', async () => {
    await begin();
    await site.origin.execute(`INSERT INTO notes VALUES (1, 'before')`);
    const page = await openNotes();
    site.setAway(true);
    await query(page, `UPDATE notes SET body = 'mine' WHERE id = 1`);
    await query(page, `UPDATE notes SET body = 'mine again' WHERE id = 1`);
    await wished(page);
    await closePages();
    await site.origin.execute(`UPDATE notes SET body = 'theirs'`);
    site.setAway(false);
    await worker.sync(TAG);
    await endsWith('sent');
    const states = await query(await openNotes(), 'SELECT state FROM tidemark.queue ORDER BY id');
    assert.deepEqual(states, [{ state: 'conflicted' }, { state: 'pending' }]);
    assert.deepEqual(await stored(), [[1, 'theirs']]);
  });

  it('does nothing for a database that is not there, and makes none', async () => {
    await begin();
    await openTab();
    await closePages();
    await worker.sync(TAG);
    await endsWith('sent');
    const page = await openTab({ worker: true, backgroundSync: false });
    await page.evaluate(() => globalThis.db.connect());
    assert.equal(await page.evaluate(() => globalThis.db.storage), 'opfs');
  });

  it('waits for a page where the database is kept in OPFS, and says so', async () => {
    await begin();
    const refused = await openTab({ worker: true, storage: 'opfs' });
    assert.equal(await refused.evaluate(() => globalThis.db.connect().catch(({ code }) => code)), '22023');
    await openNotes({ worker: true, backgroundSync: false });
    await closePages();
    const page = await openNotes({ worker: true });
    assert.equal(await page.evaluate(() => globalThis.db.storage), 'opfs');
    assert.deepEqual(await page.evaluate(() => globalThis.notices), ['0A000']);
    site.setAway(true);
    await insert(page, 1, 'in OPFS');
    assert.deepEqual(await wishes(page), []);
    await closePages();
    site.setAway(false);
    await worker.sync(TAG);
    await endsWith('0A000');
    await openNotes({ worker: true });
    await eventually(async () => assert.deepEqual(await stored(), [[1, 'in OPFS']]));
  });

  it('waits until a page of another version of the package is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-background-'));
    try {
      await cp(ownPackage, folder, { recursive: true });
      await cp(ownPackage, join(folder, 'newer'), { recursive: true });
      const protocol = join(folder, 'newer/protocol.js');
      await writeFile(protocol, (await readFile(protocol, 'utf8')).replace(/PROTOCOL = \d+/, 'PROTOCOL = 9999'));
      await begin({ folder });
      const page = await openNotes({ version: 'newer' });
      site.setAway(true);
      await insert(page, 1, 'written by the newer');
      await eventually(() => assert.deepEqual(ended(), ['55P03']));
      await closePages();
      site.setAway(false);
      await worker.sync(TAG);
      await endsWith('55P03', 'sent');
      assert.deepEqual(await stored(), [[1, 'written by the newer']]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const [type, format] of [['classic', 'iife'], ['module', 'esm']]) {
    it(`runs as a ${type} service worker that esbuild has bundled, under a strict policy`, async () => {
      const { outputFiles: [{ text }], warnings } = await build({
        stdin: { contents: workerScript(), resolveDir: ownPackage }, bundle: true, format, write: false, logLevel: 'silent',
        plugins: [{ name: 'package', setup: ({ onResolve }) => onResolve({ filter: /^\/tidemark\// }, ({ path }) => ({ path: join(ownPackage, path.slice('/tidemark/'.length)) })) }],
      });
      for (const { id } of warnings) assert.equal(id, 'empty-import-meta');
      await begin({ pages: { '/service-worker.js': text }, headers: { 'content-security-policy': STRICT } });
      const page = await openNotes({ type });
      site.setAway(true);
      await insert(page, 1, type);
      await wished(page);
      await closePages();
      site.setAway(false);
      await worker.sync(TAG);
      await endsWith('sent');
      assert.deepEqual(await stored(), [[1, type]]);
    });
  }

  it('does not disturb the sync events of others, and takes a tag of its own', async () => {
    await begin({ pages: { '/service-worker.js': workerScript({ backgroundSync: 'mine' }) } });
    const page = await openNotes({ backgroundSync: 'mine' });
    site.setAway(true);
    await insert(page, 1, 'tagged');
    await eventually(async () => assert.deepEqual(await wishes(page), ['mine']));
    await eventually(() => assert.deepEqual(site.ended, [{ tag: 'mine', how: '08006' }]));
    await closePages();
    site.setAway(false);
    await worker.sync(TAG);
    await worker.sync('mine');
    await eventually(() => assert.deepEqual(site.ended.at(-1), { tag: 'mine', how: 'sent' }));
    assert.ok(site.ended.every(({ tag }) => tag === 'mine'));
    assert.deepEqual(await stored(), [[1, 'tagged']]);
  });
});

for (const name of browsers.filter((each) => each !== 'Chromium')) {
  describe(`Background Sync in ${name}, which has none`, () => {
    it('changes nothing', { timeout: 60_000 }, async () => {
      const site = await startSite();
      const browser = await launch(name);
      try {
        const page = await browser.context.newPage();
        await page.goto(site.url);
        const opened = await page.evaluate(async () => {
          const { Tidemark } = await import('/tidemark/index.js');
          const notices = [];
          globalThis.db = new Tidemark({ path: 'app.db', backgroundSync: true, onNotice: (notice) => notices.push(notice) });
          await globalThis.db.query('CREATE TABLE t (id integer)');
          return { storage: globalThis.db.storage, notices };
        });
        assert.deepEqual(opened, { storage: 'indexeddb', notices: [] });
        await close(page);
      } finally {
        await browser.close();
        await site.close();
      }
    });
  });
}
