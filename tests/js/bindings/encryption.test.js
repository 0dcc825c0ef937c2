import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { folder, open } from './lib/open.js';
import { RecordingStorage } from './lib/recording-storage.js';

const MARKER = 'a marker that nobody else writes';

const key = () => webcrypto.getRandomValues(new Uint8Array(32));

/** @param {Tidemark} db */
async function fill(db) {
  await db.query('CREATE TABLE notes (id integer PRIMARY KEY, text text)');
  await db.query(`INSERT INTO notes SELECT i, $1 || i FROM generate_series(1, 500) AS s (i)`, [MARKER]);
}

/** @param {Tidemark} db */
async function count(db) {
  const { rows } = await db.query('SELECT count(*) AS n FROM notes WHERE text LIKE $1', [`${MARKER}%`]);
  return rows[0].n;
}

/** @param {string} where a folder */
function contents(where) {
  return Object.fromEntries(fs.readdirSync(where).map((name) => [name, fs.readFileSync(path.join(where, name), 'latin1')]));
}

test('An encrypted file is read with its key alone; any other is refused, and nothing changes', async (t) => {
  const where = folder(t);
  const file = path.join(where, 'a.db');
  const encryptionKey = key();
  const db = open(t, { path: file, encryptionKey });
  await fill(db);
  const written = contents(where);
  assert.ok(written['a.db-wal'].length > 10_000);
  for (const [name, text] of Object.entries(written)) {
    for (const plain of [MARKER, 'notes', 'SQLite format']) assert.ok(!text.includes(plain), `${plain} in ${name}`);
  }
  await db.close();
  const before = contents(where);
  for (const other of [key(), undefined]) {
    const wrong = open(t, { path: file, encryptionKey: other });
    await assert.rejects(wrong.connect(), (/** @type {any} */ error) => {
      assert.equal(error.code, '28P01');
      assert.ok(error.hint);
      return true;
    });
    assert.deepEqual(contents(where), before);
  }
  assert.equal(await count(open(t, { path: file, encryptionKey: encryptionKey.buffer })), 500);
});

test('A key for a database that is not encrypted is refused', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const plain = open(t, { path: file });
  await fill(plain);
  await plain.close();
  await assert.rejects(open(t, { path: file, encryptionKey: key() }).connect(), { code: '55000' });
  assert.equal(await count(open(t, { path: file })), 500);
});

test('What is given to a storage of pages is encrypted', async () => {
  const encryptionKey = key();
  const storage = new RecordingStorage();
  const db = new Tidemark({ path: 'notes', storage, encryptionKey });
  await fill(db);
  await db.close();
  assert.ok(storage.bytes.length > 10_000);
  assert.ok(!Buffer.from(storage.bytes).includes(MARKER));
  await assert.rejects(new Tidemark({ path: 'notes', storage, encryptionKey: key() }).connect(), { code: '28P01' });
  await assert.rejects(new Tidemark({ path: 'notes', storage }).connect(), { code: '28P01' });
  const again = new Tidemark({ path: 'notes', storage, encryptionKey });
  assert.equal(await count(again), 500);
  await again.close();
});

test('A database gets a key, another one, or none, by its export', async (t) => {
  const where = folder(t);
  const keys = [undefined, key(), key(), undefined];
  let from = open(t, { path: path.join(where, '0.db'), encryptionKey: keys[0] });
  await fill(from);
  for (const [number, encryptionKey] of keys.entries()) {
    if (number === 0) continue;
    const to = open(t, { path: path.join(where, `${number}.db`), encryptionKey });
    await to.import(from.export());
    await from.close();
    assert.equal(await count(to), 500);
    await to.close();
    const kept = contents(where)[`${number}.db`];
    assert.equal(kept.includes(MARKER), encryptionKey === undefined);
    from = open(t, { path: path.join(where, `${number}.db`), encryptionKey });
    assert.deepEqual((await from.query('PRAGMA integrity_check')).rows.length, 1);
    assert.equal(await count(from), 500);
  }
});

test('A damaged page is named', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const encryptionKey = key();
  const db = open(t, { path: file, encryptionKey });
  await fill(db);
  await db.query('CHECKPOINT');
  await db.close();
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 100] ^= 1;
  fs.writeFileSync(file, bytes);
  const again = open(t, { path: file, encryptionKey });
  const { rows } = await again.query('PRAGMA integrity_check');
  assert.match(JSON.stringify(rows), new RegExp(`page ${bytes.length / 4096} of the database is damaged`));
});

test('A key is 32 bytes; what was given instead is not told', async () => {
  for (const wrong of [new Uint8Array(16), 'correct horse battery staple....', [1, 2, 3], new Uint16Array(32), 7]) {
    const db = new Tidemark({ path: 'x', storage: new RecordingStorage(), encryptionKey: /** @type {any} */ (wrong) });
    await assert.rejects(db.connect(), (/** @type {any} */ error) => {
      assert.equal(error.code, '22023');
      assert.ok(!`${error.message} ${error.hint}`.includes('horse'));
      return true;
    });
  }
});

test('A worker is given the key, and nothing that lies beside it', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const beside = new Uint8Array(96);
  const encryptionKey = beside.subarray(32, 64);
  webcrypto.getRandomValues(encryptionKey);
  const there = open(t, { path: file, encryptionKey, worker: true });
  await fill(there);
  await there.close();
  await assert.rejects(open(t, { path: file, encryptionKey: key(), worker: true }).connect(), { code: '28P01' });
  assert.equal(await count(open(t, { path: file, encryptionKey: encryptionKey.slice() })), 500);
});

test('A key derived from a password as the documentation shows opens what it made', async (t) => {
  const file = path.join(folder(t), 'a.db');
  /**
   * @param {string} password
   * @param {Uint8Array<ArrayBuffer>} salt
   */
  const derive = async (password, salt) => {
    const material = await webcrypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits']);
    return webcrypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1000 }, material, 256);
  };
  const salt = webcrypto.getRandomValues(new Uint8Array(16));
  const db = open(t, { path: file, encryptionKey: await derive('correct horse', salt) });
  await fill(db);
  await db.close();
  assert.equal(await count(open(t, { path: file, encryptionKey: await derive('correct horse', salt) })), 500);
});
