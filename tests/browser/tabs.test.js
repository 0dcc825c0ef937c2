/** Many tabs and workers with one database, in every browser that is here. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { eventually } from '../js/lib/eventually.js';
import { browsers, killable, launch } from './lib/browsers.js';
import { close, open, query } from './lib/page.js';
import { startSite } from './lib/site.js';

/** Runs a query in the page after another has been begun; resolves to how long it took. */
const timed = async (work) => {
  const start = performance.now();
  await work;
  return performance.now() - start;
};

for (const name of browsers) {
  describe(`tabs that share a database in ${name}`, () => {
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

    /** Tabs that have the database open; the first holds it. Those of the test before are used again. */
    async function tabs(count, options) {
      const left = pages.splice(0).filter((page) => !page.isClosed());
      await Promise.all(left.map((page) => page.goto(site.url)));
      for (let n = 0; n < count; n++) pages.push(left.pop() ?? await newTab());
      await Promise.all(left.map((page) => page.close()));
      for (const page of pages) await open(page, options);
      return pages;
    }

    async function newTab() {
      const page = await browser.context.newPage();
      await page.goto(site.url);
      return page;
    }

    /** From now on what the holder in this page answers gets lost. */
    const loseAnswers = (page) => page.evaluate(() => {
      const { postMessage } = BroadcastChannel.prototype;
      globalThis.lost = 0;
      BroadcastChannel.prototype.postMessage = function (message) {
        if (message.answer === undefined) postMessage.call(this, message);
        else globalThis.lost++;
      };
    });

    const answersLost = (page, count) => eventually(async () =>
      assert.ok(await page.evaluate(() => globalThis.lost) >= count));

    // Firefox takes long to open tabs: there the engine runs where it is meant to.
    const places = [['in workers', { worker: true }], ['on the page', { storage: 'indexeddb' }]];
    const notInFirefox = { skip: name !== 'Chromium' };
    for (const [where, options] of name === 'Chromium' ? places : places.slice(0, 1)) {
      it(`read and write each other's rows, ${where}`, async () => {
        const [a, b, c] = await tabs(3, { path: `shared-${where}`, ...options });
        await query(a, 'CREATE TABLE t (id integer PRIMARY KEY, name text, data bytea)');
        await query(b, `INSERT INTO t VALUES (1, 'from b', '\\x0102'), (2, NULL, NULL)`);
        await query(c, `UPDATE t SET name = 'from c' WHERE id = $1`, [2]);
        for (const page of [a, b, c]) {
          assert.deepEqual(await query(page, 'SELECT id, name FROM t ORDER BY id'),
            [{ id: 1, name: 'from b' }, { id: 2, name: 'from c' }]);
        }
        const error = await b.evaluate(() => globalThis.db.query('SELECT nothing FROM t').catch((reason) => ({
          code: reason.code, position: reason.position, name: reason.name,
        })));
        assert.deepEqual(error, { code: '42703', position: 7, name: 'TidemarkError' });
      });

      it(`go on when the one that holds it is closed, ${where}`, notInFirefox, async () => {
        const [a, b, c] = await tabs(3, { path: `closed-${where}`, ...options });
        await query(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
        await query(b, 'INSERT INTO t VALUES (1)');
        await a.close();
        assert.ok(await timed(query(b, 'INSERT INTO t VALUES (2)')) < 1000);
        assert.deepEqual(await query(c, 'SELECT count(*) AS n FROM t'), [{ n: 2 }]);
        await close(b);
        assert.deepEqual(await query(c, 'SELECT count(*) AS n FROM t'), [{ n: 2 }]);
      });

      it(`do not see into each other's transactions, ${where}`, notInFirefox, async () => {
        const [a, b] = await tabs(2, { path: `isolated-${where}`, ...options });
        await query(a, 'CREATE TABLE counter (n integer)');
        await query(a, 'INSERT INTO counter VALUES (0)');
        const count = (page) => page.evaluate(async () => {
          for (let round = 0; round < 25; round++) {
            await globalThis.db.transaction(async (tx) => {
              const { rows: [{ n }] } = await tx.query('SELECT n FROM counter');
              await tx.query('UPDATE counter SET n = $1', [n + 1]);
            });
          }
        });
        await Promise.all([count(a), count(b)]);
        assert.deepEqual(await query(a, 'SELECT n FROM counter'), [{ n: 50 }]);
      });

      it(`undo the transaction of one that is gone at once, ${where}`, notInFirefox, async () => {
        const [a, b] = await tabs(2, { path: `undone-${where}`, ...options });
        await query(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
        await b.evaluate(() => new Promise((resolve) => {
          void globalThis.db.transaction(async (tx) => {
            await tx.query('INSERT INTO t VALUES (1)');
            resolve();
            await new Promise(() => {});
          });
        }));
        const blocked = query(a, 'SELECT count(*) AS n FROM t');
        await b.close();
        assert.ok(await timed(blocked) < 1000);
        assert.deepEqual(await blocked, [{ n: 0 }]);
      });

      it(`follow live queries over the end of the one that holds it, ${where}`, async () => {
        const [a, b, c] = await tabs(3, { path: `live-${where}`, ...options });
        await query(a, 'CREATE TABLE t (id integer PRIMARY KEY, name text)');
        await query(a, `INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')`);
        await b.evaluate(async () => {
          const { applyChanges } = await import('/tidemark/index.js');
          const live = await globalThis.db.live('SELECT id, name FROM t ORDER BY id');
          globalThis.live = live;
          globalThis.followed = [...live.rows];
          globalThis.untouched = live.rows[0];
          live.subscribe(({ changes }) => { globalThis.followed = applyChanges(globalThis.followed, changes); });
        });
        await query(c, `UPDATE t SET name = 'deux' WHERE id = 2`);
        const shows = (expected) => eventually(async () => assert.deepEqual(
          await b.evaluate(() => [globalThis.live.rows, globalThis.followed].map((rows) => rows.map((row) => row.name))),
          [expected, expected]));
        await shows(['one', 'deux', 'three']);
        const writing = query(c, `UPDATE t SET name = 'trois' WHERE id = 3`);
        await a.close();
        await writing;
        await shows(['one', 'deux', 'trois']);
        await query(c, 'DELETE FROM t WHERE id = 2');
        await query(b, `INSERT INTO t VALUES (4, 'quatre')`);
        await shows(['one', 'trois', 'quatre']);
        assert.ok(await b.evaluate(() => globalThis.live.rows[0] === globalThis.untouched));
      });
    }

    it('carry a write out once when its answer is lost', async () => {
      const given = { path: 'once', storage: 'indexeddb' };
      const [a, b, c] = await tabs(3, given);
      await query(a, 'CREATE TABLE counter (n integer); CREATE TABLE log (entry text)');
      await query(b, 'INSERT INTO counter VALUES (0)');
      await loseAnswers(a);
      const counted = query(b, 'UPDATE counter SET n = n + 1 RETURNING n, upper($1) AS word', ['é']);
      const script = b.evaluate(() => globalThis.db.exec(`INSERT INTO log VALUES ('one'); INSERT INTO log VALUES ('two') RETURNING entry`));
      await answersLost(a, 2);
      const read = query(c, 'SELECT count(*) AS n FROM log');
      await answersLost(a, 3);
      await a.close();
      assert.deepEqual(await counted, [{ n: 1, word: 'É' }]);
      assert.deepEqual((await script).map(({ command, rowCount, rows }) => [command, rowCount, rows]),
        [['INSERT', 1, []], ['INSERT', 1, [{ entry: 'two' }]]]);
      assert.deepEqual(await read, [{ n: 2 }]);
      assert.deepEqual(await query(c, 'SELECT n, (SELECT count(*) FROM log) AS entries FROM counter'), [{ n: 1, entries: 2 }]);
    });

    it('know of a transaction whose commit was not answered that it was committed', notInFirefox, async () => {
      const [a, b] = await tabs(2, { path: 'commit', storage: 'indexeddb' });
      await query(a, 'CREATE TABLE counter (n integer)');
      await query(b, 'INSERT INTO counter VALUES (0)');
      const runs = b.evaluate(async () => {
        let count = 0;
        await globalThis.db.transaction(async (tx) => {
          count++;
          await tx.query('UPDATE counter SET n = n + 1');
          await new Promise((resolve) => { globalThis.goOn = resolve; });
        });
        return count;
      });
      await b.waitForFunction(() => globalThis.goOn !== undefined);
      await loseAnswers(a);
      await b.evaluate(() => globalThis.goOn());
      await answersLost(a, 1);
      await a.close();
      assert.equal(await runs, 1);
      assert.deepEqual(await query(b, 'SELECT n FROM counter'), [{ n: 1 }]);
      assert.deepEqual(await query(b, 'SELECT count(*) AS n FROM tidemark.requests'), [{ n: 1 }]);
    });

    it('go on after refreshes of five of them in quick succession', notInFirefox, async () => {
      const given = { path: 'refreshed', worker: true };
      const five = await tabs(5, given);
      await query(five[0], 'CREATE TABLE t (id integer PRIMARY KEY)');
      for (let round = 0; round < 2; round++) {
        await Promise.all(five.map((page) => page.reload()));
        await Promise.all(five.map(async (page, n) => {
          await open(page, given);
          await query(page, 'INSERT INTO t VALUES ($1)', [5 * round + n]);
        }));
      }
      assert.deepEqual(await query(five[4], 'SELECT count(*) AS n FROM t'), [{ n: 10 }]);
    });

    it('go on within a second when the one that holds it crashes', notInFirefox, async () => {
      const [a, b, c] = await tabs(3, { path: 'crashed', worker: true });
      await query(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
      const devtools = await browser.context.newCDPSession(a);
      const acknowledged = [];
      let writing = true;
      const writer = (async () => {
        for (let id = 1; writing; id++) {
          await query(b, 'INSERT INTO t VALUES ($1)', [id]);
          acknowledged.push([id, performance.now()]);
        }
      })();
      await eventually(async () => assert.ok(acknowledged.length > 20));
      const crashed = performance.now();
      devtools.send('Page.crash').catch(() => {});
      await eventually(async () => assert.ok(acknowledged.at(-1)[1] > crashed + 500));
      writing = false;
      await writer;
      const gap = Math.max(...acknowledged.slice(1).map(([, at], n) => at - acknowledged[n][1]));
      assert.ok(gap < 1000, `${gap} ms without a commit`);
      assert.deepEqual(await query(c, 'SELECT count(*) AS n, max(id) AS last FROM t'),
        [{ n: acknowledged.length, last: acknowledged.length }]);
      await a.close();
      console.log(`# a crash stopped commits for ${Math.round(gap)} ms`);
    });

    it('refuse one of another version, and BEGIN without COMMIT', notInFirefox, async () => {
      const [a, b] = await tabs(2, { path: 'versions', worker: true });
      assert.equal(await b.evaluate(() => globalThis.db.query('BEGIN').catch((error) => error.code)), '0A000');
      assert.equal(await a.evaluate(() => globalThis.db.query('BEGIN').catch((error) => error.code)), '0A000');
      await query(b, 'BEGIN; CREATE TABLE t (a integer); COMMIT');
      assert.equal(await a.evaluate(() => globalThis.db.exec('BEGIN; INSERT INTO t VALUES (1)').catch((error) => error.code)), '0A000');
      assert.deepEqual(await query(b, 'SELECT * FROM t'), []);
      const error = await b.evaluate(async () => {
        const { postMessage } = BroadcastChannel.prototype;
        BroadcastChannel.prototype.postMessage = function (message) {
          postMessage.call(this, message.hello === undefined ? message : { ...message, protocol: 99 });
        };
        const { Tidemark } = await import('/tidemark/index.js');
        return new Tidemark({ path: 'versions' }).connect().catch(({ code, message }) => ({ code, message }));
      });
      assert.equal(error.code, '55P03');
      assert.match(error.message, /older version/);
    });

    it('find a database that somebody has open with other options in use', notInFirefox, async () => {
      const [a] = await tabs(1, { path: 'options', storage: 'indexeddb' });
      const codes = await a.evaluate(async () => {
        const { Tidemark } = await import('/tidemark/index.js');
        const wanted = [{ dialect: 'mysql' }, { storage: 'opfs', worker: true }];
        return Promise.all(wanted.map((options) => new Tidemark({ path: 'options', ...options }).connect().catch(({ code }) => code)));
      });
      assert.deepEqual(codes, ['55P03', '55P03']);
    });
  });
}

describe('tabs in the background of Chromium that share a database', () => {
  let site, browser, context;

  before(async () => {
    site = await startSite();
    browser = await killable(site.url, undefined, { background: true });
    context = (await browser.start()).context();
  });

  after(async () => {
    await browser?.close();
    await site?.close();
  });

  for (const [where, options] of [['in a worker', { worker: true }], ['on the page', { storage: 'indexeddb' }]]) {
    it(`go on when the one that holds it is frozen, and it does when it wakes, ${where}`, { timeout: 60_000 }, async () => {
      const pages = await Promise.all([1, 2, 3].map(() => context.newPage()));
      for (const page of pages) {
        await page.goto(site.url);
        await open(page, { path: `frozen-${where}`, ...options });
      }
      const [a, b, c] = pages;
      await query(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
      await a.evaluate(async () => {
        globalThis.live = await globalThis.db.live('SELECT count(*) AS n FROM t');
        globalThis.seen = [];
        globalThis.live.subscribe(({ rows }) => globalThis.seen.push(rows[0].n));
      });
      // Under way when it freezes.
      await a.evaluate(() => { globalThis.last = globalThis.db.query('INSERT INTO t VALUES (1)').then(() => 'done', (error) => error.code); });
      const devtools = await context.newCDPSession(a);
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
      assert.ok(await timed(query(b, 'INSERT INTO t VALUES (2)')) < 1000);
      await query(c, 'INSERT INTO t VALUES (3)');
      // One that is frozen within its transaction.
      const frozen = await context.newCDPSession(c);
      await c.evaluate(() => new Promise((resolve) => {
        globalThis.undone = globalThis.db.transaction(async (tx) => {
          await tx.query('INSERT INTO t VALUES (4)');
          resolve();
          await new Promise((goOn) => { globalThis.goOn = goOn; });
        }).then(() => 'done', (error) => error.code);
      }));
      const blocked = query(b, 'INSERT INTO t VALUES (5)');
      await frozen.send('Page.setWebLifecycleState', { state: 'frozen' });
      assert.ok(await timed(blocked) < 1000);
      await frozen.send('Page.setWebLifecycleState', { state: 'active' });
      await devtools.send('Page.setWebLifecycleState', { state: 'active' });
      assert.equal(await a.evaluate(() => globalThis.last), 'done');
      assert.equal(await c.evaluate(() => { globalThis.goOn(); return globalThis.undone; }), '40001');
      await b.close();
      await query(a, 'INSERT INTO t VALUES (6)');
      assert.deepEqual(await query(c, 'SELECT id FROM t ORDER BY id'), [1, 2, 3, 5, 6].map((id) => ({ id })));
      await eventually(async () => assert.equal(await a.evaluate(() => globalThis.live.rows[0].n), 5));
      const seen = await a.evaluate(() => globalThis.seen);
      assert.deepEqual(seen, [...new Set(seen)].sort());
    });
  }
});
