/** Two versions of the package at one site, as while an app is being updated: they never share, and who has to reload is told so. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { browsers, launch } from './lib/browsers.js';
import { startSite } from './lib/site.js';

const ownPackage = fileURLToPath(new URL('../../js-bindings', import.meta.url));

/** A folder that is served: the package, and below `newer` the same of a later version. */
async function twoVersions() {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-versions-'));
  const newer = join(folder, 'newer');
  await cp(ownPackage, folder, { recursive: true });
  await cp(ownPackage, newer, { recursive: true });
  const file = join(newer, 'protocol.js');
  const bumped = (await readFile(file, 'utf8')).replace(/PROTOCOL = (\d+)/, (_, version) => `PROTOCOL = ${Number(version) + 1}`);
  await writeFile(file, bumped);
  return folder;
}

const OLDER = 'tidemark';
const NEWER = 'newer';
const RELOAD = /newer version of Tidemark; reload this page/;
const CLOSE = /older version of Tidemark; close or reload that tab/;

/** Makes a database in the page, of one of the versions; worker: of which version the worker is, which may be shared. */
const make = (page, version, options) => page.evaluate(async ([of, { worker, shared, ...given }]) => {
  const { Tidemark } = await import(`/${of}/index.js`);
  const address = `/${worker}/worker-entry.js`;
  const started = worker && new (shared ? SharedWorker : Worker)(address, { type: 'module' });
  globalThis.db = new Tidemark({ ...given, ...(worker ? { worker: started } : {}) });
}, [version, options]);

/** Rows, or the error. */
const run = (page, sql) => page.evaluate((text) => globalThis.db.query(text).then(({ rows }) => rows,
  ({ code, message }) => ({ code, message })), sql);

const refused = (answer, message) => {
  assert.equal(answer.code, '55P03');
  assert.match(answer.message, message);
};

for (const name of browsers) {
  describe(`two versions of the package in ${name}`, () => {
    let folder, site, browser, a, b;

    before(async () => {
      folder = await twoVersions();
      site = await startSite(folder);
      browser = await launch(name, { separateTabs: true });
      [a, b] = [await browser.context.newPage(), await browser.context.newPage()];
    });

    after(async () => {
      await browser?.close();
      await site?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const places = [['in workers', (version) => ({ worker: version })], ['on the page', () => ({ storage: 'indexeddb' })]];
    for (const [where, placed] of places) {
      for (const [holder, guest, message] of [[OLDER, NEWER, CLOSE], [NEWER, OLDER, RELOAD]]) {
        it(`do not share what the ${holder === NEWER ? 'newer' : 'older'} has open, ${where}`, { timeout: 60_000 }, async () => {
          const path = `${holder}-${where}`;
          await Promise.all([a, b].map((page) => page.goto(site.url)));
          await make(a, holder, { path, ...placed(holder) });
          await run(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
          await make(b, guest, { path, ...placed(guest) });
          // As often as it is tried; the other notices nothing.
          for (const id of [1, 2]) {
            refused(await run(b, `INSERT INTO t VALUES (${-id})`), message);
            assert.deepEqual(await run(a, `INSERT INTO t VALUES (${id})`), []);
          }
          await a.evaluate(() => globalThis.db.close());
          assert.deepEqual(await run(b, 'INSERT INTO t VALUES (3)'), []);
          assert.deepEqual(await run(b, 'SELECT id FROM t ORDER BY id'), [1, 2, 3].map((id) => ({ id })));
          // Who had it is now the one that is not served; the write that it wants is not made.
          refused(await run(a, 'INSERT INTO t VALUES (4)'), holder === NEWER ? CLOSE : RELOAD);
          await a.goto('about:blank');
          assert.deepEqual(await run(b, 'SELECT count(*) AS n FROM t'), [{ n: 3 }]);
        });
      }
    }

    it('pass a database that both have open from the one to the other', { timeout: 60_000 }, async () => {
      const given = { path: 'passed', storage: 'indexeddb' };
      const c = await browser.context.newPage();
      await Promise.all([a, b, c].map((page) => page.goto(site.url)));
      await make(a, OLDER, given);
      await run(a, 'CREATE TABLE t (id integer PRIMARY KEY)');
      await make(c, OLDER, given);
      await run(c, 'INSERT INTO t VALUES (1)');
      await make(b, NEWER, given);
      refused(await run(b, 'SELECT 1'), CLOSE);
      await a.close();
      // Either of the two has it now, and the other is told; nothing hangs, and nothing is lost.
      const answers = [await run(b, 'INSERT INTO t VALUES (2)'), await run(c, 'INSERT INTO t VALUES (3)')];
      const [wrong] = answers.filter((answer) => !Array.isArray(answer));
      refused(wrong, wrong === answers[0] ? CLOSE : RELOAD);
      const [served, written] = wrong === answers[0] ? [c, 3] : [b, 2];
      assert.deepEqual(await run(served, 'SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: written }]);
      await c.close();
      a = await browser.context.newPage();
    });

    // A page of the one version starts or finds a worker of the other: its files were replaced, or it is shared.
    for (const shared of name === 'Chromium' ? [false, true] : [false]) {
      it(`find a ${shared ? 'shared ' : ''}worker of the other version out`, { timeout: 60_000 }, async () => {
        await a.goto(site.url);
        for (const [version, worker, message] of [[OLDER, NEWER, RELOAD], [NEWER, OLDER, CLOSE]]) {
          const path = `worker-${worker}-${shared}`;
          await make(a, version, { path, worker, shared });
          refused(await run(a, 'CREATE TABLE t (id integer)'), message);
          await a.evaluate(() => globalThis.db.close());
          // Nothing is left open.
          await make(a, version, { path, worker: version, shared });
          assert.deepEqual(await run(a, 'CREATE TABLE t (id integer)'), []);
          await a.evaluate(() => globalThis.db.close());
        }
      });
    }
  });
}
