import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { IndexedDbStorage } from '../../../js-bindings/storage/indexeddb.js';
import { random } from './lib/random.js';

const PAGE = 64;
let names = 0;

/** @param {number} fill */
const page = (fill) => new Uint8Array(PAGE).fill(fill);

/**
 * @param {number} pageCount
 * @param {[number, Uint8Array][]} pages
 */
const batch = (pageCount, pages) => ({ pageSize: PAGE, pageCount, pages: new Map(pages) });

/** @param {IndexedDbStorage} storage */
async function loaded(storage) {
  /** @type {number[]} */
  const bytes = [];
  await storage.load((offset, piece) => { for (const [at, byte] of piece.entries()) bytes[offset + at] = byte; });
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array[]} pages */
const joined = (pages) => Uint8Array.from(pages.flatMap((each) => [...each]));

/**
 * @param {string} path
 * @param {{ changedMax?: number }} [options]
 */
async function open(path, options) {
  const storage = new IndexedDbStorage(options);
  await storage.open(path);
  return storage;
}

/** A stand-in for the browser's locks, which Node 20 has not: one holder per name, in order of asking. */
function lockManager() {
  const tails = new Map();
  return {
    request(name, { signal }, work) {
      const before = tails.get(name) ?? Promise.resolve();
      const granted = Promise.race([before, new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      })]);
      const result = granted.then(() => work());
      tails.set(name, Promise.allSettled([before, result]));
      return result;
    },
  };
}

/**
 * @param {import('node:test').TestContext} t
 */
function withLocks(t) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks: lockManager() }, configurable: true });
  t.after(() => {
    if (before === undefined) delete globalThis.navigator;
    else Object.defineProperty(globalThis, 'navigator', before);
  });
}

test('A new database has no pages', async () => {
  const storage = await open(`db${names++}`);
  assert.equal((await loaded(storage)).length, 0);
  await storage.close();
});

for (const changedMax of [0, 7, 30, 1000]) {
  test(`Random batches are found again, whole, after reopening; pages beyond the end are gone (${changedMax} pages apart)`, async () => {
    const next = random(3);
    const path = `db${names++}`;
    /** @type {Uint8Array[]} */
    let expected = [];
    for (let round = 0; round < 40; round++) {
      const storage = await open(path, { changedMax });
      for (let commits = 1 + next(9); commits > 0; commits--) {
        const pageCount = next(3) === 0 || expected.length === 0 ? 1 + next(100) : expected.length;
        const pages = new Map();
        for (let number = expected.length; number < pageCount; number++) pages.set(number, page(next(256)));
        for (let changed = next(5); changed > 0; changed--) pages.set(next(pageCount), page(next(256)));
        expected = Array.from({ length: pageCount }, (_, number) => pages.get(number) ?? expected[number]);
        await storage.persist({ pageSize: PAGE, pageCount, pages });
        if (next(4) === 0) assert.deepEqual(await loaded(storage), joined(expected));
      }
      assert.deepEqual(await loaded(storage), joined(expected));
      await storage.close();
    }
    assert.ok(await count(path, 'changed') <= changedMax);
  });
}

test('A commit writes pages, and a block only when there are many of them', async () => {
  const path = `db${names++}`;
  const storage = await open(path, { changedMax: 3 });
  await storage.persist(batch(48, Array.from({ length: 48 }, (_, at) => [at, page(at)])));
  assert.equal(await count(path, 'changed'), 0);
  for (const [at, kept] of [[1, 1], [20, 2], [2, 3], [1, 3], [40, 2], [41, 3], [42, 1]]) {
    await storage.persist(batch(48, [[at, page(100 + at)]]));
    assert.equal(await count(path, 'changed'), kept, `after page ${at}`);
  }
  await storage.close();
});

test('More pages than are loaded at once', async () => {
  const storage = await open(`db${names++}`);
  const count = 2500;
  await storage.persist(batch(count, Array.from({ length: count }, (_, at) => [at, page(at & 255)])));
  const bytes = await loaded(storage);
  assert.equal(bytes.length, count * PAGE);
  for (let at = 0; at < count; at += 97) assert.equal(bytes[at * PAGE], at & 255);
  await storage.close();
});

/**
 * How many records an object store has.
 * @param {string} path
 * @param {string} store
 */
async function count(path, store) {
  /** @type {IDBRequest<number> | undefined} */
  let request;
  await tamper(path, 3, (stores) => { request = stores[store].count(); });
  return Number(request?.result);
}

/**
 * Does something to a stored database behind its back.
 * @param {string} path
 * @param {number} version
 * @param {(stores: { [name: string]: IDBObjectStore }) => void} work
 */
async function tamper(path, version, work) {
  const request = indexedDB.open(`tidemark:${path}`, version);
  request.onupgradeneeded = () => {
    for (const name of ['about', version === 1 ? 'pages' : 'blocks']) request.result.createObjectStore(name);
  };
  await new Promise((resolve) => { request.onsuccess = resolve; });
  const names = [...request.result.objectStoreNames];
  const transaction = request.result.transaction(names, 'readwrite');
  work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
  request.result.close();
}

test('A store that lost a record is reported as corrupt, and not written to', async () => {
  const path = `db${names++}`;
  const pages = Array.from({ length: 40 }, (_, at) => [at, page(at)]);
  await (await open(path)).persist(batch(40, pages));
  await tamper(path, 3, ({ blocks }) => blocks.delete(1));
  const storage = await open(path, { changedMax: 0 });
  await assert.rejects(loaded(storage), { code: 'XX001' });
  await assert.rejects(storage.persist(batch(40, [[0, page(9)], [20, page(9)]])), { code: 'XX001' });
  assert.equal((await storage.read(0, 1))[0], 0);
  await storage.close();
});

