import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { RecordingStorage } from './lib/recording-storage.js';

const BLOCK = 1 << 16;

/** A storage that is read in pieces, each when the test lets it. */
class SlowStorage extends RecordingStorage {
  reads = [];
  /** @type {(offset: number) => Promise<void> | void} */
  gate = () => {};

  get size() { return this.bytes.length; }

  async read(offset, size) {
    assert.equal(offset % BLOCK, 0);
    this.reads.push(offset);
    await this.gate(offset);
    return this.bytes.slice(offset, Math.ceil((offset + size) / BLOCK) * BLOCK);
  }
}

/** A database of some twelve megabytes. */
async function large() {
  const storage = new SlowStorage();
  const db = new Tidemark({ path: 'large', storage });
  await db.query('CREATE TABLE t (id integer PRIMARY KEY, data text)');
  await db.query(`INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 12000) AS s (i)`);
  await db.close();
  return storage;
}

/** Lets everything go that does not wait for the storage. */
const settle = () => new Promise((resolve) => { setTimeout(resolve, 30); });

/**
 * Holds the storage back when two thirds have been loaded.
 * @param {SlowStorage} storage
 */
function holdBack(storage) {
  let release = () => {};
  const released = new Promise((resolve) => { release = () => resolve(undefined); });
  const held = 2 ** 18 + 8 * 2 ** 20;
  storage.gate = (offset) => (offset === held ? released : undefined);
  return release;
}

test('A point read is answered before the database is loaded; a write, a live query, a transaction after', async () => {
  const storage = await large();
  const db = new Tidemark({ path: 'large', storage });
  // The last row is asked for before the storage is held up.
  const release = holdBack(storage);
  const first = db.query('SELECT id FROM t WHERE id = 12000');
  assert.deepEqual((await first).rows, [{ id: 12000 }]);
  assert.ok(storage.reads.some((offset) => offset > 1e7));
  assert.ok(storage.reads.length < 20, `${storage.reads}`);
  await settle();
  const done = [];
  const note = (what) => () => { done.push(what); };
  const work = [
    db.query(`INSERT INTO t VALUES (12001, 'new')`).then(note('write')),
    db.live('SELECT id FROM t WHERE id > 11999').then((live) => { done.push('live'); return live.rows; }),
    db.transaction((tx) => tx.query('DELETE FROM t WHERE id = 1')).then(note('transaction')),
  ];
  await settle();
  assert.deepEqual(done, []);
  release();
  await Promise.all(work);
  assert.deepEqual((await db.query('SELECT count(*) AS n, sum(length(data)) AS s FROM t')).rows, [{ n: 12000, s: 11999003 }]);
  await db.close();
});

test('A stream and a scan give every row once', async () => {
  const db = new Tidemark({ path: 'large', storage: await large() });
  const ids = [];
  for await (const { id } of db.stream('SELECT id FROM t ORDER BY id')) ids.push(id);
  assert.deepEqual(ids, Array.from({ length: 12000 }, (_, at) => at + 1));
  await db.close();
});

test('It can be closed, and opened again, while it is loaded', async () => {
  const storage = await large();
  const release = holdBack(storage);
  const db = new Tidemark({ path: 'large', storage });
  await db.connect();
  const waiting = assert.rejects(db.query('DELETE FROM t'), { code: '57P01' });
  await settle();
  const closing = db.close();
  release();
  await Promise.all([closing, waiting]);
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM t')).rows, [{ n: 12000 }]);
  await db.close();
});

test('A page that is damaged, or cannot be read, fails what waits and all that follows', async () => {
  for (const [code, harm] of [
    ['XX001', (storage) => { storage.bytes[5e6] ^= 1; }],
    ['58030', (storage) => { storage.gate = (offset) => (offset > 3e6 ? Promise.reject(new Error('gone')) : undefined); }],
  ]) {
    const storage = await large();
    harm(storage);
    const db = new Tidemark({ path: 'large', storage });
    await assert.rejects(db.query('DELETE FROM t'), { code });
    await assert.rejects(db.query('SELECT count(*) FROM t'), { code });
    await db.close();
  }
});
