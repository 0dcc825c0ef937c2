/** What is in the private file system after Chromium was killed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { killable } from './lib/browsers.js';
import { open, query } from './lib/page.js';
import { startSite } from './lib/site.js';

describe('the private file system of a Chromium that is killed', () => {
  it('has every acknowledged row, and views equal their queries', async () => {
    const site = await startSite();
    const browser = await killable(site.url);
    const given = { path: 'killed', worker: true };
    try {
      let page = await browser.start();
      assert.equal(await open(page, given), 'opfs');
      await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, data text)');
      await query(page, 'CREATE REALTIME VIEW v AS SELECT count(*) AS n, max(id) AS last FROM t');
      let acknowledged = 0;
      for (let round = 0; round < 3; round++) {
        const until = Date.now() + 400 + 50 * round;
        while (Date.now() < until) {
          await query(page, `INSERT INTO t VALUES ($1, repeat('z', 3000))`, [acknowledged + 1]);
          acknowledged++;
        }
        void query(page, `INSERT INTO t VALUES ($1, 'last')`, [acknowledged + 1]).catch(() => {});
        await browser.kill();
        page = await browser.start();
        await open(page, given);
        const [{ n, last }] = await query(page, 'SELECT count(*) AS n, max(id) AS last FROM t');
        assert.ok(n === acknowledged || n === acknowledged + 1, `${n} rows, ${acknowledged} acknowledged`);
        assert.equal(last, n);
        assert.deepEqual(await query(page, 'SELECT n, last FROM v'), [{ n, last }]);
        acknowledged = n;
      }
    } finally {
      await browser.close();
      await site.close();
    }
  });
});
