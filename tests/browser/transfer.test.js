/** Databases that move in a browser: from one storage to another, by a tab that has them open and by one that has not. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { browsers, launch } from './lib/browsers.js';
import { startSite } from './lib/site.js';

/** Runs in the page: a database with 20,000 rows and a view. */
async function make(options) {
  const { Tidemark } = await import('/tidemark/index.js');
  globalThis.db = new Tidemark(options);
  await globalThis.db.exec(`CREATE TABLE t (id integer PRIMARY KEY, name text);
    CREATE REALTIME VIEW v AS SELECT count(*)::int AS n FROM t;
    INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 20000) AS g(i)`);
  return globalThis.db.storage;
}

/** Runs in the page: what was exported there, imported elsewhere; what the view says and integrity_check. */
async function move([from, to]) {
  const { Tidemark } = await import('/tidemark/index.js');
  const source = new Tidemark(from);
  const target = new Tidemark(to);
  const told = [];
  await target.import(source.export(), { onProgress: ({ bytes }) => told.push(bytes) });
  await target.query(`INSERT INTO t VALUES (0, 'zero')`);
  await source.close();
  await target.close();
  const again = new Tidemark(to);
  const [{ n }] = (await again.query('SELECT n FROM v')).rows;
  const [problem] = (await again.query('PRAGMA integrity_check')).rows;
  const second = await again.import(new Blob([])).catch(({ code }) => code);
  await again.close();
  return { n, check: problem.integrity_check, told: told.at(-1) > 0, second };
}

for (const name of browsers) {
  describe(`moving a database in ${name}`, () => {
    let site, browser, page, other;

    before(async () => {
      site = await startSite();
      browser = await launch(name);
      page = await browser.context.newPage();
      other = await browser.context.newPage();
      await page.goto(site.url);
      await other.goto(site.url);
    });

    after(async () => {
      await browser?.close();
      await site?.close();
    });

    for (const [from, to] of [['opfs', 'indexeddb'], ['indexeddb', 'opfs']]) {
      it(`from ${from}, open in another tab, to ${to}`, async () => {
        const source = { path: `from-${from}`, storage: from, worker: from === 'opfs' };
        const target = { path: `to-${to}`, storage: to, worker: to === 'opfs' };
        assert.equal(await page.evaluate(make, source), from);
        assert.deepEqual(await other.evaluate(move, [source, target]), { n: 20001, check: 'ok', told: true, second: '55000' });
        assert.equal(await page.evaluate(async () => (await globalThis.db.query('SELECT n FROM v')).rows[0].n), 20000);
        await page.evaluate(() => globalThis.db.close());
      });
    }
  });
}
