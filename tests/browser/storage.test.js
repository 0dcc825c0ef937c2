/**
 * The database in Chromium, on the page and in a worker: rows in IndexedDB outlive a reload and a killed browser.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { startDemo } from '../../demo/server.js';
import { killable, launch } from './lib/browsers.js';
import { open, query } from './lib/page.js';

describe('the database in Chromium', () => {
  let demo, browser, page;

  before(async () => {
    demo = await startDemo();
    browser = await launch('Chromium');
    page = await browser.context.newPage();
    // an empty page of the same origin
    await page.goto(new URL('/notebook/manifest.webmanifest', demo.url).href);
  });

  after(async () => {
    await browser?.close();
    await demo?.close();
  });

  for (const [where, options] of [['on the page', {}], ['in a worker', { worker: true }]]) {
    it(`keeps rows over a reload, ${where}`, async () => {
      const given = { path: `kept-${where}`, storage: 'indexeddb', ...options };
      await open(page, given);
      await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, name text, data bytea, note jsonb)');
      await query(page, `INSERT INTO t VALUES (1, 'Ada', '\\x0a0b', '{"a": [1, 2]}'), (2, 'Bo', NULL, NULL)`);
      await query(page, 'CREATE REALTIME VIEW names AS SELECT id, upper(name) AS name FROM t');
      await page.reload();
      await open(page, given);
      await query(page, `INSERT INTO t VALUES (3, 'Cy', NULL, '"x"')`);
      assert.deepEqual(await query(page, 'SELECT name FROM names ORDER BY id'), [{ name: 'ADA' }, { name: 'BO' }, { name: 'CY' }]);
      const [first] = await page.evaluate(async () =>
        (await globalThis.db.query('SELECT data, note FROM t WHERE id = 1')).rows.map((row) => ({
          data: [...row.data], note: row.note,
        })));
      assert.deepEqual(first, { data: [10, 11], note: { a: [1, 2] } });
    });

    it(`shows live changes and errors, ${where}`, async () => {
      const seen = await page.evaluate(async () => {
        const live = await globalThis.db.live('SELECT id, name FROM t ORDER BY id');
        const changed = new Promise((resolve) => live.subscribe(resolve));
        await globalThis.db.query(`UPDATE t SET name = 'Eve' WHERE id = 2`);
        const { changes } = await changed;
        await live.close();
        return changes.map(({ op, new: row }) => [op, row.name]);
      });
      assert.deepEqual(seen, [['update', 'Eve']]);
      const error = await page.evaluate(() => globalThis.db.query('SELECT nothing FROM t').catch((reason) => ({
        code: reason.code, position: reason.position, name: reason.name,
      })));
      assert.deepEqual(error, { code: '42703', position: 7, name: 'TidemarkError' });
    });

    it(`reaches PostgreSQL through the gateway, ${where}`, async () => {
      const rows = await page.evaluate(async (worker) => {
        const { Tidemark, EdgeClient } = await import('/tidemark/index.js');
        const db = new Tidemark({
          ...worker,
          getUpstreamClient: () => new EdgeClient({ url: '/api/db', dialect: 'postgres' }),
        });
        await db.query(`CREATE VIEW jobs AS TABLE public.jobs WITH (replication_origin = 'postgres:office')`);
        const result = await db.query(`SELECT customer FROM jobs WHERE urgent ORDER BY customer`);
        await db.close();
        return result.rows;
      }, options);
      assert.deepEqual(rows, [{ customer: 'Bakery Lindqvist' }]);
    });
  }

  it('has every acknowledged row after the browser is killed', async () => {
    await page.evaluate(() => globalThis.db.close());
    const browser = await killable(new URL('/notebook/manifest.webmanifest', demo.url).href);
    try {
      const before = await browser.start();
      await open(before, { path: 'killed', storage: 'indexeddb' });
      await query(before, 'CREATE TABLE t (id integer PRIMARY KEY)');
      let acknowledged = 0;
      const until = Date.now() + 1500;
      while (Date.now() < until) {
        await query(before, 'INSERT INTO t VALUES ($1)', [acknowledged + 1]);
        acknowledged++;
      }
      void query(before, 'INSERT INTO t VALUES ($1)', [acknowledged + 1]).catch(() => {});
      await browser.kill();
      const again = await browser.start();
      await open(again, { path: 'killed', storage: 'indexeddb' });
      const [{ n, last }] = await query(again, 'SELECT count(*) AS n, max(id) AS last FROM t');
      assert.ok(acknowledged > 0);
      assert.ok(n >= acknowledged, `${n} of ${acknowledged} rows`);
      assert.equal(n, last);
    } finally {
      await browser.close();
    }
  });
});
