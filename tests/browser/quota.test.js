/** Room that runs out, comes back, or is taken away, in Chromium: what was acknowledged stays, and nothing else is shown. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventually } from '../js/lib/eventually.js';
import { launch } from './lib/browsers.js';
import { close, open, query } from './lib/page.js';
import { startSite } from './lib/site.js';

const MEBIBYTE = 2 ** 20;

describe('the room that a site has', () => {
  let site, browser, page, control;

  const quota = (quotaSize) => control.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(site.url).origin, ...(quotaSize === undefined ? {} : { quotaSize }),
  });

  /** Writes rows until one is refused: how many were acknowledged, and the code. */
  const fill = (tab) => tab.evaluate(async () => {
    const { rows: [{ n }] } = await globalThis.db.query('SELECT count(*) AS n FROM t');
    for (let id = n + 1; ; id++) {
      try {
        await globalThis.db.query(`INSERT INTO t VALUES ($1, repeat('x', 200000))`, [id]);
      } catch (error) {
        return { acknowledged: id - 1, code: error.code };
      }
    }
  });

  const count = async (tab) => (await query(tab, 'SELECT count(*) AS n, max(id) AS last FROM t'))[0];

  before(async () => {
    site = await startSite();
    browser = await launch('Chromium');
    page = await browser.context.newPage();
    await page.goto(site.url);
    control = await browser.context.newCDPSession(page);
  });

  after(async () => {
    await browser?.close();
    await site?.close();
  });

  for (const options of [{ storage: 'indexeddb' }, { storage: 'indexeddb', worker: true }, { storage: 'opfs', worker: true }]) {
    it(`runs out and comes back without reopening: ${JSON.stringify(options)}`, async () => {
      const given = { path: `full-${JSON.stringify(options)}`, ...options };
      const other = await browser.context.newPage();
      await other.goto(site.url);
      await open(page, given);
      await open(other, given);
      await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, data text)');
      await page.evaluate(async () => {
        globalThis.live = await globalThis.db.live('SELECT id FROM t ORDER BY id');
        globalThis.live.subscribe(() => {});
      });
      // What the databases of other cases take is there still.
      const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
      await quota(usage + 6 * MEBIBYTE);
      const here = await fill(page);
      assert.equal(here.code, '53100');
      assert.ok(here.acknowledged > 3, `${here.acknowledged} rows fit`);
      assert.deepEqual(await count(page), { n: here.acknowledged, last: here.acknowledged });
      assert.deepEqual(await count(other), { n: here.acknowledged, last: here.acknowledged });
      const there = await fill(other);
      assert.equal(there.code, '53100');
      assert.deepEqual(await count(page), { n: there.acknowledged, last: there.acknowledged });

      await quota();
      await query(page, `INSERT INTO t VALUES ($1, 'after')`, [there.acknowledged + 1]);
      await query(other, `INSERT INTO t VALUES ($1, 'after')`, [there.acknowledged + 2]);
      const expected = { n: there.acknowledged + 2, last: there.acknowledged + 2 };
      await eventually(async () => {
        assert.equal(await page.evaluate(() => globalThis.live.rows.length), expected.n);
      });
      await close(other);
      await other.close();
      await page.reload();
      await open(page, given);
      assert.deepEqual(await count(page), expected);
      assert.deepEqual(await query(page, `SELECT count(*) AS n FROM t WHERE data <> 'after' AND length(data) <> 200000`), [{ n: 0 }]);
      await close(page);
    });
  }

  it('is told, and asked for', async () => {
    await open(page, { path: 'told', storage: 'indexeddb', persist: true });
    const { usage, quota: allowed, persisted } = await page.evaluate(() => globalThis.db.estimate());
    assert.ok(usage > 0 && allowed > usage, `${usage} of ${allowed}`);
    assert.equal(typeof persisted, 'boolean');
    await close(page);
  });

  it('is taken away with all that was stored: writes fail clearly', async () => {
    await open(page, { path: 'evicted', storage: 'indexeddb' });
    await query(page, 'CREATE TABLE t (id integer)');
    await control.send('Storage.clearDataForOrigin', { origin: new URL(site.url).origin, storageTypes: 'all' });
    const error = await page.evaluate(() => globalThis.db.query('INSERT INTO t VALUES (1)').then(() => null,
      ({ code, message, hint }) => ({ code, message, hint })));
    assert.equal(error?.code, '58030');
    assert.match(error.message, /deleted/);
    await close(page);
  });
});
