import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Tidemark, TidemarkError } from '../../../js-bindings/index.js';
import { LiveQuery } from '../../../js-bindings/live.js';
import { RemoteSession } from '../../../js-bindings/remote-session.js';
import { Server } from '../../../js-bindings/server.js';
import { serve } from '../../../js-bindings/worker.js';
import { folder, open, until } from './lib/open.js';

const USERS = `CREATE TABLE users (id integer PRIMARY KEY, name text);
  INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace')`;

test('In a worker a database does what it does here', async (t) => {
  const db = open(t, { worker: true });
  await db.query(USERS);
  assert.equal(db.storage, 'memory');
  const result = await db.query('SELECT * FROM users WHERE id = $1', [1]);
  assert.deepEqual([result.rows, result.rowCount, result.command], [[{ id: 1, name: 'Ada' }], 1, 'SELECT']);
  assert.deepEqual((await db.query('SELECT 1', [], { rowMode: 'array' })).rows, [[1]]);
  assert.deepEqual((await db.exec('SELECT 1 AS a; SELECT 2 AS a')).map(({ rows }) => rows), [[{ a: 1 }], [{ a: 2 }]]);
  let rows = 0;
  for await (const _ of db.stream('SELECT a.id FROM users a, users b, users c')) rows++;
  assert.equal(rows, 8);
});

test('What a live query there tells at once comes after its first rows', async (t) => {
  const db = open(t);
  await db.query(USERS);
  const { rows, fields } = await db.query('SELECT * FROM users ORDER BY id');
  // As if a commit had come right after the rows were read.
  const live = async (_sql, _parameters, _options, sink) => {
    const change = { op: 'delete', key: null, old: rows[0], new: null, index: -1, oldIndex: 0 };
    return { rows, fields, key: null, begin: () => sink.changed(rows.slice(1), [change]), close: () => {} };
  };
  const session = { storageName: 'memory', live, onSync: () => {}, onNotice: () => {} };
  const { port1, port2 } = new MessageChannel();
  const server = new Server(port1, { open: async () => session, close: async () => {} });
  t.after(() => server.close());
  const query = await LiveQuery.open(await RemoteSession.join(port2, {}), 'SELECT * FROM users ORDER BY id', [], {});
  await until(() => query.rows.length < 2, 'the change');
  assert.deepEqual(query.rows, rows.slice(1));
});

test('Parameters of every kind reach it', async (t) => {
  const db = open(t, { worker: true });
  await db.query('CREATE TABLE v (b boolean, i bigint, y bytea, j jsonb, n text)');
  await db.query('INSERT INTO v VALUES ($1, $2, $3, $4, $5)',
    [true, 2n ** 62n, Uint8Array.of(1, 2), { a: [1], toJSON() { return { b: 2 }; } }, undefined]);
  assert.deepEqual((await db.query('SELECT * FROM v')).rows,
    [{ b: true, i: 2n ** 62n, y: Uint8Array.of(1, 2), j: { b: 2 }, n: null }]);
  await assert.rejects(db.query('SELECT $1', [() => {}]), { code: '22023' });
});

test('Errors cross as what they are', async (t) => {
  const db = open(t, { worker: true });
  await db.query(USERS);
  const error = await db.query('SELECT nam FROM users').catch((thrown) => thrown);
  assert.ok(error instanceof TidemarkError);
  assert.equal(error.code, '42703');
  assert.equal(error.position, 7);
  await assert.rejects(new Tidemark({ worker: true, storage: 'disk' }).connect(), { code: '22023' });
  await assert.rejects(new Tidemark({ worker: {} }).connect(), { code: '22023' });
});

