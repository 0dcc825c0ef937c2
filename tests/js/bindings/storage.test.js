import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { folder, open } from './lib/open.js';
import { RecordingStorage } from './lib/recording-storage.js';

const INDEX = new URL('../../../js-bindings/index.js', import.meta.url).href;
let names = 0;

test('A file is found again after reopening', async (t) => {
  const path = `${folder(t)}/app.db`;
  const db = open(t, { path });
  await db.query("CREATE TABLE t (a integer PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'é')");
  assert.equal(db.storage, 'file');
  await db.close();
  await db.query("INSERT INTO t VALUES (2, 'x')");
  await db.close();
  const again = open(t, { path });
  assert.deepEqual((await again.query('SELECT * FROM t ORDER BY a')).rows, [{ a: 1, b: 'é' }, { a: 2, b: 'x' }]);
});

test('What a promise has acknowledged survives the death of the process; what was open does not', async (t) => {
  const path = `${folder(t)}/app.db`;
  const script = `const { Tidemark } = await import(${JSON.stringify(INDEX)});
    const db = new Tidemark({ path: ${JSON.stringify(path)} });
    await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
    for (let a = 0; ; a++) {
      await db.query('INSERT INTO t VALUES ($1)', [a]);
      console.log(a);
      if (a === 20) await db.transaction(async (tx) => {
        await tx.query('INSERT INTO t VALUES (1000)');
        await new Promise(() => { setInterval(() => {}, 1000); });
      });
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let output = '';
  await new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      output += data;
      if (output.endsWith('\n20\n')) setTimeout(resolve, 50);
    });
    child.on('exit', resolve);
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => { child.on('exit', resolve); });
  const db = open(t, { path });
  const { rows } = await db.query('SELECT count(*) AS n, max(a) AS last FROM t');
  assert.deepEqual(rows, [{ n: 21, last: 20 }]);
});

/** Files in memory that count how often they were synchronised. */
function countingStorage() {
  /** @type {Map<string, Uint8Array>} */
  const contents = new Map();
  const named = [];
  const resize = (handle, size) => {
    const bytes = new Uint8Array(size);
    bytes.set(contents.get(named[handle]).subarray(0, size));
    contents.set(named[handle], bytes);
  };
  const storage = {
    kind: 'file', name: 'counting', path: 'a', syncs: 0,
    async open() {},
    async close() {},
    files: {
      open(name, create) {
        if (!contents.has(name) && !create) throw new Error('there is none');
        if (!contents.has(name)) contents.set(name, new Uint8Array(0));
        return named.push(name) - 1;
      },
      close() {},
      read(handle, bytes, offset) {
        const piece = contents.get(named[handle]).subarray(offset, offset + bytes.length);
        bytes.set(piece);
        return piece.length;
      },
      write(handle, bytes, offset) {
        if (contents.get(named[handle]).length < offset + bytes.length) resize(handle, offset + bytes.length);
        contents.get(named[handle]).set(bytes, offset);
      },
      truncate: resize,
      sync() { storage.syncs++; },
      size: (handle) => contents.get(named[handle]).length,
      remove(name) { contents.delete(name); },
      exists: (name) => contents.has(name),
    },
  };
  return storage;
}

test('A commit is one synchronisation of a file, and with relaxed durability none', async (t) => {
  for (const [durability, expected] of [['strict', 10], ['relaxed', 0]]) {
    const storage = countingStorage();
    const db = open(t, { storage, path: 'a', durability });
    await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
    await db.query('INSERT INTO t VALUES (0)');
    const before = storage.syncs;
    for (let a = 1; a <= 10; a++) await db.query('INSERT INTO t VALUES ($1)', [a]);
    assert.equal(storage.syncs - before, expected, durability);
    await db.close();
    assert.deepEqual((await db.query('SELECT count(*) AS n FROM t')).rows, [{ n: 11 }]);
  }
});

test('The durability of commits in IndexedDB is the one asked for; another one is 22023', async (t) => {
  const asked = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function recorded(names, mode, options) {
    if (mode === 'readwrite') asked.push(options.durability);
    return transaction.call(this, names, mode, options);
  };
  t.after(() => { IDBDatabase.prototype.transaction = transaction; });
  for (const durability of [undefined, 'strict', 'relaxed']) {
    const db = open(t, { storage: 'indexeddb', path: `durable${names++}`, durability });
    asked.length = 0;
    await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
    assert.deepEqual(new Set(asked), new Set([durability ?? 'strict']));
  }
  await assert.rejects(new Tidemark({ durability: /** @type {any} */ ('none') }).connect(), { code: '22023' });
});

test('Something that is no database is XX001 and stays as it is', async (t) => {
  const path = `${folder(t)}/app.db`;
  const content = Buffer.alloc(8192, 'no database at all');
  fs.writeFileSync(path, content);
  await assert.rejects(async () => {
    const db = new Tidemark({ path });
    await db.query('SELECT 1');
  }, { code: 'XX001' });
  assert.ok(fs.readFileSync(path).equals(content));
  assert.deepEqual(fs.readdirSync(dirname(path)), ['app.db']);
});

test('IndexedDB keeps commits, across reopening', async (t) => {
  const options = { path: `db${names++}`, storage: 'indexeddb' };
  const db = open(t, options);
  await db.query('CREATE TABLE t (a integer PRIMARY KEY, b text)');
  await db.query("INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 2000) AS g(n)");
  assert.equal(db.storage, 'indexeddb');
  await db.close();
  const again = open(t, options);
  assert.deepEqual((await again.query('SELECT count(*) AS n, max(b) AS last FROM t')).rows,
    [{ n: 2000, last: 'row 999' }]);
});

test('Nothing is told of a commit that could still be lost', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
  /** @type {(value?: unknown) => void} */
  let keep = () => {};
  storage.before = () => new Promise((resolve) => { keep = resolve; });
  let told = 0;
  const count = 'SELECT count(*)::integer AS n FROM t';
  const telling = [
    db.query('INSERT INTO t VALUES (1)'),
    db.query(count),
    db.exec(`${count}; ${count}`),
    db.transaction((tx) => tx.query(count)),
    db.live(count).then(async (live) => { await live.close(); }),
  ].map((each) => each.then(() => { told++; }));
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.equal(told, 0);
  storage.before = null;
  keep();
  await Promise.all(telling);
  assert.equal(db.storage, 'recording');

  storage.before = async () => { throw new Error('broken'); };
  const lost = db.query('INSERT INTO t VALUES (2)');
  const dirty = db.query(count);
  await assert.rejects(lost, { code: '58030' });
  await assert.rejects(dirty, { code: '58030' });
});

test('Live queries and subscribers of the log are told of a commit when it is durable, and never of one that is lost', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
  /** @type {any[]} */
  const told = [];
  const live = await db.live('SELECT a FROM t ORDER BY a');
  live.subscribe(({ rows }) => { told.push(rows.map(({ a }) => a)); });
  await db.wal.subscribe('public.t', ({ changes }) => { told.push(`log ${changes.map(({ new: row }) => row.a)}`); });
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  told.length = 0;
  /** @type {(() => void)[]} */
  const kept = [];
  storage.before = () => new Promise((resolve) => { kept.push(() => resolve(undefined)); });
  const first = db.query('INSERT INTO t VALUES (1)');
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  const second = db.query('INSERT INTO t VALUES (2)');
  const opening = db.live('SELECT count(*)::integer AS n FROM t').then(({ rows }) => { told.push(rows); });
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.deepEqual(told, []);
  for (const each of [first, second]) {
    kept.shift()?.();
    await each;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  await opening;
  assert.deepEqual(told, ['log 1', [1], 'log 2', [1, 2], [{ n: 2 }]]);

  told.length = 0;
  storage.before = async () => { throw new Error('broken'); };
  await assert.rejects(db.query('INSERT INTO t VALUES (3)'), { code: '58030' });
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.deepEqual(told, []);
});

test('Commits made while the storage is busy are kept together, in order', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer)');
  const before = storage.batches.length;
  storage.before = () => new Promise((resolve) => { setTimeout(resolve, 5); });
  await Promise.all(Array.from({ length: 50 }, (_, a) => db.query('INSERT INTO t VALUES ($1)', [a])));
  assert.ok(storage.batches.length - before < 5, `${storage.batches.length - before} batches`);
  await db.close();
  const again = open(t, { path: 'x', storage });
  assert.deepEqual((await again.query('SELECT count(*) AS n FROM t')).rows, [{ n: 50 }]);
});

test('A transaction is one batch, and one that is undone is none', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer)');
  const before = storage.batches.length;
  await db.transaction(async (tx) => {
    for (let a = 0; a < 10; a++) await tx.query('INSERT INTO t VALUES ($1)', [a]);
    assert.equal(storage.batches.length, before);
  });
  assert.equal(storage.batches.length, before + 1);
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (99)');
    throw new Error('undo');
  }));
  assert.equal(storage.batches.length, before + 1);
});

test('When pages cannot be kept the write fails, and so does everything until it is reopened', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer); INSERT INTO t VALUES (1)');
  storage.before = async () => { throw Object.assign(new Error('full'), { code: '53100' }); };
  const writes = await Promise.allSettled([2, 3].map((a) => db.query('INSERT INTO t VALUES ($1)', [a])));
  for (const write of writes) assert.equal(write.reason.code, '53100');
  await assert.rejects(db.query('SELECT * FROM t'), { code: '53100' });
  await assert.rejects(db.transaction(() => {}), { code: '53100' });
  await db.close();
  storage.before = null;
  assert.deepEqual((await db.query('SELECT * FROM t')).rows, [{ a: 1 }]);
  storage.before = async () => { throw new Error('cable'); };
  await assert.rejects(db.query('INSERT INTO t VALUES (4)'), { code: '58030' });
});

test('Closing waits until everything committed is kept', async (t) => {
  const storage = new RecordingStorage();
  const db = open(t, { path: 'x', storage });
  await db.query('CREATE TABLE t (a integer)');
  storage.before = () => new Promise((resolve) => { setTimeout(resolve, 10); });
  const write = db.query('INSERT INTO t VALUES (1)');
  await db.close();
  await write;
  const again = open(t, { path: 'x', storage });
  assert.deepEqual((await again.query('SELECT * FROM t')).rows, [{ a: 1 }]);
});

test('A storage that cannot be read fails at opening, and may work the next time', async (t) => {
  const storage = new RecordingStorage();
  const { load } = storage;
  storage.load = async () => { throw new Error('not now'); };
  const db = open(t, { path: 'x', storage });
  await assert.rejects(db.query('SELECT 1'), { code: '58030' });
  storage.load = load;
  assert.equal((await db.query('SELECT 1')).rowCount, 1);
});

test('Random commits and reopenings over pages give what the same writes give in memory', async (t) => {
  const storage = new RecordingStorage();
  const memory = open(t);
  const schema = 'CREATE TABLE t (a integer PRIMARY KEY, b text); CREATE INDEX i ON t (b)';
  await memory.query(schema);
  let db = new Tidemark({ path: 'x', storage });
  await db.query(schema);
  for (let round = 0; round < 200; round++) {
    const sql = round % 3 === 2 ? 'DELETE FROM t WHERE a % 7 = $1::integer % 7'
      : `INSERT INTO t SELECT $1::integer * 50 + n, repeat('x', n * 3) FROM generate_series(1, 40) AS g(n)`;
    await Promise.all([db.query(sql, [round]), memory.query(sql, [round])]);
    if (round % 20 === 19) {
      await db.close();
      db = new Tidemark({ path: 'x', storage });
    }
  }
  const all = 'SELECT * FROM t ORDER BY a';
  assert.deepEqual((await db.query(all)).rows, (await memory.query(all)).rows);
  await db.close();
});
