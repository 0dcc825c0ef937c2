/** An encrypted database in Chromium: in the private file system and in IndexedDB, and shared by two tabs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { launch } from './lib/browsers.js';
import { close, query } from './lib/page.js';
import { startSite } from './lib/site.js';

const RIGHT = 1;
const WRONG = 2;
const NONE = 0;

/** Opens a database in the page with a key of equal bytes: the name of its storage, or the code of the error. */
const open = (page, options, key) => page.evaluate(async ([given, byte]) => {
  const { Tidemark } = await import('/tidemark/index.js');
  const encryptionKey = byte === 0 ? undefined : new Uint8Array(32).fill(byte);
  globalThis.db = new Tidemark({ ...given, encryptionKey });
  return globalThis.db.connect().then(() => globalThis.db.storage, (error) => error.code);
}, [options, key]);

/** Whether a text is in any file of the private file system, or any record of IndexedDB. */
const isStored = (page, text) => page.evaluate(async (wanted) => {
  const within = (buffer) => new TextDecoder('latin1').decode(buffer).includes(wanted);
  let found = false;
  const search = async (folder) => {
    for await (const entry of folder.values()) {
      if (entry.kind === 'directory') await search(entry);
      else found ||= within(await (await entry.getFile()).arrayBuffer());
    }
  };
  await search(await navigator.storage.getDirectory());
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      for (const value of await settled(database.transaction(store).objectStore(store).getAll())) {
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) found ||= within(value);
      }
    }
    database.close();
  }
  return found;
}, text);

describe('an encrypted database in Chromium', () => {
  let site, browser, page;

  before(async () => {
    site = await startSite();
    browser = await launch('Chromium');
    page = await browser.context.newPage();
    await page.goto(site.url);
  });

  after(async () => {
    await browser?.close();
    await site?.close();
  });

  for (const [storage, options] of [['opfs', { worker: true }], ['indexeddb', {}]]) {
    it(`is read with its key alone, in ${storage}`, async () => {
      for (const [key, marker] of [[NONE, `plain words in ${storage}`], [RIGHT, `secret words in ${storage}`]]) {
        assert.equal(await open(page, { path: `${storage}-${key}`, storage, ...options }, key), storage);
        await query(page, 'CREATE TABLE notes (text text)');
        await query(page, 'INSERT INTO notes SELECT $1 FROM generate_series(1, 100)', [marker]);
        await close(page);
        assert.equal(await isStored(page, marker), key === NONE);
      }
      const given = { path: `${storage}-${RIGHT}`, storage, ...options };
      await page.reload();
      assert.equal(await open(page, given, WRONG), '28P01');
      await close(page);
      assert.equal(await open(page, given, NONE), '28P01');
      await close(page);
      assert.equal(await open(page, given, RIGHT), storage);
      assert.deepEqual(await query(page, 'SELECT count(*) AS n FROM notes'), [{ n: 100 }]);
      await close(page);
      assert.equal(await open(page, { ...given, path: `${storage}-${NONE}` }, RIGHT), '55000');
      await close(page);
    });
  }

  it('is shared by tabs that have its key, and refused to others', async () => {
    const other = await browser.context.newPage();
    await other.goto(site.url);
    const given = { path: 'shared', storage: 'indexeddb' };
    await open(page, given, RIGHT);
    await query(page, 'CREATE TABLE t (a integer)');
    assert.equal(await open(other, given, WRONG), '28P01');
    await close(other);
    assert.equal(await open(other, given, NONE), '28P01');
    await close(other);
    assert.equal(await open(other, given, RIGHT), 'indexeddb');
    await query(other, 'INSERT INTO t VALUES (1)');
    assert.deepEqual(await query(page, 'SELECT a FROM t'), [{ a: 1 }]);
    await close(page);
    assert.deepEqual(await query(other, 'SELECT a FROM t'), [{ a: 1 }], 'the one with the key takes over');
    await close(other);
    assert.equal(await open(page, { ...given, path: 'open' }, NONE), 'indexeddb');
    await query(page, 'CREATE TABLE t (a integer)');
    assert.equal(await open(other, { ...given, path: 'open' }, RIGHT), '55000');
    await close(other);
    await other.close();
    await close(page);
  });
});