test('Transactions cross: commit, undo, savepoint, turns', async (t) => {
  const db = open(t, { worker: true });
  await db.query(USERS);
  const transaction = db.transaction(async (tx) => {
    await tx.query("INSERT INTO users VALUES (3, 'Mary')");
    await assert.rejects(tx.transaction(async (inner) => {
      await inner.query('DELETE FROM users');
      throw new Error('undo');
    }), { message: 'undo' });
    return (await tx.query('SELECT count(*) AS n FROM users')).rows[0].n;
  });
  const outside = db.query('SELECT count(*) AS n FROM users');
  assert.equal(await transaction, 3);
  assert.equal((await outside).rows[0].n, 3);
  let kept;
  await assert.rejects(db.transaction(async (tx) => {
    kept = tx;
    await tx.query('DELETE FROM users');
    throw new Error('undo');
  }), { message: 'undo' });
  await assert.rejects(kept.query('SELECT 1'), { code: '25P01' });
  assert.equal((await db.query('SELECT count(*) AS n FROM users')).rows[0].n, 3);
});

test('Live queries cross, with the identity of untouched rows', async (t) => {
  const db = open(t, { worker: true });
  await db.query(USERS);
  const live = await db.live('SELECT * FROM users ORDER BY name');
  const [ada] = live.rows;
  const events = [];
  live.subscribe((event) => events.push(event));
  await db.query("INSERT INTO users VALUES (3, 'Beth')");
  await until(() => events.length === 1, 'the insert');
  assert.equal(live.rows[0], ada);
  assert.deepEqual(events[0].changes.map(({ op, index, old }) => [op, index, old]), [['insert', 1, null]]);
  await db.query("UPDATE users SET name = 'Zoe' WHERE id = 1");
  await until(() => events.length === 2, 'the update');
  assert.equal(events[1].changes[0].old, ada);
  assert.deepEqual(live.rows.map(({ name }) => name), ['Beth', 'Grace', 'Zoe']);
  live.close();
});

test('Committed changes cross', async (t) => {
  const db = open(t, { worker: true });
  await db.query(USERS);
  const commits = [];
  const end = await db.wal.subscribe('users', (commit) => commits.push(commit));
  await db.query("INSERT INTO users VALUES (3, 'Mary')");
  await until(() => commits.length === 1, 'the commit');
  assert.deepEqual(commits[0].changes[0].new, { id: 3, name: 'Mary' });
  end();
});

test('A file database in a worker is kept, and its lock released', async (t) => {
  const path = `${folder(t)}/a.db`;
  const db = open(t, { worker: true, path });
  await db.query(USERS);
  assert.equal(db.storage, 'file');
  await assert.rejects(new Tidemark({ path }).connect(), { code: '55P03' });
  await db.close();
  const here = open(t, { path });
  assert.equal((await here.query('SELECT count(*) AS n FROM users')).rows[0].n, 2);
});

test('One database can be offered to several threads over ports', async (t) => {
  const database = open(t);
  await database.query(USERS);
  const clients = [0, 1].map(() => {
    const { port1, port2 } = new MessageChannel();
    serve({ database, port: port1 });
    return open(t, { worker: port2 });
  });
  await clients[0].query("INSERT INTO users VALUES (3, 'Mary')");
  assert.equal((await clients[1].query('SELECT count(*) AS n FROM users')).rows[0].n, 3);

  // A client that goes away in the middle of a transaction leaves no lock behind.
  clients[0].transaction(async (tx) => {
    await tx.query('DELETE FROM users');
    await new Promise(() => {});
  }).catch(() => {});
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  await clients[0].close();
  assert.equal((await clients[1].query('SELECT count(*) AS n FROM users')).rows[0].n, 3);
  await clients[1].close();
  assert.equal((await database.query('SELECT count(*) AS n FROM users')).rows[0].n, 3);
});

test('A worker that cannot start is an error, not a wait', async () => {
  const { Worker } = await import('node:worker_threads');
  const broken = new Worker('throw new Error("broken script")', { eval: true });
  broken.on('error', () => {});
  await assert.rejects(new Tidemark({ worker: broken }).connect(), TidemarkError);
});
