/** The private file system as storage, in every browser that is here. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { browsers, launch } from './lib/browsers.js';
import { close, open, query } from './lib/page.js';
import { startSite } from './lib/site.js';

/** The code of the error that opening fails with. */
const failure = (page, options) => page.evaluate(async (given) => {
  const { Tidemark } = await import('/tidemark/index.js');
  return new Tidemark(given).connect().then(() => 'opened', (error) => error.code);
}, options);

/** Opens a database in a worker where something was changed first: the storage that it gets, or the code of the error. */
const openPatched = (page, path, patch) => page.evaluate(async ([of, change]) => {
  const source = `${change}
    const waiting = [];
    onmessage = (event) => waiting.push(event);
    await import('${location.origin}/tidemark/worker-entry.js');
    onmessage = null;
    for (const { data } of waiting) dispatchEvent(new MessageEvent('message', { data }));`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
  const { Tidemark } = await import('/tidemark/index.js');
  const db = new Tidemark({ path: of, worker });
  try {
    await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
    return db.storage;
  } catch (error) {
    return error.code;
  } finally {
    await db.close();
    worker.terminate();
  }
}, [path, patch]);

for (const name of browsers) {
  describe(`the private file system in ${name}`, () => {
    let site, browser, page;

    before(async () => {
      site = await startSite();
      browser = await launch(name);
      page = await browser.context.newPage();
      await page.goto(site.url);
    });

    after(async () => {
      await browser?.close();
      await site?.close();
    });

    it('is chosen in a worker and keeps rows over a reload', async () => {
      const given = { path: 'kept/für *.db', worker: true };
      assert.equal(await open(page, given), 'opfs');
      await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, name text)');
      await query(page, `INSERT INTO t SELECT n, repeat('x', 100) || n FROM generate_series(1, 20000) AS g(n)`);
      await query(page, 'CREATE REALTIME VIEW v AS SELECT id % 10 AS digit, count(*) AS n FROM t GROUP BY id % 10');
      await page.reload();
      assert.equal(await open(page, given), 'opfs');
      await query(page, 'INSERT INTO t VALUES (20001, NULL)');
      assert.deepEqual(await query(page, 'SELECT n FROM v WHERE digit IN (1, 2) ORDER BY digit'), [{ n: 2001 }, { n: 2000 }]);
      assert.deepEqual(await query(page, 'SELECT name FROM t WHERE id = 12345'), [{ name: `${'x'.repeat(100)}12345` }]);
      await query(page, 'DELETE FROM t WHERE id > 10');
      assert.deepEqual(await query(page, 'SELECT count(*) AS n FROM t'), [{ n: 10 }]);
      await close(page);
    });

    it('undoes what was not committed when its worker is terminated', async () => {
      const rows = await page.evaluate(async () => {
        const { Tidemark } = await import('/tidemark/index.js');
        const connect = () => {
          const worker = new Worker('/tidemark/worker-entry.js', { type: 'module' });
          return { worker, db: new Tidemark({ path: 'undone', worker }) };
        };
        const before = connect();
        await before.db.exec('CREATE TABLE t (id integer PRIMARY KEY, data text); INSERT INTO t VALUES (0, NULL)');
        await new Promise((resolve) => {
          void before.db.transaction(async (tx) => {
            // So large that pages of it reach the file before the commit.
            await tx.query(`INSERT INTO t SELECT n, repeat('y', 1000) FROM generate_series(1, 40000) AS g(n)`);
            resolve();
            await new Promise(() => {});
          });
        });
        before.worker.terminate();
        const after = connect();
        const result = await after.db.query('SELECT count(*) AS n FROM t');
        await after.db.close();
        after.worker.terminate();
        return result.rows;
      });
      assert.deepEqual(rows, [{ n: 1 }]);
    });

    it('leaves a database where it is', async () => {
      assert.equal(await open(page, { path: 'older' }), 'indexeddb');
      await query(page, 'CREATE TABLE t (a integer PRIMARY KEY)');
      await close(page);
      assert.equal(await open(page, { path: 'older', worker: true }), 'indexeddb');
      assert.deepEqual(await query(page, 'SELECT * FROM t'), []);
      await close(page);
      // One of the private file system is not begun a second time where that cannot be reached.
      assert.equal(await open(page, { path: 'newer', worker: true }), 'opfs');
      await query(page, 'CREATE TABLE t (a integer PRIMARY KEY)');
      await close(page);
      assert.equal(await failure(page, { path: 'newer' }), '0A000');
      assert.equal(await open(page, { path: 'newer', worker: true }), 'opfs');
      await close(page);
    });

    it('says that it is full, loses nothing and goes on when there is room', { skip: name !== 'Chromium' }, async () => {
      const devtools = await browser.context.newCDPSession(page);
      const { origin } = new URL(site.url);
      await open(page, { path: 'full', worker: true });
      await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, data text)');
      await query(page, 'CREATE REALTIME VIEW v AS SELECT count(*) AS n FROM t');
      const { usage } = await page.evaluate(() => navigator.storage.estimate());
      await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1_000_000 });
      const fill = () => page.evaluate(() =>
        globalThis.db.query(`INSERT INTO t SELECT n, repeat('q', 1000) FROM generate_series(1, 30000) AS g(n)`)
          .then(() => 'done', (error) => error.code));
      assert.equal(await fill(), '53100');
      assert.deepEqual(await query(page, 'SELECT n, (SELECT count(*) FROM t) AS rows FROM v'), [{ n: 0, rows: 0 }]);
      await devtools.send('Storage.overrideQuotaForOrigin', { origin });
      assert.equal(await fill(), 'done');
      await close(page);
      await open(page, { path: 'full', worker: true });
      assert.deepEqual(await query(page, 'SELECT n, (SELECT count(*) FROM t) AS rows FROM v'), [{ n: 30000, rows: 30000 }]);
      await close(page);
    });

    it('gives its lock back when a file cannot be opened', async () => {
      const state = await page.evaluate(async () => {
        const source = `onmessage = async () => {
          const root = await navigator.storage.getDirectory();
          const folder = await (await root.getDirectoryHandle('tidemark', { create: true }))
            .getDirectoryHandle('db-taken', { create: true });
          const file = await folder.getFileHandle('database-journal', { create: true });
          globalThis.access = await file.createSyncAccessHandle();
          postMessage('held');
        }`;
        const holder = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
        await new Promise((resolve) => { holder.onmessage = resolve; holder.postMessage(null); });
        const { Tidemark } = await import('/tidemark/index.js');
        const given = { path: 'taken', storage: 'opfs', worker: true };
        const code = await new Tidemark(given).connect().then(() => 'opened', (error) => error.code);
        const { held } = await navigator.locks.query();
        holder.terminate();
        const db = new Tidemark(given);
        await db.connect();
        await db.close();
        return { code, held: held.map((lock) => lock.name).filter((lock) => lock.includes('taken')) };
      });
      assert.deepEqual(state, { code: '55P03', held: [] });
    });

    it('has been closed when close() says so, however long that takes', async () => {
      const left = await page.evaluate(async (source) => {
        const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
        await new Promise((resolve) => { worker.onmessage = resolve; });
        const { Tidemark } = await import('/tidemark/index.js');
        const db = new Tidemark({ path: 'slowly', worker });
        await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
        await db.close();
        const { held } = await navigator.locks.query();
        const folder = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('tidemark')).getDirectoryHandle('db-slowly');
        const log = await (await folder.getFileHandle('database-wal')).getFile();
        worker.terminate();
        return { locks: held.map((lock) => lock.name).filter((lock) => lock.includes('slowly')), log: log.size };
      }, `
        const { flush } = FileSystemSyncAccessHandle.prototype;
        FileSystemSyncAccessHandle.prototype.flush = function () {
          const end = performance.now() + 200;
          while (performance.now() < end);
          return flush.call(this);
        };
        const { serve } = await import('${site.url}tidemark/worker.js');
        serve();
        postMessage('ready');`);
      assert.deepEqual(left, { locks: [], log: 0 });
    });

    it('is not chosen where its functions are there but fail', async () => {
      const storage = await openPatched(page, 'failing', `
        FileSystemFileHandle.prototype.createSyncAccessHandle = async () => {
          throw new DOMException('Backend does not support this operation', 'NotSupportedError');
        };`);
      assert.equal(storage, 'indexeddb');
    });

    it('is not passed over for another storage where it cannot be read', async () => {
      assert.equal(await open(page, { path: 'unread', worker: true }), 'opfs');
      await close(page);
      const code = await openPatched(page, 'unread', `
        FileSystemFileHandle.prototype.getFile = async () => {
          throw new DOMException('The file could not be read', 'NotReadableError');
        };`);
      assert.equal(code, '58030');
    });
  });
}
