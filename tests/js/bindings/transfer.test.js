import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { edited } from '../lib/edited-file.js';
import { folder, open } from './lib/open.js';

const CONTENTS = `CREATE TABLE t (id integer PRIMARY KEY, name text);
  CREATE REALTIME VIEW v AS SELECT count(*) AS n, max(name) AS last FROM t;
  INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 20000) AS g(i)`;

/** @param {ReadableStream<Uint8Array>} stream */
async function bytesOf(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {import('node:test').TestContext} t */
async function exported(t) {
  const db = open(t);
  await db.exec(CONTENTS);
  return bytesOf(db.export());
}

/** @param {any} db */
async function check(db) {
  assert.deepEqual((await db.query('SELECT * FROM v')).rows, [{ n: 20000, last: 'name 9999' }]);
  await db.query("INSERT INTO t VALUES (0, 'zero')");
  assert.deepEqual((await db.query('SELECT * FROM v')).rows, [{ n: 20001, last: 'zero' }]);
  assert.deepEqual((await db.query('PRAGMA integrity_check')).rows, [{ integrity_check: 'ok' }]);
}

test('A database moves from one place to another, and goes on there', async (t) => {
  const made = folder(t);
  const file = await exported(t);
  assert.equal(new TextDecoder().decode(file.subarray(0, 15)), 'SQLite format 3');
  for (const options of [{ path: path.join(made, 'a') }, { path: path.join(made, 'b'), worker: true }, { worker: true }]) {
    const db = open(t, options);
    await db.import(file);
    await check(db);
    const again = open(t);
    await again.import(db.export());
    assert.deepEqual((await again.query('SELECT n FROM v')).rows, [{ n: 20001 }]);
    if (options.path === undefined) continue;
    await db.close();
    assert.deepEqual((await db.query('SELECT n FROM v')).rows, [{ n: 20001 }]);
  }
});

test('Bytes come from whatever a program has', async (t) => {
  const file = await exported(t);
  const sources = {
    'an ArrayBuffer': file.buffer,
    'a part of one': new DataView(new Uint8Array([1, 2, ...file, 3]).buffer, 2, file.length),
    'a Blob': new Blob([file]),
    'a Response': new Response(file),
    'a stream': new Blob([file]).stream(),
    'an iterable': (async function* () {
      for (let at = 0; at < file.length; at += 9999) yield file.subarray(at, at + 9999);
    })(),
  };
  for (const [what, source] of Object.entries(sources)) {
    const db = open(t);
    await db.import(source);
    assert.deepEqual((await db.query('SELECT n FROM v')).rows, [{ n: 20000 }], what);
  }
  for (const source of [undefined, 'text', new Response('', { status: 404 }), [1, 2]]) {
    await assert.rejects(open(t).import(/** @type {any} */ (source)), { code: '22023' });
  }
});

test('An export is one state: what is written meanwhile waits', async (t) => {
  const db = open(t);
  await db.exec(CONTENTS);
  const reader = db.export().getReader();
  const parts = [(await reader.read()).value];
  let written = false;
  const writing = db.query('DELETE FROM t').then(() => { written = true; });
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    assert.equal(written, false);
    parts.push(part.value);
  }
  await writing;
  const copy = open(t);
  await copy.import(new Blob(parts));
  assert.deepEqual((await copy.query('SELECT n FROM v')).rows, [{ n: 20000 }]);
});

test('An export that is cancelled or aborted lets the others go on', async (t) => {
  const db = open(t);
  await db.exec(CONTENTS);
  const reader = db.export().getReader();
  await reader.read();
  await reader.cancel();
  await db.query('DELETE FROM t WHERE id = 1');
  const controller = new AbortController();
  const aborted = db.export({ signal: controller.signal }).getReader();
  await aborted.read();
  controller.abort();
  await assert.rejects(aborted.read(), { code: '57014' });
  await db.query('DELETE FROM t WHERE id = 2');
  db.export(); // nobody reads it
  assert.deepEqual((await db.query('SELECT n FROM v')).rows, [{ n: 19998 }]);
});

test('Progress is told in bytes', async (t) => {
  const db = open(t);
  await db.exec(CONTENTS);
  const told = [];
  const file = await bytesOf(db.export({ onProgress: (progress) => told.push(progress) }));
  assert.ok(told.length > 1);
  assert.deepEqual(told.at(-1), { bytes: file.length, total: file.length });
  told.length = 0;
  await open(t).import(new Blob([file]), { onProgress: (progress) => told.push(progress) });
  assert.deepEqual(told.at(-1), { bytes: file.length, total: file.length });
});

test('An import that fails leaves nothing', async (t) => {
  const file = await exported(t);
  const flipped = file.slice();
  flipped[flipped.length >> 1] ^= 4;
  async function* breaking() {
    yield file.subarray(0, 100_000);
    throw new RangeError('the network is gone');
  }
  const controller = new AbortController();
  async function* aborting() {
    yield file.subarray(0, 100_000);
    controller.abort();
    yield file.subarray(100_000);
  }
  const db = open(t, { path: path.join(folder(t), 'db') });
  for (const [source, error, options] of [
    [flipped, { code: 'XX001' }],
    [file.subarray(0, file.length - 4096), { code: 'XX001' }],
    [new TextEncoder().encode('not a database'.repeat(10)), { code: '22023' }],
    [breaking(), { name: 'RangeError' }],
    [aborting(), { code: '57014' }, { signal: controller.signal }],
  ]) {
    await assert.rejects(db.import(/** @type {any} */ (source), options), error);
    await assert.rejects(db.query('SELECT * FROM t'), { code: '42P01' });
  }
  await db.query('CREATE TABLE here (a integer)');
  await assert.rejects(db.import(file), { code: '55000' });
  await db.query('DROP TABLE here');
  await db.import(file);
  await check(db);
});

test('A file that another program has changed is taken when that is wanted', async (t) => {
  const file = await exported(t);
  const at = Buffer.from(file.buffer).indexOf('name 777');
  file.set(new TextEncoder().encode('NAME'), at);
  const db = open(t);
  await assert.rejects(db.import(file), { code: 'XX001', hint: /ignoreChecksums/ });
  await db.import(file, { ignoreChecksums: true });
  assert.equal((await db.query("SELECT id FROM t WHERE name LIKE 'NAME%'")).rows.length, 1);
});

test('A file that vacuums itself is taken, and does so no longer', async (t) => {
  const file = await exported(t);
  for (const mode of ['FULL', 'INCREMENTAL']) {
    for (const size of [4096, 1024]) {
      const vacuuming = edited(file, `PRAGMA page_size = ${size}; PRAGMA auto_vacuum = ${mode}; VACUUM`);
      assert.notEqual(new DataView(vacuuming.buffer).getUint32(52), 0);
      const db = open(t);
      await db.import(vacuuming, { ignoreChecksums: true });
      await check(db);
      assert.equal(new DataView((await bytesOf(db.export())).buffer).getUint32(52), 0);
    }
  }
});

test('An import takes no rows from who reads a stream: it is refused', async (t) => {
  const file = await exported(t);
  const db = open(t);
  const stream = db.stream('SELECT i FROM generate_series(1, 5000) AS g(i)');
  await stream.next();
  await assert.rejects(db.import(file), { code: '55006' });
  let rows = 1;
  for await (const _ of stream) rows++;
  assert.equal(rows, 5000);
  await db.import(file);
  await check(db);
});