test('Any part can be read, from where a block begins', async () => {
  const storage = await open(`db${names++}`);
  await storage.persist(batch(50, Array.from({ length: 50 }, (_, at) => [at, page(at)])));
  assert.equal(storage.size, 50 * PAGE);
  const block = 16 * PAGE;
  assert.deepEqual((await storage.read(0, 1)).length, block);
  assert.deepEqual([...new Set(await storage.read(block, 2 * block))], Array.from({ length: 32 }, (_, at) => 16 + at));
  assert.deepEqual(await storage.read(3 * block, 5 * block), Uint8Array.from([...page(48), ...page(49)]));
  await storage.close();
});

test('A page is changed in a block that was neither written nor read before', async () => {
  const path = `db${names++}`;
  const storage = await open(path);
  await storage.persist(batch(20, Array.from({ length: 20 }, (_, at) => [at, page(at)])));
  await storage.close();
  const again = await open(path);
  await again.persist(batch(21, [[3, page(77)], [20, page(20)]]));
  const expected = Uint8Array.from({ length: 21 * PAGE }, (_, at) => Math.floor(at / PAGE));
  expected.fill(77, 3 * PAGE, 4 * PAGE);
  assert.deepEqual(await loaded(again), expected);
  await again.close();
});

test('A database of version 1 opens, and has a record for each block from then on', async () => {
  const path = `db${names++}`;
  const count = 2100;
  await tamper(path, 1, ({ pages, about }) => {
    for (let at = 0; at < count; at++) pages.put(page(at & 255), at);
    about.put({ pageSize: PAGE, pageCount: count }, 'shape');
  });
  const storage = await open(path);
  const bytes = await loaded(storage);
  assert.equal(bytes.length, count * PAGE);
  for (let at = 0; at < count; at++) assert.equal(bytes[at * PAGE], at & 255);
  await storage.close();
  await tamper(path, 3, (stores) => assert.deepEqual(Object.keys(stores), ['about', 'blocks', 'changed']));
});

test('A database of version 2 opens', async () => {
  const path = `db${names++}`;
  const storage = await open(path);
  await storage.persist(batch(20, Array.from({ length: 20 }, (_, at) => [at, page(at)])));
  await storage.close();
  const records = {};
  await tamper(path, 3, ({ blocks, about }) => {
    records.blocks = blocks.getAll();
    records.shape = about.get('shape');
  });
  const old = `db${names++}`;
  await tamper(old, 2, ({ blocks, about }) => {
    records.blocks.result.forEach((block, number) => blocks.put(block, number));
    about.put(records.shape.result, 'shape');
  });
  const again = await open(old);
  await again.persist(batch(20, [[3, page(77)]]));
  assert.deepEqual(await loaded(again), joined(Array.from({ length: 20 }, (_, at) => page(at === 3 ? 77 : at))));
  await again.close();
});

test('A database of version 1 that lost pages stays as it is', async () => {
  const path = `db${names++}`;
  await tamper(path, 1, ({ pages, about }) => {
    pages.put(page(1), 0);
    about.put({ pageSize: PAGE, pageCount: 2 }, 'shape');
  });
  await assert.rejects(open(path), { code: 'XX001' });
  await tamper(path, 1, (stores) => assert.deepEqual(Object.keys(stores), ['about', 'pages']));
});

test('A database of a newer version is told apart from a broken one', async () => {
  const path = `db${names++}`;
  await tamper(path, 1, () => {});
  const request = indexedDB.open(`tidemark:${path}`, 9);
  await new Promise((resolve) => { request.onsuccess = resolve; });
  request.result.close();
  await assert.rejects(open(path), { code: '0A000' });
});

test('A second one that opens the database waits, and fails clearly when it waits too long', async (t) => {
  withLocks(t);
  const alive = setInterval(() => {}, 10); // AbortSignal.timeout does not keep Node from ending
  t.after(() => clearInterval(alive));
  const path = `db${names++}`;
  const first = await open(path);
  await assert.rejects(new IndexedDbStorage({ patience: 20 }).open(path), { code: '55P03' });
  const second = open(path);
  await first.persist(batch(1, [[0, page(7)]]));
  await first.close();
  const storage = await second;
  assert.equal((await loaded(storage))[0], 7);
  await storage.close();
});

test('Without Web Locks whoever opened last writes, and the one before fails without damage', async () => {
  const path = `db${names++}`;
  const first = await open(path);
  await first.persist(batch(1, [[0, page(1)]]));
  const second = await open(path);
  await second.persist(batch(1, [[0, page(2)]]));
  await assert.rejects(first.persist(batch(1, [[0, page(3)]])), { code: '55P03' });
  assert.equal((await loaded(second))[0], 2);
  await first.close();
  await second.close();
});

test('A full disk is 53100; a database that the browser deleted is 58030', async (t) => {
  const path = `db${names++}`;
  const storage = await open(path);
  const put = IDBObjectStore.prototype.put;
  t.after(() => { IDBObjectStore.prototype.put = put; });
  IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
  await assert.rejects(storage.persist(batch(1, [[0, page(1)]])), { code: '53100' });
  IDBObjectStore.prototype.put = put;
  await new Promise((resolve) => { indexedDB.deleteDatabase(`tidemark:${path}`).onsuccess = resolve; });
  await assert.rejects(storage.persist(batch(1, [[0, page(1)]])), { code: '58030' });
});
